//! The page around a game, for any game: input, frames, chat, notices, and the loop that ties them to a connection.
//!
//! Read in this order: [`front`] (what a game brings), [`launch`] and [`app`] (the loop) with [`connection`] and [`renewal`], [`listeners`] (how the browser calls it), [`input`] (what
//! the player does) with [`bindings`] and [`pad`], and what a watcher does ([`roaming`]), then the parts of the page: [`start`], [`notice`], [`announcement`], [`chat`] with [`commands`] and `voices`, [`watch`], [`network`] with [`graph`] and [`lag`], [`panel`] (the settings),
//! over [`page`], [`words`] and [`settings`]; `report` is for tests.

pub mod announcement;
pub mod app;
pub mod bindings;
pub mod chat;
pub mod commands;
pub mod connection;
pub mod front;
pub mod graph;
pub mod input;
pub mod lag;
pub mod launch;
pub mod listeners;
pub mod meter;
pub mod name;
pub mod network;
pub mod notice;
pub mod pad;
pub mod page;
pub mod panel;
pub mod renewal;
mod report;
pub mod roaming;
pub mod settings;
pub mod start;
pub mod tokens;
mod voices;
pub mod watch;
pub mod words;
