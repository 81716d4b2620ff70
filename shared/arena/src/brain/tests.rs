//! Bots in whole rooms.

use std::sync::Arc;

use tickwire_sync::{
    game::{Audience, Game, RulesSource},
    server::{Command, Room},
};

use super::*;
use crate::{
    DEFAULT_TUNING, MAPS,
    kinds::{Event, Pilot},
    map::with_mode,
    settings::{
        Rules,
        tests::{open_at, rules_at},
    },
    tuning::with_bot_skill,
};

struct Played {
    kills: u32,
    crashes: u32,
    pickups: u32,
    /// Changes of controls for each bot and second.
    changes: f32,
    beams: u32,
    /// The share of the time that bots hardly move.
    idle: f32,
}

fn play(bots: u16, seconds: u32, rules: Rules, seed: u64) -> Played {
    let rate = rules.tick_rate;
    let mut room: Room<Arena> = Room::new(Arc::new(rules), seed);
    let joins: Vec<_> = (0..bots).map(|player| Command::Join { player, bot: true }).collect();
    room.tick(&joins);
    let mut played = Played { kills: 0, crashes: 0, pickups: 0, beams: 0, changes: 0.0, idle: 0.0 };
    let mut last = vec![ShipControls::default(); usize::from(bots)];
    let (mut changes, mut idle, mut flown) = (0u32, 0u32, 0u32);
    for _ in 0..seconds * rate {
        room.tick(&[]);
        for (_, entity) in room.world.iter() {
            let Entity::Ship(ship) = entity else { continue };
            let seen = &mut last[usize::from(ship.player)];
            changes += u32::from(*seen != ship.controls);
            *seen = ship.controls;
            flown += 1;
            idle += u32::from(room.rules.per_second(ship.velocity().length()) < 25.0);
        }
        for (_, event) in room.events() {
            match event {
                Event::Kill(kill) if kill.by == kill.target => played.crashes += 1,
                Event::Kill(_) => played.kills += 1,
                Event::Took(_) => played.pickups += 1,
                Event::Beam(_) => played.beams += 1,
                _ => {}
            }
        }
    }
    played.changes = changes as f32 / (f32::from(bots) * seconds as f32);
    played.idle = idle as f32 / flown as f32;
    played
}

#[test]
fn bots_fight_keep_moving_and_hardly_ever_crash() {
    for rate in [10, 30, 60] {
        let played = play(8, 120, rules_at(rate), 5);
        assert!((8..=120).contains(&played.kills), "{} kills at {rate} Hz", played.kills);
        assert!(played.crashes * 5 <= played.kills, "{} crashes at {rate} Hz", played.crashes);
        assert!(played.pickups >= 4, "{} pickups at {rate} Hz", played.pickups);
        assert!((4..=120).contains(&played.beams), "{} beams at {rate} Hz", played.beams);
        assert!(played.idle < 0.15, "idle {} of the time at {rate} Hz", played.idle);
        assert!(played.changes < 9.0, "{} changes of controls a second at {rate} Hz", played.changes);
    }
}

#[test]
fn bots_find_each_other_over_the_edges_of_a_map_that_wraps() {
    let played = play(16, 60, open_at(30), 5);
    assert!(played.kills >= 8, "{} kills", played.kills);
    assert!(played.beams >= 4, "{} beams", played.beams);
    assert!(played.idle < 0.15, "idle {} of the time", played.idle);
}

/// The rules of a map that ships, in a mode, with bots of a skill.
fn rules_of(map: &str, mode: &str, skill: &str) -> Rules {
    let (_, text) = MAPS.iter().find(|(name, _)| *name == map).unwrap();
    let (tuning, map) = (with_bot_skill(DEFAULT_TUNING, skill), with_mode(text, mode));
    Rules::read(RulesSource { tuning: &tuning, map: &map }, 30).unwrap()
}

#[test]
fn bots_fight_well_on_every_map_with_walls() {
    for map in ["foundry", "citadel", "shoals"] {
        let played = play(8, 120, rules_of(map, "ffa", "normal"), 5);
        println!(
            "{map}: {} kills, {} crashes, {} pickups, idle {}",
            played.kills, played.crashes, played.pickups, played.idle
        );
        assert!(played.kills >= 8, "{} kills on {map}", played.kills);
        assert!(played.crashes * 3 <= played.kills, "{} crashes on {map}", played.crashes);
        assert!(played.pickups >= 4, "{} pickups on {map}", played.pickups);
        assert!(played.idle < 0.15, "idle {} of the time on {map}", played.idle);
    }
}

#[test]
fn bots_bring_cores_home_and_bring_their_own_back() {
    for map in ["citadel", "shoals"] {
        let mut room: Room<Arena> = Room::new(Arc::new(rules_of(map, "core", "normal")), 5);
        let joins: Vec<_> = (0..8).map(|player| Command::Join { player, bot: true }).collect();
        room.tick(&joins);
        let mut news = [0; 4];
        for _ in 0..600 * 30 {
            room.tick(&[]);
            for (_, event) in room.events() {
                if let Event::CoreMoved(moved) = event {
                    news[moved.what as usize] += 1;
                }
            }
        }
        println!("{map}: taken, dropped, returned, captured: {news:?} in 10 minutes");
        assert!(news[0] >= 10 && news[1] >= 3 && news[2] >= 2 && news[3] >= 2, "{news:?} on {map}");
    }
}

/// A match on a map, side against side: the even players think with the first skill, the odd ones with the second. Gives how often each side
/// destroyed a ship of the other.
fn duel(map: &str, skills: [&str; 2], seconds: u32, seed: u64) -> [i32; 2] {
    let rules = skills.map(|skill| rules_of(map, "teams", skill));
    let mut room: Room<Arena> = Room::new(Arc::new(rules_of(map, "teams", "normal")), seed);
    let joins: Vec<_> = (0..8).map(|player| Command::Join { player, bot: false }).collect();
    room.tick(&joins);
    let mut brains: Vec<Brain> = (0..8).map(|_| Brain::default()).collect();
    let mut kills = [0, 0];
    let sight = Arena::sight(&room.rules);
    for _ in 0..seconds * 30 {
        let mut commands = Vec::new();
        for (player, brain) in (0..).zip(&mut brains) {
            let seat = room.players.get(player).unwrap();
            let avatar = seat.avatar.and_then(|key| room.world.get(key));
            let centre = avatar.and_then(Arena::place);
            let seen = |entity: &Entity| {
                let near = centre.zip(Arena::place(entity)).is_none_or(|(from, to)| sight.remoteness(from, to) <= 1.0);
                near && !Arena::hides(entity, Some(player))
            };
            let entities: Vec<Entity> = room.world.iter().map(|(_, entity)| *entity).filter(seen).collect();
            let view = View {
                tick: room.tick,
                player,
                avatar,
                own: &seat.own,
                entities: &entities,
                rules: &rules[usize::from(player % 2)],
                seed: seed ^ u64::from(player),
            };
            commands.push(Command::Controls { player, controls: brain.think(&view), behind: 0 });
        }
        room.tick(&commands);
        for (_, event) in room.events() {
            if let Event::Kill(kill) = event
                && kill.by != kill.target
            {
                kills[usize::from(kill.by % 2)] += 1;
            }
        }
    }
    kills
}

#[test]
fn the_stronger_bots_win_clearly() {
    for (map, seed) in [("foundry", 1), ("citadel", 2), ("shoals", 3)] {
        let [hard, easy] = duel(map, ["hard", "easy"], 120, seed);
        println!("{map}: hard {hard} to easy {easy}");
        assert!(hard >= 2 * easy + 5, "hard {hard} to easy {easy} on {map}");
    }
    let (mut wins, mut losses) = (0, 0);
    for seed in 0..3 {
        let [hard, normal] = duel("foundry", ["hard", "normal"], 120, seed);
        let [easy, other] = duel("foundry", ["easy", "normal"], 120, seed);
        println!("hard {hard} to normal {normal}, normal {other} to easy {easy}");
        (wins, losses) = (wins + hard + other, losses + normal + easy);
    }
    assert!(wins * 2 >= losses * 3, "{wins} to {losses}");
}

#[test]
fn bots_say_something_now_and_then_and_only_what_everybody_knows() {
    let mut room: Room<Arena> = Room::new(Arc::new(rules_at(30)), 5);
    let joins: Vec<_> = (0..8).map(|player| Command::Join { player, bot: player < 7 }).collect();
    room.tick(&joins);
    let (mut lines, mut kills) = (0, 0);
    for _ in 0..300 * 30 {
        room.tick(&[]);
        kills += room.events().iter().filter(|(_, event)| matches!(event, Event::Kill(_))).count();
        if let Some((player, line)) = Arena::remark(&room) {
            assert!(player < 7 && !line.is_empty(), "{player} is no bot");
            assert!(room.events().iter().any(|(told, _)| *told == Audience::All), "out of the blue: {line}");
            lines += 1;
        }
    }
    assert!(lines >= 2 && lines * 2 <= kills, "{lines} lines for {kills} kills");
}

#[test]
fn a_bot_alone_keeps_flying_and_holds_its_fire() {
    let mut room: Room<Arena> = Room::new(Arc::new(rules_at(30)), 3);
    room.tick(&[Command::Join { player: 0, bot: true }]);
    let mut cells = std::collections::BTreeSet::new();
    for _ in 0..60 * 30 {
        room.tick(&[]);
        for (_, entity) in room.world.iter() {
            match entity {
                Entity::Ship(ship) => {
                    let cell = ship.position() / 200.0;
                    cells.insert((cell.x as u32, cell.y as u32));
                }
                Entity::Shot(_) => panic!("nobody is there"),
                Entity::Pilot(Pilot { bot, .. }) => assert!(bot),
                _ => {}
            }
        }
    }
    assert!(cells.len() >= 12, "it saw {} places", cells.len());
}
