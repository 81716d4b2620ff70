//! What a client must hold, worked out a second time and the plain way: with names, distances and lists in place of the core's sets.
//!
//! From the core it takes which slots it says that the client knows and is owed, and holds that against the truth of the tick; what the
//! client then really holds is compared when the snapshot has arrived.

use std::collections::{BTreeMap, BTreeSet};

use tickwire_sync::{
    PlayerNumber, Tick,
    bitset::Bitset,
    game::{Audience, Game},
    interest::Viewpoint,
    protocol::{
        ServerMessage, decode_server,
        limits::{EVENTS_WAITING_MAX, IDS_MAX},
    },
    server::{Link, LinkSettings, Room},
    world::EntityKey,
};

use crate::view::Eye;

/// In every snapshot of a limited client at least the most important entity is told, and what waits gains on the others: by at most 16 times
/// more slowly than the one that gains fastest, since a place at the edge counts for an eighth and rest for a half, and then by as many times
/// as it takes more bytes. So whatever waits is told within so many snapshots for each entity in view.
const UNFAIRNESS_MAX: u32 = 16 * BYTES_MAX;
/// About the most bytes that an entity takes here, where the least is one.
const BYTES_MAX: u32 = 40;
/// An entity that comes into view counts as one that has waited for some 30 ticks already; the others catch up in this many snapshots.
const HEAD_START: u32 = UNFAIRNESS_MAX * 30;

const KEYFRAME: u8 = 1 << 7;
const HASH: u8 = 1 << 6;

/// The world at the end of a tick, by slot and in order of birth.
#[derive(Debug)]
pub(crate) struct Truth<E> {
    pub(crate) by_slot: BTreeMap<u32, (EntityKey, E)>,
    pub(crate) births: BTreeMap<EntityKey, u64>,
}

impl<E: Copy> Truth<E> {
    pub(crate) fn of<G: Game<Entity = E>>(room: &Room<G>) -> Self {
        let by_slot = room.world.iter().map(|(key, state)| (key.slot(), (key, *state))).collect();
        let births =
            room.world.iter().map(|(key, _)| (key, room.world.entity(key).expect("it lives").serial)).collect();
        Self { by_slot, births }
    }
}

/// An entity as a client must hold it.
#[derive(Clone, Debug)]
pub(crate) struct Holding<E> {
    pub(crate) id: u32,
    pub(crate) state: E,
    /// It may be outdated, or may have ended by itself.
    pub(crate) owed: bool,
}

/// What a snapshot must lead to.
#[derive(Debug)]
pub(crate) struct Expected<G: Game> {
    pub(crate) tick: Tick,
    pub(crate) held: Vec<Holding<G::Entity>>,
    pub(crate) own: Option<G::Own>,
    pub(crate) events: Vec<Concern<G>>,
    pub(crate) audited: bool,
    pub(crate) keyframe: bool,
}

/// An event that may concern a client.
#[derive(Debug)]
pub(crate) struct Concern<G: Game> {
    pub(crate) event: G::Event,
    /// It must arrive; otherwise it is so near to the edge of the view that it may.
    pub(crate) must: bool,
}

/// One client's account.
#[derive(Debug)]
pub(crate) struct Ledger<G: Game> {
    /// `None` for a watcher.
    player: Option<PlayerNumber>,
    settings: LinkSettings,
    eye: Eye,
    /// Who is behind each slot that the client knows, and under which id.
    names: BTreeMap<u32, (EntityKey, u32)>,
    taken: BTreeSet<u32>,
    events: Vec<Concern<G>>,
    /// Whether somebody looks.
    here: bool,
    /// Since how many served ticks an entity waits to be told, or for its changes.
    unknown: BTreeMap<EntityKey, u32>,
    outdated: BTreeMap<EntityKey, u32>,
    in_view_max: u32,
    served: u32,
    audited: Tick,
    pub(crate) waited_max: u32,
}

impl<G: Game> Ledger<G> {
    pub(crate) fn new(player: Option<PlayerNumber>, tick: Tick, settings: LinkSettings, rules: &G::Rules) -> Self {
        Self {
            player,
            settings,
            eye: Eye::new::<G>(player, settings.viewpoint, settings.tick_rate, rules),
            names: BTreeMap::new(),
            taken: BTreeSet::new(),
            events: Vec::new(),
            here: true,
            unknown: BTreeMap::new(),
            outdated: BTreeMap::new(),
            in_view_max: 0,
            served: 0,
            audited: tick,
            waited_max: 0,
        }
    }

    pub(crate) fn watch(&mut self, viewpoint: Viewpoint) {
        self.eye.watch(viewpoint);
    }

    pub(crate) fn go_away(&mut self) {
        self.here = false;
        self.events.clear();
    }

    /// A tick has passed: notes where the client looks, and what happened for it.
    pub(crate) fn tick(&mut self, room: &Room<G>) {
        self.eye.follow(room);
        for (audience, event) in room.events().iter().filter(|_| self.here) {
            let (may, must) = match *audience {
                Audience::All => (true, true),
                Audience::Only(player) => (Some(player) == self.player, Some(player) == self.player),
                Audience::Near { x, y } => self.eye.covers(x, y),
                Audience::Either { x, y, to_x, to_y } => {
                    let (one, other) = (self.eye.covers(x, y), self.eye.covers(to_x, to_y));
                    (one.0 || other.0, one.1 || other.1)
                }
            };
            if may {
                self.events.push(Concern { event: *event, must });
            }
        }
    }

    /// How many events wait.
    pub(crate) fn events_waiting(&self) -> usize {
        self.events.len()
    }

    /// The link was asked for a snapshot and gave `message`, or none: checks what it says about the client, and works out what the client must
    /// hold when it has read it.
    pub(crate) fn after_snapshot(
        &mut self,
        room: &Room<G>,
        truth: &Truth<G::Entity>,
        link: &Link<G>,
        message: Option<&[u8]>,
    ) -> Result<Option<Expected<G>>, String> {
        if link.synced() != room.tick {
            return if message.is_none() {
                Ok(None)
            } else {
                Err("a snapshot leaves the client behind its own tick".into())
            };
        }
        self.served += 1;
        if !self.here {
            self.here = true;
            self.audited = room.tick;
        }
        let flags = message.map_or(Ok(0), flags)?;
        if flags & KEYFRAME != 0 {
            self.names.clear();
            self.taken.clear();
        }
        self.rename(truth, link.known())?;
        self.check_view(truth, link.known(), link.is_limited())?;
        self.check_owed(link.owed(), link.is_limited())?;
        let audited = self.check_audit(room.tick, flags, message.is_some() && link.owed().is_empty())?;
        if message.is_none() {
            return if self.events.iter().any(|event| event.must) {
                Err("events wait although the client was served".into())
            } else {
                Ok(None)
            };
        }
        let events = core::mem::take(&mut self.events);
        if events.iter().filter(|event| event.must).count() > EVENTS_WAITING_MAX {
            return Err(format!("{} events waited, but at most {EVENTS_WAITING_MAX} may", events.len()));
        }
        let held = self.names.iter().map(|(slot, &(_, id))| Holding {
            id,
            state: truth.by_slot[slot].1,
            owed: link.owed().contains(*slot),
        });
        Ok(Some(Expected {
            tick: room.tick,
            held: held.collect(),
            own: self.own(room),
            events,
            audited,
            keyframe: flags & KEYFRAME != 0,
        }))
    }

    /// A watcher has none of its own, but the empty one with which it begins.
    fn own(&self, room: &Room<G>) -> Option<G::Own> {
        match self.player {
            Some(player) => room.players.get(player).map(|player| player.own),
            None => Some(G::Own::default()),
        }
    }

    /// Ids: those of what left are free, and what entered gets the lowest free ones in order of birth.
    fn rename(&mut self, truth: &Truth<G::Entity>, known: &Bitset) -> Result<(), String> {
        let lives = |slot: &u32, key: EntityKey| truth.by_slot.get(slot).is_some_and(|(living, _)| *living == key);
        let taken = &mut self.taken;
        self.names.retain(|slot, (key, id)| {
            let stays = known.contains(*slot) && lives(slot, *key);
            if !stays {
                taken.remove(id);
            }
            stays
        });
        let mut entered = Vec::new();
        for slot in known.iter().filter(|slot| !self.names.contains_key(slot)) {
            let Some((key, _)) = truth.by_slot.get(&slot) else {
                return Err(format!("slot {slot} is known, but nobody lives there"));
            };
            entered.push((truth.births[key], slot, *key));
        }
        entered.sort_unstable();
        for (_, slot, key) in entered {
            let id = (0..IDS_MAX).find(|id| !taken.contains(id)).ok_or("it knows more than it may")?;
            taken.insert(id);
            self.names.insert(slot, (key, id));
        }
        Ok(())
    }

    /// Nothing hidden or out of view is known, and what is in view is known, or waits within its bound.
    fn check_view(&mut self, truth: &Truth<G::Entity>, known: &Bitset, limited: bool) -> Result<(), String> {
        let mut in_view = 0;
        let mut late = None;
        for (&slot, (key, state)) in &truth.by_slot {
            let (may, must) = self.eye.may_and_must::<G>(state);
            in_view += u32::from(may);
            if known.contains(slot) && !may {
                return Err(format!(
                    "it knows what is hidden or out of its view around {:?}: {state:?}",
                    self.eye.centre
                ));
            }
            if known.contains(slot) || !must {
                self.unknown.remove(key);
            } else if !limited {
                return Err(format!("it does not know what is in its view around {:?}: {state:?}", self.eye.centre));
            } else {
                *self.unknown.entry(*key).or_default() += 1;
                late = late.max(Some((self.unknown[key], slot)));
            }
        }
        self.in_view_max = self.in_view_max.max(in_view);
        self.unknown.retain(|key, _| truth.births.contains_key(key));
        late.map_or(Ok(()), |(waited, slot)| {
            self.waited(waited, format_args!("to be told of {:?}", truth.by_slot[&slot].1))
        })
    }

    /// What is owed is paid at the next snapshot, or, where a client is limited, within the bound.
    fn check_owed(&mut self, owed: &Bitset, limited: bool) -> Result<(), String> {
        if !limited && !owed.is_empty() {
            return Err(format!("it is owed {} changes after a snapshot, although nothing limits it", owed.len()));
        }
        if let Some(slot) = owed.iter().find(|slot| !self.names.contains_key(slot)) {
            return Err(format!("it is owed a change of slot {slot}, which it does not know"));
        }
        let mut late = None;
        for (&slot, (key, _)) in &self.names {
            if owed.contains(slot) {
                *self.outdated.entry(*key).or_default() += 1;
                late = late.max(Some((self.outdated[key], slot)));
            } else {
                self.outdated.remove(key);
            }
        }
        let names = &self.names;
        self.outdated.retain(|key, _| names.get(&key.slot()).is_some_and(|(named, _)| named == key));
        late.map_or(Ok(()), |(waited, slot)| self.waited(waited, format_args!("for a change of slot {slot}")))
    }

    fn waited(&mut self, waited: u32, what: core::fmt::Arguments) -> Result<(), String> {
        self.waited_max = self.waited_max.max(waited);
        let bound = UNFAIRNESS_MAX * self.in_view_max + HEAD_START;
        if waited > bound {
            return Err(format!("it has waited {what} for {waited} snapshots, but {bound} are the bound"));
        }
        Ok(())
    }

    /// A hash comes at least once a second with a snapshot after which nothing is owed.
    fn check_audit(&mut self, tick: Tick, flags: u8, could: bool) -> Result<bool, String> {
        let audited = flags & HASH != 0;
        if audited {
            self.audited = tick;
        } else if could && tick - self.audited > self.settings.tick_rate {
            return Err(format!(
                "its last hash was {} ticks ago, although it was served and is owed nothing",
                tick - self.audited
            ));
        }
        Ok(audited)
    }
}

/// The first byte of a snapshot's sections.
fn flags(message: &[u8]) -> Result<u8, String> {
    match decode_server(message) {
        Ok(ServerMessage::Snapshot(snapshot)) => {
            snapshot.sections.first().copied().ok_or_else(|| "an empty snapshot".into())
        }
        other => Err(format!("{other:?} in place of a snapshot")),
    }
}
