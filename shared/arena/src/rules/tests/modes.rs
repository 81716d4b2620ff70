//! Sides: who joins which, what friends do to each other; and cores: taken, dropped, brought back, brought home.

use tickwire_sync::game::Team;

use super::*;
use crate::kinds::{Core, CoreNews, CoreState, PickupKind, Side};

const BASES: &str = "[amber]\ncore = [500, 2000]\nspawns = [[300, 2000], [300, 1800]]\n[azure]\ncore = [3500, 2000]\nspawns = [[3700, 2000], [3700, 1800]]";

/// A room of a mode, whose ships stand 300 units apart in a row, unprotected: the even ones are amber, the odd ones azure.
fn sided(mode: &str, players: PlayerNumber) -> Room<Arena> {
    let mut room = room_with(&format!("mode = \"{mode}\"\n{BASES}"), players);
    for player in 0..players {
        put(&mut room, player, Vec2::new(1000.0 + 300.0 * f32::from(player), 1000.0), Vec2::ZERO);
    }
    room
}

fn core(room: &Room<Arena>, side: Side) -> Core {
    let cores = room.world.iter().filter_map(|(_, entity)| match entity {
        Entity::Core(core) if core.side == side => Some(*core),
        _ => None,
    });
    let cores: Vec<_> = cores.collect();
    assert_eq!(cores.len(), 1);
    cores[0]
}

fn news(events: &[Event]) -> Vec<(Side, CoreNews, i32)> {
    let moved = events.iter().filter_map(|event| match event {
        Event::CoreMoved(moved) => Some((moved.side, moved.what, moved.by)),
        _ => None,
    });
    moved.collect()
}

/// A room in which the second player, azure, has just taken the amber core.
fn taken() -> Room<Arena> {
    let mut room = sided("core", 4);
    put(&mut room, 1, Vec2::new(530.0, 2000.0), Vec2::ZERO);
    let events = run(&mut room, 1, &[]);
    assert_eq!(news(&events), [(Side::Amber, CoreNews::Taken, 1)]);
    assert_eq!((ship(&room, 1).core, core(&room, Side::Amber).state), (Side::Amber, CoreState::Carried));
    put(&mut room, 1, Vec2::new(2000.0, 3000.0), Vec2::ZERO);
    room
}

#[test]
fn players_are_spread_evenly_and_people_among_themselves() {
    let mut room = room_with("mode = \"teams\"", 0);
    let join = |player, bot| Command::Join { player, bot };
    room.tick(&[join(0, true), join(1, true), join(2, true), join(3, true)]);
    let side = |room: &Room<Arena>, player| pilot(room, player).side;
    assert_eq!([0, 1, 2, 3].map(|player| side(&room, player)), [Side::Amber, Side::Azure, Side::Amber, Side::Azure]);
    room.tick(&[join(4, false), Command::Leave { player: 3 }]);
    room.tick(&[join(5, false), Command::Leave { player: 2 }]);
    assert_eq!([4, 5].map(|player| side(&room, player)), [Side::Amber, Side::Azure]);
    assert_eq!(ship(&room, 5).side, Side::Azure);
    assert_eq!(Arena::team(&room, 4), Some(Team(1)));
    assert_eq!(Arena::team(&room, 5), Some(Team(2)));
    let alone = row(1);
    assert_eq!((pilot(&alone, 0).side, ship(&alone, 0).side, Arena::team(&alone, 0)), (Side::None, Side::None, None));
}

#[test]
fn a_bot_moves_over_with_its_next_ship_where_the_other_side_lacks_two() {
    let mut room = room_with("mode = \"teams\"", 0);
    let joins: Vec<_> = (0..6).map(|player| Command::Join { player, bot: true }).collect();
    room.tick(&joins);
    room.tick(&[Command::Leave { player: 1 }, Command::Leave { player: 3 }]);
    let amber = |room: &Room<Arena>| {
        (0..6).filter(|player| room.players.get(*player).is_some() && pilot(room, *player).side == Side::Amber).count()
    };
    assert_eq!(amber(&room), 3);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    room.dismiss(0);
    room.players.get_mut(0).unwrap().own = Own::Loadout(Loadout::default());
    run(&mut room, 1, &[]);
    assert_eq!((amber(&room), pilot(&room, 0).side, ship(&room, 0).side), (2, Side::Azure, Side::Azure));
}

#[test]
fn friends_stop_each_others_shots_and_beams_and_take_no_harm() {
    for rail in [false, true] {
        let mut room = sided("teams", 4);
        put(&mut room, 2, Vec2::new(1150.0, 1000.0), Vec2::ZERO);
        let events = run(&mut room, 30, &[press(0, ShipControls { fire: !rail, rail, ..ShipControls::default() })]);
        assert_eq!(hits(&events), 0, "{events:?}");
        put(&mut room, 2, Vec2::new(1150.0, 1400.0), Vec2::ZERO);
        let events = run(&mut room, 40, &[]);
        assert!(hits(&events) > 0, "an enemy is struck");
        assert_eq!(ship(&room, 2).hull, 100);
    }
}

#[test]
fn a_side_wins_by_ships_destroyed_also_before_the_time() {
    let mut room = sided("teams", 2);
    change(&mut room, 1, |ship| ship.hull = 1);
    run(&mut room, 20, &[fire(0)]);
    let clock = clock(&room);
    assert_eq!((clock.mode, clock.amber, clock.azure), (Mode::Teams, 1, 0));
    let key = room.world.iter().find(|(_, entity)| matches!(entity, Entity::Match(_))).unwrap().0;
    let Some(Entity::Match(state)) = room.world.get_mut(key) else { panic!("a clock") };
    state.azure = 40;
    let events = run(&mut room, 1, &[]);
    let over = events.iter().find_map(|event| if let Event::RoundOver(over) = event { Some(*over) } else { None });
    assert_eq!(over.map(|over| (over.winner, over.side, over.score)), Some((NOBODY, Side::Azure, 40)));
    let results = room.rules.results_ticks;
    run(&mut room, results, &[]);
    assert_eq!(
        (super::clock(&room).azure, super::clock(&room).mode, super::clock(&room).side),
        (0, Mode::Teams, Side::None)
    );
}

#[test]
fn ships_of_a_side_begin_at_their_base() {
    let room = room_with(&format!("mode = \"core\"\n{BASES}"), 4);
    for player in 0..4 {
        let ship = ship(&room, player);
        assert_eq!(ship.position().x < 2000.0, ship.side == Side::Amber, "{ship:?}");
    }
    assert!(room.rules.map.base(Side::Amber).is_some());
}

#[test]
fn a_core_is_carried_and_costs_nothing_while_it_is() {
    let mut room = taken();
    run(&mut room, 2, &[press(1, ShipControls { thrust: true, boost: true, ..ShipControls::default() })]);
    assert!(!ship(&room, 1).controls.boost, "who carries one does not boost");
    for _ in 0..20 {
        run(&mut room, 1, &[]);
        assert_eq!(room.world.touched().count(), 0);
    }
    assert_eq!(core(&room, Side::Amber).carrier, 1);
}

#[test]
fn a_carrier_is_slower_and_cannot_hide() {
    let mut room = taken();
    for player in [1, 3] {
        put(&mut room, player, Vec2::new(1000.0, 2500.0 + 200.0 * f32::from(player)), Vec2::ZERO);
    }
    let thrust = ShipControls { thrust: true, ..ShipControls::default() };
    change(&mut room, 1, |ship| ship.heading = crate::angle::FineAngle::default());
    change(&mut room, 3, |ship| ship.heading = crate::angle::FineAngle::default());
    run(&mut room, 40, &[press(1, thrust), press(3, thrust)]);
    let share = ship(&room, 1).velocity().x / ship(&room, 3).velocity().x;
    assert!((share - room.rules.tuning.core.thrust).abs() < 0.02, "{share}");

    let cloak = "pickups = [{ x = 2000, y = 3000, kind = \"cloak\" }]";
    let mut room = room_with(&format!("mode = \"core\"\n{cloak}\n{BASES}"), 2);
    put(&mut room, 1, Vec2::new(530.0, 2000.0), Vec2::ZERO);
    change(&mut room, 1, |ship| ship.cloak = 1000);
    run(&mut room, 1, &[]);
    assert_eq!((ship(&room, 1).core, ship(&room, 1).cloak), (Side::Amber, 0), "to take one ends a cloak");
    put(&mut room, 1, Vec2::new(2000.0, 3000.0), Vec2::ZERO);
    run(&mut room, 3, &[]);
    assert_eq!(count(&room, |entity| matches!(entity, Entity::Pickup(pickup) if pickup.what == PickupKind::Cloak)), 1);
}

#[test]
fn a_core_is_brought_home_for_points_if_the_own_one_is_there() {
    let mut room = taken();
    put(&mut room, 0, Vec2::new(3470.0, 2000.0), Vec2::ZERO);
    let events = run(&mut room, 1, &[]);
    assert_eq!(news(&events), [(Side::Azure, CoreNews::Taken, 0)]);
    put(&mut room, 0, Vec2::new(2000.0, 1500.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(3500.0, 2000.0), Vec2::ZERO);
    assert_eq!(news(&run(&mut room, 5, &[])), [], "the own one is not there");
    change(&mut room, 0, |ship| ship.hull = 1);
    put(&mut room, 3, Vec2::new(1700.0, 1500.0), Vec2::ZERO);
    let events = run(&mut room, 20, &[fire(3)]);
    assert_eq!(news(&events), [(Side::Azure, CoreNews::Dropped, 0)]);
    let back = core(&room, Side::Azure);
    assert_eq!((back.state, back.position(), back.carrier), (CoreState::Dropped, Vec2::new(2000.0, 1500.0), NOBODY));
    put(&mut room, 3, Vec2::new(1980.0, 1500.0), Vec2::ZERO);
    let events = run(&mut room, 1, &[press(3, ShipControls::default())]);
    assert_eq!(
        news(&events),
        [(Side::Azure, CoreNews::Returned, 3), (Side::Amber, CoreNews::Captured, 1)][..news(&events).len()]
    );
    run(&mut room, 1, &[]);
    assert_eq!((pilot(&room, 1).captures, clock(&room).azure, ship(&room, 1).core), (1, 1, Side::None));
    assert_eq!((pilot(&room, 1).score, core(&room, Side::Amber).state), (30, CoreState::Home));
    assert_eq!(core(&room, Side::Amber).position(), Vec2::new(500.0, 2000.0));
}

#[test]
fn a_core_that_nobody_fetches_is_back_after_its_time_at_every_tick_rate() {
    for rate in [10, 30, 128] {
        let text =
            format!("name = \"Bare\"\nwidth = 4000\nheight = 4000\nspawns = [[2000, 2000]]\nmode = \"core\"\n{BASES}");
        let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: &text }, rate).unwrap();
        let mut room: Room<Arena> = Room::new(Arc::new(rules), 1);
        room.tick(&[0, 1].map(|player| Command::Join { player, bot: false }));
        put(&mut room, 1, Vec2::new(530.0, 2000.0), Vec2::ZERO);
        run(&mut room, 1, &[]);
        put(&mut room, 1, Vec2::new(2000.0, 3000.0), Vec2::ZERO);
        let events = run(&mut room, 1, &[Command::Leave { player: 1 }]);
        assert_eq!(news(&events), [(Side::Amber, CoreNews::Dropped, 1)], "who leaves drops it");
        let mut ticks = 0;
        while core(&room, Side::Amber).state == CoreState::Dropped {
            ticks += 1;
            let events = run(&mut room, 1, &[]);
            let back = news(&events) == [(Side::Amber, CoreNews::Returned, NOBODY)];
            assert_eq!(back, core(&room, Side::Amber).state == CoreState::Home);
        }
        let seconds = ticks as f32 / rate as f32;
        assert!((seconds - room.rules.tuning.core.back).abs() < 0.11, "{seconds} s at {rate} Hz");
    }
}

#[test]
fn a_new_round_puts_everything_back() {
    let mut room = taken();
    let left = clock(&room).ends_at as u32 - room.tick + room.rules.results_ticks;
    run(&mut room, left + 1, &[]);
    assert_eq!(clock(&room).round, 2);
    assert_eq!((core(&room, Side::Amber).state, ship(&room, 1).core), (CoreState::Home, Side::None));
    assert_eq!(ship(&room, 1).side, Side::Azure);
}
