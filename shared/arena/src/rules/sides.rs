//! Who plays with whom: sides are filled evenly as players come, people among themselves first, and bots move over where that is needed.

use tickwire_sync::{PlayerNumber, server::Room};

use crate::{
    Arena,
    kinds::{Entity, Mode, Pilot, Side},
    settings::Rules,
};

/// How many play on a side.
#[derive(Clone, Copy, Default)]
struct Count {
    people: u32,
    all: u32,
}

/// The side of a player, by its line on the score board.
pub(crate) fn of(room: &Room<Arena>, player: PlayerNumber) -> Side {
    let avatar = room.players.get(player).and_then(|player| room.world.get(player.avatar?));
    if let Some(Entity::Ship(ship)) = avatar {
        return ship.side;
    }
    pilots(room).find(|pilot| pilot.player == player).map_or(Side::None, |pilot| pilot.side)
}

fn pilots(room: &Room<Arena>) -> impl Iterator<Item = &Pilot> {
    room.world.iter().filter_map(|(_, entity)| match entity {
        Entity::Pilot(pilot) => Some(pilot),
        _ => None,
    })
}

fn count(room: &Room<Arena>, side: Side) -> Count {
    pilots(room).filter(|pilot| pilot.side == side).fold(Count::default(), |count, pilot| Count {
        people: count.people + u32::from(!pilot.bot),
        all: count.all + 1,
    })
}

/// The side for somebody who comes in: for people the one with fewer people, for bots the one with fewer players.
pub(super) fn choose(room: &Room<Arena>, bot: bool, rules: &Rules) -> Side {
    if rules.map.mode == Mode::Ffa {
        return Side::None;
    }
    let fullness = |side| {
        let Count { people, all } = count(room, side);
        if bot { (all, people) } else { (people, all) }
    };
    let [first, second] = Side::BOTH;
    if fullness(second) < fullness(first) { second } else { first }
}

/// Where the next ship of a player begins to play: on its side, unless it is a bot and the other one lacks two.
pub(super) fn settle(room: &mut Room<Arena>, player: PlayerNumber) -> Side {
    let line = room.world.iter().find_map(|(key, entity)| match entity {
        Entity::Pilot(pilot) if pilot.player == player => Some((key, *pilot)),
        _ => None,
    });
    let Some((key, mut pilot)) = line else { return Side::None };
    let other = pilot.side.other();
    if pilot.bot && other != Side::None && count(room, pilot.side).all >= count(room, other).all + 2 {
        pilot.side = other;
        if let Some(state) = room.world.get_mut(key) {
            *state = pilot.into();
        }
    }
    pilot.side
}
