//! What a pilot reads: hull, ammunition, the rail, the clock, and why there is no ship just now.

use tickwire_arena::kinds::{Match, Phase};
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

use super::palette;
use crate::shell::page::{self, Panel, Property, Text};

/// A bar with a number.
#[derive(Debug)]
struct Gauge {
    root: HtmlElement,
    number: Text,
    share: Property,
    value: Option<(u32, u32)>,
}

impl Gauge {
    fn new(id: &str) -> Result<Self, JsValue> {
        let root: HtmlElement = page::element(id)?;
        let number = Text::of(&format!("{id}-number"))?;
        Ok(Self { share: Property::of(root.clone(), "--share"), root, number, value: None })
    }

    fn set(&mut self, value: u32, most: u32) {
        if self.value == Some((value, most)) {
            return;
        }
        self.value = Some((value, most));
        self.number.set(&value.to_string());
        self.share.set(value as f32 / most.max(1) as f32);
        let _ = self.root.set_attribute("aria-valuemax", &most.to_string());
        let _ = self.root.set_attribute("aria-valuenow", &value.to_string());
    }

    fn tint(&self, colour: palette::Colour) {
        let _ = self.root.style().set_property("--tint", &palette::css(colour));
    }
}

/// The player's ship, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Hull points, 0 without a ship; and the most there can be.
    pub hull: (u32, u32),
    /// Shots left, and the most there can be.
    pub ammo: (u32, u32),
    /// How far the rail is charged, and all of it.
    pub rail: (u32, u32),
}

/// The instruments of the page.
#[derive(Debug)]
pub struct Hud {
    hull: Gauge,
    ammo: Gauge,
    rail: Gauge,
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
            hull: Gauge::new("hull")?,
            ammo: Gauge::new("ammo")?,
            rail: Gauge::new("rail")?,
            clock: Text::of("clock-time")?,
            round: Text::of("clock-round")?,
            death: Panel::of("death")?,
            cause: Text::of("death-cause")?,
            wait: Text::of("death-wait")?,
            hurt: Property::of(page::element("hurt")?, "--hurt"),
        })
    }

    /// Shows hull, ammunition and rail.
    pub fn vitals(&mut self, Vitals { hull, ammo, rail }: Vitals) {
        if self.hull.value != Some(hull) {
            self.hull.tint(palette::hull(hull.0 as f32 / hull.1.max(1) as f32));
        }
        self.hull.set(hull.0, hull.1);
        self.ammo.set(ammo.0, ammo.1);
        self.rail.set(rail.0, rail.1);
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
            Phase::Playing => format!("Round {}", clock.round),
            Phase::Results => "Results".to_owned(),
        });
    }

    /// Shows why there is no ship, and when the next one comes; nothing if there is one.
    pub fn death(&mut self, notice: Option<(&str, f64)>) {
        if let Some((cause, seconds)) = notice {
            self.cause.set(cause);
            self.wait.set(&format!("New ship in {seconds:.1} s"));
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
