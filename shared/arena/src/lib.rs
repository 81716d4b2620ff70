//! The game that ships with Tickwire: a space arena seen from above. Steer with the nose, aim apart from it, use the cover.
//!
//! It plugs into the sync core through [`Game`], implemented by [`Arena`]. Read in this order: [`kinds`] (what there
//! is), [`controls`] and [`angle`] (what a pilot does), [`tuning`], [`map`] and [`settings`] (what the numbers are),
//! [`motion`] over [`sweep`], `wall_grid` and [`torus`] (how things move, on both ends), [`loadout`] (when weapons fire, on both ends), `rules` (what happens between things, on
//! the server), [`brain`] (how bots play, and by [`routes`] get around walls), [`trace`] (the proof that all of it gives the same bits everywhere).
//!
//! ```
//! use std::sync::Arc;
//! use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
//! use tickwire_sync::{
//!     game::{Game, RulesSource},
//!     server::{Command, Room},
//! };
//!
//! let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP }, 30).unwrap();
//! let mut room: Room<Arena> = Room::new(Arc::new(rules), 7);
//! room.tick(&[Command::Join { player: 0, bot: true }, Command::Join { player: 1, bot: true }]);
//! for _ in 0..300 {
//!     room.tick(&[]);
//! }
//! ```

pub mod angle;
pub mod brain;
pub mod controls;
mod headlines;
pub mod kinds;
pub mod loadout;
pub mod map;
pub mod motion;
pub mod rail;
pub mod routes;
mod rules;
pub mod settings;
pub mod sweep;
pub mod torus;
pub mod trace;
pub mod tuning;
mod wall_grid;

use tickwire_sync::{
    PlayerNumber,
    game::{Game, Life, Place, Pose, RulesError, RulesSource, Sight, Team, View},
    headline::{Headline, Standing},
    server::Room,
};

use self::kinds::Side;
pub use self::{
    controls::ShipControls,
    kinds::{Entity, Event, Own},
    rules::State,
    settings::Rules,
};

/// The tuning file that ships.
pub const DEFAULT_TUNING: &str = include_str!("../../../assets/tuning.toml");
/// The map file that a room gets where no other is named.
pub const DEFAULT_MAP: &str = include_str!("../../../assets/maps/foundry.toml");
/// Every map file that ships, by name.
pub const MAPS: &[(&str, &str)] = &[
    ("foundry", DEFAULT_MAP),
    ("citadel", include_str!("../../../assets/maps/citadel.toml")),
    ("shoals", include_str!("../../../assets/maps/shoals.toml")),
    ("open", include_str!("../../../assets/maps/open.toml")),
];

/// From a ship to the edges of its pilot's view, in units: what the largest picture shows, and some more.
pub const SIGHT_REACH: (f32, f32) = (1100.0, 750.0);

/// The arena, as the sync core knows it.
#[derive(Clone, Copy, Debug)]
pub struct Arena;

impl Game for Arena {
    const NAME: &'static str = "tickwire-arena";
    const REVISION: u32 = 3;
    type Entity = Entity;
    type Own = Own;
    type Event = Event;
    type Controls = ShipControls;
    type Rules = Rules;
    type State = State;
    type Brain = brain::Brain;

    fn pack_rules(source: RulesSource) -> Result<Vec<u8>, RulesError> {
        Rules::pack(source)
    }

    fn unpack_rules(packed: &[u8], tick_rate: u32) -> Result<Rules, RulesError> {
        Rules::unpack(packed, tick_rate)
    }

    fn step(entity: &mut Entity, rules: &Rules) -> Life {
        motion::step(entity, rules)
    }

    #[inline]
    fn at_rest(entity: &Entity) -> bool {
        motion::at_rest(entity)
    }

    fn step_own(own: &mut Own, avatar: Option<&Entity>, rules: &Rules) {
        loadout::step_own(own, avatar, rules);
    }

    /// Everything passes, except that an empty gun, a rail that is not charged and an empty hatch have no trigger, and who boosts has to have
    /// something to boost with.
    fn drive(avatar: &mut Entity, own: &Own, controls: ShipControls, rules: &Rules) {
        if let Entity::Ship(ship) = avatar {
            let loadout = own.loadout();
            let fire = controls.fire && loadout.ammo > 0;
            let rail = controls.rail && loadout.rail_is_charged();
            let mine = controls.mine && loadout.can_lay();
            let can_boost = ship.core == Side::None && loadout.can_boost(ship.controls.boost, rules);
            let boost = controls.boost && controls.thrust && can_boost;
            ship.controls = ShipControls { fire, rail, mine, boost, ..controls };
        }
    }

    #[inline]
    fn avatar_of(entity: &Entity) -> Option<PlayerNumber> {
        match entity {
            Entity::Ship(ship) => Some(ship.player),
            _ => None,
        }
    }

    fn spawned_by(parent: &Entity, kind: u8, rules: &Rules) -> Option<Entity> {
        motion::spawned_by(parent, kind, rules)
    }

    fn pose(entity: &Entity) -> Pose {
        motion::pose(entity)
    }

    fn nearest(pose: Pose, to: Pose, rules: &Rules) -> Pose {
        motion::nearest(pose, to, rules)
    }

    fn spawns(avatar: &Entity, own: &Own, rules: &Rules) -> Option<Entity> {
        let Entity::Ship(ship) = avatar else { return None };
        let loadout = own.loadout();
        if loadout.laid(rules) {
            return Some(motion::hatch(ship, rules).into());
        }
        loadout.fired.then(|| motion::free_muzzle(ship, rules)).flatten().map(Entity::from)
    }

    fn spawner_of(entity: &Entity) -> Option<PlayerNumber> {
        match entity {
            Entity::Shot(shot) => Some(shot.player),
            Entity::Mine(mine) => Some(mine.player),
            _ => None,
        }
    }

    #[inline]
    fn place(entity: &Entity) -> Option<Place> {
        motion::place(entity)
    }

    fn sight(rules: &Rules) -> Sight {
        let terrain = &rules.map.terrain;
        Sight { size: terrain.size.into(), wraps: terrain.wraps, reach: SIGHT_REACH }
    }

    #[inline]
    fn hides(entity: &Entity, from: Option<PlayerNumber>) -> bool {
        matches!(entity, Entity::Ship(ship) if ship.cloak > 0 && from != Some(ship.player))
    }

    fn headline(event: &Event) -> Option<Headline> {
        headlines::headline(event)
    }

    fn standings(room: &Room<Self>) -> Vec<Standing> {
        headlines::standings(room)
    }

    fn team(room: &Room<Self>, player: PlayerNumber) -> Option<Team> {
        let side = rules::sides::of(room, player);
        (side != Side::None).then_some(Team(side as u8))
    }

    fn bots_allowed(rules: &Rules) -> bool {
        rules.map.bots
    }

    fn rewinds(entity: &Entity) -> bool {
        matches!(entity, Entity::Ship(_) | Entity::Rock(_))
    }

    fn open(room: &mut Room<Self>) -> State {
        rules::open(room)
    }

    fn join(room: &mut Room<Self>, player: PlayerNumber) {
        rules::join(room, player);
    }

    fn leave(room: &mut Room<Self>, player: PlayerNumber) {
        rules::leave(room, player);
    }

    fn act(room: &mut Room<Self>) {
        rules::act(room);
    }

    fn renew_rules(rules: &Rules, packed: &[u8]) -> Result<Rules, RulesError> {
        Rules::unpack(packed, rules.tick_rate)
    }

    fn renewed(room: &mut Room<Self>, before: &Rules) {
        rules::renewed(room, before);
    }

    fn is_sound(room: &Room<Self>) -> bool {
        rules::is_sound(room)
    }

    fn remark(room: &Room<Self>) -> Option<(PlayerNumber, &'static str)> {
        brain::remarks::remark(room)
    }

    fn think(brain: &mut brain::Brain, view: &View<Self>) -> ShipControls {
        brain.think(view)
    }
}
