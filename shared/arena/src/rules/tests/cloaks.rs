//! Cloaks: what hides a ship, what ends that, and that nothing else tells of it.

use tickwire_sync::game::Audience;

use super::*;
use crate::kinds::PickupKind;

const CLOAK: &str = "pickups = [{ x = 1000, y = 1000, kind = \"cloak\" }]";

/// A room of two players; the first has just taken a cloak, the second stands 300 units to the right.
fn cloaked() -> Room<Arena> {
    let mut room = room_with(CLOAK, 2);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(1300.0, 1000.0), Vec2::ZERO);
    run(&mut room, 1, &[]);
    assert_eq!(ship(&room, 0).cloak, room.rules.cloak_ticks);
    room
}

fn hidden(room: &Room<Arena>) -> bool {
    Arena::hides(&ship(room, 0).into(), Some(1))
}

#[test]
fn a_cloak_hides_a_ship_from_everybody_but_its_player_for_its_time() {
    let mut room = cloaked();
    let ticks = u32::from(room.rules.cloak_ticks);
    for _ in 0..ticks {
        let entity = Entity::from(ship(&room, 0));
        assert!(Arena::hides(&entity, Some(1)) && Arena::hides(&entity, None) && !Arena::hides(&entity, Some(0)));
        run(&mut room, 1, &[]);
    }
    assert!(!hidden(&room));
    assert!(!Arena::hides(&ship(&room, 1).into(), Some(0)));
}

#[test]
fn who_fires_is_seen_when_the_shot_is() {
    for rail in [false, true] {
        let mut room = cloaked();
        let trigger = ShipControls { fire: !rail, rail, ..ShipControls::default() };
        run(&mut room, 1, &[press(0, trigger)]);
        assert!(hidden(&room), "the trigger alone does nothing yet");
        let events = run(&mut room, 1, &[]);
        assert_eq!(count(&room, |entity| matches!(entity, Entity::Shot(_))), usize::from(!rail));
        assert_eq!(events.iter().any(|event| matches!(event, Event::Beam(_))), rail);
        assert!(!hidden(&room));
    }
}

#[test]
fn who_is_struck_is_seen_even_if_it_cannot_be_hurt() {
    for guard in [0, 1000] {
        for rail in [false, true] {
            let mut room = cloaked();
            change(&mut room, 0, |ship| ship.guard = guard);
            let aim = tickwire_sync::grid::Angle::from_steps(512);
            let trigger = ShipControls { aim, fire: !rail, rail, ..ShipControls::default() };
            run(&mut room, 1, &[press(1, trigger)]);
            run(&mut room, 1, &[press(1, ShipControls { aim, ..ShipControls::default() })]);
            run(&mut room, 12, &[]);
            assert_eq!(ship(&room, 0).hull < 100, guard == 0);
            assert!(!hidden(&room));
        }
    }
}

#[test]
fn who_touches_something_is_seen() {
    let mut room = cloaked();
    put(&mut room, 1, Vec2::new(1029.0, 1000.0), Vec2::ZERO);
    run(&mut room, 1, &[]);
    assert!(hidden(&room), "a near miss");
    put(&mut room, 1, Vec2::new(1027.0, 1000.0), Vec2::ZERO);
    run(&mut room, 1, &[]);
    assert!(!hidden(&room));

    let mut room = room_with(&format!("{CLOAK}\nrocks = [{{ x = 1060, y = 1000, radius = 40 }}]"), 2);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::new(60.0, 0.0));
    run(&mut room, 1, &[]);
    assert!(hidden(&room));
    run(&mut room, 8, &[]);
    assert!(!hidden(&room), "it met the rock");
}

#[test]
fn what_a_hidden_ship_takes_only_its_player_is_told() {
    let mut room = room_with(CLOAK, 2);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    room.tick(&[]);
    let [(Audience::Only(0), Event::Took(took))] = room.events() else { panic!("{:?}", room.events()) };
    assert_eq!((took.player, took.what), (0, PickupKind::Cloak));

    let mut room = room_with("pickups = [{ x = 1000, y = 1000, kind = \"hull\" }]", 2);
    for (cloak, audience) in [(0, Audience::Near { x: 1000.0, y: 1000.0 }), (90, Audience::Only(0))] {
        put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
        change(&mut room, 0, |ship| (ship.hull, ship.cloak) = (30, cloak));
        room.tick(&[]);
        let [(told, Event::Took(_))] = room.events() else { panic!("{:?}", room.events()) };
        assert_eq!(*told, audience);
        change(&mut room, 0, |ship| ship.set_position(Vec2::new(3000.0, 3000.0)));
        let wait = room.rules.pickup_ticks;
        run(&mut room, wait, &[]);
    }
}

#[test]
fn a_cloak_is_left_to_who_has_use_for_it() {
    let mut room = room_with(CLOAK, 1);
    run(&mut room, 1, &[fire(0)]);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    run(&mut room, 5, &[]);
    assert_eq!(ship(&room, 0).cloak, 0, "it would end at once");
    run(&mut room, 1, &[press(0, ShipControls::default())]);
    run(&mut room, 1, &[]);
    assert_eq!(ship(&room, 0).cloak, room.rules.cloak_ticks);
}

#[test]
fn where_others_begin_tells_nothing_of_a_hidden_ship() {
    let begins = |at: Vec2, cloak: u16| {
        let mut room = room_with("", 1);
        put(&mut room, 0, at, Vec2::ZERO);
        change(&mut room, 0, |ship| ship.cloak = cloak);
        run(&mut room, 1, &[Command::Join { player: 1, bot: false }]);
        ship(&room, 1).position()
    };
    for spawn in [Vec2::new(2000.0, 2000.0), Vec2::new(300.0, 300.0)] {
        assert_ne!(begins(spawn, 0), spawn);
        assert_eq!(begins(spawn, 100), begins(Vec2::new(3900.0, 100.0), 100));
    }
}
