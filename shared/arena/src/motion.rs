//! The step: how one entity moves in one tick, the same on server and client.

use glam::Vec2;
use tickwire_sync::{
    game::{Life, Place, Pose},
    grid::{POSITION_STEPS, Position, VELOCITY_STEPS, Velocity},
    replicate::Replicate,
};

use crate::{
    angle::FineAngle,
    kinds::{Entity, Mine, Moving, Placed, Rock, Ship, Shot},
    settings::Rules,
    sweep::{Bounce, Motion},
};

/// Units between a hull and the mine that it lays.
const HATCH_GAP: f32 = 2.0;

/// Advances one entity by one tick, under the controls that are already in its state.
pub fn step(entity: &mut Entity, rules: &Rules) -> Life {
    match entity {
        Entity::Ship(ship) => step_ship(ship, rules),
        Entity::Shot(shot) => return step_shot(shot, rules),
        Entity::Rock(rock) => step_rock(rock, rules),
        Entity::Mine(mine) => return step_mine(mine),
        Entity::Core(core) => core.left = core.left.saturating_sub(1),
        Entity::Pickup(_) | Entity::Pilot(_) | Entity::Match(_) => {}
    }
    Life::Lives
}

/// Whether steps change nothing until a rule or new controls do.
#[inline]
pub fn at_rest(entity: &Entity) -> bool {
    match entity {
        Entity::Ship(ship) => {
            let still = ship.velocity() == Vec2::ZERO && ship.guard == 0 && ship.cloak == 0 && ship.overdrive == 0;
            still && ship.controls.turn == 0 && !ship.controls.thrust
        }
        Entity::Shot(_) | Entity::Mine(_) => false,
        Entity::Rock(rock) => rock.velocity() == Vec2::ZERO,
        Entity::Core(core) => core.left == 0,
        Entity::Pickup(_) | Entity::Pilot(_) | Entity::Match(_) => true,
    }
}

fn step_ship(ship: &mut Ship, rules: &Rules) {
    let controls = ship.controls;
    let attacks = controls.attacks();
    ship.guard = if attacks { 0 } else { ship.guard.saturating_sub(1) };
    ship.cloak = if attacks { 0 } else { ship.cloak.saturating_sub(1) };
    ship.overdrive = ship.overdrive.saturating_sub(1);
    ship.heading = ship.heading.turned(i32::from(controls.turn) * rules.turn_steps);
    let velocity = ship.velocity();
    if velocity == Vec2::ZERO && !controls.thrust {
        return;
    }
    let glide = if controls.brake { &rules.brake } else { &rules.coast };
    let thrust = if controls.thrust { ship.heading.vector() * rules.push_of(ship) } else { Vec2::ZERO };
    let way = velocity * glide.reach + thrust * glide.push;
    let gain = velocity * (glide.keep - 1.0) + thrust * glide.reach;
    let motion = Motion { way, velocity, gain };
    let radius = rules.tuning.ship.radius;
    travel(ship, motion, radius, rules.ship_bounce, rules);
}

/// Moves a body for one tick.
fn travel(body: &mut impl Moving, motion: Motion, radius: f32, bounce: Bounce, rules: &Rules) {
    let terrain = &rules.map.terrain;
    if terrain.wraps {
        terrain.shift(body, motion.way);
        body.set_velocity(motion.velocity + motion.gain);
        return;
    }
    let (position, velocity) = terrain.travel(body.position(), motion, radius, bounce);
    body.set_position(position);
    body.set_velocity(velocity);
}

/// A shot that meets a wall stops there and ends with the next step, so that the rules still see whom it passed on the way.
fn step_shot(shot: &mut Shot, rules: &Rules) -> Life {
    if shot.left == 0 {
        return Life::Ends;
    }
    shot.left -= 1;
    let (from, motion) = (shot.position(), shot.velocity());
    let terrain = &rules.map.terrain;
    let Some(hit) = terrain.meets(from, motion, 0.0) else {
        terrain.shift(shot, motion);
        return Life::Lives;
    };
    let (x, y) = (shot.x, shot.y);
    shot.set_position(from + motion * hit.at);
    shot.vx = covered(x, shot.x);
    shot.vy = covered(y, shot.y);
    shot.left = 0;
    Life::Lives
}

/// The velocity that leads from one place to another in a tick: the velocity grid is the finer one, so it is exact.
fn covered(from: Position, to: Position) -> Velocity {
    Velocity((to.0 - from.0) * (VELOCITY_STEPS / POSITION_STEPS) as i32)
}

fn step_mine(mine: &mut Mine) -> Life {
    if mine.left == 0 {
        return Life::Ends;
    }
    mine.left -= 1;
    Life::Lives
}

fn step_rock(rock: &mut Rock, rules: &Rules) {
    let velocity = rock.velocity();
    if velocity == Vec2::ZERO {
        return;
    }
    let radius = f32::from(rock.radius);
    travel(rock, Motion::steady(velocity), radius, Bounce::WHOLE, rules);
}

/// The shot that `ship` fires in the tick whose step led to this state.
pub fn muzzle(ship: &Ship, rules: &Rules) -> Shot {
    let weapon = &rules.tuning.weapon;
    let aim = ship.controls.aim.vector();
    let mut shot = Shot { player: ship.player, left: rules.shot_ticks, side: ship.side, ..Shot::default() };
    shot.set_grid(ship.grid());
    rules.map.terrain.shift(&mut shot, aim * (rules.tuning.ship.radius + weapon.muzzle));
    shot.set_velocity(aim * rules.shot_speed + ship.velocity() * weapon.carried);
    shot
}

/// The shot that `ship` fires, unless its muzzle is in or behind a wall.
pub fn free_muzzle(ship: &Ship, rules: &Rules) -> Option<Shot> {
    let shot = muzzle(ship, rules);
    let terrain = &rules.map.terrain;
    let way = terrain.way(ship.position(), shot.position());
    terrain.meets(ship.position(), way, 0.0).is_none().then_some(shot)
}

/// The mine that `ship` lays in the tick whose step led to this state: behind it, or where a wall leaves room for it.
pub fn hatch(ship: &Ship, rules: &Rules) -> Mine {
    let mut mine = Mine { player: ship.player, left: rules.mine_ticks, side: ship.side, ..Mine::default() };
    mine.set_grid(ship.grid());
    let radius = rules.tuning.mine.radius;
    let way = -ship.heading.vector() * (rules.tuning.ship.radius + radius + HATCH_GAP);
    let free = rules.map.terrain.meets(ship.position(), way, radius).map_or(1.0, |hit| hit.at);
    rules.map.terrain.shift(&mut mine, way * free);
    mine
}

/// What an entity of `kind` that `parent` spawns is if nothing unforeseen came in.
pub fn spawned_by(parent: &Entity, kind: u8, rules: &Rules) -> Option<Entity> {
    let Entity::Ship(ship) = parent else { return None };
    let either = [Entity::from(muzzle(ship, rules)), Entity::from(hatch(ship, rules))];
    either.into_iter().find(|child| child.kind() == kind)
}

/// Where an entity is for the eye.
pub fn pose(entity: &Entity) -> Pose {
    let at = |position: Vec2, heading: f32, aim: f32| Pose { x: position.x, y: position.y, heading, aim };
    match entity {
        Entity::Ship(ship) => at(ship.position(), ship.heading.radians(), ship.controls.aim.radians()),
        Entity::Shot(shot) => {
            let heading = FineAngle::of(shot.velocity()).radians();
            at(shot.position(), heading, heading)
        }
        Entity::Rock(rock) => at(rock.position(), 0.0, 0.0),
        Entity::Pickup(pickup) => at(pickup.position(), 0.0, 0.0),
        Entity::Mine(mine) => at(mine.position(), 0.0, 0.0),
        Entity::Core(core) => at(core.position(), 0.0, 0.0),
        Entity::Pilot(_) | Entity::Match(_) => Pose::default(),
    }
}

/// The image of `pose` that is nearest to `to`.
pub fn nearest(pose: Pose, to: Pose, rules: &Rules) -> Pose {
    let at = rules.map.terrain.nearest(Vec2::new(pose.x, pose.y), Vec2::new(to.x, to.y));
    Pose { x: at.x, y: at.y, ..pose }
}

/// Where an entity is for interest; scores, the match clock and cores are everywhere.
#[inline]
pub fn place(entity: &Entity) -> Option<Place> {
    let at = |position: Vec2, velocity: Vec2| Some(Place { x: position.x, y: position.y, speed: velocity.length() });
    match entity {
        Entity::Ship(ship) => at(ship.position(), ship.velocity()),
        Entity::Shot(shot) => at(shot.position(), shot.velocity()),
        Entity::Rock(rock) => at(rock.position(), rock.velocity()),
        Entity::Pickup(pickup) => at(pickup.position(), Vec2::ZERO),
        Entity::Mine(mine) => at(mine.position(), Vec2::ZERO),
        Entity::Pilot(_) | Entity::Match(_) | Entity::Core(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tickwire_sync::{
        game::Controls,
        grid::Angle,
        replicate::{Reader, Wire, apply, diff},
    };

    use super::*;
    use crate::{
        controls::ShipControls,
        kinds::{Core, CoreState, Match, Mode, Phase, Pickup, PickupKind, Pilot, Side},
        settings::tests::{empty_at, rules_at},
    };

    const RATES: [u32; 5] = [10, 20, 30, 60, 128];

    fn still_ship(x: f32, y: f32) -> Ship {
        let mut ship = Ship { hull: 100, ..Ship::default() };
        ship.set_position(Vec2::new(x, y));
        ship
    }

    fn fly(ship: Ship, rules: &Rules, seconds: f32) -> Ship {
        let mut entity = Entity::from(ship);
        for _ in 0..(seconds * rules.tick_rate as f32 + 0.5) as u32 {
            step(&mut entity, rules);
        }
        let Entity::Ship(ship) = entity else { unreachable!() };
        ship
    }

    #[test]
    fn thrust_gets_a_ship_equally_far_and_fast_at_every_tick_rate() {
        let mut results = Vec::new();
        for rate in RATES {
            let rules = empty_at(rate);
            let mut ship = still_ship(500.0, 2000.0);
            ship.controls.thrust = true;
            let ship = fly(ship, &rules, 2.0);
            results.push((ship.position().x - 500.0, rules.per_second(ship.velocity().x)));
        }
        for (way, speed) in &results {
            assert!((way / results[0].0 - 1.0).abs() < 0.02, "{results:?}");
            assert!((speed / results[0].1 - 1.0).abs() < 0.02, "{results:?}");
        }
        // a/k (1 - exp(-k t)) with k = 1.5 and t = 2
        assert!((results[0].1 / (640.0 / 1.5 * 0.9502) - 1.0).abs() < 0.02, "{results:?}");
    }

    #[test]
    fn a_coasting_or_braking_ship_gets_equally_far_at_every_tick_rate() {
        for brake in [false, true] {
            let mut ways = Vec::new();
            for rate in RATES {
                let rules = empty_at(rate);
                let mut ship = still_ship(500.0, 2000.0);
                ship.set_velocity(Vec2::new(rules.per_tick(400.0), 0.0));
                ship.controls.brake = brake;
                ways.push(fly(ship, &rules, 1.0).position().x - 500.0);
            }
            assert!(ways.iter().all(|way| (way / ways[0] - 1.0).abs() < 0.03), "{ways:?}");
        }
    }

    #[test]
    fn a_ship_turns_equally_fast_at_every_tick_rate() {
        for rate in RATES {
            let rules = empty_at(rate);
            let mut ship = still_ship(2000.0, 2000.0);
            ship.controls.turn = 1;
            let turned = fly(ship, &rules, 1.0).heading.steps() as f32 / 65_536.0;
            assert!((turned / rules.tuning.ship.turn - 1.0).abs() < 0.01, "{turned} turns in 1 s at {rate} Hz");
        }
    }

    #[test]
    fn a_shot_gets_equally_far_at_every_tick_rate() {
        for rate in RATES {
            let rules = empty_at(rate);
            let ship = still_ship(500.0, 2000.0);
            let mut shot = Entity::from(muzzle(&ship, &rules));
            let mut far = 0.0f32;
            while step(&mut shot, &rules) == Life::Lives {
                far = pose(&shot).x - 519.0;
            }
            let expected = rules.tuning.weapon.speed * rules.tuning.weapon.life;
            assert!((far / expected - 1.0).abs() < 0.02, "{far} units at {rate} Hz, not {expected}");
        }
    }

    #[test]
    fn a_coasting_ship_comes_to_rest_and_then_sleeps() {
        for rate in [10, 30, 60, 128] {
            let rules = empty_at(rate);
            for (x, y) in [(420.0, 0.0), (-300.0, 299.0), (1.0, -0.3)] {
                let mut ship = still_ship(2000.0, 2000.0);
                ship.set_velocity(Vec2::new(x, y) / rate as f32);
                let rest = fly(ship, &rules, 12.0);
                assert_eq!(rest.velocity(), Vec2::ZERO, "at {rate} Hz");
                assert!(at_rest(&rest.into()));
            }
        }
    }

    #[test]
    fn thrust_points_where_the_nose_points() {
        let rules = empty_at(30);
        for heading in (0..65_536).step_by(777).map(FineAngle::from_steps) {
            let mut ship = still_ship(2000.0, 2000.0);
            ship.heading = heading;
            ship.controls = ShipControls { thrust: true, aim: Angle::from_steps(300), ..ShipControls::default() };
            let ship = fly(ship, &rules, 0.5);
            assert!(FineAngle::of(ship.velocity()).since(heading).abs() < 100);
        }
    }

    #[test]
    fn a_ship_that_pushes_into_a_wall_stays_at_it() {
        for rate in RATES {
            let rules = rules_at(rate);
            let mut ship = still_ship(100.0, 500.0);
            ship.heading = FineAngle::from_steps(32_768);
            ship.controls.thrust = true;
            for seconds in [2.0, 3.0, 4.0] {
                let ship = fly(ship, &rules, seconds);
                assert!((14.0..14.01).contains(&ship.position().x), "at {}, {rate} Hz", ship.position());
                assert_eq!(ship.velocity(), Vec2::ZERO);
            }
        }
    }

    #[test]
    fn firing_ends_protection_and_cloak_and_time_does_too() {
        let rules = empty_at(30);
        let ship = Ship { guard: 10, cloak: 12, ..still_ship(2000.0, 2000.0) };
        let left = |seconds: f32, controls: ShipControls| {
            let ship = fly(Ship { controls, ..ship }, &rules, seconds);
            (ship.guard, ship.cloak)
        };
        let idle = ShipControls::default();
        assert_eq!(left(0.2, idle), (4, 6));
        assert_eq!(left(1.0, idle), (0, 0));
        assert_eq!(left(1.0 / 30.0, ShipControls { fire: true, ..idle }), (0, 0));
        assert_eq!(left(1.0 / 30.0, ShipControls { rail: true, ..idle }), (0, 0));
    }

    #[test]
    fn a_shot_stops_at_the_wall_for_one_tick_and_then_ends() {
        for rate in RATES {
            let rules = rules_at(rate);
            let mut ship = still_ship(1100.0, 800.0);
            ship.controls.aim = Angle::from_steps(0);
            let Entity::Shot(mut shot) = Entity::from(muzzle(&ship, &rules)) else { unreachable!() };
            let mut before;
            loop {
                before = shot.position();
                assert_eq!(step_shot(&mut shot, &rules), Life::Lives);
                let off = (shot.position() - shot.velocity() - before).length();
                assert!(off < 1.0 / 256.0, "its velocity is the way that it came, {off} off");
                if shot.left == 0 {
                    assert!(off == 0.0, "also in its last tick");
                    break;
                }
            }
            assert!((shot.position().x - 1150.0).abs() < 0.01, "the furnace's core is at 1150");
            assert_eq!(step_shot(&mut shot, &rules), Life::Ends);
        }
    }

    #[test]
    fn a_drifting_rock_bounces_without_loss_for_ever() {
        let rules = rules_at(30);
        for rock in &rules.map.rocks {
            let mut entity = Entity::from(*rock);
            for _ in 0..20_000 {
                step(&mut entity, &rules);
                let Entity::Rock(now) = entity else { unreachable!() };
                assert!(rules.map.terrain.fits(now.position(), f32::from(now.radius) - 0.1));
                let loss = rock.velocity().length() - now.velocity().length();
                assert!(loss.abs() < 0.1 * rock.velocity().length() + 1e-6);
            }
        }
    }

    #[test]
    fn only_a_ship_spawns_and_only_shots_and_mines() {
        let rules = rules_at(30);
        let ship = Entity::from(still_ship(100.0, 100.0));
        let (shot, mine) = (Entity::from(Shot::default()), Entity::from(Mine::default()));
        for kind in 0..8 {
            let child = spawned_by(&ship, kind, &rules);
            let spawns = kind == shot.kind() || kind == mine.kind();
            assert_eq!(child.map(|child| child.kind()), spawns.then_some(kind));
            assert_eq!(spawned_by(&shot, kind, &rules), None);
        }
    }

    fn any_ship() -> impl Strategy<Value = Ship> {
        let bits = (0..1u32 << 18).prop_filter_map("controls", ShipControls::from_bits);
        let ticks = (0u16..40, 0u16..40, 0u16..40);
        (0.0f32..2400.0, 0.0f32..1600.0, -60.0f32..60.0, -60.0f32..60.0, any::<u16>(), bits, ticks).prop_map(
            |(x, y, vx, vy, heading, controls, (guard, cloak, overdrive))| {
                let heading = FineAngle::from_steps(i32::from(heading));
                let mut ship = Ship { controls, heading, guard, cloak, overdrive, ..still_ship(x, y) };
                ship.set_velocity(Vec2::new(vx, vy));
                ship
            },
        )
    }

    fn entity_of(kind: u8) -> BoxedStrategy<Entity> {
        let numbers = (any::<u16>(), any::<i32>(), 0i32..2, -1_000_000i32..1_000_000, -1_000_000i32..1_000_000);
        let others = numbers.prop_map(move |(number, wide, small, x, y)| {
            let (x, y, vx, vy) = (Position(x), Position(y), Velocity(wide >> 8), Velocity(x));
            let side = Side::from_wire(i32::from(number) % 3).unwrap();
            match kind {
                1 => Shot { x, y, vx, vy, player: number, left: number, side }.into(),
                2 => Rock { x, y, vx, vy, radius: number as u8 }.into(),
                3 => Pickup { x, y, what: PickupKind::from_wire(small).unwrap() }.into(),
                4 => {
                    Pilot { player: number, score: wide, kills: number, deaths: 3, bot: small == 1, side, captures: 4 }
                        .into()
                }
                5 => {
                    let (phase, mode) = (Phase::from_wire(small).unwrap(), Mode::from_wire(small + 1).unwrap());
                    let (amber, azure) = (x.0, y.0);
                    Match { phase, ends_at: wide, winner: x.0, round: number, mode, side, amber, azure }.into()
                }
                6 => Mine { x, y, player: number, left: number, side }.into(),
                _ => {
                    let state = CoreState::from_wire(small).unwrap();
                    Core { x, y, side, state, carrier: wide, left: number }.into()
                }
            }
        });
        if kind == 0 { any_ship().prop_map(Entity::from).boxed() } else { others.boxed() }
    }

    fn any_kind() -> impl Strategy<Value = u8> {
        0..Entity::KINDS.len() as u8
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn what_is_sent_of_a_change_makes_the_new_state_of_the_old_one(
            (base, new) in any_kind().prop_flat_map(|kind| (entity_of(kind), entity_of(kind))),
        ) {
            let mut bytes = Vec::new();
            let mask = diff(&base, &new, &mut bytes);
            let mut state = base;
            let mut reader = Reader::new(&bytes);
            apply(&mut state, mask, &mut reader).unwrap();
            prop_assert_eq!(state, new);
        }

        #[test]
        fn what_is_at_rest_is_not_changed_by_a_step(entity in any_kind().prop_flat_map(entity_of)) {
            let rules = rules_at(30);
            let mut still = entity;
            if let Entity::Ship(ship) = &mut still {
                *ship = Ship { vx: Velocity(0), vy: Velocity(0), guard: 0, cloak: 0, overdrive: 0, ..*ship };
            }
            for entity in [entity, still] {
                let mut stepped = entity;
                if at_rest(&entity) {
                    prop_assert_eq!(step(&mut stepped, &rules), Life::Lives);
                    prop_assert_eq!(stepped, entity);
                }
            }
        }

        #[test]
        fn no_ship_tunnels_at_any_speed_or_tick_rate(ship in any_ship(), rate in 10u32..=128) {
            let rules = rules_at(rate);
            prop_assume!(rules.map.terrain.fits(ship.position(), 14.0));
            let mut entity = Entity::from(ship);
            for _ in 0..60 {
                step(&mut entity, &rules);
                let Entity::Ship(now) = entity else { unreachable!() };
                prop_assert!(rules.map.terrain.fits(now.position(), 13.95), "in a wall at {}", now.position());
            }
        }
    }
}
