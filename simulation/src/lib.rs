//! A server and its clients in one thread, in virtual time, over networks as bad as they come; and what must hold all the while.
//!
//! A seed draws everything: which game, how many clients, what their networks do to them, when they sleep, leave and come back, what becomes
//! of the server. Every message is checked against what a second, plain way of counting expects, so a bug in the core shows at
//! the tick at which it happens, with the seed that replays it to the bit.
//!
//! Read in this order: `scenario` (what a seed draws), `run` (time passes), `network` (a bad connection), `client` and `server` (both ends of it,
//! and what is checked there), `ledger` and `controls` (what is expected), `games` (what is played), `secrecy` (worlds that differ in nothing that a
//! client may see), `report`.

mod client;
mod controls;
mod games;
mod ledger;
mod network;
mod report;
mod run;
mod scenario;
mod secrecy;
mod server;
mod trace;
#[path = "../../shared/sync/tests/common/view.rs"]
mod view;

pub use self::{
    report::{Failure, Totals},
    run::world,
    secrecy::{
        pairs::{PairTotals, pair},
        twins::twins,
    },
};
