//! What the bytes of snapshots are for: each is put down to a kind of entity, or to what comes with every message.
//!
//! A second reader of `docs/wire.md`, beside the session's and off its path: only bots that are asked to (`--by-kind`) run it. Where entities
//! share a byte, each has its part of it, so the sums are of all bytes that were read.

use std::fmt;

use serde::Serialize;
use tickwire_sync::{
    game::Game,
    protocol::{ServerMessage, decode_server},
    replicate::{Malformed, Mirror, Reader, Replicate},
};

/// The bits of a snapshot's first byte.
mod flag {
    pub(super) const LEFT: u8 = 1;
    pub(super) const ENTERED: u8 = 1 << 1;
    pub(super) const CHANGED: u8 = 1 << 2;
    pub(super) const OWN: u8 = 1 << 3;
    pub(super) const OWN_WHOLE: u8 = 1 << 4;
    pub(super) const EVENTS: u8 = 1 << 5;
    pub(super) const HASH: u8 = 1 << 6;
    pub(super) const KEYFRAME: u8 = 1 << 7;
}

/// What one kind of entity cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct OfKind {
    /// Bytes that told of its entering, its leaving, and its changes.
    pub(crate) entered: f64,
    pub(crate) left: f64,
    pub(crate) changed: f64,
    /// The sum over ticks of how many were known.
    pub(crate) known: u64,
}

/// What some snapshots cost, in bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Costs {
    /// By kind, in the order of the game's table.
    pub(crate) kinds: Vec<OfKind>,
    /// WebSocket header, message head, flags and counts.
    pub(crate) heads: f64,
    /// State that only the player gets.
    pub(crate) own: f64,
    pub(crate) events: f64,
    pub(crate) hashes: f64,
    pub(crate) ticks: u64,
    /// The kind behind each known id.
    ids: Vec<Option<u8>>,
}

impl Costs {
    pub(crate) fn of<G: Game>() -> Self {
        Self { kinds: vec![OfKind::default(); G::Entity::KINDS.len()], ..Self::default() }
    }

    /// Forgets what was counted, but not which id is of which kind.
    pub(crate) fn restart(&mut self) {
        let ids = core::mem::take(&mut self.ids);
        *self = Self { kinds: vec![OfKind::default(); self.kinds.len()], ids, ..Self::default() };
    }

    /// Adds those of another client.
    pub(crate) fn add(&mut self, other: &Self) {
        self.kinds.resize(self.kinds.len().max(other.kinds.len()), OfKind::default());
        for (sum, more) in self.kinds.iter_mut().zip(&other.kinds) {
            sum.entered += more.entered;
            sum.left += more.left;
            sum.changed += more.changed;
            sum.known += more.known;
        }
        self.heads += other.heads;
        self.own += other.own;
        self.events += other.events;
        self.hashes += other.hashes;
        self.ticks += other.ticks;
    }

    /// Counts a message, if it is a snapshot.
    ///
    /// # Errors
    /// It is none of ours; what it has up to there is counted.
    pub(crate) fn read(&mut self, message: &[u8]) -> Result<(), Malformed> {
        let Ok(ServerMessage::Snapshot(snapshot)) = decode_server(message) else { return Ok(()) };
        let websocket = match message.len() {
            ..126 => 2,
            126..65_536 => 4,
            _ => 10,
        };
        self.heads += (websocket + message.len() - snapshot.sections.len()) as f64;
        let mut bytes = Metered::new(snapshot.sections);
        let flags = bytes.reader.u8()?;
        let has = |flag| flags & flag != 0;
        if has(flag::KEYFRAME) {
            self.ids.clear();
        }
        if has(flag::LEFT) {
            self.read_left(&mut bytes)?;
        }
        if has(flag::ENTERED) {
            self.read_entered(&mut bytes)?;
        }
        if has(flag::CHANGED) {
            for _ in 0..bytes.reader.u32()? {
                self.read_group(&mut bytes)?;
            }
        }
        self.heads += bytes.lap();
        if has(flag::OWN) {
            bytes.masked()?;
        }
        if has(flag::OWN_WHOLE) {
            bytes.whole()?;
        }
        self.own += bytes.lap();
        if has(flag::EVENTS) {
            for _ in 0..bytes.reader.u32()? {
                bytes.whole()?;
            }
        }
        self.events += bytes.lap();
        if has(flag::HASH) {
            bytes.reader.u32_fixed()?;
        }
        self.hashes += bytes.lap();
        bytes.reader.finish()
    }

    /// Counts what a client knows, for so many ticks.
    pub(crate) fn see<G: Game>(&mut self, mirror: &Mirror<G>, ticks: u64) {
        self.ticks += ticks;
        for (_, held) in mirror.iter() {
            self.kinds[usize::from(held.state.kind())].known += ticks;
        }
    }

    fn read_left(&mut self, bytes: &mut Metered) -> Result<(), Malformed> {
        let count = bytes.reader.u32()?;
        self.heads += bytes.lap();
        let mut next = 0;
        for _ in 0..count {
            let id = bytes.id(&mut next)?;
            let kind = self.ids.get_mut(id).and_then(Option::take).ok_or(Malformed::Id)?;
            self.kind(kind)?.left += bytes.lap();
        }
        Ok(())
    }

    fn read_entered(&mut self, bytes: &mut Metered) -> Result<(), Malformed> {
        let count = bytes.reader.u32()?;
        self.heads += bytes.lap();
        let mut next = 0;
        for _ in 0..count {
            let (id, head) = (bytes.id(&mut next)?, bytes.reader.u32()?);
            if head & 1 != 0 {
                bytes.reader.u32()?;
            }
            if head & 2 == 0 {
                bytes.masked()?;
            }
            let kind = (head >> 2) as u8;
            if id >= self.ids.len() {
                self.ids.resize(id + 1, None);
            }
            self.ids[id] = Some(kind);
            self.kind(kind)?.entered += bytes.lap();
        }
        Ok(())
    }

    /// All of a group is shared evenly by its entities: they have the same mask.
    fn read_group(&mut self, bytes: &mut Metered) -> Result<(), Malformed> {
        self.heads += bytes.lap();
        let head = bytes.reader.u32()?;
        let (numbers, mut ids, mut next) = ((head >> 2).count_ones(), Vec::new(), 0);
        let count = bytes.reader.u32()?;
        for at in 0..count as usize {
            if head & 1 == 0 {
                ids.push(bytes.id(&mut next)?);
            } else {
                let bits = bytes.reader.u8()?;
                ids.extend((0..8).filter(|bit| bits >> bit & 1 == 1).map(|bit| at * 8 + bit));
            }
        }
        let shared = bytes.lap() / ids.len().max(1) as f64;
        let halves = numbers as usize * ids.len();
        if head & 2 != 0 {
            (0..halves.div_ceil(2)).try_for_each(|_| bytes.reader.u8().map(drop))?;
        }
        let narrow = bytes.lap() / ids.len().max(1) as f64;
        for id in ids {
            if head & 2 == 0 {
                (0..numbers).try_for_each(|_| bytes.reader.u32().map(drop))?;
            }
            let kind = self.ids.get(id).copied().flatten().ok_or(Malformed::Id)?;
            self.kind(kind)?.changed += shared + narrow + bytes.lap();
        }
        Ok(())
    }

    fn kind(&mut self, kind: u8) -> Result<&mut OfKind, Malformed> {
        self.kinds.get_mut(usize::from(kind)).ok_or(Malformed::Unknown)
    }
}

/// What the bytes were for, for each client and tick.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ByKind {
    /// The kinds of entities that were known, in the order of the game's table.
    pub kinds: Vec<KindCosts>,
    /// Bytes of WebSocket headers, message heads, flags and counts.
    pub heads: f64,
    /// Bytes of state that only the player gets.
    pub own: f64,
    /// Bytes of events.
    pub events: f64,
    /// Bytes of hashes.
    pub hashes: f64,
}

/// What one kind of entity cost, in bytes for each of them that a client knew and each tick.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KindCosts {
    /// The kind's name.
    pub name: &'static str,
    /// How many of them a client knew, on average.
    pub known: f64,
    /// To tell that one is there, or what it is anew.
    pub entered: f64,
    /// To tell that one is gone, where the client could not tell by itself.
    pub left: f64,
    /// To tell what became of one otherwise than its step foresees.
    pub changed: f64,
}

impl ByKind {
    pub(crate) fn new<G: Game>(costs: &Costs) -> Self {
        let ticks = costs.ticks.max(1) as f64;
        let kinds = G::Entity::KINDS.iter().zip(&costs.kinds).filter(|(_, of)| of.known > 0).map(|(kind, of)| {
            let known = of.known as f64;
            let (entered, left, changed) = (of.entered / known, of.left / known, of.changed / known);
            KindCosts { name: kind.name, known: known / ticks, entered, left, changed }
        });
        Self {
            kinds: kinds.collect(),
            heads: costs.heads / ticks,
            own: costs.own / ticks,
            events: costs.events / ticks,
            hashes: costs.hashes / ticks,
        }
    }
}

impl fmt::Display for ByKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "by kind           known   entered      left   changed  (bytes for each of them and tick)")?;
        for KindCosts { name, known, entered, left, changed } in &self.kinds {
            writeln!(f, "  {name:<12} {known:>8.1} {entered:>9.4} {left:>9.4} {changed:>9.4}")?;
        }
        let Self { heads, own, events, hashes, .. } = self;
        write!(
            f,
            "  besides      {heads:.2} heads, {own:.2} own state, {events:.2} events, {hashes:.2} hashes (bytes a tick)"
        )
    }
}

/// Reads, and says how many bytes that took.
struct Metered<'a> {
    reader: Reader<'a>,
    /// How many bytes were left when somebody asked last.
    left: usize,
}

impl<'a> Metered<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), left: bytes.len() }
    }

    fn id(&mut self, next: &mut usize) -> Result<usize, Malformed> {
        let id = *next + self.reader.u32()? as usize;
        *next = id + 1;
        Ok(id)
    }

    fn masked(&mut self) -> Result<(), Malformed> {
        let mask = self.reader.u32()?;
        (0..mask.count_ones()).try_for_each(|_| self.reader.u32().map(drop))
    }

    fn whole(&mut self) -> Result<(), Malformed> {
        self.reader.u8()?;
        self.masked()
    }

    /// Bytes since the last call.
    fn lap(&mut self) -> f64 {
        let before = core::mem::replace(&mut self.left, self.reader.left());
        (before - self.left) as f64
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::{Arena, DEFAULT_TUNING};
    use tickwire_sync::{
        game::RulesSource,
        interest::Viewpoint,
        protocol::{Snapshot, SnapshotHeader, encode_server},
        server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
    };

    use super::*;

    /// Everything that was counted, in bytes.
    fn total(costs: &Costs) -> f64 {
        let kinds: f64 = costs.kinds.iter().map(|kind| kind.entered + kind.left + kind.changed).sum();
        kinds + costs.heads + costs.own + costs.events + costs.hashes
    }

    fn message(sections: &[u8]) -> Vec<u8> {
        let header = SnapshotHeader { elapsed: 1, input_advance: 0, input_margin: 0 };
        encode_server(&ServerMessage::Snapshot(Snapshot { header, sections }))
    }

    #[test]
    fn each_byte_of_a_small_snapshot_goes_to_its_kind() {
        let mut costs = Costs::of::<Arena>();
        // Entered: a ship with one field, another one, a shot of the first as foreseen, a rock with two fields.
        costs.read(&message(&[2, 4, 0, 0, 1, 9, 0, 0, 1, 9, 0, 7, 0, 0, 8, 3, 9, 9])).expect("it is right");
        // 2 and 4 of the WebSocket's and the message's heads; flags and count.
        assert_eq!(costs.heads, 2.0 + 4.0 + 2.0);
        let entered = |costs: &Costs| costs.kinds.iter().map(|kind| kind.entered).collect::<Vec<_>>();
        let entered = entered(&costs);
        assert!(entered[..3] == [8.0, 3.0, 5.0] && entered[3..].iter().all(|bytes| *bytes == 0.0), "{entered:?}");

        costs.restart();
        // Left: the shot. Changed: both ships and the rock in one narrow group by a bitmap; the first ship in another, by gaps. A hash.
        let changed = [2, 1 << 2 | 3, 1, 0b1011, 0x21, 0x03, 2 << 2, 1, 0, 0x80, 1];
        let sections = [&[1 | 4 | 64, 1, 2][..], &changed, &[1, 2, 3, 4]].concat();
        costs.read(&message(&sections)).expect("it is right");
        let [ship, shot, rock] = [0, 1, 2].map(|kind| costs.kinds[kind]);
        assert_eq!((ship.left, shot.left, rock.left), (0.0, 1.0, 0.0));
        // Head, bitmap and half bytes are 5 bytes for three, and the second group is the first ship's.
        assert!((ship.changed - (5.0 * 2.0 / 3.0 + 5.0)).abs() < 1e-9 && (rock.changed - 5.0 / 3.0).abs() < 1e-9);
        // Flags, and the counts of both sections.
        assert_eq!((costs.heads, costs.hashes), (2.0 + 4.0 + 3.0, 4.0));
        assert!((total(&costs) - 2.0 - message(&sections).len() as f64).abs() < 1e-9);
    }

    #[test]
    fn the_parts_of_a_fight_add_up_to_all_of_its_bytes() {
        let map = "name = \"Bare\"\nwidth = 3000\nheight = 3000\nspawns = [[500, 500], [900, 500], [500, 900]]\n\
                   rocks = [{ x = 700, y = 700, radius = 40, vx = 20, vy = 10 }]";
        let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map }, 30).expect("they are right");
        let mut broadcast = Broadcast::new(&rules);
        let mut room = Room::<Arena>::new(rules.into(), 1);
        room.tick(&[0, 1, 2].map(|player| Command::Join { player, bot: true }));
        let settings = LinkSettings { tick_rate: 30, viewpoint: Viewpoint::All, max_kbps: None };
        let mut link = Link::<Arena>::new(Some(0), room.tick, settings);
        let (mut costs, mut bytes) = (Costs::of::<Arena>(), 0);
        for _ in 0..900 {
            room.tick(&[]);
            broadcast.encode(&room);
            let now = Arrival(i64::from(room.tick) * 16);
            link.acknowledge(link.sent(), 0, now);
            link.collect_events(&room, &broadcast, now).expect("it keeps up");
            let mut message = Vec::new();
            if link.snapshot(&room, &mut broadcast, now, &mut message) {
                costs.read(&message).expect("it is right");
                bytes += message.len() + if message.len() < 126 { 2 } else { 4 };
            }
        }
        assert!((total(&costs) - bytes as f64).abs() < 1e-3, "{costs:?} of {bytes} bytes");
        let [ship, shot] = [0, 1].map(|kind| costs.kinds[kind]);
        assert!(ship.changed > 1000.0 && shot.entered > 100.0 && shot.left > 0.0 && costs.events > 0.0, "{costs:?}");
    }
}
