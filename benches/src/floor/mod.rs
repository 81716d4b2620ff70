//! The floor: what a server with the same tasks costs that has no game. It takes messages, looks at none of them, and sends ready-made bytes
//! of a given size at a given rate to everybody. What Tickwire costs beyond that is its own.
//!
//! Read in this order: [`server`], [`load`] (clients that cost it what bots would).

pub mod load;
pub mod server;
