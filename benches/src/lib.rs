//! Load tests of a Tickwire server by headless bots: real clients, with the same session, decoding and prediction as a
//! browser, steered by the game's own brains.
//!
//! Read in this order: [`load`] (all bots of a run), `bot` (one of them), `socket` (its connection), [`report`] (what
//! they saw).

mod bot;
pub mod load;
pub mod report;
mod socket;
