//! Shields, overdrives, boosts: what they give, for how long, and that the rules bound them.

use super::*;
use crate::settings::BOOST_FULL;

fn at_pickup(kind: &str) -> Room<Arena> {
    let mut room = room_with(&format!("pickups = [{{ x = 1000, y = 1000, kind = \"{kind}\" }}]"), 2);
    put(&mut room, 1, Vec2::new(1300.0, 1000.0), Vec2::ZERO);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    run(&mut room, 1, &[]);
    put(&mut room, 0, Vec2::new(1000.0, 1400.0), Vec2::ZERO);
    room
}

#[test]
fn a_shield_takes_damage_before_the_hull_does() {
    let mut room = at_pickup("shield");
    assert_eq!(ship(&room, 0).shield, 50);
    put(&mut room, 1, Vec2::new(700.0, 1400.0), Vec2::ZERO);
    let mut struck = Vec::new();
    for event in run(&mut room, 40, &[fire(1)]) {
        if let Event::Hit(hit) = event {
            struck.push((hit.damage, hit.shield));
        }
    }
    assert_eq!(struck[..5], [(14, 14), (14, 14), (14, 14), (14, 8), (14, 0)]);
    assert_eq!((ship(&room, 0).shield, usize::from(ship(&room, 0).hull)), (0, 100 + 50 - 14 * struck.len()));
}

#[test]
fn an_overdrive_makes_the_gun_faster_for_its_time_at_every_tick_rate() {
    for rate in [10, 20, 30, 60, 128] {
        let mut room: Room<Arena> = Room::new(Arc::new(empty_at(rate)), 1);
        room.tick(&[Command::Join { player: 0, bot: false }]);
        let ticks = room.rules.overdrive_ticks;
        change(&mut room, 0, |ship| ship.overdrive = ticks);
        let mut shots = [0, 0];
        run(&mut room, 1, &[fire(0)]);
        let seconds = 4;
        for shots in &mut shots {
            room.players.get_mut(0).unwrap().own = Own::Loadout(Loadout::full(&room.rules));
            for _ in 0..seconds * rate {
                run(&mut room, 1, &[]);
                *shots += u32::from(loadout(&room, 0).fired);
            }
            change(&mut room, 0, |ship| ship.overdrive = 0);
        }
        let (weapon, overdrive) = (&room.rules.tuning.weapon, &room.rules.tuning.overdrive);
        let expected = [weapon.rate * overdrive.rate, weapon.rate].map(|rate| rate * seconds as f32);
        for (shots, expected) in shots.iter().zip(expected) {
            assert!((*shots as f32 - expected).abs() <= 1.5, "{shots} shots at {rate} Hz, not {expected}");
        }
    }
}

#[test]
fn an_overdrive_ends_by_itself_and_is_left_to_who_has_none() {
    let mut room = at_pickup("overdrive");
    let ticks = u32::from(room.rules.overdrive_ticks);
    assert_eq!(u32::from(ship(&room, 0).overdrive), ticks);
    run(&mut room, ticks, &[]);
    assert_eq!(ship(&room, 0).overdrive, 0);
}

#[test]
fn ammunition_brings_mines_along() {
    let mut room = at_pickup("ammo");
    assert_eq!(count(&room, |entity| matches!(entity, Entity::Pickup(_))), 1, "nobody needs it");
    room.players.get_mut(0).unwrap().own = Own::Loadout(Loadout { mines: 1, ..Loadout::full(&room.rules) });
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    run(&mut room, 1, &[]);
    assert_eq!((loadout(&room, 0).mines, loadout(&room, 0).ammo), (2, 36));
}

/// Holds thrust and boost in the open; gives for how long it boosted in the first `seconds`, and how fast it was at most.
fn boosted(rate: u32, seconds: u32, held: impl Fn(u32) -> bool) -> (f32, f32) {
    let mut room: Room<Arena> = Room::new(Arc::new(empty_at(rate)), 1);
    room.tick(&[Command::Join { player: 0, bot: false }]);
    let (mut ticks, mut fastest) = (0, 0.0_f32);
    for tick in 0..seconds * rate {
        let controls = ShipControls { thrust: true, boost: held(tick), turn: 1, ..ShipControls::default() };
        run(&mut room, 1, &[press(0, controls)]);
        ticks += u32::from(ship(&room, 0).controls.boost);
        fastest = fastest.max(room.rules.per_second(ship(&room, 0).velocity().length()));
    }
    (ticks as f32 / rate as f32, fastest)
}

#[test]
fn a_boost_lasts_equally_long_and_makes_equally_fast_at_every_tick_rate() {
    let all: Vec<_> = [10, 30, 60, 128].map(|rate| boosted(rate, 4, |_| true)).to_vec();
    for (seconds, fastest) in &all {
        assert!((seconds / all[0].0 - 1.0).abs() < 0.06, "{all:?}");
        assert!((fastest / all[0].1 - 1.0).abs() < 0.03, "{all:?}");
    }
    assert!(boosted(30, 4, |_| false).1 < 0.85 * all[1].1, "{all:?}");
}

#[test]
fn nobody_boosts_longer_by_tapping() {
    for rate in [10, 30, 128] {
        let rules = empty_at(rate);
        let whole = 60;
        let grown = f32::from(rules.boost_growth) / (f32::from(rules.boost_drain) + f32::from(rules.boost_growth));
        let most = rules.tuning.boost.seconds + grown * whole as f32;
        for beat in [1, 2, 3, 7, 20] {
            let seconds = boosted(rate, whole, |tick| tick / beat % 2 == 0).0;
            assert!(seconds <= most, "{seconds} s of boost in a beat of {beat} at {rate} Hz");
        }
        let held = boosted(rate, whole, |_| true).0;
        assert!(held > 0.8 * most && held <= most, "{held} s of {most} at {rate} Hz");
    }
}

#[test]
fn who_is_out_of_boost_begins_again_once_enough_has_grown_back_and_not_in_every_tick() {
    let mut room = row(1);
    let controls = ShipControls { thrust: true, boost: true, turn: 1, ..ShipControls::default() };
    run(&mut room, 1, &[press(0, controls)]);
    let (mut changes, mut before) = (0, true);
    for _ in 0..30 * 30 {
        run(&mut room, 1, &[]);
        let boosts = ship(&room, 0).controls.boost;
        assert!(before || !boosts || loadout(&room, 0).boost >= room.rules.boost_ready);
        changes += u32::from(boosts != before);
        before = boosts;
    }
    assert!((10..60).contains(&changes), "{changes} changes in 30 s");
}

#[test]
fn a_boost_without_thrust_takes_nothing() {
    let mut room = row(1);
    run(&mut room, 60, &[press(0, ShipControls { boost: true, ..ShipControls::default() })]);
    assert_eq!((loadout(&room, 0).boost, ship(&room, 0).controls.boost), (BOOST_FULL, false));
}
