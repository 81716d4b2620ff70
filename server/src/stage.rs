//! A room as it is shown: to whom, and what of it in each tick.

use std::sync::Arc;

use tickwire_sync::{
    Tick,
    game::{Game, rules_hash},
    protocol::{CloseCode, PackedRules, Pass, ServerMessage, Welcome, encode_server},
    server::{Arrival, Broadcast, Link, LinkError, LinkSettings, Room},
};

use crate::{
    clients::{Client, Clients},
    counters::Counters,
    delivery::Delivery,
    metrics::{Out, Tally},
    outbox::{Messages, Outbox},
};

/// What the stages of a room have in common.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) name: Arc<str>,
    /// Those that the room was opened with, packed.
    pub(crate) rules: Arc<[u8]>,
    pub(crate) link: LinkSettings,
    /// For how many ticks a place is held while nobody looks.
    pub(crate) away_ticks: u32,
    pub(crate) counters: Arc<Counters>,
    pub(crate) delivery: Delivery,
}

/// A room, and everybody who is shown it.
#[derive(Debug)]
pub(crate) struct Stage<G: Game> {
    pub(crate) room: Room<G>,
    pub(crate) clients: Clients<G>,
    /// How many ticks later than the players' it is.
    delay: u32,
    /// `None` while nobody is shown anything; from the next tick on it begins anew.
    broadcast: Option<Broadcast<G>>,
    /// Whose outboxes were filled in this tick.
    filled: Vec<Arc<Outbox>>,
    /// The rules that everybody was told of.
    told: Arc<G::Rules>,
}

impl<G: Game> Stage<G> {
    /// A room without anybody, `delay` ticks later than the players'.
    pub(crate) fn new(room: Room<G>, delay: u32) -> Self {
        let told = Arc::clone(&room.rules);
        Self { room, clients: Clients::default(), delay, broadcast: None, filled: Vec::new(), told }
    }

    /// The rules that the room goes by, packed.
    pub(crate) fn rules<'a>(&'a self, house: &'a House) -> &'a Arc<[u8]> {
        rules(&self.room, house)
    }

    /// Where the room goes by other rules than before, everybody is told of them, and gets everything anew.
    fn renew(&mut self) {
        if Arc::ptr_eq(&self.told, &self.room.rules) {
            return;
        }
        self.told = Arc::clone(&self.room.rules);
        self.broadcast = None;
        for client in self.clients.iter_mut().filter(|client| client.new.is_none()) {
            client.rules_due = true;
            client.link.begin_anew();
        }
    }

    /// The tick in which whoever comes in now is welcomed.
    pub(crate) fn next(&self) -> Tick {
        self.room.tick + 1
    }

    /// Shows everybody the tick that the room just had, `now` on its clock; nothing is sent of a `silent` one.
    pub(crate) fn show(&mut self, house: &House, now: Arrival, silent: bool) {
        self.renew();
        if self.clients.count() == (0, 0) {
            self.broadcast = None;
            return;
        }
        let Self { room, clients, delay, broadcast, filled, told: _ } = self;
        let broadcast = broadcast.get_or_insert_with(|| Broadcast::new(&*room.rules));
        broadcast.encode(room);
        let (mut sent, mut events) = (Tally::default(), 0);
        for client in clients.iter_mut() {
            if let Some(code) = refuse(client, room, broadcast, (now, house.away_ticks)) {
                client.close(code);
                continue;
            }
            if silent || !client.outbox.is_free() {
                continue;
            }
            let messages = batch((client, &mut sent, &mut events), room, broadcast, (now, house, *delay));
            if messages.len() > 0 {
                client.outbox.put(messages);
                filled.push(Arc::clone(&client.outbox));
            } else {
                client.outbox.keep(messages);
            }
        }
        house.delivery.deliver(filled);
        house.counters.traffic.send(&sent);
        house.counters.events_sent.add(events);
    }
}

/// Keeps the tick's events for a client; says why it is to be closed, if it is: it takes in too little, or nobody looks any more.
fn refuse<G: Game>(
    client: &mut Client<G>,
    room: &Room<G>,
    broadcast: &Broadcast<G>,
    (now, away_ticks): (Arrival, u32),
) -> Option<CloseCode> {
    if let Err(LinkError::TooSlow) = client.link.collect_events(room, broadcast, now) {
        return Some(CloseCode::TooSlow);
    }
    client.link.away_since().is_some_and(|since| room.tick - since > away_ticks).then_some(CloseCode::Away)
}

/// All that a client gets in this tick, added to what all get.
fn batch<G: Game>(
    (client, sent, events): (&mut Client<G>, &mut Tally, &mut u64),
    room: &Room<G>,
    broadcast: &mut Broadcast<G>,
    (now, house, delay): (Arrival, &House, u32),
) -> Messages {
    let mut messages = client.outbox.empty();
    if let Some(greeting) = client.new.take() {
        let welcome = house.welcome(room, &client.link, delay, greeting.pass());
        let welcome = encode_server(&ServerMessage::Welcome(welcome));
        sent.add(Out::Welcome, welcome.len());
        messages.push(&welcome);
    }
    if std::mem::take(&mut client.rules_due) {
        let rules = rules(room, house);
        let rules_hash = rules_hash::<G>(rules, house.link.tick_rate);
        let message = encode_server(&ServerMessage::Rules(PackedRules { rules, rules_hash }));
        sent.add(Out::Rules, message.len());
        messages.push(&message);
    }
    if let Some(news) = client.take_news() {
        sent.add(Out::Notices, news.len());
        messages.push(&news);
    }
    let before = messages.bytes();
    messages.push_with(|bytes| client.link.snapshot(room, broadcast, now, bytes));
    let bytes = messages.bytes() - before;
    if bytes > 0 {
        let last = client.link.last_snapshot();
        sent.add(if last.keyframe { Out::Keyframe } else { Out::Snapshot }, bytes);
        *events += last.events as u64;
    }
    messages
}

/// The rules that a room goes by, packed.
fn rules<'a, G: Game>(room: &'a Room<G>, house: &'a House) -> &'a Arc<[u8]> {
    room.renewed_rules().unwrap_or(&house.rules)
}

impl House {
    fn welcome<'a, G: Game>(&'a self, room: &'a Room<G>, link: &Link<G>, delay: u32, pass: Pass<'a>) -> Welcome<'a> {
        Welcome {
            player: link.player(),
            room: &self.name,
            tick: link.sent(),
            tick_rate: self.link.tick_rate,
            delay,
            rules: rules(room, self),
            rules_hash: rules_hash::<G>(rules(room, self), self.link.tick_rate),
            pass,
        }
    }
}
