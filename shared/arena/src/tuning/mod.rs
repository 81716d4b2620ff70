//! The tuning file: every number of the game, per second and never per tick, each within a range that the game can bear (`ranges`).

mod bots;
mod ranges;

use core::ops::RangeInclusive;

use serde::{Deserialize, de::DeserializeOwned};
use tickwire_sync::{game::RulesError, saved};

pub use self::bots::{BotTuning, Skill, SkillTuning, with_bot_skill};

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
    /// How mines work.
    pub mine: MineTuning,
    /// How ships boost.
    pub boost: BoostTuning,
    /// How cloaks work.
    pub cloak: CloakTuning,
    /// How shields work.
    pub shield: ShieldTuning,
    /// How overdrives work.
    pub overdrive: OverdriveTuning,
    /// How rocks move.
    pub rock: RockTuning,
    /// What contacts do.
    pub crash: CrashTuning,
    /// What pickups give.
    pub pickup: PickupTuning,
    /// How sides play.
    pub team: TeamTuning,
    /// How cores are played for.
    pub core: CoreTuning,
    /// What counts how much.
    pub score: ScoreTuning,
    /// How long a round takes.
    pub round: RoundTuning,
    /// How well bots play.
    pub bot: BotTuning,
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

/// How mines work.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MineTuning {
    /// How many a new ship carries, which is as many as a ship can.
    pub carried: u32,
    /// Seconds from one to the next.
    pub wait: f32,
    /// Seconds until one is live.
    pub arm: f32,
    /// Seconds that one lies there.
    pub life: f32,
    /// How many of one player lie there at once; with one more, the eldest is gone.
    pub laid_max: u32,
    /// Radius in units: what shots and beams strike.
    pub radius: f32,
    /// Units from a hull within which a live one bursts.
    pub trigger: f32,
    /// Units from a hull within which its burst is felt.
    pub blast: f32,
    /// Hull points that it takes where it lies, and less in proportion up to where it is not felt.
    pub damage: u32,
}

/// How ships boost.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoostTuning {
    /// How much harder the engine pushes.
    pub thrust: f32,
    /// Seconds for which a ship can boost at a stretch.
    pub seconds: f32,
    /// Seconds until all of it has grown back.
    pub recharge: f32,
    /// The share of it that must be there before a ship can begin to boost.
    pub ready: f32,
}

/// How shields work.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShieldTuning {
    /// Points over the hull.
    pub points: u32,
}

/// How overdrives work.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverdriveTuning {
    /// Seconds for which the gun fires faster.
    pub seconds: f32,
    /// How much faster.
    pub rate: f32,
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
    /// Mines that lie with these shots.
    pub mines: u32,
    /// Seconds until a taken one is back.
    #[serde(rename = "return")]
    pub back: f32,
}

/// How sides play.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamTuning {
    /// The share of its damage that a weapon does to its own side.
    pub friendly_fire: f32,
    /// With how many ships destroyed a side wins the round before its time; 0 for never.
    pub kills_to_win: u32,
}

/// How cores are played for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreTuning {
    /// Radius in units.
    pub radius: f32,
    /// The share of its thrust that a ship has while it carries one.
    pub thrust: f32,
    /// Seconds until one that was dropped is back at its base by itself.
    #[serde(rename = "return")]
    pub back: f32,
    /// With how many cores brought home a side wins the round before its time; 0 for never.
    pub captures_to_win: u32,
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
    /// Points for destroying a ship of one's own side.
    pub own_side: i32,
    /// Points for bringing home a core of the other side.
    pub capture: i32,
    /// Points for bringing back a core of one's own side.
    pub returned: i32,
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
    Tuning { ship, weapon, rail, mine, boost, cloak, shield, overdrive, rock, crash, pickup, team, core, score, round, bot }
    ShipTuning { radius, thrust, drag, brake, turn, bounce, bounce_speed, hull, respawn, guard }
    WeaponTuning { speed, carried, life, rate, damage, radius, muzzle, ammo, recharge, push }
    RailTuning { range, damage, charge }
    MineTuning { carried, wait, arm, life, laid_max, radius, trigger, blast, damage }
    BoostTuning { thrust, seconds, recharge, ready }
    CloakTuning { seconds }
    ShieldTuning { points }
    OverdriveTuning { seconds, rate }
    RockTuning { density, speed_max }
    CrashTuning { bounce, speed, damage, damage_max }
    PickupTuning { radius, hull, ammo, mines, back }
    TeamTuning { friendly_fire, kills_to_win }
    CoreTuning { radius, thrust, back, captures_to_win }
    ScoreTuning { hit, kill, crash, own_side, capture, returned }
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
    fn the_default_tuning_reads_with_bots_of_every_skill() {
        assert_eq!(Tuning::read(DEFAULT_TUNING).unwrap().ship.hull, 100);
        for (name, skill) in [("easy", Skill::Easy), ("normal", Skill::Normal), ("hard", Skill::Hard)] {
            assert_eq!(Tuning::read(&with_bot_skill(DEFAULT_TUNING, name)).unwrap().bot.skill, skill);
        }
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
