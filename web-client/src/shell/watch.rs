//! What a watcher reads and presses: whom it watches, and how to turn to somebody else.

use tickwire_sync::{PlayerNumber, client::Session, game::Game, protocol::Watched};
use wasm_bindgen::JsValue;

use super::page::{Panel, Text};

/// What a watcher wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The player with the next higher number.
    Next,
    /// The one with the next lower.
    Previous,
    /// Everything, or the one again that was watched before that.
    Everything,
}

/// The bar of a watcher.
#[derive(Debug)]
pub struct WatchBar {
    bar: Panel,
    whom: Text,
    when: Text,
    /// Whom it watched last.
    last: Option<PlayerNumber>,
}

/// The turn that a key makes.
pub fn turn_of(code: &str) -> Option<Turn> {
    match code {
        "ArrowRight" | "KeyD" => Some(Turn::Next),
        "ArrowLeft" | "KeyA" => Some(Turn::Previous),
        "Space" => Some(Turn::Everything),
        _ => None,
    }
}

impl WatchBar {
    /// The bar of the page.
    ///
    /// # Errors
    /// The page has none.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self { bar: Panel::of("watch")?, whom: Text::of("watch-whom")?, when: Text::of("watch-when")?, last: None })
    }

    /// Turns to somebody else, or to everything.
    pub fn turn<G: Game>(&mut self, session: &mut Session<G>, turn: Turn) {
        let here: Vec<PlayerNumber> = session.players().map(|(player, _)| player).collect();
        let to = turned(&here, session.watched(), self.last, turn);
        if let Watched::Player(player) = to {
            self.last = Some(player);
        }
        session.watch(to);
    }

    /// Says whom the session watches; hides where it plays, or there is none.
    pub fn show<G: Game>(&mut self, session: Option<&Session<G>>) {
        let watching = session.filter(|session| session.player().is_none());
        self.bar.show(watching.is_some());
        if let Some(session) = watching {
            self.when.set(&ago(session.delay_seconds()));
            self.whom.set(&match session.watched() {
                Watched::Everything if session.players().next().is_none() => "an empty room".to_owned(),
                Watched::Everything => "everything".to_owned(),
                Watched::Player(player) => {
                    session.name(player).map_or_else(|| "a pilot who has left".to_owned(), str::to_owned)
                }
            });
        }
    }
}

/// How late one sees it.
fn ago(seconds: f64) -> String {
    if seconds > 0.0 { format!("{seconds:.0} s ago") } else { "live".to_owned() }
}

/// What a turn leads to, with these players here, in order.
fn turned(here: &[PlayerNumber], watched: Watched, last: Option<PlayerNumber>, turn: Turn) -> Watched {
    let one = |player: Option<&PlayerNumber>| player.map_or(Watched::Everything, |player| Watched::Player(*player));
    let from = match watched {
        Watched::Player(_) if turn == Turn::Everything => return Watched::Everything,
        Watched::Player(player) => Some(player),
        Watched::Everything if turn == Turn::Everything => {
            return one(here.iter().find(|&&player| Some(player) == last).or(here.first()));
        }
        Watched::Everything => None,
    };
    match turn {
        Turn::Next => one(here.iter().find(|&&player| Some(player) > from).or(here.first())),
        _ => one(here.iter().rev().find(|&&player| from.is_some_and(|from| player < from)).or(here.last())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: [PlayerNumber; 3] = [2, 5, 9];

    #[test]
    fn who_sees_the_past_is_told_so() {
        assert_eq!([ago(10.0), ago(0.0)], ["10 s ago", "live"]);
    }

    #[test]
    fn turns_go_round_by_number_whoever_has_left() {
        let next = |from| turned(&HERE, from, None, Turn::Next);
        let previous = |from| turned(&HERE, from, None, Turn::Previous);
        assert_eq!([next(Watched::Everything), previous(Watched::Everything)], [2, 9].map(Watched::Player));
        assert_eq!([next(Watched::Player(9)), previous(Watched::Player(2))], [2, 9].map(Watched::Player));
        assert_eq!([next(Watched::Player(4)), previous(Watched::Player(4))], [5, 2].map(Watched::Player));
        assert_eq!(turned(&[], Watched::Player(4), None, Turn::Next), Watched::Everything);
    }

    #[test]
    fn everything_leads_back_to_whom_was_watched_before() {
        let toggled = |from, last| turned(&HERE, from, last, Turn::Everything);
        assert_eq!(toggled(Watched::Player(5), Some(5)), Watched::Everything);
        assert_eq!(toggled(Watched::Everything, Some(5)), Watched::Player(5));
        assert_eq!(toggled(Watched::Everything, Some(4)), Watched::Player(2));
        assert_eq!(toggled(Watched::Everything, None), Watched::Player(2));
    }
}
