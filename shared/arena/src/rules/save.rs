//! The arena's own state as bytes, and what its rules take for granted of a room that was read from bytes.

use tickwire_sync::{
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

/// One match clock, a wait for each pickup of the map, and nothing that belongs to a player who is not there.
pub(crate) fn is_sound(room: &Room<Arena>) -> bool {
    let clocks = room.world.iter().filter(|(_, entity)| matches!(entity, Entity::Match(_))).count();
    let owned = room.world.iter().all(|(_, entity)| match entity {
        Entity::Ship(ship) => room.players.get(ship.player).is_some(),
        Entity::Shot(shot) => room.players.get(shot.player).is_some(),
        Entity::Pilot(pilot) => room.players.get(pilot.player).is_some(),
        Entity::Rock(_) | Entity::Pickup(_) | Entity::Match(_) => true,
    });
    clocks == 1 && owned && room.state().waits.len() == room.rules.map.pickups.len()
}
