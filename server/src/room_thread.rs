//! A room on its thread: wait for the tick, take what arrived, tick, hand over one batch.

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Instant,
};

use tickwire_sync::{
    PlayerNumber,
    game::{Game, RulesSource, rules_hash},
    protocol::{CloseCode, ServerMessage, Welcome, encode_server, limits::PLAYERS_MAX},
    server::{Arrival, Broadcast, Command, LinkError, LinkSettings, Room},
};
use tokio::sync::mpsc;
use tracing::warn;

use crate::{
    Source,
    clients::Clients,
    counters::Counters,
    outbox::{Batch, Outbox},
    pacer::Pacer,
    recording::{Recorder, Writer},
    rooms::{INBOX_MAX, Inbound, Report},
    text,
};

/// What a room is opened with.
#[derive(Debug)]
pub(crate) struct Settings<G: Game> {
    pub(crate) name: Arc<str>,
    pub(crate) rules: Arc<G::Rules>,
    pub(crate) source: Arc<Source>,
    pub(crate) seed: u64,
    pub(crate) tick_rate: u32,
    pub(crate) people_max: usize,
    pub(crate) bots: usize,
    pub(crate) link: LinkSettings,
    /// How many ticks back shots are judged by what their shooter saw.
    pub(crate) rewind_ticks: u32,
    /// For how many ticks a seat is held while nobody looks.
    pub(crate) away_ticks: u32,
    pub(crate) counters: Arc<Counters>,
    pub(crate) report: Arc<Report>,
    /// Where the room is recorded, if it is.
    pub(crate) recording: Option<Writer>,
}

struct RoomThread<G: Game> {
    settings: Settings<G>,
    rules_hash: u64,
    room: Room<G>,
    broadcast: Broadcast<G>,
    clients: Clients<G>,
    commands: Vec<Command<G::Controls>>,
    batch: Batch,
    pacer: Pacer,
    recorder: Option<Recorder>,
}

/// Runs a room until it is told to stop, or nobody is left who could talk to it.
pub(crate) fn run<G: Game>(mut settings: Settings<G>, mut inbox: mpsc::Receiver<Inbound>) {
    let source = RulesSource { tuning: &settings.source.tuning, map: &settings.source.map };
    let rules_hash = rules_hash::<G>(source, settings.tick_rate);
    let room = Room::with_rewind(Arc::clone(&settings.rules), settings.seed, settings.rewind_ticks);
    let recorder = settings.recording.take().and_then(|writer| Recorder::start(writer, &room, &settings.counters));
    let mut this = RoomThread::<G> {
        rules_hash,
        room,
        broadcast: Broadcast::new(&*settings.rules),
        clients: Clients::default(),
        commands: Vec::new(),
        batch: Batch::default(),
        pacer: Pacer::starting(1, Instant::now(), settings.tick_rate),
        recorder,
        settings,
    };
    while this.wait(&mut inbox).is_continue() {
        this.tick();
    }
    for client in this.clients.iter_mut() {
        client.close(CloseCode::GoingAway);
    }
    if let Some(recorder) = this.recorder {
        recorder.finish(&this.room);
    }
}

impl<G: Game> RoomThread<G> {
    /// Waits for the next tick, or, without people, for somebody to come; then takes in what arrived.
    fn wait(&mut self, inbox: &mut mpsc::Receiver<Inbound>) -> ControlFlow<()> {
        if self.clients.people() == 0 && self.commands.is_empty() {
            if let Some(recorder) = &mut self.recorder {
                recorder.flush(&self.room);
            }
            match inbox.blocking_recv() {
                Some(inbound) => self.receive(inbound)?,
                None => return ControlFlow::Break(()),
            }
            self.pacer = Pacer::starting(self.room.tick + 1, Instant::now(), self.settings.tick_rate);
        }
        thread::sleep(self.pacer.due(self.room.tick + 1).saturating_duration_since(Instant::now()));
        for _ in 0..INBOX_MAX {
            let Ok(inbound) = inbox.try_recv() else { break };
            self.receive(inbound)?;
        }
        ControlFlow::Continue(())
    }

    fn receive(&mut self, inbound: Inbound) -> ControlFlow<()> {
        match inbound {
            Inbound::Join { name, outbox, reply } => {
                // Whoever asked may be gone by now: then its connection says so next.
                let _ = reply.send(self.join(name, outbox));
            }
            Inbound::Input(player, input, at) => {
                let arrival = self.pacer.arrival(at);
                let Some(client) = self.clients.get_mut(player) else { return ControlFlow::Continue(()) };
                let dropped = client.link.inputs_dropped();
                if client.link.receive(input, arrival, self.room.tick).is_err() {
                    client.close(CloseCode::BadControls);
                }
                self.settings.counters.inputs_dropped.add(client.link.inputs_dropped() - dropped);
            }
            Inbound::Chat(player, line) => self.settings.counters.chat_dropped.add(self.clients.say(player, line)),
            Inbound::Keyframe(player) => {
                if let Some(client) = self.clients.get_mut(player) {
                    self.settings.counters.keyframes_asked.add(1);
                    if client.link.ask_keyframe() {
                        warn!(room = %self.settings.name, player, "a client's state differs from the room's: keyframe");
                    }
                }
            }
            Inbound::Away(player) => {
                if let Some(client) = self.clients.get_mut(player) {
                    client.link.go_away(self.room.tick);
                }
            }
            Inbound::Back(player) => {
                if let Some(client) = self.clients.get_mut(player) {
                    client.link.come_back();
                }
            }
            Inbound::Leave(player) => {
                self.clients.leave(player);
                self.commands.push(Command::Leave { player });
            }
            Inbound::Stop => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    fn join(&mut self, name: String, outbox: Arc<Outbox>) -> Result<PlayerNumber, CloseCode> {
        if self.clients.people() >= self.settings.people_max {
            return Err(CloseCode::RoomFull);
        }
        let player = self.seat(false)?;
        self.clients.join(player, name, outbox, (self.room.tick + 1, self.settings.link));
        self.settings.counters.joins.add(1);
        Ok(player)
    }

    /// A number for somebody who comes in at the next tick.
    fn seat(&mut self, bot: bool) -> Result<PlayerNumber, CloseCode> {
        let comes = |command: &Command<_>, number| matches!(command, Command::Join { player, .. } if *player == number);
        let taken = |&number: &PlayerNumber| self.commands.iter().any(|command| comes(command, number));
        let player = self.room.players.free_numbers().find(|number| !taken(number)).ok_or(CloseCode::RoomFull)?;
        self.commands.push(Command::Join { player, bot });
        Ok(player)
    }

    /// Bots make way for people, one for one.
    fn fill_with_bots(&mut self) {
        // However many bots are wished for, there is a number for each person who may come.
        let seats = usize::from(PLAYERS_MAX) - self.settings.people_max;
        let wished = if G::bots_allowed(&self.room.rules) { self.settings.bots } else { 0 };
        let wanted = wished.saturating_sub(self.clients.people()).min(seats);
        while self.clients.bots() > wanted {
            let Some(player) = self.clients.leave_bot() else { break };
            self.commands.push(Command::Leave { player });
        }
        while self.clients.bots() < wanted {
            let Ok(player) = self.seat(true) else { break };
            self.clients.join_bot(player, text::bot_name(self.clients.bots()));
        }
    }

    fn tick(&mut self) {
        let began = Instant::now();
        let next = self.room.tick + 1;
        let lateness = self.pacer.begin(next, began);
        self.settings.counters.ticks_late.add(u64::from(lateness.behind > 0));
        self.settings.counters.stalls.add(u64::from(lateness.stalled));

        self.fill_with_bots();
        for client in self.clients.iter_mut() {
            let player = client.link.player();
            let controls = client.link.take_controls(next);
            self.commands.extend(controls.map(|(controls, behind)| Command::Controls { player, controls, behind }));
        }
        self.room.tick(&self.commands);
        if let Some(recorder) = &mut self.recorder {
            recorder.record(&self.room, &self.commands);
        }
        self.commands.clear();
        self.broadcast.encode(&self.room);
        let now = self.pacer.arrival(began);
        self.collect_events(now);
        self.close_the_absent();
        if lateness.behind == 0 {
            self.send(now);
        }
        self.report(began);
    }

    fn collect_events(&mut self, now: Arrival) {
        for client in self.clients.iter_mut() {
            if let Err(LinkError::TooSlow) = client.link.collect_events(&self.room, &self.broadcast, now) {
                client.close(CloseCode::TooSlow);
            }
        }
    }

    fn close_the_absent(&mut self) {
        for client in self.clients.iter_mut() {
            if client.link.away_since().is_some_and(|since| self.room.tick - since > self.settings.away_ticks) {
                client.close(CloseCode::Away);
            }
        }
    }

    fn send(&mut self, now: Arrival) {
        let welcome = Welcome {
            player: 0,
            room: &self.settings.name,
            tick: 0,
            tick_rate: self.settings.tick_rate,
            tuning: &self.settings.source.tuning,
            map: &self.settings.source.map,
            rules_hash: self.rules_hash,
        };
        let (mut messages_sent, mut bytes_sent) = (0, 0);
        for client in self.clients.iter_mut().filter(|client| client.outbox.is_free()) {
            let mut messages = client.outbox.empty();
            if std::mem::take(&mut client.new) {
                let welcome = Welcome { player: client.link.player(), tick: client.link.sent(), ..welcome };
                messages.push(&encode_server(&ServerMessage::Welcome(welcome)));
            }
            if let Some(news) = client.take_news() {
                messages.push(&news);
            }
            messages.push_with(|bytes| client.link.snapshot(&self.room, &mut self.broadcast, now, bytes));
            messages_sent += messages.len() as u64;
            bytes_sent += messages.bytes() as u64;
            if messages.len() > 0 {
                self.batch.add(&client.outbox, messages);
            } else {
                client.outbox.keep(messages);
            }
        }
        self.batch.deliver();
        self.settings.counters.messages_sent.add(messages_sent);
        self.settings.counters.bytes_sent.add(bytes_sent);
    }

    fn report(&self, began: Instant) {
        let report = &self.settings.report;
        report.tick.store(self.room.tick, Ordering::Relaxed);
        report.people.store(self.clients.people() as u32, Ordering::Relaxed);
        report.bots.store(self.clients.bots() as u32, Ordering::Relaxed);
        report.entities.store(self.room.world.len() as u32, Ordering::Relaxed);
        report.tick_micros.store(began.elapsed().as_micros() as u32, Ordering::Relaxed);
    }
}
