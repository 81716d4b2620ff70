//! Tuning and map, read for one tick rate: what the step and the rules calculate with.

use std::sync::OnceLock;

use tickwire_sync::{
    game::{RulesError, RulesSource},
    save,
};

use crate::{
    kinds::{Ship, Side},
    map::{self, Map},
    routes::Routes,
    sweep::Bounce,
    tuning::Tuning,
};

/// Cooldowns count in this part of a tick, so that the fire rate is the same at every tick rate.
pub const SUBTICKS: u16 = 64;
/// What a ship has to boost with when it has all of it: fine enough that it lasts equally long at every tick rate.
pub const BOOST_FULL: u16 = 60_000;
/// The tick rates that a room may have, in Hz.
pub const TICK_RATES: core::ops::RangeInclusive<u32> = 10..=128;

/// One tick of motion under drag and constant thrust, solved exactly (`v' = a - k v`), so that every tick rate flies alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glide {
    /// Share of the velocity that is left after a tick: `exp(-k)`.
    pub keep: f32,
    /// Ticks that the velocity counts for in a tick's way, and thrust in a tick's velocity: `(1 - exp(-k)) / k`.
    pub reach: f32,
    /// What thrust counts for in a tick's way: `(1 - reach) / k`.
    pub push: f32,
}

impl Glide {
    /// For a drag per second. In `f64`, since the small differences here would cost `f32` its digits.
    fn new(drag: f32, tick_rate: u32) -> Self {
        let drag = f64::from(drag) / f64::from(tick_rate);
        let reach = -libm::expm1(-drag) / drag;
        Self { keep: libm::exp(-drag) as f32, reach: reach as f32, push: ((1.0 - reach) / drag) as f32 }
    }
}

/// The rules of a room. What is derived from tuning is per tick here.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Ticks a second.
    pub tick_rate: u32,
    /// The numbers as the file has them, per second.
    pub tuning: Tuning,
    /// The map.
    pub map: Map,
    /// A tick without brakes.
    pub coast: Glide,
    /// A tick with brakes.
    pub brake: Glide,
    /// Acceleration in units a tick squared.
    pub thrust: f32,
    /// The same while boosting.
    pub boost: f32,
    /// What a tick of boosting takes of [`BOOST_FULL`].
    pub boost_drain: u16,
    /// What grows back in a tick without.
    pub boost_growth: u16,
    /// What must be there before a ship can begin to boost.
    pub boost_ready: u16,
    /// 1/65536 turns a tick.
    pub turn_steps: i32,
    /// How ships bounce off walls.
    pub ship_bounce: Bounce,
    /// Hull points of a new ship.
    pub hull_max: u8,
    /// Ticks from a ship's end to the next one.
    pub respawn_ticks: u16,
    /// Ticks of protection of a new ship.
    pub guard_ticks: u16,
    /// Speed of a shot in units a tick.
    pub shot_speed: f32,
    /// Steps that a shot flies.
    pub shot_ticks: u16,
    /// From shot to shot, in 1/64 tick: at least one tick.
    pub fire_period: u16,
    /// Shots in a full magazine.
    pub ammo_max: u16,
    /// The same while in overdrive.
    pub overdrive_period: u16,
    /// Ticks for which an overdrive lasts: at least one.
    pub overdrive_ticks: u16,
    /// Points of a whole shield.
    pub shield_max: u8,
    /// From one shot that grows back to the next, in 1/64 tick: at least one tick.
    pub recharge_period: u16,
    /// Ticks from one beam of a rail to the next: at least two.
    pub rail_ticks: u16,
    /// Mines of a new ship.
    pub mines_max: u8,
    /// Ticks from one mine to the next: at least two.
    pub mine_wait_ticks: u16,
    /// Steps that a mine lies there.
    pub mine_ticks: u16,
    /// With so many steps to go, or fewer, a mine is live.
    pub mine_live: u16,
    /// Ticks until a dropped core is back at its base by itself.
    pub core_ticks: u16,
    /// Ticks for which a cloak hides its ship: at least one.
    pub cloak_ticks: u16,
    /// Ticks until a taken pickup is back.
    pub pickup_ticks: u32,
    /// Ticks of play in a round.
    pub play_ticks: u32,
    /// Ticks of results after it.
    pub results_ticks: u32,
    /// Found out when they are first asked for: only bots fly by them.
    routes: OnceLock<Routes>,
}

impl Rules {
    /// Tuning and map as bytes, as people wrote them: whether they go together is looked at when they are unpacked.
    ///
    /// # Errors
    /// A sentence that says what is wrong in which file.
    pub fn pack(source: RulesSource) -> Result<Vec<u8>, RulesError> {
        Ok(save::save(&(Tuning::read(source.tuning)?, map::File::read(source.map)?)))
    }

    /// Reads tuning and map for a room of `tick_rate` ticks a second, as a client does that is sent them.
    ///
    /// # Errors
    /// A sentence that says what is wrong in which file.
    pub fn read(source: RulesSource, tick_rate: u32) -> Result<Self, RulesError> {
        Self::unpack(&Self::pack(source)?, tick_rate)
    }

    /// The rules that were packed, for a room of `tick_rate` ticks a second. The bytes may come from outside.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn unpack(packed: &[u8], tick_rate: u32) -> Result<Self, RulesError> {
        if !TICK_RATES.contains(&tick_rate) {
            let (low, high) = (TICK_RATES.start(), TICK_RATES.end());
            return Err(RulesError(format!("the tick rate is {tick_rate} Hz, but must be from {low} to {high}")));
        }
        let (tuning, file): (Tuning, map::File) = save::load(packed)?;
        tuning.check()?;
        let map = Map::of(file, &tuning, tick_rate)?;
        let rate = tick_rate as f32;
        let ticks = |seconds: f32| (seconds * rate + 0.5) as u32;
        let period = |per_second: f32| ((f32::from(SUBTICKS) * rate / per_second + 0.5) as u16).max(SUBTICKS);
        let charge = |seconds: f32| (f32::from(BOOST_FULL) / (seconds * rate) + 0.5) as u16;
        let (ship, weapon, mine, boost) = (&tuning.ship, &tuning.weapon, &tuning.mine, &tuning.boost);
        Ok(Self {
            tick_rate,
            coast: Glide::new(ship.drag, tick_rate),
            brake: Glide::new(ship.drag + ship.brake, tick_rate),
            thrust: ship.thrust / (rate * rate),
            boost: ship.thrust * boost.thrust / (rate * rate),
            boost_drain: charge(boost.seconds),
            boost_growth: charge(boost.recharge),
            boost_ready: (boost.ready * f32::from(BOOST_FULL)) as u16,
            turn_steps: (ship.turn * crate::angle::FINE_STEPS as f32 / rate + 0.5) as i32,
            ship_bounce: Bounce { factor: ship.bounce, above: ship.bounce_speed / rate },
            hull_max: ship.hull as u8,
            respawn_ticks: ticks(ship.respawn) as u16,
            guard_ticks: ticks(ship.guard) as u16,
            shot_speed: weapon.speed / rate,
            shot_ticks: ticks(weapon.life) as u16,
            fire_period: period(weapon.rate),
            overdrive_period: period(weapon.rate * tuning.overdrive.rate),
            overdrive_ticks: ticks(tuning.overdrive.seconds) as u16,
            shield_max: tuning.shield.points as u8,
            ammo_max: weapon.ammo as u16,
            recharge_period: period(weapon.recharge),
            rail_ticks: ticks(tuning.rail.charge) as u16,
            mines_max: mine.carried as u8,
            mine_wait_ticks: ticks(mine.wait) as u16,
            mine_ticks: ticks(mine.life) as u16,
            mine_live: ticks(mine.life - mine.arm) as u16,
            core_ticks: ticks(tuning.core.back) as u16,
            cloak_ticks: ticks(tuning.cloak.seconds) as u16,
            pickup_ticks: ticks(tuning.pickup.back),
            play_ticks: ticks(tuning.round.play),
            results_ticks: ticks(tuning.round.results),
            routes: OnceLock::new(),
            tuning,
            map,
        })
    }

    /// A speed in units a second from one in units a tick.
    pub fn per_second(&self, per_tick: f32) -> f32 {
        per_tick * self.tick_rate as f32
    }

    /// A speed in units a tick from one in units a second.
    pub fn per_tick(&self, per_second: f32) -> f32 {
        per_second / self.tick_rate as f32
    }

    /// The ways around the map's walls.
    pub fn routes(&self) -> &Routes {
        self.routes.get_or_init(|| Routes::new(&self.map.terrain, self.tuning.ship.radius))
    }

    /// How hard a ship's engine pushes, in units a tick squared.
    pub fn push_of(&self, ship: &Ship) -> f32 {
        let push = if ship.controls.boost { self.boost } else { self.thrust };
        if ship.core == Side::None { push } else { push * self.tuning.core.thrust }
    }

    /// The mass of a rock of `radius` units, in ships: it grows with the area.
    pub fn rock_mass(&self, radius: f32) -> f32 {
        let size = radius / self.tuning.ship.radius;
        self.tuning.rock.density * size * size
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{DEFAULT_MAP, DEFAULT_TUNING};

    /// The shipped rules at a tick rate.
    pub(crate) fn rules_at(tick_rate: u32) -> Rules {
        Rules::read(RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP }, tick_rate).unwrap()
    }

    /// The shipped tuning on an empty map of 4000 x 4000 units.
    pub(crate) fn empty_at(tick_rate: u32) -> Rules {
        let map = "name = \"Empty\"\nwidth = 4000\nheight = 4000\nspawns = [[2000, 2000]]";
        Rules::read(RulesSource { tuning: DEFAULT_TUNING, map }, tick_rate).unwrap()
    }

    /// The shipped rules on the map that wraps.
    pub(crate) fn open_at(tick_rate: u32) -> Rules {
        let (_, map) = crate::MAPS.iter().find(|(name, _)| *name == "open").unwrap();
        Rules::read(RulesSource { tuning: DEFAULT_TUNING, map }, tick_rate).unwrap()
    }

    #[test]
    fn packed_rules_are_refused_with_any_byte_less_or_more_and_never_too_large() {
        let packed = Rules::pack(RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP }).unwrap();
        println!("the shipped rules are packed to {} bytes", packed.len());
        assert!(packed.len() < 2048);
        assert!((0..packed.len()).all(|length| Rules::unpack(&packed[..length], 30).is_err()));
        let more = [&packed[..], &[0]].concat();
        assert_eq!(
            Rules::unpack(&more, 30).unwrap_err().0,
            "the rules' bytes make no sense: bytes are left over behind the last section"
        );
    }

    #[test]
    fn packed_numbers_are_checked_as_written_ones_are() {
        let mut packed = Rules::pack(RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP }).unwrap();
        packed[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        assert_eq!(
            Rules::unpack(&packed, 30).unwrap_err().0,
            "tuning: ship.radius is NaN, but must be from 4 to 60 (units)"
        );
    }

    #[test]
    fn a_room_that_is_too_slow_or_too_fast_is_refused() {
        let source = RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP };
        for rate in [0, 9, 129] {
            let error = Rules::read(source, rate).unwrap_err();
            assert_eq!(error.0, format!("the tick rate is {rate} Hz, but must be from 10 to 128"));
        }
    }

    #[test]
    fn everything_that_is_derived_is_in_range_at_every_tick_rate() {
        for rate in TICK_RATES {
            let rules = rules_at(rate);
            assert!(rules.fire_period >= SUBTICKS && rules.recharge_period >= SUBTICKS);
            assert!(rules.rail_ticks >= 2 && rules.cloak_ticks >= 1);
            assert!(rules.mine_wait_ticks >= 2 && rules.mine_live >= 1 && rules.mine_live <= rules.mine_ticks);
            assert!(rules.overdrive_period >= SUBTICKS && rules.overdrive_period < rules.fire_period);
            assert!(rules.overdrive_ticks >= 1 && rules.boost_drain > rules.boost_growth && rules.boost_growth > 0);
            assert!(rules.respawn_ticks > 0 && rules.shot_ticks > 0 && rules.turn_steps > 0);
            assert!((0.0..1.0).contains(&rules.coast.keep) && rules.coast.push > 0.4 && rules.coast.push < 0.5);
        }
    }
}
