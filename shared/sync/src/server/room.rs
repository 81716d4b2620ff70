//! A room and its tick: `room(t+1) = tick(room(t), commands(t))`, to the bit.

mod save;

use std::sync::Arc;

use super::{
    inputs::ARRIVAL_STEPS,
    player::Players,
    rewind::{REWIND_TICKS_DEFAULT, Rewind, Then},
};
use crate::{
    PlayerNumber, Tick,
    game::{Audience, Game, View},
    random::Random,
    world::{EntityKey, World},
};

/// What comes into a room from outside. Given the same commands at the same ticks, a room does the same.
#[derive(Clone, Debug, PartialEq)]
pub enum Command<C> {
    /// A player comes in under a number that is free.
    Join {
        /// Its number, one of [`Players::free_numbers`].
        player: PlayerNumber,
        /// Whether the room plays it itself.
        bot: bool,
    },
    /// A player goes; nothing if it is not there.
    Leave {
        /// Its number.
        player: PlayerNumber,
    },
    /// A player changes its controls; nothing if it is not there.
    Controls {
        /// Its number.
        player: PlayerNumber,
        /// What it does from now on.
        controls: C,
        /// How far its view lay behind this tick when it decided that, in 1/16 tick.
        behind: u32,
    },
    /// From the next step on, the room goes by these rules, as the game packs them; nothing if it cannot read them.
    Rules(Arc<[u8]>),
}

/// A room: the world, who is in it, and the game's own state.
#[derive(Debug)]
pub struct Room<G: Game> {
    /// The tick that the state is of.
    pub tick: Tick,
    /// Tuning and map.
    pub rules: Arc<G::Rules>,
    /// The entities.
    pub world: World<G::Entity>,
    /// The players.
    pub players: Players<G>,
    seed: u64,
    /// `None` only while [`Game::open`] runs and while the game holds it.
    state: Option<G::State>,
    events: Vec<(Audience, G::Event)>,
    rewind: Rewind<G::Entity>,
    /// The rules that the room was given since it was opened, packed.
    renewed: Option<Arc<[u8]>>,
    /// What a brain sees in this tick; kept for its memory.
    visible: Vec<G::Entity>,
}

impl<G: Game> Room<G> {
    /// A room at tick 0 that remembers [`REWIND_TICKS_DEFAULT`] ticks. All its randomness comes from `seed`.
    pub fn new(rules: Arc<G::Rules>, seed: u64) -> Self {
        Self::with_rewind(rules, seed, REWIND_TICKS_DEFAULT)
    }

    /// The same for a room that remembers another number of ticks, at most [`REWIND_TICKS_MAX`](super::REWIND_TICKS_MAX).
    pub fn with_rewind(rules: Arc<G::Rules>, seed: u64, rewind_ticks: u32) -> Self {
        let mut room = Self {
            tick: 0,
            rules,
            world: World::default(),
            players: Players::default(),
            seed,
            state: None,
            events: Vec::new(),
            rewind: Rewind::new(rewind_ticks),
            renewed: None,
            visible: Vec::new(),
        };
        room.state = Some(G::open(&mut room));
        room
    }

    /// Advances the room by one tick: every entity steps, then the rules act, then `commands` go into the state.
    ///
    /// The order decides what a change costs: controls that arrive now drive the *next* step, so a client that
    /// has this tick's state can compute the next one (`docs/wire.md`).
    pub fn tick(&mut self, commands: &[Command<G::Controls>]) {
        self.tick += 1;
        self.events.clear();
        self.step();
        G::act(self);
        self.think();
        for command in commands {
            self.obey(command);
        }
        self.drive();
        self.rewind.keep(self.tick, &self.world, G::rewinds);
    }

    fn step(&mut self) {
        let rules = &*self.rules;
        self.world.step(|entity| G::step(entity, rules), G::at_rest);
        for player in self.players.iter_mut() {
            let avatar = player.avatar.and_then(|key| self.world.get(key));
            G::step_own(&mut player.own, avatar, rules);
            player.own_baseline = player.own;
        }
    }

    fn think(&mut self) {
        if !self.players.iter().any(super::player::Player::is_bot) {
            return;
        }
        let sight = G::sight(&self.rules);
        for player in self.players.iter_mut() {
            let Some(brain) = &mut player.brain else { continue };
            let avatar = player.avatar.and_then(|key| self.world.get(key));
            let centre = avatar.and_then(G::place);
            let seen = |state: &G::Entity| {
                let near = centre.zip(G::place(state)).is_none_or(|(from, to)| sight.remoteness(from, to) <= 1.0);
                near && !G::hides(state, Some(player.number))
            };
            self.visible.clear();
            self.visible.extend(self.world.iter().map(|(_, state)| *state).filter(seen));
            let view = View {
                tick: self.tick,
                player: player.number,
                avatar,
                own: &player.own,
                entities: &self.visible,
                rules: &*self.rules,
                seed: self.seed ^ u64::from(player.number),
            };
            player.controls = G::think(brain, &view);
        }
    }

    fn obey(&mut self, command: &Command<G::Controls>) {
        match *command {
            Command::Join { player, bot } => {
                self.players.seat(player, bot.then(G::Brain::default));
                G::join(self, player);
            }
            Command::Leave { player } => {
                if self.players.get(player).is_some() {
                    G::leave(self, player);
                    self.dismiss(player);
                    self.players.unseat(player);
                }
            }
            Command::Controls { player, controls, behind } => {
                if let Some(player) = self.players.get_mut(player) {
                    player.controls = controls;
                    player.behind = behind;
                }
            }
            Command::Rules(ref packed) => {
                if let Ok(rules) = G::renew_rules(&self.rules, packed) {
                    let before = core::mem::replace(&mut self.rules, Arc::new(rules));
                    self.renewed = Some(Arc::clone(packed));
                    G::renewed(self, &before);
                }
            }
        }
    }

    /// The rules that the room was given since it was opened, as they were packed; `None` while it goes by those that it was opened with.
    pub fn renewed_rules(&self) -> Option<&Arc<[u8]>> {
        self.renewed.as_ref()
    }

    /// Puts everybody's effective controls into their avatars. They depend on `own`, so they may change without a command.
    fn drive(&mut self) {
        for player in self.players.iter() {
            let Some(key) = player.avatar else { continue };
            let Some(state) = self.world.get(key) else { continue };
            let mut driven = *state;
            G::drive(&mut driven, &player.own, player.controls, &self.rules);
            if driven != *state {
                *self.world.get_mut(key).expect("it lives") = driven;
            }
        }
    }

    /// Takes `player`'s avatar out of the world, if it has one.
    pub fn dismiss(&mut self, player: PlayerNumber) {
        let avatar = self.players.get_mut(player).and_then(|player| player.avatar.take());
        if let Some(key) = avatar {
            self.world.kill(key);
        }
    }

    /// Gives `player` an avatar in place of the one that it had.
    pub fn embody(&mut self, player: PlayerNumber, state: G::Entity) -> EntityKey {
        self.dismiss(player);
        let key = self.world.spawn(state, None);
        if let Some(player) = self.players.get_mut(player) {
            player.avatar = Some(key);
        }
        key
    }

    /// How many ticks back the room remembers what [`Game::rewinds`].
    pub fn rewind_ticks(&self) -> u32 {
        self.rewind.ticks()
    }

    /// The state of a living entity at the end of an earlier tick, of what [`Game::rewinds`]; at the oldest tick that the room remembers,
    /// where `tick` lies before. `None` if it was not born by then.
    pub fn was(&self, key: EntityKey, tick: Tick) -> Option<&G::Entity> {
        if tick >= self.tick { self.world.get(key) } else { self.rewind.state(key, tick, &self.world) }
    }

    /// The world as `player` saw it when it decided the controls that drove this tick's step: for rules that judge a shot.
    pub fn then(&self, player: PlayerNumber) -> Then<'_, G> {
        let behind = self.players.get(player).map_or(0, |player| i64::from(player.behind));
        let decided = i64::from(self.tick.saturating_sub(1)) * ARRIVAL_STEPS;
        let oldest = (i64::from(self.tick) - i64::from(self.rewind.ticks())) * ARRIVAL_STEPS;
        Then::new(self, (decided - behind).max(oldest))
    }

    /// Tells `audience` that something happened in this tick.
    pub fn emit(&mut self, audience: Audience, event: impl Into<G::Event>) {
        self.events.push((audience, event.into()));
    }

    /// What happened in this tick, in order.
    pub fn events(&self) -> &[(Audience, G::Event)] {
        &self.events
    }

    /// The room's stream of random numbers for a purpose of an owner in this tick.
    pub fn random(&self, purpose: u32, owner: u32) -> Random {
        Random::keyed(self.seed, purpose, owner, self.tick)
    }

    /// The game's own state.
    pub fn state(&self) -> &G::State {
        self.state.as_ref().expect("the room is open")
    }

    /// The game's own state, to be changed.
    pub fn state_mut(&mut self) -> &mut G::State {
        self.state.as_mut().expect("the room is open")
    }
}
