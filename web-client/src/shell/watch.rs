//! What a watcher reads and presses: how it looks on, whom it watches, and how to turn to something else.

use tickwire_sync::{PlayerNumber, client::Session, game::Game, protocol::Watched};
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

use super::{
    front::Front,
    page::{self, Panel, Text},
    words::{apart, decimal, fill, text},
};

/// How somebody looks on who does not play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaze {
    /// At a player, wherever it goes.
    Follow(PlayerNumber),
    /// At the whole world.
    Everything,
    /// Where the watcher itself leads the camera: see [`Input::roaming`](super::input::Input).
    Roam,
    /// At whatever the game's picture finds worth seeing.
    Director,
}

/// What a watcher wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The player with the next higher number.
    Next,
    /// The one with the next lower.
    Previous,
    /// Everything.
    Everything,
    /// Everything, or what was seen before that.
    Toggle,
    /// Where it leads the camera itself.
    Roam,
    /// What the director chooses.
    Director,
}

/// The bar of a watcher.
#[derive(Debug)]
pub struct WatchBar {
    bar: Panel,
    how: Text,
    whom: Text,
    when: Text,
    /// The buttons that stay pressed, and what they stand for.
    modes: Vec<(Gaze, HtmlElement)>,
    gaze: Gaze,
    /// What everything leads back to.
    before: Gaze,
    /// Which gaze the buttons show.
    marked: Option<Gaze>,
}

/// The turn that a key makes.
pub fn turn_of(code: &str) -> Option<Turn> {
    match code {
        "KeyE" | "ArrowRight" => Some(Turn::Next),
        "KeyQ" | "ArrowLeft" => Some(Turn::Previous),
        "Digit1" | "Numpad1" => Some(Turn::Director),
        "Digit2" | "Numpad2" => Some(Turn::Roam),
        "Digit3" | "Numpad3" => Some(Turn::Everything),
        "Space" => Some(Turn::Toggle),
        _ => None,
    }
}

impl WatchBar {
    /// The bar of the page; `has_camera` if the game's picture knows [`Gaze::Roam`] and [`Gaze::Director`].
    ///
    /// # Errors
    /// The page has none.
    pub fn new(has_camera: bool) -> Result<Self, JsValue> {
        let (how, whom, when) = (Text::of("watch-how")?, Text::of("watch-whom")?, Text::of("watch-when")?);
        let mut modes = vec![(Gaze::Everything, page::element("watch-all")?)];
        if has_camera {
            modes.push((Gaze::Roam, page::element("watch-roam")?));
            modes.push((Gaze::Director, page::element("watch-director")?));
        }
        let gaze = beginning(has_camera);
        Ok(Self { bar: Panel::of("watch")?, how, whom, when, modes, gaze, before: gaze, marked: None })
    }

    /// How the watcher looks on.
    pub fn gaze(&self) -> Gaze {
        self.gaze
    }

    /// Somebody comes to watch.
    pub fn begin(&mut self, has_camera: bool) {
        self.gaze = beginning(has_camera);
        self.before = self.gaze;
    }

    /// Turns to somebody or something else.
    pub fn turn<G: Game>(&mut self, session: &mut Session<G>, turn: Turn) {
        let here: Vec<PlayerNumber> = session.players().map(|(player, _)| player).collect();
        let to = turned(&here, self.gaze, self.before, turn);
        if self.gaze != Gaze::Everything {
            self.before = self.gaze;
        }
        self.gaze = to;
        session.watch(match to {
            Gaze::Follow(player) => Watched::Player(player),
            Gaze::Everything | Gaze::Roam | Gaze::Director => Watched::Everything,
        });
    }

    /// Says how and whom the session watches; hides where it plays, or there is none.
    pub fn show<F: Front>(&mut self, session: Option<&Session<F::Game>>, front: &F) {
        let watching = session.filter(|session| session.player().is_none());
        self.bar.show(watching.is_some());
        let Some(session) = watching else { return };
        self.when.set(&ago(session.delay_seconds()));
        let (how, whom) = match self.gaze {
            _ if session.players().next().is_none() => (WATCHING, text("watch.empty").to_string()),
            Gaze::Everything => (WATCHING, text("watch.everything").to_string()),
            Gaze::Follow(player) => {
                (WATCHING, session.name(player).map_or_else(|| text("watch.left").to_string(), apart))
            }
            Gaze::Roam => ("watch.roaming", String::new()),
            Gaze::Director => match front.subject(session) {
                Some(subject) => ("watch.directed", subject),
                None => ("watch.directed", text("watch.everything").to_string()),
            },
        };
        self.mark();
        self.how.set(&text(how));
        self.whom.set(&whom);
    }

    /// Shows which of the buttons is on, and has a screen reader say what is watched, unless a director chooses it.
    fn mark(&mut self) {
        if self.marked.replace(self.gaze) != Some(self.gaze) {
            // A director cuts all the time: nobody wants each cut read out.
            let live = if self.gaze == Gaze::Director { "off" } else { "polite" };
            let _ = self.whom.element().set_attribute("aria-live", live);
            for (gaze, button) in &self.modes {
                let _ = button.set_attribute("aria-pressed", if *gaze == self.gaze { "true" } else { "false" });
            }
        }
    }
}

const WATCHING: &str = "watch.watching";

/// Nobody may be at the keys, so a director begins, where there is one.
fn beginning(has_camera: bool) -> Gaze {
    if has_camera { Gaze::Director } else { Gaze::Everything }
}

/// How late one sees it.
fn ago(seconds: f64) -> String {
    if seconds > 0.0 { fill("watch.ago", &[("seconds", &decimal(seconds, 0))]) } else { text("watch.live").to_string() }
}

/// What a turn leads to, with these players here, in order.
fn turned(here: &[PlayerNumber], gaze: Gaze, before: Gaze, turn: Turn) -> Gaze {
    let from = match gaze {
        Gaze::Follow(player) => Some(player),
        Gaze::Everything | Gaze::Roam | Gaze::Director => None,
    };
    let found = match turn {
        Turn::Next => here.iter().find(|&&player| Some(player) > from).or(here.first()),
        Turn::Previous => here.iter().rev().find(|&&player| from.is_some_and(|from| player < from)).or(here.last()),
        Turn::Director => return Gaze::Director,
        Turn::Roam => return Gaze::Roam,
        Turn::Toggle if gaze != Gaze::Everything => return Gaze::Everything,
        Turn::Toggle if !matches!(before, Gaze::Follow(_) | Gaze::Everything) => return before,
        // Whoever was followed may have left.
        Turn::Toggle => here.iter().find(|&&player| before == Gaze::Follow(player)).or(here.first()),
        Turn::Everything => None,
    };
    found.map_or(Gaze::Everything, |player| Gaze::Follow(*player))
}

#[cfg(test)]
mod tests {
    use super::{Gaze::Follow, *};

    const HERE: [PlayerNumber; 3] = [2, 5, 9];

    #[test]
    fn who_sees_the_past_is_told_so() {
        assert_eq!([ago(10.0), ago(0.0)], ["10 s behind", "live"]);
    }

    #[test]
    fn turns_go_round_by_number_whoever_has_left() {
        let next = |from| turned(&HERE, from, Gaze::Everything, Turn::Next);
        let previous = |from| turned(&HERE, from, Gaze::Everything, Turn::Previous);
        for from in [Gaze::Everything, Gaze::Roam, Gaze::Director] {
            assert_eq!([next(from), previous(from)], [2, 9].map(Follow));
        }
        assert_eq!([next(Follow(9)), previous(Follow(2))], [2, 9].map(Follow));
        assert_eq!([next(Follow(4)), previous(Follow(4))], [5, 2].map(Follow));
        assert_eq!(turned(&[], Follow(4), Gaze::Everything, Turn::Next), Gaze::Everything);
    }

    #[test]
    fn everything_leads_back_to_what_was_watched_before() {
        let toggled = |from, before| turned(&HERE, from, before, Turn::Toggle);
        for from in [Follow(5), Gaze::Roam, Gaze::Director] {
            assert_eq!(toggled(from, from), Gaze::Everything);
            assert_eq!(toggled(Gaze::Everything, from), from);
        }
        assert_eq!(toggled(Gaze::Everything, Follow(4)), Follow(2), "4 has left");
        assert_eq!(toggled(Gaze::Everything, Gaze::Everything), Follow(2));
        assert_eq!(turned(&HERE, Gaze::Everything, Follow(5), Turn::Everything), Gaze::Everything);
    }

    #[test]
    fn a_game_without_a_camera_begins_with_everything() {
        assert_eq!([beginning(true), beginning(false)], [Gaze::Director, Gaze::Everything]);
    }
}
