//! The rail in whole rooms: whom a beam strikes, what it does, who is told.

use tickwire_sync::{game::Audience, grid::Angle};

use super::*;
use crate::kinds::Beam;

fn rail(player: PlayerNumber) -> Command<ShipControls> {
    press(player, ShipControls { rail: true, ..ShipControls::default() })
}

/// Fires the rails of these players in one tick, and gives what happened then.
fn shoot(room: &mut Room<Arena>, players: &[PlayerNumber]) -> Vec<Event> {
    let commands: Vec<_> = players.iter().map(|&player| rail(player)).collect();
    assert_eq!(run(room, 1, &commands), [], "the trigger alone does nothing yet");
    run(room, 1, &[])
}

fn beam(events: &[Event]) -> Beam {
    let Some(Event::Beam(beam)) = events.first() else { panic!("{events:?}") };
    *beam
}

#[test]
fn a_beam_strikes_the_first_ship_on_its_way_in_the_tick_after_the_trigger() {
    let mut room = row(3);
    let events = shoot(&mut room, &[0]);
    let beam = beam(&events);
    assert_eq!((beam.by, beam.x.units(), beam.y.units()), (0, 1000.0, 1000.0));
    assert_eq!((beam.to_x.units(), beam.to_y.units()), (1286.0, 1000.0), "the hull of the next ship");
    let [_, Event::Hit(hit)] = events[..] else { panic!("{events:?}") };
    assert_eq!((hit.by, hit.target, hit.damage, hit.x), (0, 1, 40, beam.to_x));
    assert_eq!((ship(&room, 1).hull, ship(&room, 2).hull), (60, 100));
    assert_eq!(pilot(&room, 0).score, 1);
    assert_eq!(loadout(&room, 0).ammo, 36, "it needs no ammunition");
}

#[test]
fn a_beam_is_judged_by_where_its_player_saw_the_others() {
    // The target crosses the line of fire at 600 units a second: more than its size in every tick.
    let struck = |at: f32, behind_ticks: u32| {
        let mut room = row(2);
        put(&mut room, 1, Vec2::new(1300.0, at), Vec2::new(0.0, 600.0));
        run(&mut room, 6, &[press(1, ShipControls { thrust: false, ..ShipControls::default() })]);
        let seen = room.was(avatar(&room, 1), room.tick + 1 - behind_ticks).copied();
        let Some(Entity::Ship(seen)) = seen else { panic!("{seen:?}") };
        let controls = ShipControls { rail: true, ..ShipControls::default() };
        run(&mut room, 1, &[Command::Controls { player: 0, controls, behind: behind_ticks * 16 }]);
        let on_the_line = (seen.position().y - 1000.0).abs() < room.rules.tuning.ship.radius;
        (hits(&run(&mut room, 1, &[])) == 1, on_the_line)
    };
    let mut strikes = 0;
    for behind in [1, 3, 5] {
        for at in 850..1000u16 {
            let (struck, on_the_line) = struck(f32::from(at), behind);
            assert_eq!(struck, on_the_line, "{behind} ticks behind, from {at}");
            strikes += u32::from(struck);
        }
    }
    assert!(strikes > 30, "{strikes}");
}

#[test]
fn a_held_rail_fires_whenever_it_is_charged_and_kills() {
    let mut room = row(2);
    let events = run(&mut room, 100, &[rail(0)]);
    let beams = events.iter().filter(|event| matches!(event, Event::Beam(_))).count();
    assert_eq!((beams, hits(&events)), (3, 3), "in the ticks 1, 46 and 91");
    let killed = |event: &Event| matches!(event, Event::Kill(kill) if kill.by == 0 && kill.target == 1);
    assert!(events.iter().any(killed));
    assert_eq!(pilot(&room, 0).score, 13);
}

#[test]
fn rocks_and_walls_stop_a_beam() {
    for (extra, end) in
        [("rocks = [{ x = 1150, y = 1000, radius = 30 }]", 1120.0), ("walls = [[1100, 900, 50, 200]]", 1100.0)]
    {
        let mut room = room_with(extra, 2);
        put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
        put(&mut room, 1, Vec2::new(1300.0, 1000.0), Vec2::ZERO);
        let events = shoot(&mut room, &[0]);
        assert_eq!((events.len(), beam(&events).to_x.units()), (1, end));
        assert_eq!(ship(&room, 1).hull, 100);
    }
}

#[test]
fn a_beam_at_nothing_ends_at_its_range_and_strikes_nobody_beyond() {
    let mut room = room_with("", 2);
    put(&mut room, 0, Vec2::new(1000.0, 1000.0), Vec2::ZERO);
    put(&mut room, 1, Vec2::new(1000.0 + 815.0, 1000.0), Vec2::ZERO);
    let events = shoot(&mut room, &[0]);
    assert_eq!((events.len(), beam(&events).to_x.units()), (1, 1800.0));
}

#[test]
fn two_who_fire_at_each_other_in_one_tick_both_strike() {
    let mut room = row(2);
    change(&mut room, 0, |ship| ship.hull = 10);
    change(&mut room, 1, |ship| ship.hull = 10);
    let back = ShipControls { rail: true, aim: Angle::from_steps(512), ..ShipControls::default() };
    run(&mut room, 1, &[rail(0), press(1, back)]);
    let events = run(&mut room, 1, &[]);
    let kills = events.iter().filter(|event| matches!(event, Event::Kill(_))).count();
    assert_eq!(kills, 2, "{events:?}");
}

#[test]
fn a_beam_is_told_to_whoever_sees_one_of_its_ends() {
    let mut room = row(2);
    run(&mut room, 1, &[rail(0)]);
    room.tick(&[]);
    let (audience, _) = room.events()[0];
    assert_eq!(audience, Audience::Either { x: 1000.0, y: 1000.0, to_x: 1286.0, to_y: 1000.0 });
}

#[test]
fn the_effective_trigger_is_held_only_while_the_rail_is_charged() {
    let mut room = row(1);
    run(&mut room, 1, &[rail(0)]);
    assert!(ship(&room, 0).controls.rail);
    for _ in 0..room.rules.rail_ticks - 1 {
        run(&mut room, 1, &[]);
        assert!(!ship(&room, 0).controls.rail);
    }
    run(&mut room, 1, &[]);
    assert!(ship(&room, 0).controls.rail);
}
