//! The rules across the edges of a map that wraps, and maps that do without some of them.

use tickwire_sync::game::Sight;

use super::*;
use crate::settings::tests::open_at;

/// A room on the map that wraps, with two ships 100 units apart across its right edge.
fn across(extra: &str) -> Room<Arena> {
    let mut room = room_with(&format!("wraps = true\n{extra}"), 2);
    put(&mut room, 0, Vec2::new(3950.0, 1000.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(50.0, 1000.0), Vec2::ZERO);
    room
}

#[test]
fn a_shot_and_a_beam_strike_over_the_edge() {
    for rail in [false, true] {
        let mut room = across("");
        run(&mut room, 1, &[press(0, ShipControls { fire: !rail, rail, ..ShipControls::default() })]);
        let events = run(&mut room, 6, &[]);
        let hit = events.iter().find_map(|event| match event {
            Event::Hit(hit) => Some(*hit),
            _ => None,
        });
        let hit = hit.expect("a hit");
        assert_eq!((hit.by, hit.target), (0, 1));
        assert!((hit.x.units() - 33.0).abs() < 4.0, "at the hull, inside the world: {}", hit.x.units());
    }
}

#[test]
fn ships_meet_over_the_edge_and_bounce() {
    let mut room = across("");
    put(&mut room, 0, Vec2::new(3950.0, 1000.0), Vec2::new(300.0, 0.0));
    run(&mut room, 15, &[]);
    assert!(ship(&room, 0).vx.0 < ship(&room, 1).vx.0 && ship(&room, 1).vx.0 > 0);

    put(&mut room, 0, Vec2::new(3995.0, 2000.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(5.0, 2000.0), Vec2::ZERO);
    run(&mut room, 30, &[]);
    let apart = room.rules.map.terrain.way(ship(&room, 0).position(), ship(&room, 1).position()).length();
    assert!(apart > 27.0, "they came apart: {apart}");
}

#[test]
fn a_pickup_is_taken_over_the_edge() {
    let mut room = across("pickups = [{ x = 5, y = 3995, kind = \"hull\" }]");
    put(&mut room, 0, Vec2::new(3990.0, 5.0), Vec2::ZERO);
    change(&mut room, 0, |ship| ship.hull = 30);
    assert!(matches!(run(&mut room, 1, &[])[..], [Event::Took(took)] if took.player == 0));
}

#[test]
fn a_spawn_is_far_the_shorter_way_round() {
    let mut room = room_with("wraps = true", 1);
    put(&mut room, 0, Vec2::new(3800.0, 3800.0), Vec2::ZERO);
    run(&mut room, 1, &[Command::Join { player: 1, bot: false }]);
    assert_eq!(ship(&room, 1).position(), Vec2::splat(2000.0), "not at (300, 300), which is just over the edge");
}

#[test]
fn ships_pass_through_each_other_where_there_are_no_contacts() {
    let mut room = room_with("contacts = false\nrocks = [{ x = 1500, y = 1000, radius = 40 }]", 2);
    put(&mut room, 0, Vec2::new(1300.0, 1000.0), Vec2::new(420.0, 0.0));
    put(&mut room, 1, Vec2::new(1400.0, 1000.0), Vec2::ZERO);
    assert_eq!(run(&mut room, 60, &[]), []);
    assert!(ship(&room, 0).position().x > 1545.0 && ship(&room, 1).vx.0 == 0);
}

#[test]
fn a_map_without_rounds_has_no_clock_and_never_ends() {
    let mut room: Room<Arena> = Room::new(Arc::new(open_at(30)), 1);
    run(&mut room, 1, &[Command::Join { player: 0, bot: false }, Command::Join { player: 1, bot: false }]);
    assert_eq!(count(&room, |entity| !matches!(entity, Entity::Ship(_) | Entity::Pilot(_))), 0);
    assert_eq!(run(&mut room, 200 * 30, &[]), []);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(1300.0, 1000.0), Vec2::ZERO);
    assert!(hits(&run(&mut room, 20, &[fire(0)])) > 0, "weapons do harm");
}

#[test]
fn the_core_is_told_that_the_world_wraps_and_wants_no_bots() {
    let (open, walled) = (open_at(30), empty_at(30));
    assert_eq!(Arena::sight(&open), Sight { size: (4000.0, 4000.0), wraps: true, reach: crate::SIGHT_REACH });
    assert!(!Arena::sight(&walled).wraps);
    assert!(!Arena::bots_allowed(&open) && Arena::bots_allowed(&walled));
}
