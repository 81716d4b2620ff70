//! A game on every map that plays itself from a seed, as one number: server, browser and every machine must get the same one.

use std::sync::Arc;

use tickwire_sync::{
    PlayerNumber, Tick,
    game::{Controls, Game, RulesSource},
    random::Random,
    replicate::write_whole,
    server::{Command, Room},
};

use crate::{Arena, DEFAULT_TUNING, MAPS, ShipControls};

/// The purpose of the random numbers of the scripted pilots.
const SCRIPT: u32 = 100;
/// Bots that play all the time.
const BOTS: PlayerNumber = 6;
/// Pilots that press buttons at random, and come and go.
const SCRIPTED: PlayerNumber = 4;
/// Ticks a second of the traced room.
const TICK_RATE: u32 = 30;

/// The hash of `ticks` ticks of a room on each map that ships, seeded by `seed`: of all entities, loadouts and events of every tick.
///
/// The tests hold it against a constant, and the web client computes it in wasm: a difference is a bug in determinism.
pub fn hash(seed: u64, ticks: Tick) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut bytes = Vec::new();
    for (_, map) in MAPS {
        play(map, seed, ticks, |room| {
            bytes.clear();
            write(room, &mut bytes);
            for &byte in &bytes {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        });
    }
    hash
}

/// Plays on a map, and shows the room after each tick.
fn play(map: &str, seed: u64, ticks: Tick, mut look: impl FnMut(&Room<Arena>)) {
    let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map }, TICK_RATE);
    let mut room: Room<Arena> = Room::new(Arc::new(rules.expect("the shipped rules read")), seed);
    let mut commands = Vec::new();
    for tick in 0..ticks {
        script(&room, seed, tick, &mut commands);
        room.tick(&commands);
        look(&room);
    }
}

/// What comes into the room in a tick.
fn script(room: &Room<Arena>, seed: u64, tick: Tick, commands: &mut Vec<Command<ShipControls>>) {
    commands.clear();
    if tick == 0 {
        commands.extend((0..BOTS).map(|player| Command::Join { player, bot: true }));
    }
    for player in BOTS..BOTS + SCRIPTED {
        let mut random = Random::keyed(seed, SCRIPT, u32::from(player), tick);
        let here = room.players.get(player).is_some();
        match random.below(400) {
            0 if here => commands.push(Command::Leave { player }),
            0..20 if !here => commands.push(Command::Join { player, bot: false }),
            0..40 if here => {
                if let Some(controls) = ShipControls::from_bits(random.below(1 << 18)) {
                    commands.push(Command::Controls { player, controls, behind: random.below(200) });
                }
            }
            _ => {}
        }
    }
}

/// Everything of a room's tick that anybody could be sent.
fn write(room: &Room<Arena>, bytes: &mut Vec<u8>) {
    room.world.iter().for_each(|(_, entity)| write_whole(entity, bytes));
    room.players.iter().for_each(|player| write_whole(&player.own, bytes));
    room.events().iter().for_each(|(_, event)| write_whole(event, bytes));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{Entity, Event, Placed, Ship, Side};

    /// Changes whenever tuning, map, step, rules or brains do. A difference between machines is a bug.
    const GOLDEN: u64 = 0x253d_64cf_0d6c_8a6e;

    #[test]
    fn a_seeded_game_gives_the_same_bits_on_every_machine() {
        assert_eq!(
            hash(7, 2000),
            GOLDEN,
            "if the game was changed on purpose, this is the new constant: {:#x}",
            hash(7, 2000)
        );
    }

    #[test]
    fn rails_mines_boosts_cloaks_edges_and_sides_are_in_the_traced_games() {
        let (mut hidden, mut crossed, mut bursts, mut boosts, mut sides) = (0, 0, 0, 0, 0);
        for (name, map) in MAPS {
            let (mut beams, mut mines) = (0, 0);
            let mut before: Vec<Ship> = Vec::new();
            play(map, 7, 2000, |room| {
                beams += room.events().iter().filter(|(_, event)| matches!(event, Event::Beam(_))).count();
                bursts += room.events().iter().filter(|(_, event)| matches!(event, Event::Burst(_))).count();
                mines += room.world.iter().filter(|(_, entity)| matches!(entity, Entity::Mine(_))).count();
                let ships = room.world.iter().filter_map(|(_, entity)| match entity {
                    Entity::Ship(ship) => Some(*ship),
                    _ => None,
                });
                let ships: Vec<Ship> = ships.collect();
                hidden += ships.iter().filter(|ship| ship.cloak > 0).count();
                boosts += ships.iter().filter(|ship| ship.controls.boost).count();
                sides += ships.iter().filter(|ship| ship.side != Side::None).count();
                crossed += ships.iter().filter(|ship| before.iter().any(|old| over_an_edge(old, ship))).count();
                before = ships;
            });
            assert!(beams > 10 && mines > 0, "{beams} beams, {mines} mines on {name}");
        }
        let all = [hidden, crossed, bursts, boosts, sides];
        assert!(all.iter().all(|&some| some > 0), "{all:?}");
    }

    fn over_an_edge(old: &Ship, ship: &Ship) -> bool {
        old.player == ship.player && (old.position() - ship.position()).abs().max_element() > 3900.0
    }

    #[test]
    fn another_seed_is_another_game_and_the_same_seed_the_same_one() {
        assert_eq!(hash(1, 300), hash(1, 300));
        assert_ne!(hash(1, 300), hash(2, 300));
    }
}
