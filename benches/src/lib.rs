//! Load tests of a Tickwire server by headless bots: real clients, with the same session, decoding and prediction as a
//! browser, steered by the game's own brains or by a trace.
//!
//! Read in this order: [`load`] (all bots of a run), `bot` (one of them), [`pilot`] and [`trace`] (what it does), `socket` and `tls` (its connection),
//! [`report`], [`arrivals`] and [`cpu`] (what they saw), [`costs`] (what that was for), [`floor`] (what any server would cost),
//! [`hostile`] (attacks, while bots play on).

pub mod arrivals;
mod bot;
pub mod costs;
pub mod cpu;
pub mod floor;
pub mod hostile;
pub mod load;
pub mod pilot;
pub mod report;
mod socket;
mod tls;
pub mod trace;
