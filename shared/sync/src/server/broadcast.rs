//! What a room's tick has for everybody: its changes as bytes, and where everything is. Made once a tick; each [`Link`](super::Link) takes
//! its part.

use super::Room;
use crate::{
    bitset::Bitset,
    by_slot::BySlot,
    game::Game,
    interest::Interest,
    replicate::delta::{Span, TickDelta},
};

/// What one tick has for everybody; kept from tick to tick for its memory.
#[derive(Debug)]
pub struct Broadcast<G: Game> {
    pub(crate) delta: TickDelta<G>,
    pub(crate) interest: Interest,
    pub(crate) sorting: Sorting,
}

impl<G: Game> Broadcast<G> {
    /// For a room with these rules, from its start on.
    pub fn new(rules: &G::Rules) -> Self {
        Self { delta: TickDelta::default(), interest: Interest::new::<G>(rules), sorting: Sorting::default() }
    }

    /// Takes in what the room's last tick changed. To be called once after every tick.
    pub fn encode(&mut self, room: &Room<G>) {
        self.delta.encode(room);
        self.interest.follow(room);
    }
}

/// One client's changes by group and id: a sort without comparisons. Empty between clients.
#[derive(Debug)]
pub(crate) struct Sorting {
    by_group: Vec<GroupIds>,
    /// The groups that have any, in any order.
    pub(crate) groups: Vec<u16>,
    /// The numbers of an id that is in a group.
    pub(crate) numbers: BySlot<Span>,
}

#[derive(Debug, Default)]
struct GroupIds {
    any: bool,
    ids: Bitset,
}

/// Room for so many groups, and ids in each, is there from the start.
const USUAL_GROUPS: usize = 64;
const USUAL_IDS: usize = 1024;

impl Default for Sorting {
    fn default() -> Self {
        let by_group = (0..USUAL_GROUPS).map(|_| GroupIds::default()).collect();
        Self { by_group, groups: Vec::with_capacity(USUAL_GROUPS), numbers: BySlot::with_usual(USUAL_IDS) }
    }
}

impl Sorting {
    /// Adds an entity's change.
    #[inline]
    pub(crate) fn add(&mut self, group: u16, id: u32, numbers: Span) {
        let at = usize::from(group);
        if at >= self.by_group.len() {
            self.by_group.resize_with(at + 1, GroupIds::default);
        }
        if !core::mem::replace(&mut self.by_group[at].any, true) {
            self.groups.push(group);
        }
        self.by_group[at].ids.insert(id);
        self.numbers.put(id, numbers);
    }

    /// The ids of a group.
    pub(crate) fn ids(&self, group: u16) -> &Bitset {
        &self.by_group[usize::from(group)].ids
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        for group in self.groups.drain(..) {
            let group = &mut self.by_group[usize::from(group)];
            group.any = false;
            group.ids.clear();
        }
    }
}
