//! What must hold of a saved room of any game. The arena's tests use this file too.

use std::sync::Arc;

use tickwire_sync::{
    PlayerNumber,
    game::{Controls, Game},
    random::Random,
    server::{Command, Room},
};

const PLAYERS: PlayerNumber = 7;

/// What comes into a room in its next tick: people and bots come and go, and people press buttons at random.
pub fn commands<G: Game>(room: &Room<G>, seed: u64) -> Vec<Command<G::Controls>> {
    let mut commands = Vec::new();
    for player in 0..PLAYERS {
        let mut random = Random::keyed(seed, 300, player.into(), room.tick);
        let here = room.players.get(player);
        match random.below(300) {
            0 if here.is_some() => commands.push(Command::Leave { player }),
            0..20 if here.is_none() => commands.push(Command::Join { player, bot: random.below(2) == 0 }),
            0..60 if here.is_some_and(|player| !player.is_bot()) => {
                if let Some(controls) = G::Controls::from_bits(random.bits() as u32 >> random.below(32)) {
                    commands.push(Command::Controls { player, controls, behind: random.below(300) });
                }
            }
            _ => {}
        }
    }
    commands
}

/// A room after some random ticks.
pub fn played<G: Game>(rules: &Arc<G::Rules>, seed: u64, ticks: u32) -> Room<G> {
    let mut room = Room::new(Arc::clone(rules), seed);
    (0..ticks).for_each(|_| room.tick(&commands(&room, seed)));
    room
}

pub fn saved<G: Game>(room: &Room<G>) -> Vec<u8> {
    let mut bytes = Vec::new();
    room.save(&mut bytes);
    bytes
}

/// Saves a room and lets it and its restored twin go on for `ticks` under the same commands: they do the same to the bit.
pub fn assert_goes_on_to_the_bit<G: Game>(mut room: Room<G>, seed: u64, ticks: u32) {
    let mut twin = Room::<G>::restore(Arc::clone(&room.rules), &saved(&room)).expect("what was saved is restored");
    assert_eq!(saved(&twin), saved(&room), "the restored room is saved as the same bytes");
    for _ in 0..ticks {
        let commands = commands(&room, seed);
        room.tick(&commands);
        twin.tick(&commands);
        let entities = |room: &Room<G>| {
            let serial = |key| room.world.entity(key).expect("it lives").serial;
            let was =
                |key| (0..=room.rewind_ticks()).map(move |back| room.was(key, room.tick.saturating_sub(back)).copied());
            let all = room.world.iter().map(|(key, state)| (serial(key), *state, was(key).collect::<Vec<_>>()));
            all.collect::<Vec<_>>()
        };
        assert_eq!(entities(&twin), entities(&room), "entities, now and before, at tick {}", room.tick);
        let own = |room: &Room<G>| room.players.iter().map(|player| (player.number, player.own)).collect::<Vec<_>>();
        assert_eq!(own(&twin), own(&room), "own states at tick {}", room.tick);
        assert_eq!(twin.events(), room.events(), "events at tick {}", room.tick);
        assert_eq!(saved(&twin), saved(&room), "saved bytes at tick {}", room.tick);
    }
}

/// Spoils the bytes of a saved room here and there: reading them ends in an error or in a room that goes on, and both happen.
pub fn assert_spoiled_bytes_do_no_harm<G: Game>(room: &Room<G>, seed: u64, attempts: u32) {
    let bytes = saved(room);
    let mut restored = 0;
    for attempt in 0..attempts {
        let mut random = Random::keyed(seed, 301, 0, attempt);
        let mut spoiled = bytes.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(spoiled.len() as u32) as usize;
            match random.below(4) {
                0 => spoiled.truncate(at.max(1)),
                1 => spoiled[at] = random.bits() as u8,
                2 => spoiled[at] ^= 1 << random.below(8),
                _ => drop(spoiled.splice(at..at, [random.below(4) as u8])),
            }
        }
        if let Ok(mut room) = Room::<G>::restore(Arc::clone(&room.rules), &spoiled) {
            (0..20).for_each(|_| room.tick(&commands(&room, seed)));
            restored += 1;
        }
    }
    assert!(restored > 0 && restored < attempts, "{restored} of {attempts} were restored");
}
