//! Other rules in the middle of a match: with other numbers it goes on, on another map or in another mode a new round begins.

use std::sync::Arc;

use tickwire_sync::{PlayerNumber, game::Audience, server::Room};

use super::{cores, rounds, sides};
use crate::{
    Arena,
    kinds::{Entity, Loadout, Own, Phase, Pilot, RoundBegins, Ship},
    settings::Rules,
};

/// Puts in order what does not fit the room's rules any more; it went by `before` until now.
pub(crate) fn renewed(room: &mut Room<Arena>, before: &Rules) {
    let rules = Arc::clone(&room.rules);
    if rules.map == before.map {
        limit(room, &rules);
    } else {
        begin_anew(room, &rules);
    }
}

/// Nothing is more than the rules permit. What counts down to a shot, a beam or a mine stays below what says that one was just let go.
fn limit(room: &mut Room<Arena>, rules: &Rules) {
    let tick = room.tick as i32;
    let keys: Vec<_> = room.world.iter().map(|(key, _)| key).collect();
    for key in keys {
        let Some(state) = room.world.get(key) else { continue };
        let mut limited = *state;
        match &mut limited {
            Entity::Ship(ship) => limit_ship(ship, rules),
            Entity::Shot(shot) => shot.left = shot.left.min(rules.shot_ticks),
            Entity::Mine(mine) => mine.left = mine.left.min(rules.mine_ticks),
            Entity::Core(core) => core.left = core.left.min(rules.core_ticks),
            Entity::Match(clock) => {
                let most = if clock.phase == Phase::Playing { rules.play_ticks } else { rules.results_ticks };
                clock.ends_at = clock.ends_at.min(tick + most as i32);
            }
            Entity::Rock(_) | Entity::Pickup(_) | Entity::Pilot(_) => {}
        }
        if limited != *state
            && let Some(state) = room.world.get_mut(key)
        {
            *state = limited;
        }
    }
    for player in room.players.iter_mut() {
        let Own::Loadout(loadout) = &mut player.own;
        *loadout = Loadout {
            ammo: loadout.ammo.min(rules.ammo_max),
            mines: loadout.mines.min(rules.mines_max),
            cooldown: loadout.cooldown.min(rules.fire_period),
            recharge: loadout.recharge.min(rules.recharge_period),
            respawn: loadout.respawn.min(rules.respawn_ticks),
            rail: loadout.rail.min(rules.rail_ticks - 1),
            mine: loadout.mine.min(rules.mine_wait_ticks - 1),
            ..*loadout
        };
    }
    for wait in &mut room.state_mut().waits {
        *wait = (*wait).min(rules.pickup_ticks);
    }
}

fn limit_ship(ship: &mut Ship, rules: &Rules) {
    ship.hull = ship.hull.min(rules.hull_max);
    ship.shield = ship.shield.min(rules.shield_max);
    ship.guard = ship.guard.min(rules.guard_ticks);
    ship.cloak = ship.cloak.min(rules.cloak_ticks);
    ship.overdrive = ship.overdrive.min(rules.overdrive_ticks);
}

/// Everything is as in a new room, except for who is there.
fn begin_anew(room: &mut Room<Arena>, rules: &Rules) {
    let players: Vec<(PlayerNumber, bool)> =
        room.players.iter().map(|player| (player.number, player.is_bot())).collect();
    for &(player, _) in &players {
        room.dismiss(player);
    }
    let keys: Vec<_> = room.world.iter().map(|(key, _)| key).collect();
    for key in keys {
        room.world.kill(key);
    }
    rounds::open(room, rules);
    cores::open(room, rules);
    super::lay_out(room, rules);
    for &(player, bot) in &players {
        let side = sides::choose(room, bot, rules);
        room.world.spawn(Pilot { player, bot, side, ..Pilot::default() }.into(), None);
        if let Some(player) = room.players.get_mut(player) {
            player.own = Own::Loadout(Loadout::default());
        }
    }
    room.state_mut().waits = vec![0; rules.map.pickups.len()];
    room.emit(Audience::All, RoundBegins { round: 1 });
}
