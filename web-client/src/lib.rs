//! What any game needs in the browser: the connection, the clock, the input loop and the page around it, over the sync core.
//!
//! It knows no game. Read in this order: [`net`], [`shell`]. A game brings a [`shell::front::Front`], which says what its controls are and
//! draws, and makes its page's program of it by [`exports!`]: `web-client/arena` is one, `examples/line` the smallest.

mod exports;
pub mod net;
pub mod shell;
