//! The tuning file: every number of the game, per second and never per tick, each within a range that the game can bear.

use core::ops::RangeInclusive;

use serde::{Deserialize, de::DeserializeOwned};
use tickwire_sync::{game::RulesError, saved};

/// The farthest that a rail may reach, in units.
pub const RANGE_MAX: f32 = 1300.0;

/// All numbers of the game, as the file has them. `assets/tuning.toml` explains each; [`Tuning::read`] checks its range.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// How ships fly and last.
    pub ship: ShipTuning,
    /// How guns and shots work.
    pub weapon: WeaponTuning,
    /// How the rail works.
    pub rail: RailTuning,
    /// How cloaks work.
    pub cloak: CloakTuning,
    /// How rocks move.
    pub rock: RockTuning,
    /// What contacts do.
    pub crash: CrashTuning,
    /// What pickups give.
    pub pickup: PickupTuning,
    /// What counts how much.
    pub score: ScoreTuning,
    /// How long a round takes.
    pub round: RoundTuning,
}

/// How ships fly and last.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipTuning {
    /// Radius in units.
    pub radius: f32,
    /// Acceleration in units a second squared.
    pub thrust: f32,
    /// Share of the velocity lost, per second; the top speed is `thrust / drag`.
    pub drag: f32,
    /// Added to the drag while braking, per second.
    pub brake: f32,
    /// Turns a second.
    pub turn: f32,
    /// Share of the speed into a wall that comes back out.
    pub bounce: f32,
    /// Bumps slower than this do not bounce, in units a second.
    pub bounce_speed: f32,
    /// Hull points of a new ship.
    pub hull: u32,
    /// Seconds from a ship's end to the next one.
    pub respawn: f32,
    /// Seconds of protection of a new ship.
    pub guard: f32,
}

/// How guns and shots work.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeaponTuning {
    /// Speed of a shot in units a second, relative to the carried velocity.
    pub speed: f32,
    /// Share of the ship's velocity that a shot takes along.
    pub carried: f32,
    /// Seconds of flight.
    pub life: f32,
    /// Shots a second.
    pub rate: f32,
    /// Hull points that a hit takes.
    pub damage: u32,
    /// Radius of a shot against ships and rocks, in units.
    pub radius: f32,
    /// Units from the hull to where a shot appears.
    pub muzzle: f32,
    /// Shots in a full magazine.
    pub ammo: u32,
    /// Shots a second that grow back.
    pub recharge: f32,
    /// Speed in units a second that a hit gives to a rock of a ship's mass.
    pub push: f32,
}

/// How the rail works: a beam that strikes at once.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RailTuning {
    /// How far it reaches, in units.
    pub range: f32,
    /// Hull points that it takes.
    pub damage: u32,
    /// Seconds from one beam to the next.
    pub charge: f32,
}

/// How cloaks work.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloakTuning {
    /// Seconds for which one hides its ship.
    pub seconds: f32,
}

/// How rocks move.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RockTuning {
    /// Mass of a rock as large as a ship, in ships.
    pub density: f32,
    /// The speed beyond which nothing pushes a rock, in units a second.
    pub speed_max: f32,
}

/// What contacts do.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashTuning {
    /// Share of the speed against each other that comes back.
    pub bounce: f32,
    /// Slower contacts with rocks are harmless, in units a second.
    pub speed: f32,
    /// Hull points for every unit a second above that.
    pub damage: f32,
    /// Hull points that one contact takes at most.
    pub damage_max: u32,
}

/// What pickups give.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PickupTuning {
    /// Radius in units.
    pub radius: f32,
    /// Hull points that one repairs.
    pub hull: u32,
    /// Shots that one holds.
    pub ammo: u32,
    /// Seconds until a taken one is back.
    #[serde(rename = "return")]
    pub back: f32,
}

/// What counts how much.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreTuning {
    /// Points for a hit.
    pub hit: i32,
    /// Points for destroying a ship.
    pub kill: i32,
    /// Points for losing one's ship to a rock.
    pub crash: i32,
}

/// How long a round takes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundTuning {
    /// Seconds of play.
    pub play: f32,
    /// Seconds of results.
    pub results: f32,
}

saved! {
    Tuning { ship, weapon, rail, cloak, rock, crash, pickup, score, round }
    ShipTuning { radius, thrust, drag, brake, turn, bounce, bounce_speed, hull, respawn, guard }
    WeaponTuning { speed, carried, life, rate, damage, radius, muzzle, ammo, recharge, push }
    RailTuning { range, damage, charge }
    CloakTuning { seconds }
    RockTuning { density, speed_max }
    CrashTuning { bounce, speed, damage, damage_max }
    PickupTuning { radius, hull, ammo, back }
    ScoreTuning { hit, kill, crash }
    RoundTuning { play, results }
}

impl Tuning {
    /// Reads the tuning file.
    ///
    /// # Errors
    /// A sentence that says what is wrong, what was expected, and where.
    pub fn read(text: &str) -> Result<Self, RulesError> {
        let tuning: Self = read_toml("tuning", text)?;
        tuning.check()?;
        Ok(tuning)
    }

    /// Refuses a number out of its range.
    ///
    /// # Errors
    /// A sentence that names it.
    pub(crate) fn check(&self) -> Result<(), RulesError> {
        self.ranges().into_iter().try_for_each(|(name, value, range, unit)| check("tuning", name, value, range, unit))
    }

    #[rustfmt::skip]
    fn ranges(&self) -> [(&'static str, f32, RangeInclusive<f32>, &'static str); 40] {
        let Self { ship, weapon, rail, cloak, rock, crash, pickup, score, round } = self;
        [
            ("ship.radius", ship.radius, 4.0..=60.0, "units"),
            ("ship.thrust", ship.thrust, 10.0..=5000.0, "units a second squared"),
            ("ship.drag", ship.drag, 0.1..=10.0, "per second"),
            ("ship.brake", ship.brake, 0.0..=10.0, "per second"),
            ("ship.turn", ship.turn, 0.05..=4.0, "turns a second"),
            ("ship.thrust / ship.drag", ship.thrust / ship.drag, 10.0..=3000.0, "units a second, the top speed"),
            ("ship.bounce", ship.bounce, 0.0..=1.0, "a share"),
            ("ship.bounce_speed", ship.bounce_speed, 0.0..=1000.0, "units a second"),
            ("ship.hull", ship.hull as f32, 1.0..=255.0, "hull points"),
            ("ship.respawn", ship.respawn, 0.2..=60.0, "seconds"),
            ("ship.guard", ship.guard, 0.0..=60.0, "seconds"),
            ("weapon.speed", weapon.speed, 50.0..=5000.0, "units a second"),
            ("weapon.carried", weapon.carried, 0.0..=1.0, "a share"),
            ("weapon.life", weapon.life, 0.1..=10.0, "seconds"),
            // Up to one shot a tick at the lowest tick rate: more would not be the same at every rate.
            ("weapon.rate", weapon.rate, 0.5..=10.0, "shots a second"),
            ("weapon.damage", weapon.damage as f32, 0.0..=255.0, "hull points"),
            ("weapon.radius", weapon.radius, 0.0..=32.0, "units"),
            ("weapon.muzzle", weapon.muzzle, 0.0..=64.0, "units"),
            ("weapon.ammo", weapon.ammo as f32, 1.0..=1000.0, "shots"),
            ("weapon.recharge", weapon.recharge, 0.2..=10.0, "shots a second"),
            ("weapon.push", weapon.push, 0.0..=1000.0, "units a second"),
            // Shorter than half of the smallest map that wraps: a beam knows one way to each ship.
            ("rail.range", rail.range, 50.0..=RANGE_MAX, "units"),
            ("rail.damage", rail.damage as f32, 0.0..=255.0, "hull points"),
            // At least two ticks at the lowest tick rate.
            ("rail.charge", rail.charge, 0.2..=60.0, "seconds"),
            ("cloak.seconds", cloak.seconds, 0.1..=60.0, "seconds"),
            ("rock.density", rock.density, 0.05..=100.0, "ships"),
            ("rock.speed_max", rock.speed_max, 0.0..=1000.0, "units a second"),
            ("crash.bounce", crash.bounce, 0.0..=1.0, "a share"),
            ("crash.speed", crash.speed, 0.0..=10_000.0, "units a second"),
            ("crash.damage", crash.damage, 0.0..=10.0, "hull points for each unit a second"),
            ("crash.damage_max", crash.damage_max as f32, 0.0..=255.0, "hull points"),
            ("pickup.radius", pickup.radius, 1.0..=64.0, "units"),
            ("pickup.hull", pickup.hull as f32, 1.0..=255.0, "hull points"),
            ("pickup.ammo", pickup.ammo as f32, 1.0..=1000.0, "shots"),
            ("pickup.return", pickup.back, 0.5..=600.0, "seconds"),
            ("score.hit", score.hit as f32, -1000.0..=1000.0, "points"),
            ("score.kill", score.kill as f32, -1000.0..=1000.0, "points"),
            ("score.crash", score.crash as f32, -1000.0..=1000.0, "points"),
            ("round.play", round.play, 5.0..=7200.0, "seconds"),
            ("round.results", round.results, 1.0..=600.0, "seconds"),
        ]
    }
}

/// Reads a TOML file into its type; the error names the file and the line.
pub(crate) fn read_toml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, RulesError> {
    toml::from_str(text).map_err(|error| {
        let place = error.span().map_or(String::new(), |span| {
            format!(", line {}", 1 + text.bytes().take(span.start).filter(|&byte| byte == b'\n').count())
        });
        RulesError(format!("{file}{place}: {}", error.message().trim()))
    })
}

/// Refuses a number out of its range, NaN included.
pub(crate) fn check(
    file: &str,
    name: &str,
    value: f32,
    range: RangeInclusive<f32>,
    unit: &str,
) -> Result<(), RulesError> {
    if range.contains(&value) {
        return Ok(());
    }
    let (low, high) = (range.start(), range.end());
    Err(RulesError(format!("{file}: {name} is {value}, but must be from {low} to {high} ({unit})")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DEFAULT_TUNING;

    fn error(from: &str, to: &str) -> String {
        assert!(DEFAULT_TUNING.contains(from));
        Tuning::read(&DEFAULT_TUNING.replacen(from, to, 1)).unwrap_err().0
    }

    #[test]
    fn the_default_tuning_reads() {
        assert_eq!(Tuning::read(DEFAULT_TUNING).unwrap().ship.hull, 100);
    }

    #[test]
    fn a_wrong_number_is_refused_with_its_range() {
        assert_eq!(
            error("rate = 6.0", "rate = 60"),
            "tuning: weapon.rate is 60, but must be from 0.5 to 10 (shots a second)"
        );
        assert_eq!(
            error("drag = 1.5", "drag = nan"),
            "tuning: ship.drag is NaN, but must be from 0.1 to 10 (per second)"
        );
        assert_eq!(
            error("hull = 100", "hull = 300"),
            "tuning: ship.hull is 300, but must be from 1 to 255 (hull points)"
        );
    }

    #[test]
    fn an_unknown_or_missing_name_is_refused_with_its_line() {
        let unknown = error("thrust = 640.0", "thurst = 640.0");
        assert!(unknown.starts_with("tuning, line 6: unknown field `thurst`, expected"), "{unknown}");
        let missing = error("thrust = 640.0", "");
        assert!(missing.contains("missing field `thrust`"), "{missing}");
        let shape = error("radius = 14.0", "radius = \"big\"");
        assert!(shape.starts_with("tuning, line 5: invalid type: string \"big\""), "{shape}");
    }
}
