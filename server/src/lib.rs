//! The Tickwire server as a library, generic over the game.
//!
//! Read in this order: [`config`] (what an operator can choose), [`Server`] (start and stop), `listener` (a port), `tls`, `http` (the page, `/healthz`,
//! who may upgrade), `limits` (how much of it all an address may take), `connection` (a socket's two tasks), `identity` (who somebody is), `authorization` (who may do what), `text`, `filter` and `speech`
//! (what is said), `moderation` (who may say nothing, or not come in), `outbox` (all that lies
//! between a room and a socket), `delivery` (who writes it), `room_thread` (a room and its clock), `seats` (whose place is held), `stage` (what of it is
//! shown), `clients` (to whom), `delayed` (the
//! same later, for watchers), [`recording`] (a room's inputs on disk, and how to run them again). `lag` is
//! for developers: a bad network. `echo` is for the connection doctor. `counters` and `metrics` are what is counted and measured of all that.
//!
//! Room threads never touch a socket; I/O tasks never touch a world.

mod activity;
mod arguments;
mod authorization;
mod clients;
pub mod config;
mod connection;
mod counters;
mod data_dir;
mod delayed;
mod delivery;
mod echo;
mod events;
mod file_limit;
mod filter;
mod frames;
mod heartbeat;
mod http;
mod identity;
mod lag;
mod lag_flags;
mod limit_flags;
mod limits;
mod listener;
mod memory;
mod metrics;
mod moderation;
mod network_flags;
mod outbox;
mod pace;
mod pacer;
mod ports;
pub mod recording;
mod refusals;
mod room_thread;
mod rooms;
mod seats;
mod server;
mod speech;
mod stage;
mod stream;
mod text;
mod ticker;
mod tls;

pub use config::{BotChat, Cli, Command, Config, Source, View};
pub use filter::ChatFilter;
pub use http::{NoOrigin, Origin};
pub use identity::{Appoint, AppointError, Auth, AuthError, AuthFlags, appoint};
pub use lag_flags::LagFlags;
pub use limit_flags::LimitFlags;
pub use metrics::MetricsFlags;
pub use moderation::ModerationError;
pub use network_flags::NetworkFlags;
pub use server::{Server, StartError};
pub use tls::TlsError;
