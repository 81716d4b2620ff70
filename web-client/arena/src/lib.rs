//! How the arena is played and drawn: the program that the page loads.
//!
//! What any game needs in the browser is [`tickwire_web_client`]'s. Read in this order: [`front`] (what the shell calls), [`controls`] and [`camera`], then from the session to the picture:
//! [`picture`], [`scenery`], [`effects`] over [`particles`], [`shapes`] (rows of numbers), [`renderer`] (with `gl` the only file that knows WebGL);
//! the texts around it: [`hud`], [`board`] over [`scores`], [`feed`], [`labels`]; before anybody plays, [`backdrop`].

pub mod backdrop;
pub mod board;
pub mod camera;
pub mod controls;
pub mod effects;
pub mod feed;
pub mod front;
mod gl;
pub mod hud;
pub mod labels;
pub mod palette;
pub mod particles;
pub mod picture;
pub mod renderer;
pub mod report;
pub mod scenery;
pub mod scores;
pub mod shapes;
pub mod stars;

pub use front::ArenaFront;
use tickwire_web_client::shell;

tickwire_web_client::exports!(ArenaFront, ArenaFront::new);
