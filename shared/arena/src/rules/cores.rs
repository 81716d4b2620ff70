//! Cores: a ship of the other side takes one by touching it, loses it with its hull, and brings it home while its own is there.

use glam::Vec2;
use tickwire_sync::{PlayerNumber, game::Audience, server::Room};

use super::scene::Scene;
use crate::{
    Arena,
    kinds::{Core, CoreMoved, CoreNews, CoreState, Entity, Moving, NOBODY, Phase, Placed, Ship, Side},
    map::Base,
    settings::Rules,
    sweep::circle,
};

pub(super) fn open(room: &mut Room<Arena>, rules: &Rules) {
    for side in Side::BOTH {
        if let Some(base) = rules.map.base_in_play(side) {
            room.world.spawn(at_home(side, base, rules).into(), None);
        }
    }
}

fn at_home(side: Side, base: &Base, rules: &Rules) -> Core {
    let mut core = Core { side, carrier: NOBODY, ..Core::default() };
    core.set_grid(rules.map.terrain.grid(base.core));
    core
}

/// Every core is at its base.
pub(super) fn reset(scene: &mut Scene, rules: &Rules) {
    for core in &mut scene.cores {
        if let Some(base) = rules.map.base_in_play(core.now.side) {
            core.now = at_home(core.now.side, base, rules);
        }
    }
}

pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    if scene.clock().is_none_or(|clock| clock.phase != Phase::Playing) {
        return;
    }
    for index in 0..scene.cores.len() {
        let core = scene.cores[index].now;
        match core.state {
            CoreState::Carried => bring_home(room, scene, index, rules),
            CoreState::Dropped if core.left == 0 => give_back(room, scene, index, NOBODY, rules),
            CoreState::Home | CoreState::Dropped => touch(room, scene, index, rules),
        }
    }
}

/// The first living ship, if any, that touches a place and that `takes` it.
fn toucher(scene: &Scene, at: Vec2, rules: &Rules, takes: impl Fn(&Ship) -> bool) -> Option<usize> {
    let reach = rules.tuning.core.radius + rules.tuning.ship.radius;
    scene.ships.iter().position(|ship| {
        let end = rules.map.terrain.way(at, ship.now.position());
        let motion = ship.now.velocity();
        let touches = end.length() <= reach || circle(end - motion, motion, reach).is_some();
        !ship.gone && takes(&ship.now) && touches
    })
}

/// A core lies somewhere: the other side takes it, its own side brings a dropped one back.
fn touch(room: &mut Room<Arena>, scene: &mut Scene, index: usize, rules: &Rules) {
    let core = scene.cores[index].now;
    let dropped = core.state == CoreState::Dropped;
    let takes = |ship: &Ship| {
        if ship.side == core.side { dropped } else { ship.side == core.side.other() && ship.core == Side::None }
    };
    let Some(ship) = toucher(scene, core.position(), rules, takes) else { return };
    let taker = &mut scene.ships[ship].now;
    let player = taker.player;
    if taker.side == core.side {
        give_back(room, scene, index, player.into(), rules);
        if let Some(pilot) = scene.pilot(player) {
            pilot.score = pilot.score.saturating_add(rules.tuning.score.returned);
        }
        return;
    }
    (taker.core, taker.cloak) = (core.side, 0);
    let now = &mut scene.cores[index].now;
    (now.state, now.carrier, now.left) = (CoreState::Carried, player.into(), 0);
    tell(room, core.side, CoreNews::Taken, player.into());
}

/// A core is carried: at its carrier's base, whose own core is there, it is captured.
fn bring_home(room: &mut Room<Arena>, scene: &mut Scene, index: usize, rules: &Rules) {
    let core = scene.cores[index].now;
    let own = scene.cores.iter().find(|other| other.now.side == core.side.other());
    let Some(own) = own.filter(|own| own.now.state == CoreState::Home).map(|own| own.now) else { return };
    let Some(ship) = toucher(scene, own.position(), rules, |ship| ship.core == core.side) else { return };
    let carrier = &mut scene.ships[ship].now;
    carrier.core = Side::None;
    let (player, side) = (carrier.player, carrier.side);
    send_home(scene, index, rules);
    tell(room, core.side, CoreNews::Captured, player.into());
    if let Some(pilot) = scene.pilot(player) {
        pilot.captures = pilot.captures.saturating_add(1);
        pilot.score = pilot.score.saturating_add(rules.tuning.score.capture);
    }
    scene.score(side, 1);
}

fn send_home(scene: &mut Scene, index: usize, rules: &Rules) {
    let core = &mut scene.cores[index].now;
    if let Some(base) = rules.map.base_in_play(core.side) {
        *core = at_home(core.side, base, rules);
    }
}

fn give_back(room: &mut Room<Arena>, scene: &mut Scene, index: usize, by: i32, rules: &Rules) {
    send_home(scene, index, rules);
    tell(room, scene.cores[index].now.side, CoreNews::Returned, by);
}

/// A ship is gone: what it carried lies where it was.
pub(super) fn drop_of(room: &mut Room<Arena>, scene: &mut Scene, ship: &Ship, rules: &Rules) {
    if let Some(core) = scene.cores.iter_mut().find(|core| core.now.side == ship.core) {
        lay_down(&mut core.now, ship, rules);
        tell(room, ship.core, CoreNews::Dropped, ship.player.into());
    }
}

/// A player leaves: so does its ship.
pub(super) fn drop_of_leaver(room: &mut Room<Arena>, player: PlayerNumber, rules: &Rules) {
    let avatar = room.players.get(player).and_then(|player| room.world.get(player.avatar?));
    let Some(&Entity::Ship(ship)) = avatar else { return };
    let carried = room.world.iter().find_map(|(key, entity)| match entity {
        Entity::Core(core) if core.side == ship.core => Some(key),
        _ => None,
    });
    if let Some(Entity::Core(core)) = carried.and_then(|key| room.world.get_mut(key)) {
        lay_down(core, &ship, rules);
        tell(room, ship.core, CoreNews::Dropped, player.into());
    }
}

fn lay_down(core: &mut Core, ship: &Ship, rules: &Rules) {
    core.set_grid(ship.grid());
    (core.state, core.carrier, core.left) = (CoreState::Dropped, NOBODY, rules.core_ticks);
}

fn tell(room: &mut Room<Arena>, side: Side, what: CoreNews, by: i32) {
    room.emit(Audience::All, CoreMoved { side, what, by });
}
