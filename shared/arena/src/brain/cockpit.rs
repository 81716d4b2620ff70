//! A view from a ship, as a decision needs it.

use glam::Vec2;
use tickwire_sync::{Tick, game::View};

use crate::{
    Arena,
    kinds::{Entity, Moving, Pickup, PickupKind, Placed, Ship, Side},
    tuning::SkillTuning,
};

/// The share of the hull below which a bot wants repair.
const WOUNDED: f32 = 0.45;
/// The share of the magazine below which a bot wants ammunition.
const SHORT: f32 = 0.3;

/// A shield or an overdrive nearer than this, in units, is worth the way.
const WORTH: f32 = 450.0;
/// Who is nearer behind a ship than this, in units, pursues it.
const PURSUIT: f32 = 330.0;

/// A view from a ship, as one decision needs it.
pub(super) struct Cockpit<'a> {
    pub(super) view: &'a View<'a, Arena>,
    pub(super) ship: &'a Ship,
    /// Where the ship is, in units.
    pub(super) at: Vec2,
    /// Its velocity in units a second.
    pub(super) velocity: Vec2,
}

impl Cockpit<'_> {
    /// A velocity in units a second.
    pub(super) fn speed_of(&self, body: &impl Moving) -> Vec2 {
        body.velocity() * self.view.rules.tick_rate as f32
    }

    /// The way to a place, the shorter one round the world if it wraps.
    pub(super) fn way(&self, place: Vec2) -> Vec2 {
        self.view.rules.map.terrain.way(self.at, place)
    }

    /// Whether neither wall nor rock lies between the ship and `place`.
    pub(super) fn sees(&self, place: Vec2) -> bool {
        let way = self.way(place);
        let blocked = |entity: &Entity| {
            matches!(entity, Entity::Rock(rock)
                if crate::sweep::circle(-self.way(rock.position()), way, f32::from(rock.radius)).is_some())
        };
        self.view.rules.map.terrain.sees(self.at, place) && !self.view.entities.iter().any(blocked)
    }

    /// A pickup that it needs more than a fight.
    pub(super) fn errand(&self) -> Option<Vec2> {
        let rules = self.view.rules;
        let wounded = f32::from(self.ship.hull) < WOUNDED * f32::from(rules.hull_max);
        let short = f32::from(self.view.own.loadout().ammo) < SHORT * f32::from(rules.ammo_max);
        let near = |pickup: &Pickup| self.way(pickup.position()).length() < WORTH;
        let useful = |pickup: &Pickup| match pickup.what {
            PickupKind::Hull => wounded && (self.ship.core == Side::None || near(pickup)),
            PickupKind::Cloak => wounded && self.ship.core == Side::None,
            PickupKind::Shield => self.ship.shield == 0 && near(pickup),
            PickupKind::Overdrive => self.ship.overdrive == 0 && near(pickup),
            PickupKind::Ammo => short && self.ship.core == Side::None,
        };
        let pickups = self.view.entities.iter().filter_map(|entity| match entity {
            Entity::Pickup(pickup) if useful(pickup) => Some(pickup.position()),
            _ => None,
        });
        pickups
            .filter(|&place| self.sees(place))
            .min_by(|a, b| self.way(*a).length_squared().total_cmp(&self.way(*b).length_squared()))
    }

    /// Whether a ship is to be fought.
    pub(super) fn is_enemy(&self, ship: &Ship) -> bool {
        ship.player != self.ship.player && !ship.side.is_with(self.ship.side)
    }

    /// Every other ship in view.
    pub(super) fn ships(&self) -> impl Iterator<Item = &Ship> {
        self.view.entities.iter().filter_map(|entity| match entity {
            Entity::Ship(ship) if ship.player != self.ship.player => Some(ship),
            _ => None,
        })
    }

    /// Whether an enemy is close behind.
    pub(super) fn is_pursued(&self) -> bool {
        self.ships().any(|ship| {
            let way = self.way(ship.position());
            let behind = way.dot(self.velocity) < -0.5 * way.length() * self.velocity.length();
            self.is_enemy(ship) && behind && way.length() < PURSUIT
        })
    }

    /// Where to fly to get to a place around the walls.
    pub(super) fn route(&self, to: Vec2) -> Vec2 {
        self.view.rules.routes().next(&self.view.rules.map.terrain, self.at, to)
    }

    /// How well the bot plays.
    pub(super) fn skill(&self) -> &SkillTuning {
        self.view.rules.tuning.bot.chosen()
    }

    pub(super) fn ticks(&self, seconds: f32) -> Tick {
        (seconds * self.view.rules.tick_rate as f32 + 0.5) as Tick
    }
}
