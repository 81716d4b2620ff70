//! A script for the pond: what is written, in place of what its rules would do.

use std::collections::BTreeMap;

use tickwire_sync::{PlayerNumber, game::Audience, server::Room, world::EntityKey};

use crate::games::pond::{Bang, Own, Pond, Thing};

/// Something that the script does to the world. Things go by the script's own numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Spawn {
        name: u32,
        thing: Thing,
        parent: Option<PlayerNumber>,
    },
    Change {
        name: u32,
        thing: Thing,
    },
    Kill {
        name: u32,
    },
    Tell {
        audience: Audience,
        bang: Bang,
    },
    /// Gives a player's own state another secret.
    Whisper {
        player: PlayerNumber,
        secret: i32,
    },
}

/// What is to be done in the next tick, and what the script's numbers stand for.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) deeds: Vec<Deed>,
    pub(crate) cast: BTreeMap<u32, EntityKey>,
}

/// Does what is written for this tick.
pub(crate) fn act(room: &mut Room<Pond>) {
    for deed in core::mem::take(&mut room.state_mut().script.deeds) {
        obey(room, deed);
    }
}

fn obey(room: &mut Room<Pond>, deed: Deed) {
    match deed {
        Deed::Spawn { name, thing, parent } => {
            let parent = parent.and_then(|player| room.players.get(player)?.avatar);
            let key = room.world.spawn(thing, parent);
            room.state_mut().script.cast.insert(name, key);
        }
        Deed::Change { name, thing } => {
            let key = room.state().script.cast[&name];
            if let Some(state) = room.world.get_mut(key) {
                *state = thing;
            }
        }
        Deed::Kill { name } => {
            let key = room.state().script.cast[&name];
            room.world.kill(key);
        }
        Deed::Tell { audience, bang } => room.emit(audience, bang),
        Deed::Whisper { player, secret } => {
            if let Some(player) = room.players.get_mut(player) {
                let Own::Hold(hold) = &mut player.own;
                hold.secret = secret;
            }
        }
    }
}
