//! Pickups: who flies over one that is of use gets it, and some time later it is back.

use tickwire_sync::{game::Audience, server::Room};

use super::scene::{Scene, Who};
use crate::{
    Arena,
    kinds::{Own, Pickup, PickupKind, Placed, Side, Took},
    settings::Rules,
    sweep::circle,
};

pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    bring_back(room, rules);
    let mut near = core::mem::take(&mut scene.found);
    for index in 0..scene.pickups.len() {
        let pickup = scene.pickups[index].now;
        scene.near(pickup.position(), pickup.position(), rules.tuning.pickup.radius, rules, &mut near);
        for &body in &near {
            let body = scene.bodies[body as usize];
            let Who::Ship(ship) = body.who else { continue };
            let reach = body.radius + rules.tuning.pickup.radius;
            let end = rules.map.terrain.way(pickup.position(), body.at);
            let touched = end.length() <= reach || circle(end - body.motion, body.motion, reach).is_some();
            if touched && !scene.ships[ship].gone && take(room, scene, ship, &pickup, rules) {
                scene.pickups[index].gone = true;
                break;
            }
        }
    }
    scene.found = near;
}

/// Whether the ship had use for it.
fn take(room: &mut Room<Arena>, scene: &mut Scene, ship: usize, pickup: &Pickup, rules: &Rules) -> bool {
    let ship = &mut scene.ships[ship].now;
    match pickup.what {
        PickupKind::Hull => {
            if ship.hull >= rules.hull_max {
                return false;
            }
            let hull = u32::from(ship.hull) + rules.tuning.pickup.hull;
            ship.hull = hull.min(u32::from(rules.hull_max)) as u8;
        }
        PickupKind::Ammo => {
            let Some(player) = room.players.get_mut(ship.player) else { return false };
            let Own::Loadout(loadout) = &mut player.own;
            if loadout.ammo >= rules.ammo_max && loadout.mines >= rules.mines_max {
                return false;
            }
            let mines = u32::from(loadout.mines) + rules.tuning.pickup.mines;
            loadout.mines = mines.min(u32::from(rules.mines_max)) as u8;
            let ammo = u32::from(loadout.ammo) + rules.tuning.pickup.ammo;
            loadout.ammo = ammo.min(u32::from(rules.ammo_max)) as u16;
        }
        PickupKind::Cloak => {
            if ship.controls.attacks() || ship.core != Side::None || ship.cloak >= rules.cloak_ticks {
                return false;
            }
            ship.cloak = rules.cloak_ticks;
        }
        PickupKind::Shield => {
            if ship.shield >= rules.shield_max {
                return false;
            }
            ship.shield = rules.shield_max;
        }
        PickupKind::Overdrive => {
            if ship.overdrive > 0 {
                return false;
            }
            ship.overdrive = rules.overdrive_ticks;
        }
    }
    let place = rules.map.pickups.iter().position(|place| place == pickup);
    if let Some(place) = place {
        room.state_mut().waits[place] = rules.pickup_ticks;
    }
    let (x, y) = (pickup.position().x, pickup.position().y);
    // Of a ship that nobody sees, nobody hears: that the pickup is gone must do.
    let audience = if ship.cloak > 0 { Audience::Only(ship.player) } else { Audience::Near { x, y } };
    room.emit(audience, Took { player: ship.player, what: pickup.what, x: pickup.x, y: pickup.y });
    true
}

fn bring_back(room: &mut Room<Arena>, rules: &Rules) {
    for (place, pickup) in rules.map.pickups.iter().enumerate() {
        let wait = &mut room.state_mut().waits[place];
        if *wait > 0 {
            *wait -= 1;
            if *wait == 0 {
                room.world.spawn((*pickup).into(), None);
            }
        }
    }
}

/// Brings every pickup back at once.
pub(super) fn reset(room: &mut Room<Arena>, rules: &Rules) {
    room.state_mut().waits.iter_mut().for_each(|wait| *wait = (*wait).min(1));
    bring_back(room, rules);
}
