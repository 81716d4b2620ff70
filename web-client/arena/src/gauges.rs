//! The gauges: what is left of hull, shield, ammunition, rail, boost, mines and overdrive.

use tickwire_arena::{
    Rules,
    kinds::{Loadout, Ship},
    settings::BOOST_FULL,
};
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

use super::palette;
use crate::shell::page::{self, Property, Text};

/// What there is and the most there can be.
type Reading = (u32, u32);

/// The player's ship, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Hull points, 0 without a ship.
    pub hull: Reading,
    /// Shots.
    pub ammo: Reading,
    /// How far the rail is charged, in percent.
    pub rail: Reading,
    /// What is left to boost with, in percent.
    pub boost: Reading,
    /// Mines carried.
    pub mines: Reading,
    /// Points over the hull, while there are any.
    pub shield: Option<Reading>,
    /// Seconds of overdrive to go, rounded up, while there are any.
    pub overdrive: Option<Reading>,
}

impl Vitals {
    /// Of a player's loadout and its ship, if it has one.
    pub fn of(loadout: &Loadout, ship: Option<&Ship>, rules: &Rules) -> Self {
        let percent = |part: u16, whole: u16| (100 * u32::from(part) / u32::from(whole.max(1)), 100);
        let seconds = |ticks: u16| u32::from(ticks).div_ceil(rules.tick_rate);
        let charged = rules.rail_ticks.saturating_sub(loadout.rail);
        let shield = ship.map_or(0, |ship| ship.shield);
        let overdrive = ship.map_or(0, |ship| ship.overdrive);
        Self {
            hull: (ship.map_or(0, |ship| ship.hull).into(), rules.hull_max.into()),
            ammo: (loadout.ammo.into(), rules.ammo_max.into()),
            rail: percent(charged, rules.rail_ticks),
            boost: percent(loadout.boost, BOOST_FULL),
            mines: (loadout.mines.into(), rules.mines_max.into()),
            shield: (shield > 0).then_some((shield.into(), rules.shield_max.into())),
            overdrive: (overdrive > 0).then_some((seconds(overdrive), seconds(rules.overdrive_ticks))),
        }
    }
}

/// A bar with a number.
#[derive(Debug)]
struct Gauge {
    root: HtmlElement,
    number: Text,
    share: Property,
    value: Option<Reading>,
}

impl Gauge {
    fn new(id: &str) -> Result<Self, JsValue> {
        let root: HtmlElement = page::element(id)?;
        let number = Text::of(&format!("{id}-number"))?;
        Ok(Self { share: Property::of(root.clone(), "--share"), root, number, value: None })
    }

    /// Shows a reading; without one there is no gauge.
    fn set(&mut self, reading: Option<Reading>) {
        if self.value == reading {
            return;
        }
        self.root.set_hidden(reading.is_none());
        self.value = reading;
        let Some((value, most)) = reading else { return };
        self.number.set(&value.to_string());
        self.share.set((value as f32 / most.max(1) as f32).min(1.0));
        let _ = self.root.set_attribute("aria-valuemax", &most.max(value).to_string());
        let _ = self.root.set_attribute("aria-valuenow", &value.to_string());
    }

    fn tint(&self, colour: palette::Colour) {
        let _ = self.root.style().set_property("--tint", &palette::css(colour));
    }
}

/// The gauges of the page.
#[derive(Debug)]
pub struct Gauges {
    hull: Gauge,
    ammo: Gauge,
    rail: Gauge,
    boost: Gauge,
    mines: Gauge,
    shield: Gauge,
    overdrive: Gauge,
}

impl Gauges {
    /// The gauges of the page.
    ///
    /// # Errors
    /// The page has none.
    pub fn new() -> Result<Self, JsValue> {
        let gauges = Self {
            hull: Gauge::new("hull")?,
            ammo: Gauge::new("ammo")?,
            rail: Gauge::new("rail")?,
            boost: Gauge::new("boost")?,
            mines: Gauge::new("mines")?,
            shield: Gauge::new("shield")?,
            overdrive: Gauge::new("overdrive")?,
        };
        gauges.shield.tint(palette::SHIELD);
        gauges.overdrive.tint(palette::OVERDRIVE);
        Ok(gauges)
    }

    /// Shows them.
    pub fn show(&mut self, vitals: Vitals) {
        let Vitals { hull, ammo, rail, boost, mines, shield, overdrive } = vitals;
        if self.hull.value != Some(hull) {
            self.hull.tint(palette::hull(hull.0 as f32 / hull.1.max(1) as f32));
        }
        self.hull.set(Some(hull));
        self.ammo.set(Some(ammo));
        self.rail.set(Some(rail));
        self.boost.set(Some(boost));
        self.mines.set(Some(mines));
        self.shield.set(shield);
        self.overdrive.set(overdrive);
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
    use tickwire_sync::game::{Game, RulesSource};

    use super::*;

    fn rules() -> Rules {
        Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP }, 30).unwrap()
    }

    #[test]
    fn a_new_ship_has_all_of_everything_but_what_must_be_picked_up() {
        let rules = rules();
        let ship = Ship { hull: rules.hull_max, ..Ship::default() };
        let vitals = Vitals::of(&Loadout::full(&rules), Some(&ship), &rules);
        for (value, most) in [vitals.hull, vitals.ammo, vitals.rail, vitals.boost, vitals.mines] {
            assert!(value == most && most > 0, "{vitals:?}");
        }
        assert_eq!((vitals.shield, vitals.overdrive), (None, None));
    }

    #[test]
    fn shield_and_overdrive_are_there_to_the_last_point_and_second() {
        let rules = rules();
        let ship = Ship { shield: 1, overdrive: 1, ..Ship::default() };
        let vitals = Vitals::of(&Loadout::full(&rules), Some(&ship), &rules);
        assert_eq!(vitals.shield, Some((1, rules.shield_max.into())));
        assert_eq!(vitals.overdrive.map(|(seconds, _)| seconds), Some(1));
    }

    #[test]
    fn without_a_ship_nothing_is_left() {
        let rules = rules();
        let vitals = Vitals::of(&Loadout::lost(&rules), None, &rules);
        assert_eq!([vitals.hull, vitals.ammo, vitals.boost, vitals.mines].map(|(value, _)| value), [0; 4]);
        assert_eq!((vitals.shield, vitals.overdrive), (None, None));
    }
}
