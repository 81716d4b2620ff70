//! What a room's tick has for everybody: its changes as bytes, and where everything is. Made once a tick; each [`Link`](super::Link) takes
//! its part.

use super::Room;
use crate::{
    Tick,
    bitset::Bitset,
    by_slot::BySlot,
    game::Game,
    interest::Interest,
    replicate::{
        audit,
        delta::{Change, TickDelta},
    },
};

/// What one tick has for everybody; kept from tick to tick for its memory.
#[derive(Debug)]
pub struct Broadcast<G: Game> {
    pub(crate) delta: TickDelta<G>,
    pub(crate) interest: Interest,
    pub(crate) sorting: Sorting,
    pub(crate) hashes: StateHashes,
    /// Slots that changed and that a client is told of, while it is being built.
    pub(crate) fresh: Bitset,
}

impl<G: Game> Broadcast<G> {
    /// For a room with these rules, from its start on.
    pub fn new(rules: &G::Rules) -> Self {
        Self {
            delta: TickDelta::default(),
            interest: Interest::new::<G>(rules),
            sorting: Sorting::default(),
            hashes: StateHashes::default(),
            fresh: Bitset::default(),
        }
    }

    /// Takes in what the room's last tick changed. To be called once after every tick.
    pub fn encode(&mut self, room: &Room<G>) {
        self.delta.encode(room);
        self.interest.follow(room);
    }
}

/// The hashes of entities' states in the tick for which they were last asked: a second's audits of all clients fall into all its ticks, and
/// each of them looks at all that its client knows.
#[derive(Debug)]
pub(crate) struct StateHashes {
    by_slot: BySlot<(Option<Tick>, u32)>,
}

impl Default for StateHashes {
    fn default() -> Self {
        Self { by_slot: BySlot::with_usual(USUAL_IDS) }
    }
}

impl StateHashes {
    /// The hash of the entity in a slot, in which one lives.
    pub(crate) fn of<G: Game>(&mut self, room: &Room<G>, slot: u32) -> u32 {
        let (tick, hash) = self.by_slot.get(slot);
        if tick == Some(room.tick) {
            return hash;
        }
        let hash = audit::state_hash(room.world.in_slot(slot).expect("what is known lives"));
        self.by_slot.put(slot, (Some(room.tick), hash));
        hash
    }
}

/// One client's changes by group and id: a sort without comparisons. Empty between clients.
#[derive(Debug)]
pub(crate) struct Sorting {
    by_group: Vec<Members>,
    /// The groups that have any, in any order.
    pub(crate) groups: Vec<u16>,
    /// The change of an id that is in a group.
    pub(crate) changes: BySlot<Change>,
}

/// Who is in a group.
#[derive(Debug, Default)]
pub(crate) struct Members {
    pub(crate) ids: Bitset,
    /// How many there are.
    pub(crate) count: u32,
    /// The bytes of all their numbers.
    pub(crate) bytes: u32,
}

/// Room for so many groups, and ids in each, is there from the start.
const USUAL_GROUPS: usize = 64;
const USUAL_IDS: usize = 1024;

impl Default for Sorting {
    fn default() -> Self {
        let by_group = (0..USUAL_GROUPS).map(|_| Members::default()).collect();
        Self { by_group, groups: Vec::with_capacity(USUAL_GROUPS), changes: BySlot::with_usual(USUAL_IDS) }
    }
}

impl Sorting {
    /// Adds changes of entities: groups and ids are below `groups` and `ids`.
    #[inline]
    pub(crate) fn add(&mut self, (groups, ids): (usize, usize), changes: impl Iterator<Item = (u32, Change)>) {
        if groups > self.by_group.len() {
            self.by_group.resize_with(groups, Members::default);
        }
        let (by_group, by_id) = (&mut self.by_group[..], self.changes.below(ids));
        changes.for_each(|(id, change)| {
            let members = &mut by_group[usize::from(change.group)];
            if members.count == 0 {
                members.ids.widen(ids);
                self.groups.push(change.group);
            }
            members.count += 1;
            members.bytes += u32::from(change.length);
            members.ids.insert_within(id);
            by_id[id as usize] = change;
        });
    }

    /// Who is in a group.
    pub(crate) fn members(&self, group: u16) -> &Members {
        &self.by_group[usize::from(group)]
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        for group in self.groups.drain(..) {
            let group = &mut self.by_group[usize::from(group)];
            (group.count, group.bytes) = (0, 0);
            group.ids.clear();
        }
    }
}
