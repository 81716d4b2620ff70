//! What the player is told about the connection: a notice over the world that stands still.

use tickwire_sync::game::Game;
use wasm_bindgen::JsValue;

use super::page::{Panel, Text};
use crate::net::link::{Link, Phase};

/// The notice about the connection, and the small one about silence.
#[derive(Debug)]
pub struct Notice {
    lost: Panel,
    why: Text,
    next: Text,
    signal: Panel,
}

impl Notice {
    /// The notices of the page.
    ///
    /// # Errors
    /// The page has no such elements.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self {
            lost: Panel::of("lost")?,
            why: Text::of("lost-why")?,
            next: Text::of("lost-next")?,
            signal: Panel::of("no-signal")?,
        })
    }

    /// Says how the connection is.
    pub fn show<G: Game>(&mut self, link: &Link<G>, now: f64) {
        self.signal.show(link.no_signal());
        match link.phase() {
            Phase::Lost { why, retry_at } => {
                self.why.set(why);
                self.next.set(&waiting(retry_at - now, link.tries()));
            }
            Phase::Refused { why } => {
                self.why.set(why);
                self.next.set("");
            }
            Phase::Connecting => {
                if link.tries() == 0 {
                    self.why.set("Joining…");
                }
                self.next.set(&trying(link.tries()));
            }
            Phase::Idle | Phase::Playing => {}
        }
        self.lost.show(!matches!(link.phase(), Phase::Idle | Phase::Playing));
    }
}

fn waiting(seconds: f64, tries: u32) -> String {
    format!("Reconnecting in {:.1} s · try {tries}", seconds.max(0.0))
}

fn trying(tries: u32) -> String {
    if tries == 0 { String::new() } else { format!("Reconnecting… · try {tries}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_counted_down_with_the_number_of_its_try() {
        assert_eq!(waiting(1.26, 2), "Reconnecting in 1.3 s · try 2");
        assert_eq!(waiting(-0.1, 1), "Reconnecting in 0.0 s · try 1");
        assert_eq!(trying(3), "Reconnecting… · try 3");
        assert_eq!(trying(0), "");
    }
}
