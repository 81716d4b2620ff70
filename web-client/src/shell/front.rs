//! What a game brings to the page.

use serde::Serialize;
use tickwire_sync::{PlayerNumber, client::Session, game::Game};

use super::{bindings::Action, input::Input, pad::Jolt, watch::Gaze};

/// A moment to draw.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The time, in seconds since the page began.
    pub now: f64,
    /// Seconds since the last frame, at most a tenth.
    pub elapsed: f32,
    /// The time at which to look at the session; it stands still while the connection is lost.
    pub seen: f64,
    /// Whether the session runs.
    pub running: bool,
    /// Whether this is the match behind the start screen, which is looked at and neither heard nor read.
    pub preview: bool,
    /// How to look at a session that nobody here plays.
    pub gaze: Gaze,
}

/// A game on the page: what its controls are and how it looks.
pub trait Front: Sized + 'static {
    /// The game.
    type Game: Game;
    /// What a test is told about the game.
    type Report: Serialize;
    /// What the player does by keys, at most 32 actions.
    const ACTIONS: &'static [Action];
    /// Keys that the game's page needs for itself, so that the player cannot choose them: `KeyboardEvent.code`.
    const NEEDED: &'static [&'static str] = &[];
    /// Which button of a gamepad ([`super::pad::button`]) does which action. Its sticks are the game's own: see [`Input::stick`].
    const PAD: &'static [(u8, u8)] = &[];
    /// Whether the picture knows [`Gaze::Roam`] and [`Gaze::Director`]. Then the page has buttons for them, and whoever comes to watch begins with the
    /// director.
    const HAS_CAMERA: bool = false;

    /// A session began: new rules, a new map.
    fn welcomed(&mut self, session: &Session<Self::Game>);
    /// A message was taken in: what happened is to be fetched from the session.
    fn received(&mut self, session: &mut Session<Self::Game>);
    /// What the player does now.
    fn controls(&self, input: &Input, session: &Session<Self::Game>) -> <Self::Game as Game>::Controls;
    /// Draws; without a session, what stands behind the start screen.
    fn draw(&mut self, session: Option<&Session<Self::Game>>, input: &Input, moment: Moment);
    /// The mark that stands before what a player says, as the page's styles know it (`data-badge`); empty for none.
    fn badge(&self, _session: &Session<Self::Game>, _player: PlayerNumber) -> &'static str {
        ""
    }
    /// What [`Gaze::Director`] shows, in words; `None` if that is everything.
    fn subject(&self, _session: &Session<Self::Game>) -> Option<String> {
        None
    }
    /// What the player is to feel since the last frame, by a gamepad that can shake.
    fn felt(&mut self) -> Option<Jolt> {
        None
    }
    /// The player changed a setting.
    fn settings_changed(&mut self) {}
    /// What is drawn, for tests.
    fn report(&self, session: Option<&Session<Self::Game>>) -> Self::Report;
}
