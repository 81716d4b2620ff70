//! What a game brings: its kinds, its step, its rules, its brains. The core brings everything else.

use thiserror::Error;

use crate::{
    PlayerNumber, Tick,
    headline::{Headline, Standing},
    replicate::{Malformed, Replicate},
    save::Save,
    server::Room,
};

/// Controls as one small integer on the wire.
pub trait Controls: Copy + PartialEq + Default + core::fmt::Debug + Send + Sync + 'static {
    /// The controls as bits.
    fn to_bits(self) -> u32;
    /// The controls of bits that came from outside; `None` where no client of ours could have made them.
    fn from_bits(bits: u32) -> Option<Self>;
    /// Two controls for the same tick as one: the later, with every press of the earlier that must not be lost.
    #[must_use]
    fn fold(self, later: Self) -> Self;
}

/// Whether an entity goes on after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It lives.
    Lives,
    /// It ends by itself, as everybody who knows it can tell: its end costs no bytes.
    Ends,
}

/// Where an entity is for the eye. Blending and smoothing work on this, never on the state.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Position in units.
    pub x: f32,
    /// Position in units.
    pub y: f32,
    /// Where it points, in radians.
    pub heading: f32,
    /// Where it aims, in radians; for what does not aim, as `heading`.
    pub aim: f32,
}

impl Pose {
    /// The pose a share of the way from here to another; angles take the shorter way.
    #[must_use]
    pub fn blend(self, to: Self, share: f32) -> Self {
        let turn = |from: f32, to: f32| from + shorter(to - from) * share;
        Self {
            x: self.x + (to.x - self.x) * share,
            y: self.y + (to.y - self.y) * share,
            heading: turn(self.heading, to.heading),
            aim: turn(self.aim, to.aim),
        }
    }

    /// The pose moved by a share of the way from one to another; angles by the shorter way.
    #[must_use]
    pub(crate) fn moved(self, from: Self, to: Self, share: f32) -> Self {
        let way = from.blend(to, share);
        Self {
            x: self.x + way.x - from.x,
            y: self.y + way.y - from.y,
            heading: self.heading + way.heading - from.heading,
            aim: self.aim + way.aim - from.aim,
        }
    }
}

/// An angle in radians as the shorter way round.
pub(crate) fn shorter(radians: f32) -> f32 {
    let full = core::f32::consts::TAU;
    radians - (radians / full).round() * full
}

/// Where an entity is, for interest: who is near enough to be told of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Position in units.
    pub x: f32,
    /// Position in units.
    pub y: f32,
    /// Speed in units a tick. Where a client cannot be told everything, the slow wait.
    pub speed: f32,
}

/// How far players of a room see, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sight {
    /// The world reaches from (0, 0) to here; what lies outside counts to the edge.
    pub size: (f32, f32),
    /// Whether the world goes on at the opposite edge.
    pub wraps: bool,
    /// From an avatar to the edges of its player's view, in x and in y.
    pub reach: (f32, f32),
}

impl Sight {
    /// How far a place lies from where somebody looks: 1 at the edge of the view.
    pub fn remoteness(&self, from: Place, to: Place) -> f32 {
        let axis = |from: f32, to: f32, size: f32, reach: f32| {
            let way = (from - to).abs();
            let way = if self.wraps { way.min(size - way) } else { way };
            way / reach.max(1.0)
        };
        axis(from.x, to.x, self.size.0, self.reach.0).max(axis(from.y, to.y, self.size.1, self.reach.1))
    }
}

/// What a game's rules are written in: texts, for people. Clients get them packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RulesSource<'a> {
    /// The tuning file: all numbers of the game.
    pub tuning: &'a str,
    /// The map file.
    pub map: &'a str,
}

/// Why rules could not be read: a sentence for the person who wrote the file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct RulesError(pub String);

impl From<Malformed> for RulesError {
    fn from(malformed: Malformed) -> Self {
        Self(format!("the rules' bytes make no sense: {malformed}"))
    }
}

/// A team by its number, which means nothing outside of the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Team(pub u8);

/// Who gets an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Audience {
    /// Everybody in the room.
    All,
    /// One player.
    Only(PlayerNumber),
    /// Everybody whose view covers the place, in units.
    Near {
        /// Position in units.
        x: f32,
        /// Position in units.
        y: f32,
    },
    /// Everybody whose view covers the one place or the other, in units: once, even who sees both.
    Either {
        /// Position of the one, in units.
        x: f32,
        /// Position of the one, in units.
        y: f32,
        /// Position of the other, in units.
        to_x: f32,
        /// Position of the other, in units.
        to_y: f32,
    },
}

/// What a brain sees: no more than a client in its place would be sent.
#[derive(Debug)]
pub struct View<'a, G: Game> {
    /// The current tick.
    pub tick: Tick,
    /// Which player the brain plays.
    pub player: PlayerNumber,
    /// The player's own entity, if it has one now.
    pub avatar: Option<&'a G::Entity>,
    /// The player's own state.
    pub own: &'a G::Own,
    /// Every visible entity, the player's own included.
    pub entities: &'a [G::Entity],
    /// Tuning and map.
    pub rules: &'a G::Rules,
    /// A number that differs between brains, for what they would otherwise all do alike.
    pub seed: u64,
}

/// A game over the sync core.
///
/// The functions up to [`pose`](Self::pose) run on both ends and must give the same bits everywhere: `+ - * /`, `sqrt`, and `glam` as this
/// workspace configures it; no clock, no randomness, no hash-map order. The others run in the server's room alone. They draw from
/// [`Room::random`] and go through entities in order of birth, so that a whole room is deterministic too.
pub trait Game: Sized + Send + Sync + core::fmt::Debug + 'static {
    /// The game's name, part of the rules hash.
    const NAME: &'static str;
    /// Counts up whenever the step or the reading of rules changes without a change of fields; part of the rules hash.
    const REVISION: u32;
    /// What the world is made of.
    type Entity: Replicate;
    /// What only a player itself knows: ammunition, cooldowns.
    type Own: Replicate + Default;
    /// What happens once: hits, kills.
    type Event: Replicate;
    /// What a player does.
    type Controls: Controls;
    /// Tuning and map, read for one tick rate.
    type Rules: Send + Sync + core::fmt::Debug + 'static;
    /// The room's state that is not an entity and that nobody is sent: timers, counters. It names no entity by its key from tick to tick: a
    /// restored room hands out other keys.
    type State: Save + Send + core::fmt::Debug + 'static;
    /// What a brain remembers from tick to tick.
    type Brain: Save + Default + Send + core::fmt::Debug + 'static;

    /// Packs tuning and map into the bytes that clients get. Only a server has texts, and what reads them.
    ///
    /// # Errors
    /// A sentence that says what is wrong in which file.
    fn pack_rules(source: RulesSource) -> Result<Vec<u8>, RulesError>;
    /// The rules of packed bytes, for a room of `tick_rate` ticks a second. The bytes may come from outside.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    fn unpack_rules(packed: &[u8], tick_rate: u32) -> Result<Self::Rules, RulesError>;
    /// Reads tuning and map for a room of `tick_rate` ticks a second, by the way that a client's take.
    ///
    /// # Errors
    /// A sentence that says what is wrong in which file.
    fn read_rules(source: RulesSource, tick_rate: u32) -> Result<Self::Rules, RulesError> {
        Self::unpack_rules(&Self::pack_rules(source)?, tick_rate)
    }
    /// The rules of packed bytes, for a room that has gone by others so far: they may differ in all that the game can go on with.
    ///
    /// # Errors
    /// A sentence that says what is wrong, or that this game's rules stay as they are.
    fn renew_rules(_rules: &Self::Rules, _packed: &[u8]) -> Result<Self::Rules, RulesError> {
        Err(RulesError("the rules of this game stay as they are".into()))
    }
    /// Advances one entity by one tick, under the controls that are already in its state.
    fn step(entity: &mut Self::Entity, rules: &Self::Rules) -> Life;
    /// Whether steps change nothing until a rule does: the entity is then asleep and costs none.
    fn at_rest(entity: &Self::Entity) -> bool;
    /// Advances a player's own state by one tick, after its avatar was stepped.
    fn step_own(own: &mut Self::Own, avatar: Option<&Self::Entity>, rules: &Self::Rules);
    /// Puts controls into an avatar: the *effective* ones, as far as the player's own state permits them.
    fn drive(avatar: &mut Self::Entity, own: &Self::Own, controls: Self::Controls, rules: &Self::Rules);
    /// The player whose avatar this is.
    fn avatar_of(entity: &Self::Entity) -> Option<PlayerNumber>;
    /// What an entity of `kind` that `parent` spawns would be if nothing unforeseen came in: the baseline of its birth.
    /// `parent` is as it was after its step; `None` if it spawns no such kind.
    fn spawned_by(parent: &Self::Entity, kind: u8, rules: &Self::Rules) -> Option<Self::Entity>;
    /// Where an entity is for the eye.
    fn pose(entity: &Self::Entity) -> Pose;
    /// The image of `pose` that is nearest to `to`: itself, but for a world that wraps, where everything is seen the shorter way round.
    fn nearest(pose: Pose, _to: Pose, _rules: &Self::Rules) -> Pose {
        pose
    }
    /// What an avatar spawns in the tick whose step led to these states, if anything: the server's rules spawn it, and its player's client
    /// shows it before they say so. As [`spawned_by`](Self::spawned_by) gives it.
    fn spawns(_avatar: &Self::Entity, _own: &Self::Own, _rules: &Self::Rules) -> Option<Self::Entity> {
        None
    }
    /// The player whose avatar spawned this, where that player's client foresees it by [`spawns`](Self::spawns).
    fn spawner_of(_entity: &Self::Entity) -> Option<PlayerNumber> {
        None
    }

    /// Where an entity is for interest; `None` for what everybody knows, wherever it is: the score board.
    fn place(_entity: &Self::Entity) -> Option<Place> {
        None
    }
    /// How far players see what has a place.
    fn sight(_rules: &Self::Rules) -> Sight {
        Sight::default()
    }
    /// Whether the game hides an entity from a player who would see it otherwise: a cloak. A spectator who sees all is nobody.
    fn hides(_entity: &Self::Entity, _from: Option<PlayerNumber>) -> bool {
        false
    }
    /// Whether shots may be judged by where this was some ticks ago: its last states are kept.
    fn rewinds(_entity: &Self::Entity) -> bool {
        false
    }

    /// The team that a player is in now, for what is said to a team alone; `None` where the game has none.
    fn team(_room: &Room<Self>, _player: PlayerNumber) -> Option<Team> {
        None
    }
    /// What an event is to those who only read of the game; `None` where it is nothing to them. Only events for [everybody](Audience::All) are asked for.
    fn headline(_event: &Self::Event) -> Option<Headline> {
        None
    }
    /// The score board: a line for each player, in any order. It holds nothing that the game hides from anybody.
    fn standings(_room: &Room<Self>) -> Vec<Standing> {
        Vec::new()
    }
    /// Whether a room with these rules may be given bots of its own for company.
    fn bots_allowed(_rules: &Self::Rules) -> bool {
        true
    }
    /// Makes the room's state and fills the empty world.
    fn open(room: &mut Room<Self>) -> Self::State;
    /// A player came in.
    fn join(room: &mut Room<Self>, player: PlayerNumber);
    /// A player is about to be gone; its avatar too, if the game does not take it away here.
    fn leave(_room: &mut Room<Self>, _player: PlayerNumber) {}
    /// The rules of one tick, after every entity was stepped: hits, contacts, spawns, scores.
    fn act(room: &mut Room<Self>);
    /// The room goes by [other rules](Self::renew_rules) now than `before`: what does not fit them any more is to be put in order.
    fn renewed(_room: &mut Room<Self>, _before: &Self::Rules) {}
    /// Whether a room that was read from saved bytes holds what the rules take for granted. Every field is within its range by then; what
    /// must go together is the game's to judge.
    fn is_sound(_room: &Room<Self>) -> bool {
        true
    }
    /// What one of the room's own bots says about this tick to everybody, if one does. It may tell only what everybody is told anyway. It is no part
    /// of the room: the server asks where bots may speak, and leaves out what comes too soon after another line.
    fn remark(_room: &Room<Self>) -> Option<(PlayerNumber, &'static str)> {
        None
    }
    /// What a brain does now.
    fn think(brain: &mut Self::Brain, view: &View<Self>) -> Self::Controls;
}

/// Hash of what a client must know before it connects: the name, the revision and the field tables of a game.
pub fn tables_hash<G: Game>() -> u64 {
    let mut hash = Fnv::default();
    hash.text(G::NAME);
    hash.number(G::REVISION);
    for kinds in [G::Entity::KINDS, G::Own::KINDS, G::Event::KINDS] {
        hash.number(kinds.len() as u32);
        for kind in kinds {
            hash.text(kind.name);
            hash.number(kind.fields.len() as u32);
            for field in kind.fields {
                hash.text(field.name);
                hash.text(&format!("{:?}", field.coding));
            }
        }
    }
    hash.0
}

/// Hash of all rules of a room: the tables, tuning and map as they are packed, and the tick rate.
pub fn rules_hash<G: Game>(packed: &[u8], tick_rate: u32) -> u64 {
    let mut hash = Fnv(tables_hash::<G>());
    hash.bytes(packed);
    hash.number(tick_rate);
    hash.0
}

/// FNV-1a with 64 bits: not against malice, only against mistakes.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    fn number(&mut self, number: u32) {
        number.to_le_bytes().into_iter().for_each(|byte| self.byte(byte));
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u32);
        for &byte in bytes {
            self.byte(byte);
        }
    }
}
