//! A room on its thread: wait for the tick, take what arrived, tick, show it to everybody.

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Instant,
};

use tickwire_sync::{
    PlayerNumber,
    game::Game,
    interest::Viewpoint,
    protocol::{CloseCode, Role, limits::PLAYERS_MAX},
    server::{Command, Link, LinkSettings, Room},
};
use tokio::sync::mpsc;
use tracing::warn;

use crate::{
    clients::{Client, News},
    delayed::Delayed,
    outbox::Outbox,
    pacer::Pacer,
    recording::{Recorder, Writer},
    rooms::{INBOX_MAX, Inbound, Report, Who},
    stage::{House, Stage},
    text,
};

/// What a room is opened with.
#[derive(Debug)]
pub(crate) struct Settings<G: Game> {
    pub(crate) house: House,
    pub(crate) rules: Arc<G::Rules>,
    pub(crate) seed: u64,
    pub(crate) people_max: usize,
    pub(crate) watchers_max: usize,
    /// How many ticks later than players watchers see the room.
    pub(crate) watch_delay_ticks: u32,
    pub(crate) bots: usize,
    /// How many ticks back shots are judged by what their shooter saw.
    pub(crate) rewind_ticks: u32,
    pub(crate) report: Arc<Report>,
    /// Where the room is recorded, if it is.
    pub(crate) recording: Option<Writer>,
}

struct RoomThread<G: Game> {
    settings: Settings<G>,
    /// Players, and watchers too where they see it live.
    stage: Stage<G>,
    /// Where watchers are, otherwise.
    delayed: Option<Delayed<G>>,
    /// The bots that keep people company.
    bots: Vec<PlayerNumber>,
    /// The number of the watcher who came last.
    watcher: u64,
    commands: Vec<Command<G::Controls>>,
    pacer: Pacer,
    recorder: Option<Recorder>,
}

/// Runs a room until it is told to stop, or nobody is left who could talk to it.
pub(crate) fn run<G: Game>(mut settings: Settings<G>, mut inbox: mpsc::Receiver<Inbound>) {
    let open = || Room::with_rewind(Arc::clone(&settings.rules), settings.seed, settings.rewind_ticks);
    let (mut room, delay) = (open(), settings.watch_delay_ticks);
    let delayed = (delay > 0).then(|| Delayed::new(open(), delay));
    // Before anybody comes there is already a past to watch.
    (0..delay).for_each(|_| room.tick(&[]));
    let counters = &settings.house.counters;
    let recorder = settings.recording.take().and_then(|writer| Recorder::start(writer, &room, counters));
    let mut this = RoomThread::<G> {
        pacer: Pacer::starting(room.tick + 1, Instant::now(), settings.house.link.tick_rate),
        stage: Stage::new(room, 0),
        delayed,
        bots: Vec::new(),
        watcher: 0,
        commands: Vec::new(),
        recorder,
        settings,
    };
    while this.wait(&mut inbox).is_continue() {
        this.tick();
    }
    let stages = std::iter::once(&mut this.stage).chain(this.delayed.as_mut().map(|delayed| &mut delayed.stage));
    for client in stages.flat_map(|stage| stage.clients.iter_mut()) {
        client.close(CloseCode::GoingAway);
    }
    if let Some(recorder) = this.recorder {
        recorder.finish(&this.stage.room);
    }
}

impl<G: Game> RoomThread<G> {
    /// Waits for the next tick, or, while nobody is here, for somebody to come; then takes in what arrived.
    fn wait(&mut self, inbox: &mut mpsc::Receiver<Inbound>) -> ControlFlow<()> {
        if self.people() == 0 && self.watchers() == 0 && self.commands.is_empty() {
            if let Some(recorder) = &mut self.recorder {
                recorder.flush(&self.stage.room);
            }
            match inbox.blocking_recv() {
                Some(inbound) => self.receive(inbound)?,
                None => return ControlFlow::Break(()),
            }
            self.pacer = Pacer::starting(self.stage.next(), Instant::now(), self.settings.house.link.tick_rate);
        }
        thread::sleep(self.pacer.due(self.stage.next()).saturating_duration_since(Instant::now()));
        for _ in 0..INBOX_MAX {
            let Ok(inbound) = inbox.try_recv() else { break };
            self.receive(inbound)?;
        }
        ControlFlow::Continue(())
    }

    fn receive(&mut self, inbound: Inbound) -> ControlFlow<()> {
        match inbound {
            Inbound::Join { role, name, outbox, reply } => {
                // Whoever asked may be gone by now: then its connection says so next.
                let _ = reply.send(match role {
                    Role::Player => self.join(name, outbox),
                    Role::Watcher => self.watch(outbox),
                });
            }
            Inbound::Input(player, input, at) => {
                let (arrival, now) = (self.pacer.arrival(at), self.stage.room.tick);
                let Some(client) = self.client(Who::Player(player)) else { return ControlFlow::Continue(()) };
                let before = client.link.inputs_dropped();
                if client.link.receive(input, arrival, now).is_err() {
                    client.close(CloseCode::BadControls);
                }
                let dropped = client.link.inputs_dropped() - before;
                self.settings.house.counters.inputs_dropped.add(dropped);
            }
            Inbound::Chat(player, line) => self.tell(News::Chat(player, line)),
            Inbound::Watch(number, viewpoint) => {
                if let Some(client) = self.client(Who::Watcher(number)) {
                    client.link.watch(viewpoint);
                }
            }
            Inbound::Ack(number, ack, at) => {
                let mut arrival = self.pacer.arrival(at);
                if let Some(delayed) = &self.delayed {
                    arrival = delayed.arrival(arrival);
                }
                if let Some(client) = self.client(Who::Watcher(number)) {
                    client.link.acknowledge(ack.tick, ack.age, arrival);
                }
            }
            Inbound::Keyframe(who) => self.keyframe(who),
            Inbound::Away(who) => {
                let now = self.stage_of(who).room.tick;
                if let Some(client) = self.client(who) {
                    client.link.go_away(now);
                }
            }
            Inbound::Back(who) => {
                if let Some(client) = self.client(who) {
                    client.link.come_back();
                }
            }
            Inbound::Leave(who) => {
                self.stage_of(who).clients.leave(who);
                if let Who::Player(player) = who {
                    self.tell(News::Left(player));
                    self.commands.push(Command::Leave { player });
                }
            }
            Inbound::Stop => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    fn stage_of(&mut self, who: Who) -> &mut Stage<G> {
        match (who, &mut self.delayed) {
            (Who::Watcher(_), Some(delayed)) => &mut delayed.stage,
            _ => &mut self.stage,
        }
    }

    fn client(&mut self, who: Who) -> Option<&mut Client<G>> {
        self.stage_of(who).clients.get_mut(who)
    }

    fn people(&self) -> usize {
        self.stage.clients.count().0
    }

    fn watchers(&self) -> usize {
        self.delayed.as_ref().map_or(&self.stage, |delayed| &delayed.stage).clients.count().1
    }

    fn keyframe(&mut self, who: Who) {
        let Some(client) = self.client(who) else { return };
        let first = client.link.ask_keyframe();
        let house = &self.settings.house;
        house.counters.keyframes_asked.add(1);
        if first {
            warn!(room = %house.name, ?who, "a client's state differs from the room's: keyframe");
        }
    }

    fn tell(&mut self, news: News) {
        let news = Arc::new(news);
        let mut left_out = self.stage.clients.tell(&news);
        if let Some(delayed) = &mut self.delayed {
            left_out += delayed.tape(&news);
        }
        self.settings.house.counters.chat_dropped.add(left_out);
    }

    fn join(&mut self, name: String, outbox: Arc<Outbox>) -> Result<Who, CloseCode> {
        if self.people() >= self.settings.people_max {
            return Err(CloseCode::RoomFull);
        }
        let player = self.seat(false)?;
        let link = Link::new(Some(player), self.stage.next(), self.settings.house.link);
        self.stage.clients.enter(Who::Player(player), link, outbox);
        self.tell(News::Named(player, name.into()));
        self.settings.house.counters.joins.add(1);
        Ok(Who::Player(player))
    }

    fn watch(&mut self, outbox: Arc<Outbox>) -> Result<Who, CloseCode> {
        if self.watchers() >= self.settings.watchers_max {
            return Err(CloseCode::WatchersFull);
        }
        self.watcher += 1;
        let who = Who::Watcher(self.watcher);
        let settings = LinkSettings { viewpoint: Viewpoint::All, ..self.settings.house.link };
        let stage = self.stage_of(who);
        stage.clients.enter(who, Link::new(None, stage.next(), settings), outbox);
        self.settings.house.counters.watches.add(1);
        Ok(who)
    }

    /// A number for somebody who comes in at the next tick.
    fn seat(&mut self, bot: bool) -> Result<PlayerNumber, CloseCode> {
        let comes = |command: &Command<_>, number| matches!(command, Command::Join { player, .. } if *player == number);
        let taken = |&number: &PlayerNumber| self.commands.iter().any(|command| comes(command, number));
        let mut free = self.stage.room.players.free_numbers();
        let player = free.find(|number| !taken(number)).ok_or(CloseCode::RoomFull)?;
        self.commands.push(Command::Join { player, bot });
        Ok(player)
    }

    /// Bots make way for people, one for one. They play for watchers too.
    fn fill_with_bots(&mut self) {
        // However many bots are wished for, there is a number for each person who may come.
        let seats = usize::from(PLAYERS_MAX) - self.settings.people_max;
        let wished = if G::bots_allowed(&self.settings.rules) { self.settings.bots } else { 0 };
        let wanted = wished.saturating_sub(self.people()).min(seats);
        while self.bots.len() > wanted {
            let Some(player) = self.bots.pop() else { break };
            self.tell(News::Left(player));
            self.commands.push(Command::Leave { player });
        }
        while self.bots.len() < wanted {
            let Ok(player) = self.seat(true) else { break };
            let name = text::bot_name(self.bots.len());
            self.bots.push(player);
            self.tell(News::Named(player, name.into()));
        }
    }

    fn tick(&mut self) {
        let began = Instant::now();
        let next = self.stage.next();
        let lateness = self.pacer.begin(next, began);
        self.settings.house.counters.ticks_late.add(u64::from(lateness.behind > 0));
        self.settings.house.counters.stalls.add(u64::from(lateness.stalled));

        self.fill_with_bots();
        for client in self.stage.clients.iter_mut() {
            let Who::Player(player) = client.who else { continue };
            let controls = client.link.take_controls(next);
            self.commands.extend(controls.map(|(controls, behind)| Command::Controls { player, controls, behind }));
        }
        self.stage.room.tick(&self.commands);
        self.settings.report.tick.store(next, Ordering::Relaxed);
        if let Some(recorder) = &mut self.recorder {
            recorder.record(&self.stage.room, &self.commands);
        }
        let (now, catches_up) = (self.pacer.arrival(began), lateness.behind > 0);
        self.stage.show(&self.settings.house, now, catches_up);
        if let Some(delayed) = &mut self.delayed {
            let left_out = delayed.tick(&self.commands);
            self.settings.house.counters.chat_dropped.add(left_out);
            delayed.show(&self.settings.house, now, catches_up);
        }
        self.commands.clear();
        self.report(began);
    }

    fn report(&self, began: Instant) {
        let report = &self.settings.report;
        report.people.store(self.people() as u32, Ordering::Relaxed);
        report.bots.store(self.bots.len() as u32, Ordering::Relaxed);
        report.watchers.store(self.watchers() as u32, Ordering::Relaxed);
        report.entities.store(self.stage.room.world.len() as u32, Ordering::Relaxed);
        report.tick_micros.store(began.elapsed().as_micros() as u32, Ordering::Relaxed);
    }
}
