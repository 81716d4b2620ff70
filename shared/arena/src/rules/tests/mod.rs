//! The rules, in small rooms that are set up by hand.

mod cloaks;
mod mines;
mod modes;
mod pickups;
mod rails;
mod renewal;
mod torus;

use std::sync::Arc;

use glam::Vec2;
use tickwire_sync::{
    PlayerNumber,
    game::{Game, RulesSource},
    server::{Command, Room},
    world::EntityKey,
};

use crate::{
    Arena, DEFAULT_TUNING, ShipControls,
    kinds::{Entity, Event, Loadout, Match, Mode, Moving, NOBODY, Own, Phase, Pilot, Placed, Rock, Ship, Shot},
    settings::tests::empty_at,
};

/// A room of 30 Hz on a bare map with what `extra` adds to it, and `players` players.
fn room_with(extra: &str, players: PlayerNumber) -> Room<Arena> {
    let map = format!("name = \"Bare\"\nwidth = 4000\nheight = 4000\nspawns = [[2000, 2000], [300, 300]]\n{extra}");
    let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: &map }, 30).unwrap();
    let mut room = Room::new(Arc::new(rules), 1);
    let joins: Vec<_> = (0..players).map(|player| Command::Join { player, bot: false }).collect();
    room.tick(&joins);
    room
}

/// A room of `players` whose ships stand 300 units apart in a row, unprotected.
fn row(players: PlayerNumber) -> Room<Arena> {
    let mut room = room_with("", players);
    for player in 0..players {
        put(&mut room, player, Vec2::new(1000.0 + 300.0 * f32::from(player), 1000.0), Vec2::ZERO);
    }
    room
}

fn avatar(room: &Room<Arena>, player: PlayerNumber) -> EntityKey {
    room.players.get(player).unwrap().avatar.expect("it has a ship")
}

fn ship(room: &Room<Arena>, player: PlayerNumber) -> Ship {
    let Some(Entity::Ship(ship)) = room.world.get(avatar(room, player)) else { panic!("no ship") };
    *ship
}

fn change(room: &mut Room<Arena>, player: PlayerNumber, change: impl FnOnce(&mut Ship)) {
    let key = avatar(room, player);
    let Some(Entity::Ship(ship)) = room.world.get_mut(key) else { panic!("no ship") };
    change(ship);
}

/// Puts a ship somewhere, with a velocity in units a second. The next step ends its protection, so that it stirs and the room remembers it there.
fn put(room: &mut Room<Arena>, player: PlayerNumber, at: Vec2, velocity: Vec2) {
    change(room, player, |ship| {
        ship.guard = 1;
        ship.set_position(at);
        ship.set_velocity(velocity / 30.0);
    });
}

fn pilot(room: &Room<Arena>, player: PlayerNumber) -> Pilot {
    let pilots = room.world.iter().filter_map(|(_, entity)| match entity {
        Entity::Pilot(pilot) => Some(*pilot),
        _ => None,
    });
    pilots.into_iter().find(|pilot| pilot.player == player).unwrap()
}

fn clock(room: &Room<Arena>) -> Match {
    let clocks = room.world.iter().filter_map(|(_, entity)| match entity {
        Entity::Match(clock) => Some(*clock),
        _ => None,
    });
    let clocks: Vec<_> = clocks.collect();
    assert_eq!(clocks.len(), 1, "there is one clock");
    clocks[0]
}

fn loadout(room: &Room<Arena>, player: PlayerNumber) -> Loadout {
    *room.players.get(player).unwrap().own.loadout()
}

fn count(room: &Room<Arena>, what: impl Fn(&Entity) -> bool) -> usize {
    room.world.iter().filter(|(_, entity)| what(entity)).count()
}

/// Ticks on and gives what happened.
fn run(room: &mut Room<Arena>, ticks: u32, commands: &[Command<ShipControls>]) -> Vec<Event> {
    let mut events = Vec::new();
    for tick in 0..ticks {
        room.tick(if tick == 0 { commands } else { &[] });
        events.extend(room.events().iter().map(|(_, event)| *event));
    }
    events
}

fn hits(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Hit(_))).count()
}

/// A player's controls from now on.
fn press(player: PlayerNumber, controls: ShipControls) -> Command<ShipControls> {
    Command::Controls { player, controls, behind: 0 }
}

fn fire(player: PlayerNumber) -> Command<ShipControls> {
    press(player, ShipControls { fire: true, ..ShipControls::default() })
}

#[test]
fn a_hit_takes_hull_and_gives_a_point() {
    let mut room = row(2);
    let events = run(&mut room, 20, &[fire(0)]);
    let Some(Event::Hit(hit)) = events.first() else { panic!("{events:?}") };
    assert_eq!((hit.by, hit.target, hit.damage), (0, 1, 14));
    assert!((hit.x.units() - 1283.0).abs() < 0.1, "the shot met the hull, at {}", hit.x.units());
    assert_eq!(usize::from(ship(&room, 1).hull), 100 - 14 * hits(&events));
    assert_eq!(pilot(&room, 0).score as usize, hits(&events));
    assert!(loadout(&room, 0).ammo < 36);
}

#[test]
fn a_kill_gives_points_and_the_dead_come_back_protected_after_a_while() {
    let mut room = row(2);
    let events = run(&mut room, 60, &[fire(0)]);
    let kills: Vec<_> = events.iter().filter(|event| matches!(event, Event::Kill(_))).collect();
    let [Event::Kill(kill)] = kills[..] else { panic!("{events:?}") };
    assert_eq!((kill.by, kill.target), (0, 1));
    let shooter = pilot(&room, 0);
    assert_eq!((shooter.kills, shooter.score), (1, 10 + hits(&events) as i32));
    assert_eq!(pilot(&room, 1).deaths, 1);
    assert!(room.players.get(1).unwrap().avatar.is_none());
    let wait = u32::from(loadout(&room, 1).respawn);
    assert!((30..75).contains(&wait));
    run(&mut room, wait, &[]);
    let back = ship(&room, 1);
    assert_eq!((back.hull, back.guard), (100, 60));
    assert_eq!(back.position(), Vec2::new(2000.0, 2000.0), "the spawn that is farthest from the other");
    assert_eq!(loadout(&room, 1).ammo, 36);
}

#[test]
fn the_protected_cannot_be_hurt_but_stop_shots() {
    let mut room = row(3);
    change(&mut room, 1, |ship| ship.guard = 1000);
    let events = run(&mut room, 60, &[fire(0)]);
    assert_eq!(events, []);
    assert_eq!((ship(&room, 1).hull, ship(&room, 2).hull), (100, 100));
}

#[test]
fn nobody_hits_themselves_even_in_pursuit_of_their_own_shots() {
    let mut room = row(1);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::new(2000.0, 0.0));
    let events = run(&mut room, 60, &[fire(0)]);
    assert_eq!(events, []);
}

#[test]
fn a_ship_that_crosses_a_shot_s_way_between_two_ticks_is_hit() {
    let mut room = row(2);
    // At 30 Hz both move by about twice a ship's size a tick, across each other.
    put(&mut room, 1, Vec2::new(1300.0, 860.0), Vec2::new(0.0, 450.0));
    let events = run(&mut room, 40, &[fire(0)]);
    let crossed = ship(&room, 1).position().y > 1050.0;
    assert!(crossed && hits(&events) == 1, "{events:?}");
}

#[test]
fn a_ship_at_a_wall_is_hit_though_the_shot_would_reach_the_wall_in_the_same_tick() {
    for gap in 0..40u16 {
        let mut room = room_with("walls = [[1300, 900, 50, 200]]", 2);
        put(&mut room, 0, Vec2::new(1000.0 - f32::from(gap), 1000.0), Vec2::ZERO);
        put(&mut room, 1, Vec2::new(1285.5, 1000.0), Vec2::ZERO);
        let events = run(&mut room, 14, &[fire(0)]);
        assert!(hits(&events) >= 1, "from {gap} units farther off");
    }
}

#[test]
fn a_muzzle_in_a_wall_wastes_the_shot() {
    let mut room = room_with("walls = [[1015, 900, 2, 200]]", 2);
    put(&mut room, 0, Vec2::new(1000.5, 1000.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(1060.0, 1000.0), Vec2::ZERO);
    let events = run(&mut room, 30, &[fire(0)]);
    assert_eq!(events, []);
    assert_eq!(count(&room, |entity| matches!(entity, Entity::Shot(_))), 0);
    assert!(loadout(&room, 0).ammo < 36);
}

#[test]
fn shots_are_born_exactly_as_foreseen_and_only_when_the_own_step_fired() {
    let mut room = row(1);
    run(&mut room, 1, &[fire(0)]);
    let mut births = 0;
    for _ in 0..90 {
        let fired_before = loadout(&room, 0).ammo;
        run(&mut room, 1, &[]);
        let born: Vec<_> = room.world.born().collect();
        assert_eq!(born.len(), usize::from(loadout(&room, 0).fired));
        for key in born {
            births += 1;
            let entity = room.world.entity(key).unwrap();
            let parent = room.world.baseline(entity.parent.unwrap()).unwrap();
            assert_eq!(Arena::spawned_by(parent, 1, &room.rules), Some(*entity.state()));
        }
        assert!(loadout(&room, 0).ammo <= fired_before + 1);
    }
    assert!((17..=19).contains(&births), "{births} shots in 3 s");
}

#[test]
fn what_nothing_happens_to_is_touched_by_no_rule() {
    let mut room = room_with("rocks = [{ x = 500, y = 3000, radius = 30, vx = 50, vy = 20 }]", 1);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    let steady = ShipControls { thrust: true, ..ShipControls::default() };
    run(&mut room, 1, &[press(0, ShipControls { fire: true, ..steady })]);
    run(&mut room, 3, &[press(0, steady)]);
    assert_eq!(count(&room, |entity| matches!(entity, Entity::Shot(_))), 1);
    for _ in 0..25 {
        run(&mut room, 1, &[]);
        assert_eq!(room.world.touched().count(), 0);
        assert_eq!(room.world.born().count(), 0);
    }
}

#[test]
fn a_fast_crash_into_a_rock_hurts_and_a_slow_one_does_not() {
    let rock = "rocks = [{ x = 1500, y = 1000, radius = 40 }]";
    for (speed, hurts) in [(120.0, false), (420.0, true)] {
        let mut room = room_with(rock, 1);
        put(&mut room, 0, Vec2::new(1420.0, 1000.0), Vec2::new(speed, 0.0));
        run(&mut room, 15, &[]);
        let ship = ship(&room, 0);
        assert_eq!(ship.hull < 100, hurts, "hull {} at {speed}", ship.hull);
        assert!(ship.vx.0 <= 0 && ship.position().x < 1446.1, "it bounced");
        let moved = room.world.iter().any(|(_, entity)| matches!(entity, Entity::Rock(rock) if rock.vx.0 > 0));
        assert!(moved, "the rock was pushed");
    }
}

#[test]
fn who_loses_the_ship_to_a_rock_loses_points() {
    let mut room = room_with("rocks = [{ x = 1500, y = 1000, radius = 40 }]", 1);
    put(&mut room, 0, Vec2::new(1420.0, 1000.0), Vec2::new(420.0, 0.0));
    change(&mut room, 0, |ship| ship.hull = 3);
    let events = run(&mut room, 15, &[]);
    let told = matches!(events[..], [Event::Kill(kill), Event::Wreck(wreck)] if (kill.by, kill.target, wreck.player) == (0, 0, 0));
    assert!(told, "{events:?}");
    let pilot = pilot(&room, 0);
    assert_eq!((pilot.score, pilot.kills, pilot.deaths), (-5, 0, 1));
}

#[test]
fn a_shot_ends_at_a_rock_and_pushes_it_a_little() {
    let mut room = room_with("rocks = [{ x = 1150, y = 1000, radius = 30 }]", 2);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(1300.0, 1000.0), Vec2::ZERO);
    let events = run(&mut room, 12, &[fire(0)]);
    assert_eq!(events, []);
    let rocks: Vec<Rock> = room
        .world
        .iter()
        .filter_map(|(_, entity)| match entity {
            Entity::Rock(rock) => Some(*rock),
            _ => None,
        })
        .collect();
    let speed = room.rules.per_second(rocks[0].velocity().x);
    assert!((1.0..20.0).contains(&speed), "{speed}");
}

#[test]
fn ships_bounce_off_each_other_and_keep_their_momentum() {
    for tick_rate in [10, 30, 128] {
        let mut room: Room<Arena> = Room::new(Arc::new(empty_at(tick_rate)), 1);
        room.tick(&[Command::Join { player: 0, bot: false }, Command::Join { player: 1, bot: false }]);
        let place = |room: &mut Room<Arena>, player, x: f32, speed: f32| {
            change(room, player, |ship| {
                ship.set_position(Vec2::new(x, 1000.0));
                ship.set_velocity(Vec2::new(speed / tick_rate as f32, 0.0));
            });
        };
        place(&mut room, 0, 1000.0, 400.0);
        place(&mut room, 1, 1250.0, -400.0);
        run(&mut room, tick_rate / 2, &[]);
        let (left, right) = (ship(&room, 0), ship(&room, 1));
        assert!(left.vx.0 < 0 && right.vx.0 > 0, "at {tick_rate} Hz: {left:?} {right:?}");
        assert!((left.vx.0 + right.vx.0).abs() < 20 && left.position().x < right.position().x - 28.0);
    }
}

#[test]
fn ships_in_one_place_come_apart() {
    let mut room = row(4);
    for player in 0..4 {
        put(&mut room, player, Vec2::new(14.0, 14.0), Vec2::ZERO);
    }
    run(&mut room, 60, &[]);
    for (a, b) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        let distance = (ship(&room, a).position() - ship(&room, b).position()).length();
        assert!(distance > 27.0, "{a} and {b} are {distance} apart");
    }
}

#[test]
fn a_pickup_is_taken_by_who_needs_it_and_comes_back() {
    let pickups = "pickups = [{ x = 1000, y = 1000, kind = \"hull\" }, { x = 1400, y = 1000, kind = \"ammo\" }]";
    let mut room = room_with(pickups, 2);
    let lying = |room: &Room<Arena>| count(room, |entity| matches!(entity, Entity::Pickup(_)));
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(1400.0, 1000.0), Vec2::ZERO);
    assert_eq!(run(&mut room, 5, &[]), [], "nobody needs anything");

    change(&mut room, 0, |ship| ship.hull = 30);
    room.players.get_mut(1).unwrap().own = Own::Loadout(Loadout { ammo: 2, ..Loadout::default() });
    let events = run(&mut room, 1, &[]);
    assert!(matches!(events[..], [Event::Took(first), Event::Took(second)] if first.player == 0 && second.player == 1));
    assert_eq!(ship(&room, 0).hull, 70);
    assert_eq!(loadout(&room, 1).ammo, 20);
    assert_eq!(lying(&room), 0);
    put(&mut room, 0, Vec2::new(3000.0, 3000.0), Vec2::ZERO);
    run(&mut room, 14 * 30 - 1, &[]);
    assert_eq!(lying(&room), 0);
    run(&mut room, 1, &[]);
    assert_eq!(lying(&room), 2);
}

#[test]
fn a_round_ends_with_a_winner_and_another_one_begins() {
    let mut room = row(2);
    run(&mut room, 20, &[fire(0)]);
    assert!(pilot(&room, 0).score > 0);
    run(&mut room, 1, &[press(0, ShipControls::default())]);
    let begun = clock(&room);
    assert_eq!((begun.phase, begun.round, begun.winner), (Phase::Playing, 1, NOBODY));
    let left = begun.ends_at as u32 - room.tick;
    let events = run(&mut room, left, &[]);
    assert!(matches!(events.last(), Some(Event::RoundOver(over)) if over.winner == 0 && over.score > 0), "{events:?}");
    assert_eq!((clock(&room).phase, clock(&room).winner), (Phase::Results, 0));

    let before = ship(&room, 1).hull;
    let events = run(&mut room, 60, &[fire(0)]);
    assert_eq!((hits(&events), ship(&room, 1).hull), (0, before), "weapons do no harm while results are shown");

    let events = run(&mut room, 240, &[]);
    assert!(matches!(events[..], [Event::RoundBegins(begins)] if begins.round == 2), "{events:?}");
    assert_eq!((clock(&room).phase, clock(&room).winner, clock(&room).round), (Phase::Playing, NOBODY, 2));
    assert_eq!((pilot(&room, 0).score, ship(&room, 1).hull), (0, 100));
    assert_eq!(ship(&room, 1).guard, 60);
}

#[test]
fn a_round_without_points_or_with_a_tie_has_no_winner() {
    let mut room = row(2);
    let events = run(&mut room, 180 * 30, &[]);
    assert!(matches!(events[..], [Event::RoundOver(over)] if over.winner == NOBODY && over.score == 0), "{events:?}");
}

#[test]
fn who_leaves_takes_everything_along() {
    let mut room = row(2);
    run(&mut room, 8, &[fire(0)]);
    let theirs = |entity: &Entity| match entity {
        Entity::Ship(ship) => ship.player == 0,
        Entity::Shot(shot) => shot.player == 0,
        Entity::Pilot(pilot) => pilot.player == 0,
        _ => false,
    };
    assert!(count(&room, theirs) >= 3);
    run(&mut room, 1, &[Command::Leave { player: 0 }]);
    assert_eq!(count(&room, theirs), 0);
    run(&mut room, 1, &[Command::Join { player: 0, bot: false }]);
    assert_eq!(count(&room, theirs), 2);
}

#[test]
fn many_who_join_at_once_do_not_begin_inside_each_other() {
    let room = room_with("", 30);
    let ships: Vec<Vec2> = (0..30).map(|player| ship(&room, player).position()).collect();
    let mut crowded = 0;
    for (index, a) in ships.iter().enumerate() {
        crowded += ships[..index].iter().filter(|b| (*a - **b).length() < 28.0).count();
    }
    assert!(crowded <= 3, "{crowded} pairs overlap");
}

#[test]
fn a_shot_whose_player_left_still_hits_nobody_twice() {
    let mut room = row(2);
    let mut shot = Shot { player: 9, left: 30, ..Shot::default() };
    shot.set_position(Vec2::new(1200.0, 1000.0));
    shot.set_velocity(Vec2::new(30.0, 0.0));
    room.world.spawn(shot.into(), None);
    let events = run(&mut room, 20, &[]);
    assert_eq!(hits(&events), 1);
    assert_eq!(ship(&room, 1).hull, 86);
}
