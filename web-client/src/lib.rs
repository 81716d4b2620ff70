//! What any game needs in the browser: the connection, the clock, the input loop and the page around it, over the sync core.
//!
//! It knows no game. Read in this order: [`net`], [`shell`]. A game brings a [`shell::front::Front`], which says what its controls are and
//! draws, and calls [`shell::launch::launch`] with it: `web-client/arena` is one.

pub mod net;
pub mod shell;
