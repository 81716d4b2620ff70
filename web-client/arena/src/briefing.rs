//! What the game is about, in words: what is played where and for what, and what a pickup does.

use std::rc::Rc;

use tickwire_arena::{
    Arena, Rules,
    kinds::{Mode, PickupKind},
    map::Map,
};
use tickwire_sync::client::Session;
use wasm_bindgen::JsValue;

use crate::shell::{
    page::Text,
    words::{decimal, fill, text},
};

/// What is played for on a map.
pub fn goal(map: &Map) -> Rc<str> {
    text(match map.mode {
        Mode::Ffa if map.rounds => "goal.ffa",
        Mode::Ffa => "goal.endless",
        Mode::Teams => "goal.teams",
        Mode::Core => "goal.core",
    })
}

/// What is played where, and by how many.
fn played(map: &Map, pilots: usize) -> String {
    let mode = text(match map.mode {
        Mode::Ffa => "mode.ffa",
        Mode::Teams => "mode.teams",
        Mode::Core => "mode.core",
    });
    fill("start.match", &[("mode", &mode), ("map", &map.name), ("count", &pilots)])
}

/// What a pickup does, in a game of `tick_rate` ticks a second.
fn effect(what: PickupKind, rules: &Rules, tick_rate: u32) -> String {
    let seconds = |ticks: u16| decimal(f64::from(ticks) / f64::from(tick_rate), 0);
    match what {
        PickupKind::Hull => text("pickup.hull").to_string(),
        PickupKind::Ammo => text("pickup.ammo").to_string(),
        PickupKind::Cloak => fill("pickup.cloak", &[("seconds", &seconds(rules.cloak_ticks))]),
        PickupKind::Shield => fill("pickup.shield", &[("points", &rules.shield_max)]),
        PickupKind::Overdrive => fill("pickup.overdrive", &[("seconds", &seconds(rules.overdrive_ticks))]),
    }
}

/// The lines of the start screen, and what the player was told already.
#[derive(Debug)]
pub struct Briefing {
    played: Text,
    goal: Text,
    /// The kinds of pickups whose effect was told.
    told: Vec<PickupKind>,
}

impl Briefing {
    /// The lines of the page.
    ///
    /// # Errors
    /// The page has none.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self { played: Text::of("start-match")?, goal: Text::of("start-goal")?, told: Vec::new() })
    }

    /// Shows on the start screen what is going on.
    pub fn invite(&mut self, session: &Session<Arena>) {
        let map = &session.rules().map;
        self.played.set(&played(map, session.players().count()));
        self.goal.set(&goal(map));
    }

    /// What a pickup does that the player took; nothing once that was told.
    pub fn took(&mut self, what: PickupKind, session: &Session<Arena>) -> Option<String> {
        if self.told.contains(&what) {
            return None;
        }
        self.told.push(what);
        Some(effect(what, session.rules(), session.tick_rate()))
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::{DEFAULT_TUNING, MAPS, map::with_mode};
    use tickwire_sync::game::RulesSource;

    use super::*;

    fn rules(mode: &str) -> Rules {
        let (_, citadel) = MAPS.iter().find(|(name, _)| *name == "citadel").unwrap();
        Rules::read(RulesSource { tuning: DEFAULT_TUNING, map: &with_mode(citadel, mode) }, 30).unwrap()
    }

    #[test]
    fn every_mode_says_what_is_played_for() {
        let said: Vec<_> = ["ffa", "teams", "core"].map(|mode| goal(&rules(mode).map)).into();
        assert!(said.iter().enumerate().all(|(at, one)| !one.starts_with("goal") && !said[..at].contains(one)));
        assert_eq!(played(&rules("teams").map, 7), "Team deathmatch on Citadel · Pilots: 7");
    }

    #[test]
    fn a_pickup_says_for_how_long_it_lasts_and_how_much_it_takes() {
        let rules = rules("ffa");
        assert_eq!(effect(PickupKind::Overdrive, &rules, 30), "Overdrive: your gun fires faster for 8 s");
        assert!(effect(PickupKind::Shield, &rules, 30).contains("50"));
    }
}
