//! The players of a room, people and brains alike.

use crate::{PlayerNumber, game::Game, protocol::limits::PLAYERS_MAX, world::EntityKey};

/// A player as the room knows it.
#[derive(Debug)]
pub struct Player<G: Game> {
    /// Its number.
    pub number: PlayerNumber,
    /// What it does now, until it says otherwise; before any validation.
    pub controls: G::Controls,
    /// How far its view lay behind when it decided its controls, in 1/16 tick; 0 for a brain, which sees the present.
    pub behind: u32,
    /// What only it knows.
    pub own: G::Own,
    /// Its entity, if it has one now.
    pub avatar: Option<EntityKey>,
    /// The brain that plays it; `None` for people and for bots from outside.
    pub(crate) brain: Option<G::Brain>,
    /// `own` as the step left it in this tick: the baseline that its client computes by itself.
    pub(crate) own_baseline: G::Own,
}

impl<G: Game> Player<G> {
    /// Whether the room itself plays it.
    pub fn is_bot(&self) -> bool {
        self.brain.is_some()
    }
}

/// The players of a room by number.
#[derive(Debug)]
pub struct Players<G: Game> {
    seats: Vec<Option<Player<G>>>,
}

impl<G: Game> Default for Players<G> {
    fn default() -> Self {
        Self { seats: Vec::new() }
    }
}

impl<G: Game> Players<G> {
    /// The numbers that are free, lowest first; none in a room with as many players as there can be.
    pub fn free_numbers(&self) -> impl Iterator<Item = PlayerNumber> {
        (0..PLAYERS_MAX).filter(|&number| self.get(number).is_none())
    }

    /// A player.
    pub fn get(&self, number: PlayerNumber) -> Option<&Player<G>> {
        self.seats.get(usize::from(number))?.as_ref()
    }

    /// A player, to be changed.
    pub fn get_mut(&mut self, number: PlayerNumber) -> Option<&mut Player<G>> {
        self.seats.get_mut(usize::from(number))?.as_mut()
    }

    /// Everybody, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Player<G>> {
        self.seats.iter().flatten()
    }

    /// Everybody, by number, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Player<G>> {
        self.seats.iter_mut().flatten()
    }

    pub(crate) fn seat(&mut self, number: PlayerNumber, brain: Option<G::Brain>) {
        self.admit(Player {
            number,
            controls: G::Controls::default(),
            behind: 0,
            own: G::Own::default(),
            avatar: None,
            brain,
            own_baseline: G::Own::default(),
        });
    }

    /// Gives a player the seat of its number, which is free.
    pub(crate) fn admit(&mut self, player: Player<G>) {
        let seat = usize::from(player.number);
        if seat >= self.seats.len() {
            self.seats.resize_with(seat + 1, || None);
        }
        assert!(self.seats[seat].is_none(), "player number {seat} is taken");
        self.seats[seat] = Some(player);
    }

    pub(crate) fn unseat(&mut self, number: PlayerNumber) {
        if let Some(seat) = self.seats.get_mut(usize::from(number)) {
            *seat = None;
        }
    }
}
