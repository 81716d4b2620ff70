//! A player's own state: when the gun and the rail fire, when mines are laid, how ammunition and boost grow back, when the next ship comes.
//!
//! The owner's client predicts all of it, and the server's rules spawn a shot or a mine exactly in the ticks in which this code fired or
//! laid it.

use crate::{
    kinds::{Entity, Loadout, Own, Ship},
    settings::{BOOST_FULL, Rules, SUBTICKS},
};

/// Advances a player's own state by one tick, after its ship was stepped.
pub fn step_own(own: &mut Own, avatar: Option<&Entity>, rules: &Rules) {
    let Own::Loadout(loadout) = own;
    match avatar {
        Some(Entity::Ship(ship)) => {
            loadout.step_mines(ship.controls.mine, rules);
            loadout.step_gun(ship, rules);
            loadout.step_rail(ship.controls.rail, rules);
            loadout.step_boost(ship.controls.boost, rules);
        }
        _ => loadout.respawn = loadout.respawn.saturating_sub(1),
    }
}

impl Loadout {
    /// What a new ship carries.
    pub fn full(rules: &Rules) -> Self {
        Self { ammo: rules.ammo_max, mines: rules.mines_max, boost: BOOST_FULL, ..Self::default() }
    }

    /// The wait after a ship was lost.
    pub fn lost(rules: &Rules) -> Self {
        Self { respawn: rules.respawn_ticks, ..Self::default() }
    }

    /// In the tick in which a mine is laid the gun is silent: a ship lets go of one thing at a time, and its client foresees one.
    fn step_gun(&mut self, ship: &Ship, rules: &Rules) {
        let trigger = ship.controls.fire && !self.laid(rules);
        let period = if ship.overdrive > 0 { rules.overdrive_period } else { rules.fire_period };
        self.fired = false;
        if self.ammo < rules.ammo_max {
            self.recharge = self.recharge.saturating_add(SUBTICKS);
            if self.recharge >= rules.recharge_period {
                self.recharge -= rules.recharge_period;
                self.ammo += 1;
            }
        } else {
            self.recharge = 0;
        }
        if self.cooldown > SUBTICKS {
            self.cooldown -= SUBTICKS;
        } else if trigger && self.ammo > 0 {
            // What the wait would have reached beyond this tick counts for the next one: the rate is exact on average.
            let overdue = if self.cooldown == 0 { 0 } else { SUBTICKS - self.cooldown };
            self.cooldown = period - overdue;
            self.ammo -= 1;
            self.fired = true;
        } else {
            self.cooldown = 0;
        }
    }

    fn step_rail(&mut self, trigger: bool, rules: &Rules) {
        self.rail = match self.rail {
            0 | 1 if trigger => rules.rail_ticks,
            wait => wait.saturating_sub(1),
        };
    }

    fn step_mines(&mut self, trigger: bool, rules: &Rules) {
        if trigger && self.can_lay() {
            self.mines -= 1;
            self.mine = rules.mine_wait_ticks;
        } else {
            self.mine = self.mine.saturating_sub(1);
        }
    }

    fn step_boost(&mut self, boosts: bool, rules: &Rules) {
        self.boost = if boosts {
            self.boost.saturating_sub(rules.boost_drain)
        } else {
            self.boost.saturating_add(rules.boost_growth).min(BOOST_FULL)
        };
    }

    /// Whether the next step would lay a mine.
    pub fn can_lay(&self) -> bool {
        self.mines > 0 && self.mine <= 1
    }

    /// Whether the step that led here laid a mine.
    pub fn laid(&self, rules: &Rules) -> bool {
        self.mine == rules.mine_wait_ticks
    }

    /// Whether there is enough to boost with in the next step: to begin takes more than to go on.
    pub fn can_boost(&self, boosts: bool, rules: &Rules) -> bool {
        self.boost >= rules.boost_drain && (boosts || self.boost >= rules.boost_ready)
    }

    /// Whether the rail would fire in the next step.
    pub fn rail_is_charged(&self) -> bool {
        self.rail <= 1
    }

    /// Whether the step that led here fired the rail.
    pub fn rail_fired(&self, rules: &Rules) -> bool {
        self.rail == rules.rail_ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kinds::Ship, settings::tests::rules_at};

    fn shots_in(seconds: u32, rate: u32, trigger: impl Fn(u32) -> bool) -> u32 {
        let rules = rules_at(rate);
        let mut own = Own::Loadout(Loadout::full(&rules));
        let mut shots = 0;
        for tick in 0..seconds * rate {
            let mut ship = Ship::default();
            ship.controls.fire = trigger(tick);
            let before = own.loadout().ammo;
            step_own(&mut own, Some(&ship.into()), &rules);
            let fired = own.loadout().fired;
            shots += u32::from(fired);
            assert!(own.loadout().ammo < before || !fired || before < rules.ammo_max, "a shot costs ammunition");
            assert!(!fired || ship.controls.fire, "nothing fires by itself");
        }
        shots
    }

    #[test]
    fn the_gun_fires_equally_fast_at_every_tick_rate() {
        let expected = 5.0 * rules_at(30).tuning.weapon.rate;
        for rate in [10, 20, 30, 60, 128] {
            let shots = shots_in(5, rate, |_| true) as f32;
            assert!((shots - expected).abs() <= 1.0, "{shots} shots in 5 s at {rate} Hz, not {expected}");
        }
    }

    #[test]
    fn an_empty_gun_fires_what_grows_back_and_no_more() {
        for rate in [10, 30, 128] {
            let rules = rules_at(rate);
            let expected = f32::from(rules.ammo_max) + 60.0 * rules.tuning.weapon.recharge;
            let shots = shots_in(60, rate, |_| true) as f32;
            assert!((shots - expected).abs() < 0.03 * expected, "{shots} shots in 60 s at {rate} Hz, not {expected}");
        }
    }

    #[test]
    fn tapping_is_never_faster_than_holding() {
        for rate in [10, 30, 60, 128] {
            let held = shots_in(4, rate, |_| true);
            for beat in 2..9 {
                assert!(shots_in(4, rate, |tick| tick % beat == 0) <= held);
            }
        }
    }

    #[test]
    fn the_rail_fires_once_in_each_charging_time_however_long_it_is_held() {
        for rate in [10, 30, 128] {
            let rules = rules_at(rate);
            let mut own = Own::Loadout(Loadout::full(&rules));
            let mut fired = Vec::new();
            for tick in 0..20 * rate {
                let mut ship = Ship::default();
                ship.controls.rail = own.loadout().rail_is_charged();
                step_own(&mut own, Some(&ship.into()), &rules);
                fired.extend(own.loadout().rail_fired(&rules).then_some(tick));
            }
            assert_eq!(fired[0], 0, "a new ship's rail is charged");
            assert!(
                fired.windows(2).all(|two| two[1] - two[0] == u32::from(rules.rail_ticks)),
                "{fired:?} at {rate} Hz"
            );
            let expected = 20.0 / rules.tuning.rail.charge;
            assert!((fired.len() as f32 - expected).abs() <= 1.0, "{} beams in 20 s, not {expected}", fired.len());
        }
    }

    #[test]
    fn a_rail_that_is_not_charged_keeps_charging_under_the_trigger() {
        let rules = rules_at(30);
        let mut own = Own::Loadout(Loadout { rail: rules.rail_ticks, ..Loadout::full(&rules) });
        let mut ship = Ship::default();
        ship.controls.rail = true;
        for left in (1..rules.rail_ticks).rev() {
            step_own(&mut own, Some(&ship.into()), &rules);
            assert_eq!(own.loadout().rail, left);
        }
    }

    #[test]
    fn a_player_without_a_ship_waits_for_the_next_one() {
        let rules = rules_at(30);
        let mut own = Own::Loadout(Loadout::lost(&rules));
        for _ in 0..rules.respawn_ticks {
            assert!(own.loadout().respawn > 0);
            step_own(&mut own, None, &rules);
        }
        assert_eq!(own.loadout().respawn, 0);
    }
}
