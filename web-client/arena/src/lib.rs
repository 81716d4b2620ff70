//! How the arena is played and drawn: the program that the page loads.
//!
//! What any game needs in the browser is [`tickwire_web_client`]'s. Read in this order: [`front`] (what the shell calls), [`controls`] and [`camera`], which [`director`] leads for those who look on and which keeps clear of what [`cover`]s the window, then from the session to the picture:
//! [`picture`] with [`livery`] and [`palette`], [`scenery`], [`effects`] over [`looks`], [`particles`] and [`pool`]; [`shapes`] (rows of numbers) and [`sheet`]
//! (texts in the picture); [`renderer`] over [`detail`] (with `gl` and `quill` the only files that know WebGL). What is heard: [`sound`].
//! The texts around the picture: [`hud`] with [`gauges`], [`board`] over [`scores`], [`sides`], [`feed`] with [`lead`], [`minimap`]; before anybody plays, [`backdrop`] and [`briefing`].

pub mod backdrop;
pub mod board;
pub mod briefing;
pub mod camera;
pub mod controls;
pub mod cover;
pub mod detail;
pub mod director;
pub mod effects;
pub mod feed;
pub mod front;
pub mod gauges;
mod gl;
pub mod hud;
pub mod lead;
pub mod livery;
pub mod looks;
pub mod minimap;
pub mod palette;
pub mod particles;
pub mod picture;
pub mod pool;
mod quill;
pub mod renderer;
pub mod report;
pub mod scenery;
pub mod scores;
pub mod shapes;
pub mod sheet;
pub mod sides;
pub mod sound;
pub mod stars;

pub use front::ArenaFront;
use tickwire_web_client::shell;

tickwire_web_client::exports!(ArenaFront, ArenaFront::new);
