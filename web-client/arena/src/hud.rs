//! What a pilot reads: the gauges, the clock, and why there is no ship just now.

use tickwire_arena::kinds::{Match, Phase};
use wasm_bindgen::JsValue;

use super::gauges::{Gauges, Vitals};
use crate::shell::{
    page::{self, Panel, Property, Text},
    words::{decimal, fill, text},
};

/// The instruments of the page.
#[derive(Debug)]
pub struct Hud {
    gauges: Gauges,
    clock: Text,
    round: Text,
    death: Panel,
    cause: Text,
    wait: Text,
    hurt: Property,
}

impl Hud {
    /// The instruments of the page.
    ///
    /// # Errors
    /// The page has none.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self {
            gauges: Gauges::new()?,
            clock: Text::of("clock-time")?,
            round: Text::of("clock-round")?,
            death: Panel::of("death")?,
            cause: Text::of("death-cause")?,
            wait: Text::of("death-wait")?,
            hurt: Property::of(page::element("hurt")?, "--hurt"),
        })
    }

    /// Shows what the player's ship has.
    pub fn vitals(&mut self, vitals: Vitals) {
        self.gauges.show(vitals);
    }

    /// How red the edges of the screen are, 0 to 1.
    pub fn hurt(&mut self, share: f32) {
        self.hurt.set(share);
    }

    /// Shows the match clock, `seconds` before it changes; nothing where there is none.
    pub fn clock(&mut self, clock: Option<&Match>, seconds: f64) {
        let Some(clock) = clock else {
            self.clock.set("");
            self.round.set("");
            return;
        };
        self.clock.set(&minutes(seconds));
        self.round.set(&match clock.phase {
            Phase::Playing => fill("hud.round", &[("number", &clock.round)]),
            Phase::Results => text("hud.next-round").to_string(),
        });
    }

    /// Shows why there is no ship, and when the next one comes; nothing if there is one.
    pub fn death(&mut self, notice: Option<(&str, f64)>) {
        if let Some((cause, seconds)) = notice {
            self.cause.set(cause);
            self.wait.set(&fill("hud.new-ship", &[("seconds", &decimal(seconds, 1))]));
        }
        self.death.show(notice.is_some());
    }
}

/// Seconds as a clock shows them; a second that has begun counts.
fn minutes(seconds: f64) -> String {
    let whole = seconds.max(0.0).ceil() as u32;
    format!("{}:{:02}", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_counts_the_second_that_has_begun() {
        assert_eq!(minutes(180.0), "3:00");
        assert_eq!(minutes(59.2), "1:00");
        assert_eq!(minutes(0.4), "0:01");
        assert_eq!(minutes(-3.0), "0:00");
    }
}
