//! The rules of a tick: what happens between entities, after each was stepped by itself.
//!
//! Read in this order: `scene` (what the rules work on), `beams`, `shots`, `mines`, `contacts`, `pickups`, `cores`, `rounds` (what happens, in this order),
//! `spawns` and `sides` (who comes back, and with whom); `renewal` (other rules in the middle of a match). Rules work on copies, and only what they really changed is written back: an entity that nothing happens to
//! costs no bytes and no time.

mod beams;
mod buckets;
mod contacts;
mod cores;
mod mines;
mod pickups;
mod renewal;
mod rounds;
mod save;
mod scene;
mod shots;
pub(crate) mod sides;
mod spawns;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use glam::Vec2;
use tickwire_sync::{
    PlayerNumber,
    game::Audience,
    server::{Player, Room},
};

pub(crate) use self::{renewal::renewed, save::is_sound, scene::Scene};
use crate::{
    Arena,
    kinds::{Cause, Entity, Hit, Kill, Loadout, Mode, Own, Phase, Pilot, Side, Wreck},
    motion::free_muzzle,
    settings::Rules,
};

/// The room's state that nobody is sent.
#[derive(Debug, Default)]
pub struct State {
    /// For each pickup of the map, ticks until it is back; 0 while it lies there.
    waits: Vec<u32>,
    /// Memory of the rules; nothing in it outlives a tick.
    scene: Scene,
}

/// Fills the empty world of a new room.
pub(crate) fn open(room: &mut Room<Arena>) -> State {
    let rules = Arc::clone(&room.rules);
    rounds::open(room, &rules);
    cores::open(room, &rules);
    lay_out(room, &rules);
    State { waits: vec![0; rules.map.pickups.len()], scene: Scene::default() }
}

/// Puts the map's rocks and pickups where they are at first.
fn lay_out(room: &mut Room<Arena>, rules: &Rules) {
    for rock in &rules.map.rocks {
        room.world.spawn((*rock).into(), None);
    }
    for pickup in &rules.map.pickups {
        room.world.spawn((*pickup).into(), None);
    }
}

/// Gives a new player a line on the score board and a ship.
pub(crate) fn join(room: &mut Room<Arena>, player: PlayerNumber) {
    let rules = Arc::clone(&room.rules);
    let bot = room.players.get(player).is_some_and(Player::is_bot);
    let side = sides::choose(room, bot, &rules);
    room.world.spawn(Pilot { player, bot, side, ..Pilot::default() }.into(), None);
    spawns::embody(room, player, &rules);
}

/// Takes away what was a player's: another one may get its number.
pub(crate) fn leave(room: &mut Room<Arena>, player: PlayerNumber) {
    let rules = Arc::clone(&room.rules);
    cores::drop_of_leaver(room, player, &rules);
    let theirs = |state: &Entity| match state {
        Entity::Pilot(pilot) => pilot.player == player,
        Entity::Shot(shot) => shot.player == player,
        Entity::Mine(mine) => mine.player == player,
        _ => false,
    };
    let gone: Vec<_> = room.world.iter().filter(|(_, state)| theirs(state)).map(|(key, _)| key).collect();
    for key in gone {
        room.world.kill(key);
    }
}

/// The rules of one tick.
pub(crate) fn act(room: &mut Room<Arena>) {
    let rules = Arc::clone(&room.rules);
    let mut scene = core::mem::take(&mut room.state_mut().scene);
    scene.gather(&room.world, &rules);
    beams::act(room, &mut scene, &rules);
    shots::act(room, &mut scene, &rules);
    mines::act(room, &mut scene, &rules);
    contacts::act(room, &mut scene, &rules);
    pickups::act(room, &mut scene, &rules);
    cores::act(room, &mut scene, &rules);
    rounds::act(room, &mut scene, &rules);
    scene.commit(room);
    fire(room, &mut scene, &rules);
    spawns::act(room, &mut scene, &rules);
    room.state_mut().scene = scene;
}

/// Spawns the shots and mines of those whose own step fired or laid one in this tick, from their ships as the step left them: what every client foresees.
fn fire(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    scene.fired.clear();
    scene.laid.clear();
    for player in room.players.iter() {
        let loadout = player.own.loadout();
        let list = match (loadout.fired, loadout.laid(rules)) {
            (true, _) => &mut scene.fired,
            (_, true) => &mut scene.laid,
            _ => continue,
        };
        let Some(key) = player.avatar else { continue };
        let Some(Entity::Ship(ship)) = room.world.baseline(key) else { continue };
        list.push((key, *ship));
    }
    mines::lay(room, scene, rules);
    for (key, ship) in &scene.fired {
        if let Some(shot) = free_muzzle(ship, rules) {
            room.world.spawn(shot.into(), Some(*key));
        }
    }
}

/// Takes points from a ship, of its shield first. Gives what was really taken, and how much of it the shield took: nothing from the protected, nor
/// while results are shown.
fn hurt(scene: &mut Scene, ship: usize, points: u8) -> (u8, u8) {
    let playing = scene.clock().is_none_or(|clock| clock.phase == Phase::Playing);
    let target = &mut scene.ships[ship].now;
    if !playing || target.guard > 0 {
        return (0, 0);
    }
    let shield = points.min(target.shield);
    let hull = (points - shield).min(target.hull);
    target.shield -= shield;
    target.hull -= hull;
    (shield + hull, shield)
}

/// Something that strikes a ship.
#[derive(Clone, Copy, Debug)]
struct Blow {
    /// By whose hand.
    by: PlayerNumber,
    /// The side of whose hand it was.
    side: Side,
    /// Where, in units.
    at: Vec2,
    /// Points that it takes at most.
    damage: u8,
    with: Cause,
}

/// What a blow does to a ship. It ends the cloak whether it hurts or not, since everybody sees it stop.
fn strike(room: &mut Room<Arena>, scene: &mut Scene, ship: usize, blow: Blow, rules: &Rules) {
    scene.ships[ship].now.cloak = 0;
    let target = scene.ships[ship].now;
    let friendly = target.side.is_with(blow.side);
    let share = if friendly { rules.tuning.team.friendly_fire } else { 1.0 };
    let (damage, shield) = hurt(scene, ship, (f32::from(blow.damage) * share) as u8);
    if damage == 0 {
        return;
    }
    let (x, y) = rules.map.terrain.grid(blow.at);
    let hit = Hit { by: blow.by, target: target.player, x, y, damage, shield };
    room.emit(Audience::Near { x: x.units(), y: y.units() }, hit);
    if let Some(pilot) = scene.pilot(blow.by).filter(|_| !friendly) {
        pilot.score = pilot.score.saturating_add(rules.tuning.score.hit);
    }
    if scene.ships[ship].now.hull == 0 {
        destroy(room, scene, ship, (blow.by, blow.with), rules);
    }
}

/// Ends a ship whose hull is gone, by the hand of `by`: its own player's if it crashed.
fn destroy(room: &mut Room<Arena>, scene: &mut Scene, ship: usize, (by, with): (PlayerNumber, Cause), rules: &Rules) {
    let actor = &mut scene.ships[ship];
    actor.gone = true;
    let ship = actor.now;
    room.emit(Audience::All, Kill { by, target: ship.player, with });
    let seen = Audience::Near { x: ship.x.units(), y: ship.y.units() };
    room.emit(seen, Wreck { player: ship.player, x: ship.x, y: ship.y });
    cores::drop_of(room, scene, &ship, rules);
    if let Some(player) = room.players.get_mut(ship.player) {
        player.own = Own::Loadout(Loadout::lost(rules));
    }
    if let Some(pilot) = scene.pilot(ship.player) {
        pilot.deaths = pilot.deaths.saturating_add(1);
    }
    let crashed = by == ship.player;
    let (score, mut side) = (&rules.tuning.score, Side::None);
    if let Some(pilot) = scene.pilot(by) {
        let friendly = !crashed && pilot.side.is_with(ship.side);
        let kills = !crashed && !friendly;
        pilot.kills = pilot.kills.saturating_add(u16::from(kills));
        let points = match (crashed, friendly) {
            (true, _) => score.crash,
            (_, true) => score.own_side,
            _ => score.kill,
        };
        pilot.score = pilot.score.saturating_add(points);
        side = if kills { pilot.side } else { Side::None };
    }
    if rules.map.mode == Mode::Teams {
        scene.score(side, 1);
    }
}
