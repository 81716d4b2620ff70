//! What operators measure, in the format of Prometheus. Read `histogram`, `traffic` (messages by kind), `measured` (what a room measures), `export`
//! (how all of it is written).
//!
//! Whoever measures adds to atomics and does nothing else; all the rest is done when somebody asks (`docs/decisions/011-*`).

mod export;
mod flags;
mod histogram;
mod measured;
mod traffic;

pub(crate) use export::Exporter;
pub use flags::MetricsFlags;
pub(crate) use measured::Measured;
pub(crate) use traffic::{In, Out, Tally, Traffic};
