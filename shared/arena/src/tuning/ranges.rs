//! Within what the game can bear each number of the tuning.

use core::ops::RangeInclusive;

use super::{RANGE_MAX, Tuning};

impl Tuning {
    /// A name, its value, its range and its unit for every number, and for what must go together.
    #[rustfmt::skip]
    pub(super) fn ranges(&self) -> [(&'static str, f32, RangeInclusive<f32>, &'static str); 70] {
        let Self { ship, weapon, rail, mine, boost, cloak, shield, overdrive, rock, crash, pickup, team, core, score, round } = self;
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
            ("mine.carried", mine.carried as f32, 0.0..=50.0, "mines"),
            // At least two ticks at the lowest tick rate.
            ("mine.wait", mine.wait, 0.2..=60.0, "seconds"),
            ("mine.arm", mine.arm, 0.0..=60.0, "seconds"),
            ("mine.life", mine.life, 0.5..=120.0, "seconds"),
            ("mine.life - mine.arm", mine.life - mine.arm, 0.2..=120.0, "seconds for which a mine is live"),
            ("mine.laid_max", mine.laid_max as f32, 1.0..=16.0, "mines"),
            ("mine.radius", mine.radius, 1.0..=30.0, "units"),
            ("mine.trigger", mine.trigger, 0.0..=300.0, "units"),
            ("mine.blast", mine.blast, 1.0..=400.0, "units"),
            ("mine.blast - mine.trigger", mine.blast - mine.trigger, 0.0..=400.0, "units by which the burst reaches further than what sets it off"),
            ("mine.damage", mine.damage as f32, 0.0..=255.0, "hull points"),
            ("boost.thrust", boost.thrust, 1.0..=5.0, "times the thrust"),
            ("boost.thrust * ship.thrust / ship.drag", boost.thrust * ship.thrust / ship.drag, 10.0..=3000.0, "units a second, the top speed"),
            ("boost.seconds", boost.seconds, 0.2..=30.0, "seconds"),
            ("boost.recharge", boost.recharge, 0.2..=30.0, "seconds"),
            ("boost.ready", boost.ready, 0.0..=1.0, "a share"),
            ("cloak.seconds", cloak.seconds, 0.1..=60.0, "seconds"),
            ("shield.points", shield.points as f32, 1.0..=255.0, "points"),
            ("overdrive.seconds", overdrive.seconds, 0.1..=60.0, "seconds"),
            ("overdrive.rate", overdrive.rate, 1.0..=10.0, "times the rate"),
            ("weapon.rate * overdrive.rate", weapon.rate * overdrive.rate, 0.5..=10.0, "shots a second"),
            ("rock.density", rock.density, 0.05..=100.0, "ships"),
            ("rock.speed_max", rock.speed_max, 0.0..=1000.0, "units a second"),
            ("crash.bounce", crash.bounce, 0.0..=1.0, "a share"),
            ("crash.speed", crash.speed, 0.0..=10_000.0, "units a second"),
            ("crash.damage", crash.damage, 0.0..=10.0, "hull points for each unit a second"),
            ("crash.damage_max", crash.damage_max as f32, 0.0..=255.0, "hull points"),
            ("pickup.radius", pickup.radius, 1.0..=64.0, "units"),
            ("pickup.hull", pickup.hull as f32, 1.0..=255.0, "hull points"),
            ("pickup.ammo", pickup.ammo as f32, 1.0..=1000.0, "shots"),
            ("pickup.mines", pickup.mines as f32, 0.0..=50.0, "mines"),
            ("pickup.return", pickup.back, 0.5..=600.0, "seconds"),
            ("core.radius", core.radius, 1.0..=100.0, "units"),
            ("core.thrust", core.thrust, 0.05..=1.0, "a share"),
            ("core.return", core.back, 0.5..=120.0, "seconds"),
            ("core.captures_to_win", core.captures_to_win as f32, 0.0..=1000.0, "cores"),
            ("team.friendly_fire", team.friendly_fire, 0.0..=1.0, "a share"),
            ("team.kills_to_win", team.kills_to_win as f32, 0.0..=100_000.0, "ships"),
            ("score.capture", score.capture as f32, -1000.0..=1000.0, "points"),
            ("score.returned", score.returned as f32, -1000.0..=1000.0, "points"),
            ("score.own_side", score.own_side as f32, -1000.0..=1000.0, "points"),
            ("score.hit", score.hit as f32, -1000.0..=1000.0, "points"),
            ("score.kill", score.kill as f32, -1000.0..=1000.0, "points"),
            ("score.crash", score.crash as f32, -1000.0..=1000.0, "points"),
            ("round.play", round.play, 5.0..=7200.0, "seconds"),
            ("round.results", round.results, 1.0..=600.0, "seconds"),
        ]
    }
}
