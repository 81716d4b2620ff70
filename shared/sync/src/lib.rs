//! The sync core of Tickwire: everything that a server and its clients must agree on, free of any game and of any I/O.
//!
//! Bytes, ticks and time stamps go in; bytes and state come out. The server, the browser, the bots and the tests
//! run this very code. A game plugs in through the [`Game`](game::Game) trait; the core names no ship and no shot.
//!
//! Read in this order: [`game`] (what a game brings), [`grid`] (what state is made of), [`world`] and
//! [`server::Room`] (how a tick runs), [`replicate`] (how a tick becomes bytes), [`interest`] (who sees what), [`server::Link`] (which of
//! them a client gets), [`client::Session`] (what the client makes of them), [`protocol`] (the messages around it),
//! [`save`] (how a room outlives its process). [`headline`] is for those who only read of a game, [`lag`] is for developers: a bad network.

pub mod bitset;
mod by_slot;
pub mod client;
pub mod game;
pub mod grid;
pub mod headline;
pub mod interest;
pub mod lag;
pub mod protocol;
pub mod random;
pub mod replicate;
pub mod save;
pub mod server;
pub mod world;

/// The number of a tick, counted from 0 in each room. At 30 Hz it wraps after 4.5 years.
pub type Tick = u32;

/// The number of a player in a room: small, given on joining, free again after leaving.
pub type PlayerNumber = u16;
