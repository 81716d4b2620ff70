//! The arena's own state as bytes, and what its rules take for granted of a room that was read from bytes.

use tickwire_sync::{
    PlayerNumber,
    game::Game,
    replicate::{Malformed, Reader},
    save::Save,
    server::Room,
};

use super::{Scene, State};
use crate::{
    Arena,
    kinds::{Core, CoreState, Entity, Mode, Side},
};

impl Save for State {
    fn save(&self, out: &mut Vec<u8>) {
        let Self { waits, scene: _ } = self;
        waits.save(out);
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        Ok(Self { waits: Save::load(reader)?, scene: Scene::default() })
    }
}

/// A match clock where the map has rounds, a wait for each pickup of the map, for every ship the player whose avatar it is, sides and cores
/// where the mode has them, and nothing else that belongs to a player who is not there.
pub(crate) fn is_sound(room: &Room<Arena>) -> bool {
    let map = &room.rules.map;
    let has_sides = map.mode != Mode::Ffa;
    let mut clocks = 0;
    let owned = room.world.iter().all(|(key, entity)| match entity {
        Entity::Ship(ship) => {
            let carries = ship.core == Side::None || carried(room, ship.core) == Some(i32::from(ship.player));
            let is_avatar = room.players.get(ship.player).is_some_and(|player| player.avatar == Some(key));
            is_avatar && carries && (ship.side != Side::None) == has_sides
        }
        Entity::Shot(shot) => room.players.get(shot.player).is_some(),
        Entity::Mine(mine) => room.players.get(mine.player).is_some(),
        Entity::Pilot(pilot) => room.players.get(pilot.player).is_some() && (pilot.side != Side::None) == has_sides,
        Entity::Core(core) => core.state != CoreState::Carried || carrier(room, core) == Some(core.side),
        Entity::Match(clock) => {
            clocks += 1;
            clock.mode == map.mode
        }
        Entity::Rock(_) | Entity::Pickup(_) => true,
    });
    let cores = |wanted: Side| {
        let of_side = |entity: &Entity| matches!(entity, Entity::Core(core) if core.side == wanted);
        room.world.iter().filter(|(_, entity)| of_side(entity)).count()
    };
    let cored = cores(Side::None) == 0
        && Side::BOTH.into_iter().all(|side| cores(side) == usize::from(map.base_in_play(side).is_some()));
    let embodied = room.players.iter().all(|player| {
        let avatar = player.avatar.and_then(|key| room.world.get(key));
        avatar.is_none_or(|avatar| Arena::avatar_of(avatar) == Some(player.number))
    });
    let waits = room.state().waits.len() == map.pickups.len();
    clocks == usize::from(map.rounds) && owned && cored && embodied && waits
}

/// Who carries the core of a side, if it is carried.
fn carried(room: &Room<Arena>, side: Side) -> Option<i32> {
    room.world.iter().find_map(|(_, entity)| match entity {
        Entity::Core(core) if core.side == side && core.state == CoreState::Carried => Some(core.carrier),
        _ => None,
    })
}

/// What the carrier of a core says to carry.
fn carrier(room: &Room<Arena>, core: &Core) -> Option<Side> {
    let player = room.players.get(PlayerNumber::try_from(core.carrier).ok()?)?;
    match room.world.get(player.avatar?)? {
        Entity::Ship(ship) if ship.side == core.side.other() => Some(ship.core),
        _ => None,
    }
}
