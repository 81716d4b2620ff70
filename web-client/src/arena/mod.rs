//! How the arena is played and drawn.
//!
//! Read in this order: [`front`] (what the shell calls), [`controls`] and [`camera`], then from the session to the picture:
//! [`picture`], [`scenery`], [`effects`] over [`particles`], [`shapes`] (rows of numbers), [`renderer`] (the one file that knows WebGL); and
//! the texts around it: [`hud`], [`board`] over [`scores`], [`feed`], [`labels`].

pub mod board;
pub mod camera;
pub mod controls;
pub mod effects;
pub mod feed;
pub mod front;
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
