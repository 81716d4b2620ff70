//! Mines in whole rooms: who lays them, what sets them off, whom they take along, how many there are.

use super::*;
use crate::kinds::{Burst, Cause, Mine};

fn lay() -> ShipControls {
    ShipControls { mine: true, ..ShipControls::default() }
}

fn mines(room: &Room<Arena>) -> Vec<Mine> {
    let mines = room.world.iter().filter_map(|(_, entity)| match entity {
        Entity::Mine(mine) => Some(*mine),
        _ => None,
    });
    mines.collect()
}

/// A room with a live mine of the first player at (1000, 1000), the first two players' ships far off, and no wait for the next one.
fn mined(extra: &str) -> Room<Arena> {
    let mut room = room_with(extra, 2);
    put(&mut room, 0, Vec2::new(3000.0, 3000.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(3000.0, 500.0), Vec2::ZERO);
    let mut mine = Mine { player: 0, left: room.rules.mine_live, ..Mine::default() };
    mine.set_position(Vec2::new(1000.0, 1000.0));
    room.world.spawn(mine.into(), None);
    run(&mut room, 2, &[]);
    room
}

fn burst(events: &[Event]) -> Option<Burst> {
    events.iter().find_map(|event| if let Event::Burst(burst) = event { Some(*burst) } else { None })
}

#[test]
fn a_mine_is_laid_behind_the_ship_exactly_as_foreseen() {
    let mut room = row(1);
    change(&mut room, 0, |ship| ship.heading = crate::angle::FineAngle::from_steps(16_384));
    assert_eq!(run(&mut room, 1, &[press(0, lay())]), [], "the trigger alone does nothing yet");
    run(&mut room, 1, &[press(0, ShipControls::default())]);
    let born: Vec<_> = room.world.born().collect();
    let entity = room.world.entity(born[0]).unwrap();
    let parent = room.world.baseline(entity.parent.unwrap()).unwrap();
    assert_eq!(Arena::spawned_by(parent, 6, &room.rules), Some(*entity.state()));
    let [mine] = mines(&room)[..] else { panic!("{:?}", mines(&room)) };
    assert!(mine.position().x == 1000.0 && (mine.position().y - 976.0).abs() < 0.01, "{}", mine.position());
    assert_eq!((mine.player, mine.left, loadout(&room, 0).mines), (0, room.rules.mine_ticks, 2));
}

#[test]
fn at_a_wall_there_is_room_for_a_mine_nearer_to_the_ship() {
    let mut room = room_with("", 1);
    put(&mut room, 0, Vec2::new(16.0, 1000.0), Vec2::ZERO);
    change(&mut room, 0, |ship| ship.heading = crate::angle::FineAngle::default());
    run(&mut room, 1, &[press(0, lay())]);
    run(&mut room, 1, &[]);
    let [mine] = mines(&room)[..] else { panic!("{:?}", mines(&room)) };
    assert!(room.rules.map.terrain.fits(mine.position(), 7.99), "{}", mine.position());
}

#[test]
fn a_held_button_lays_what_a_ship_carries_and_no_sooner_than_it_may() {
    let mut room = row(1);
    let mut laid = Vec::new();
    run(&mut room, 1, &[press(0, lay())]);
    for tick in 0..200_u16 {
        run(&mut room, 1, &[]);
        laid.extend(loadout(&room, 0).laid(&room.rules).then_some(tick));
    }
    assert_eq!(laid.len(), 3, "{laid:?}");
    assert!(laid.windows(2).all(|two| two[1] - two[0] == room.rules.mine_wait_ticks), "{laid:?}");
    assert_eq!((mines(&room).len(), loadout(&room, 0).mines), (3, 0));
}

#[test]
fn with_one_too_many_the_eldest_is_gone() {
    let mut room = row(1);
    for count in 1..=7_u32 {
        room.players.get_mut(0).unwrap().own = Own::Loadout(Loadout::full(&room.rules));
        put(&mut room, 0, Vec2::new(500.0 + 100.0 * count as f32, 2000.0), Vec2::ZERO);
        run(&mut room, 1, &[press(0, lay())]);
        run(&mut room, 1, &[press(0, ShipControls::default())]);
        let lying: Vec<_> = mines(&room).iter().map(|mine| mine.position().x).collect();
        assert_eq!(lying.len() as u32, count.min(4), "{lying:?}");
        assert!(lying.is_sorted() && lying[0] < 600.0 + 100.0 * count.saturating_sub(3) as f32, "{lying:?}");
    }
}

#[test]
fn a_live_mine_bursts_near_a_ship_of_anybody_else_and_an_armed_one_not_yet() {
    for (at, left, bursts) in [(1068.0, 0, true), (1080.0, 0, false), (1068.0, 40, false)] {
        let mut room = mined("");
        let live = room.rules.mine_live;
        for key in room.world.iter().map(|(key, _)| key).collect::<Vec<_>>() {
            if let Some(Entity::Mine(mine)) = room.world.get_mut(key) {
                mine.left = live + left;
            }
        }
        put(&mut room, 1, Vec2::new(at, 1000.0), Vec2::ZERO);
        let events = run(&mut room, 2, &[]);
        assert_eq!(burst(&events).is_some(), bursts, "{at} {left}: {events:?}");
        assert_eq!(ship(&room, 1).hull < 100, bursts);
    }
}

#[test]
fn it_takes_more_the_nearer_and_gives_its_layer_the_points() {
    let hull_left = |at: f32| {
        let mut room = mined("");
        put(&mut room, 1, Vec2::new(at, 1000.0), Vec2::ZERO);
        let events = run(&mut room, 2, &[]);
        let hit = events.iter().find_map(|event| if let Event::Hit(hit) = event { Some(*hit) } else { None });
        assert_eq!(hit.map(|hit| (hit.by, hit.target)), Some((0, 1)));
        assert_eq!(pilot(&room, 0).score, 1);
        ship(&room, 1).hull
    };
    let (near, far) = (hull_left(1010.0), hull_left(1070.0));
    assert_eq!(near, 30);
    assert!((60..75).contains(&far), "{far}");

    let mut room = mined("");
    put(&mut room, 1, Vec2::new(1010.0, 1000.0), Vec2::ZERO);
    change(&mut room, 1, |ship| ship.hull = 20);
    let events = run(&mut room, 2, &[]);
    let kill = events.iter().find_map(|event| if let Event::Kill(kill) = event { Some(*kill) } else { None });
    assert_eq!(kill.map(|kill| (kill.by, kill.target, kill.with)), Some((0, 1, Cause::Mine)));
}

#[test]
fn its_own_layer_the_protected_and_who_is_behind_a_wall_do_not_set_it_off() {
    let mut room = mined("");
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    assert_eq!(run(&mut room, 20, &[]), []);

    let mut room = mined("");
    put(&mut room, 1, Vec2::new(1030.0, 1000.0), Vec2::ZERO);
    change(&mut room, 1, |ship| ship.guard = 1000);
    assert_eq!(run(&mut room, 20, &[]), []);

    let mut room = mined("walls = [[1015, 900, 4, 200]]");
    put(&mut room, 1, Vec2::new(1040.0, 1000.0), Vec2::ZERO);
    assert_eq!(run(&mut room, 20, &[]), []);
}

#[test]
fn who_races_past_between_two_ticks_sets_it_off() {
    for rate in [10, 30, 128] {
        let mut room: Room<Arena> = Room::new(Arc::new(empty_at(rate)), 1);
        room.tick(&[0, 1].map(|player| Command::Join { player, bot: false }));
        let mut mine = Mine { player: 0, left: room.rules.mine_live, ..Mine::default() };
        mine.set_position(Vec2::new(1000.0, 1000.0));
        room.world.spawn(mine.into(), None);
        change(&mut room, 0, |ship| ship.set_position(Vec2::new(3000.0, 3000.0)));
        change(&mut room, 1, |ship| {
            (ship.guard, ship.vx) = (0, tickwire_sync::grid::Velocity::from_units(2500.0 / rate as f32));
            ship.set_position(Vec2::new(880.0, 1000.0));
        });
        let events = run(&mut room, rate / 5, &[]);
        assert!(burst(&events).is_some(), "{events:?} at {rate} Hz");
    }
}

#[test]
fn shots_and_beams_of_others_make_it_burst() {
    for rail in [false, true] {
        for (player, bursts) in [(0, false), (1, true)] {
            let mut room = mined("");
            put(&mut room, player, Vec2::new(700.0, 1000.0), Vec2::ZERO);
            let controls = ShipControls { fire: !rail, rail, ..ShipControls::default() };
            run(&mut room, 1, &[press(player, controls)]);
            let events = run(&mut room, 14, &[]);
            assert_eq!(burst(&events).is_some(), bursts, "{events:?}");
        }
    }
}

#[test]
fn it_is_gone_by_itself_after_its_time_and_costs_nothing_until_then() {
    for rate in [10, 30, 128] {
        let mut room: Room<Arena> = Room::new(Arc::new(empty_at(rate)), 1);
        room.tick(&[Command::Join { player: 0, bot: false }]);
        run(&mut room, 1, &[press(0, lay())]);
        run(&mut room, 1, &[press(0, ShipControls::default())]);
        let mut ticks = 0;
        while count(&room, |entity| matches!(entity, Entity::Mine(_))) > 0 {
            ticks += 1;
            run(&mut room, 1, &[]);
            assert_eq!(room.world.touched().count(), 0);
        }
        let seconds = ticks as f32 / rate as f32;
        assert!((seconds - room.rules.tuning.mine.life).abs() < 0.11, "{seconds} s at {rate} Hz");
    }
}

#[test]
fn to_lay_one_ends_protection_and_cloak() {
    let mut room = row(1);
    change(&mut room, 0, |ship| (ship.guard, ship.cloak) = (500, 500));
    run(&mut room, 1, &[press(0, lay())]);
    run(&mut room, 1, &[]);
    assert_eq!((ship(&room, 0).guard, ship(&room, 0).cloak, mines(&room).len()), (0, 0, 1));
}

#[test]
fn a_gun_is_silent_in_the_tick_in_which_a_mine_is_laid_and_fires_in_the_next() {
    let mut room = row(1);
    run(&mut room, 1, &[press(0, ShipControls { fire: true, ..lay() })]);
    run(&mut room, 1, &[]);
    assert_eq!((mines(&room).len(), loadout(&room, 0).fired), (1, false));
    run(&mut room, 1, &[]);
    assert!(loadout(&room, 0).fired);
}
