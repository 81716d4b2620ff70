//! The arena's own state as bytes, and what its rules take for granted of a room that was read from bytes.

use tickwire_sync::{
    game::Game,
    replicate::{Malformed, Reader},
    save::Save,
    server::Room,
};

use super::{Scene, State};
use crate::{Arena, kinds::Entity};

impl Save for State {
    fn save(&self, out: &mut Vec<u8>) {
        let Self { waits, scene: _ } = self;
        waits.save(out);
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        Ok(Self { waits: Save::load(reader)?, scene: Scene::default() })
    }
}

/// A match clock where the map has rounds, a wait for each pickup of the map, for every ship the player whose avatar it is, and nothing else
/// that belongs to a player who is not there.
pub(crate) fn is_sound(room: &Room<Arena>) -> bool {
    let clocks = room.world.iter().filter(|(_, entity)| matches!(entity, Entity::Match(_))).count();
    let owned = room.world.iter().all(|(key, entity)| match entity {
        Entity::Ship(ship) => room.players.get(ship.player).is_some_and(|player| player.avatar == Some(key)),
        Entity::Shot(shot) => room.players.get(shot.player).is_some(),
        Entity::Mine(mine) => room.players.get(mine.player).is_some(),
        Entity::Pilot(pilot) => room.players.get(pilot.player).is_some(),
        Entity::Rock(_) | Entity::Pickup(_) | Entity::Match(_) | Entity::Core(_) => true,
    });
    let embodied = room.players.iter().all(|player| {
        let avatar = player.avatar.and_then(|key| room.world.get(key));
        avatar.is_none_or(|avatar| Arena::avatar_of(avatar) == Some(player.number))
    });
    let waits = room.state().waits.len() == room.rules.map.pickups.len();
    clocks == usize::from(room.rules.map.rounds) && owned && embodied && waits
}
