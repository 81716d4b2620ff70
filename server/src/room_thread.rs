//! A room on its thread: wait for the tick, take what arrived, tick, show it to everybody.

use std::{
    net::IpAddr,
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use tickwire_sync::{
    PlayerNumber, Tick,
    game::Game,
    interest::Viewpoint,
    protocol::{Close, CloseCode, OwnedToken, ResumeToken, Role, limits::PLAYERS_MAX},
    server::{Acknowledged, Command, Link, LinkSettings, Room},
};
use tokio::sync::mpsc;
use tracing::warn;

use crate::{
    authorization::{Action, Roles},
    clients::{Client, Greeting, News},
    delayed::Delayed,
    identity::{Admission, Refusal},
    limits::Place,
    moderation::{Moderation, Subject, Whom},
    outbox::Outbox,
    pacer::Pacer,
    recording::{Recorder, Writer},
    rooms::{Entered, INBOX_MAX, Inbound, Join, Known, Report, Who},
    seats::{Seated, Seats},
    speech::Channel,
    stage::{House, Stage},
    text,
    ticker::{Lines, Ticker},
};

/// From one line of a room's bots to the next, in seconds: far below the pace of people.
const BOT_SILENCE_SECONDS: u32 = 20;

/// What a room is opened with.
#[derive(Debug)]
pub(crate) struct Settings<G: Game> {
    pub(crate) house: House,
    pub(crate) rules: Arc<G::Rules>,
    pub(crate) seed: u64,
    pub(crate) people_max: usize,
    pub(crate) watchers_max: usize,
    /// For how long the seat of a player is held whose connection is lost, in seconds.
    pub(crate) hold_seconds: u32,
    /// How many ticks later than players watchers see the room.
    pub(crate) watch_delay_ticks: u32,
    pub(crate) bots: usize,
    /// Whether they speak.
    pub(crate) bot_chat: bool,
    /// Who is banned.
    pub(crate) moderation: Arc<Moderation>,
    /// How many ticks back shots are judged by what their shooter saw.
    pub(crate) rewind_ticks: u32,
    pub(crate) report: Arc<Report>,
    /// What those hear who only read.
    pub(crate) lines: Arc<Lines>,
    /// Where the room is recorded, if it is.
    pub(crate) recording: Option<Writer>,
}

struct RoomThread<G: Game> {
    settings: Settings<G>,
    /// Players, and watchers too where they see it live.
    stage: Stage<G>,
    /// Where watchers are, otherwise.
    delayed: Option<Delayed<G>>,
    /// People's seats, the held ones too.
    seats: Seats,
    /// Tells those who only read.
    ticker: Ticker,
    /// The bots that keep people company.
    bots: Vec<PlayerNumber>,
    /// When one of the bots said something last.
    bots_silent_since: Option<Tick>,
    /// The number of the watcher who came last.
    watcher: u64,
    commands: Vec<Command<G::Controls>>,
    pacer: Pacer,
    recorder: Option<Recorder>,
    /// Over what time clients are asked to spread their returns.
    spread: Duration,
}

/// Runs a room until it is told to stop, or nobody is left who could talk to it.
pub(crate) fn run<G: Game>(mut settings: Settings<G>, mut inbox: mpsc::Receiver<Inbound>) {
    let open = || Room::with_rewind(Arc::clone(&settings.rules), settings.seed, settings.rewind_ticks);
    let (room, delay) = (open(), settings.watch_delay_ticks);
    let delayed = (delay > 0).then(|| Delayed::new(open(), delay));
    let writer = settings.recording.take();
    let mut this = RoomThread::<G> {
        pacer: Pacer::starting(room.tick + 1, Instant::now(), settings.house.link.tick_rate),
        stage: Stage::new(room, 0),
        delayed,
        seats: Seats::new(settings.hold_seconds * settings.house.link.tick_rate),
        ticker: Ticker::new(Arc::clone(&settings.lines)),
        bots: Vec::new(),
        bots_silent_since: None,
        watcher: 0,
        commands: Vec::new(),
        recorder: None,
        spread: Duration::ZERO,
        settings,
    };
    this.live_through_a_past();
    this.recorder = writer.and_then(|writer| Recorder::start(writer, &this.stage.room, &this.settings.house.counters));
    while this.wait(&mut inbox).is_continue() {
        this.tick();
    }
    let stages = std::iter::once(&mut this.stage).chain(this.delayed.as_mut().map(|delayed| &mut delayed.stage));
    for client in stages.flat_map(|stage| stage.clients.iter_mut()) {
        client.close(Close::going_away(this.spread));
    }
    if let Some(recorder) = this.recorder {
        recorder.finish(&this.stage.room);
    }
}

impl<G: Game> RoomThread<G> {
    /// Before anybody comes there is already a past to watch, in which the bots play.
    fn live_through_a_past(&mut self) {
        for _ in 0..self.settings.watch_delay_ticks {
            self.fill_with_bots();
            self.stage.room.tick(&self.commands);
            if let Some(delayed) = &mut self.delayed {
                delayed.keep(&self.commands);
            }
            self.commands.clear();
        }
    }

    /// Waits for the next tick, or, while nobody is here, for somebody to come; then takes in what arrived.
    fn wait(&mut self, inbox: &mut mpsc::Receiver<Inbound>) -> ControlFlow<()> {
        // Whoever is turned away does not set its clock going.
        let mut stands_still = false;
        while self.people() == 0 && self.watchers() == 0 && self.commands.is_empty() {
            stands_still = true;
            if let Some(recorder) = &mut self.recorder {
                recorder.flush(&self.stage.room);
            }
            match inbox.blocking_recv() {
                Some(inbound) => self.receive(inbound)?,
                None => return ControlFlow::Break(()),
            }
        }
        if stands_still {
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
            Inbound::Join(join) => {
                let Join { role, address, resume, admission, outbox, reply } = *join;
                let known = admission.as_ref().ok().map(|(admission, _)| Known::new(&admission.identity, address));
                let nobody = Whom { player: None, roles: Roles::NONE, address };
                let whom = known.as_ref().map_or(nobody, Whom::from);
                let entered = match (self.settings.moderation.ban(&whom), role) {
                    (Some(close), _) => Err(close),
                    (None, Role::Player) => self.join(resume, admission, (outbox, address)),
                    (None, Role::Watcher) => admission
                        .map_err(Close::from)
                        .and_then(|(admission, _)| self.watch((outbox, Known::new(&admission.identity, address)))),
                };
                // Whoever asked may be gone by now: then its connection says so next.
                let _ = reply.send(entered);
            }
            Inbound::Input(who, input, at) => {
                let (arrival, now) = (self.pacer.arrival(at), self.stage.room.tick);
                let Some(client) = self.client(who) else { return ControlFlow::Continue(()) };
                let before = client.link.odd_inputs();
                if client.link.receive(input, arrival, now).is_err() {
                    client.close(CloseCode::BadControls);
                }
                let odd = client.link.odd_inputs();
                let shown = client.link.take_acknowledged();
                self.measure(shown);
                if odd != before {
                    self.settings.house.counters.odd_inputs(before, odd);
                }
            }
            Inbound::Chat(who, channel, line) => match who {
                Who::Player(player, _) if self.seats.permit(who, Action::Chat) => self.say(player, channel, line),
                _ => self.settings.house.counters.chat_dropped.add(1),
            },
            Inbound::Answer(who, lines) => {
                if let Who::Player(player, _) = who
                    && self.client(who).is_some()
                {
                    for line in lines {
                        self.answer(player, line);
                    }
                }
            }
            Inbound::Rules(packed) => {
                if *packed != **self.stage.rules(&self.settings.house) {
                    self.commands.push(Command::Rules(packed));
                }
            }
            Inbound::Announce(text) => self.tell(News::Announcement(text)),
            Inbound::WhoIs(player, reply) => drop(reply.send(self.seats.find_person(player))),
            Inbound::WhoAmI(who, reply) => drop(reply.send(self.seats.person(who))),
            Inbound::Remove(subject, close) => self.remove(&subject, &close),
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
                    let shown = client.link.take_acknowledged();
                    self.measure(shown);
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
            Inbound::Leave(who) => self.leave(who),
            Inbound::Lost(who, place) => self.lose(who, place),
            Inbound::Stop(spread) => {
                self.spread = spread;
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn measure(&self, shown: Option<Acknowledged>) {
        if let Some(shown) = shown {
            self.settings.report.measured.acknowledged(shown, self.settings.house.link.tick_rate);
        }
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

    /// Everybody who has a seat, also who is away.
    fn people(&self) -> usize {
        self.seats.count()
    }

    fn watchers(&self) -> usize {
        self.delayed.as_ref().map_or(&self.stage, |delayed| &delayed.stage).clients.count().1
    }

    fn keyframe(&mut self, who: Who) {
        let Some(client) = self.client(who) else { return };
        let first = client.link.ask_keyframe();
        let asked = client.link.keyframes_asked();
        let house = &self.settings.house;
        house.counters.keyframes_asked.add(1);
        if first {
            house.counters.desyncs.add(1);
        }
        if asked == 1 {
            let name = self.seats.person(who).map(|person| person.name);
            let name = name.as_deref();
            warn!(room = %house.name, %who, name, "a client's state differs from the room's: it gets a keyframe; of more from it, only the count is kept");
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

    /// A player says something to whom it may concern.
    fn say(&mut self, from: PlayerNumber, channel: Channel, text: String) {
        let (heard, unheard) = match channel {
            Channel::Room => return self.tell(News::Chat(from, text)),
            Channel::Team => {
                let room = &self.stage.room;
                let Some(team) = G::team(room, from) else {
                    return self.answer(from, "There are no teams here.".to_owned());
                };
                let is_of_team = |player| G::team(room, player) == Some(team);
                self.stage.clients.tell_players(&Arc::new(News::TeamChat(from, text)), is_of_team)
            }
            Channel::Whisper(to) => {
                let news = Arc::new(News::Whisper { from, to, text });
                let heard = self.stage.clients.tell_players(&news, |player| player == to);
                if heard.0 > 0 && to != from {
                    self.stage.clients.tell_players(&news, |player| player == from);
                }
                heard
            }
        };
        self.settings.house.counters.chat_dropped.add(unheard);
        if heard == 0 {
            self.answer(from, "Nobody there hears you now.".to_owned());
        }
    }

    /// Tells one player alone.
    fn answer(&mut self, player: PlayerNumber, text: String) {
        let (_, unheard) = self.stage.clients.tell_players(&Arc::new(News::Answer(text)), |other| other == player);
        self.settings.house.counters.chat_dropped.add(unheard);
    }

    /// Closes whoever is meant, and frees its seat at once, also a held one.
    fn remove(&mut self, subject: &Subject, close: &Close) {
        while let Some(who) = self.seats.banish(|known| subject.is(&known.into())) {
            let Who::Player(player, _) = who else { unreachable!("a seat is a player's") };
            if let Some(client) = self.client(who) {
                client.close(close.clone());
            }
            self.free(player);
        }
        let stages = std::iter::once(&mut self.stage).chain(self.delayed.as_mut().map(|delayed| &mut delayed.stage));
        let is_meant =
            |client: &&mut Client<G>| matches!(client.who, Who::Watcher(_)) && subject.is(&(&client.known).into());
        for client in stages.flat_map(|stage| stage.clients.iter_mut()).filter(is_meant) {
            client.close(close.clone());
        }
    }

    /// Back to a seat by its resume token, or by being the player whose it is; otherwise to a new one.
    fn join(
        &mut self,
        resume: Option<ResumeToken>,
        admission: Result<(Admission, String), Refusal>,
        (outbox, address): (Arc<Outbox>, IpAddr),
    ) -> Result<Entered, Close> {
        let counters = Arc::clone(&self.settings.house.counters);
        let known = admission.as_ref().ok().map(|(admission, _)| Known::new(&admission.identity, address));
        if let Some(seated) = resume.and_then(|token| self.seats.resume(token, known.as_ref(), address)) {
            counters.resumes.add(1);
            return Ok(self.enter(seated, OwnedToken::default(), outbox));
        }
        let (Admission { identity, token }, name) = admission?;
        let (known, name): (_, Arc<str>) = (Known::new(&identity, address), name.into());
        if let Some(seated) = self.seats.take_over(&known, &name) {
            counters.takeovers.add(1);
            return Ok(self.enter(seated, token, outbox));
        }
        if self.people() >= self.settings.people_max {
            return Err(CloseCode::RoomFull.into());
        }
        let player = self.seat(false)?;
        let seated = self.seats.sit(player, known, name);
        counters.joins.add(1);
        Ok(self.enter(seated, token, outbox))
    }

    /// Shows the room to somebody who has a seat, and the seat to the room.
    fn enter(&mut self, seated: Seated, token: OwnedToken, outbox: Arc<Outbox>) -> Entered {
        let Seated { who, person, resume, before, was_away } = seated;
        let Who::Player(player, _) = who else { unreachable!("a seat is a player's") };
        if let Some(before) = before {
            if let Some(client) = self.client(before) {
                client.close(CloseCode::TakenOver);
            }
            self.let_go(player);
        }
        if was_away {
            self.tell(News::Back(player));
        }
        let resumed = before.is_some();
        let link = Link::new(Some(player), self.stage.next(), self.settings.house.link);
        let hold_seconds = self.settings.hold_seconds;
        let rank = person.known.roles.rank();
        let greeting = Greeting { token, resume: Some(resume), hold_seconds, resumed, rank };
        self.stage.clients.enter(who, link, (outbox, person.known.clone()), greeting);
        self.tell(News::Named(player, Arc::clone(&person.name)));
        Entered { who, player: Some(person), resumed }
    }

    /// A player does nothing from the next tick on.
    fn let_go(&mut self, player: PlayerNumber) {
        self.commands.push(Command::Controls { player, controls: G::Controls::default(), behind: 0 });
    }

    /// A player's connection is lost. Its seat is held, and its avatar stays.
    fn lose(&mut self, who: Who, place: Place) {
        let Some(player) = self.seats.lose(who, self.stage.room.tick, place) else { return self.leave(who) };
        self.stage.clients.leave(who);
        self.let_go(player);
        self.tell(News::Away(player));
        self.settings.house.counters.seats_held.add(1);
    }

    /// A connection ended for good.
    fn leave(&mut self, who: Who) {
        self.stage_of(who).clients.leave(who);
        if let Some(player) = self.seats.leave(who) {
            self.free(player);
        }
    }

    fn free(&mut self, player: PlayerNumber) {
        self.tell(News::Left(player));
        self.commands.push(Command::Leave { player });
    }

    fn free_what_was_held(&mut self) {
        while let Some(player) = self.seats.expire(self.stage.room.tick) {
            self.settings.house.counters.seats_expired.add(1);
            self.free(player);
        }
    }

    fn watch(&mut self, to: (Arc<Outbox>, Known)) -> Result<Entered, Close> {
        if self.watchers() >= self.settings.watchers_max {
            return Err(CloseCode::WatchersFull.into());
        }
        self.watcher += 1;
        let who = Who::Watcher(self.watcher);
        let settings = LinkSettings { viewpoint: Viewpoint::All, ..self.settings.house.link };
        let stage = self.stage_of(who);
        stage.clients.enter(who, Link::new(None, stage.next(), settings), to, Greeting::default());
        self.settings.house.counters.watches.add(1);
        Ok(Entered { who, player: None, resumed: false })
    }

    /// A number for somebody who comes in at the next tick, if possible one that nobody had lately.
    fn seat(&mut self, bot: bool) -> Result<PlayerNumber, CloseCode> {
        let comes = |command: &Command<_>, number| matches!(command, Command::Join { player, .. } if *player == number);
        let is_free = |number: &PlayerNumber| !self.commands.iter().any(|command| comes(command, *number));
        let free = || self.stage.room.players.free_numbers().filter(is_free);
        let player = free().find(|number| !self.seats.was_taken(*number)).or_else(|| free().next());
        let player = player.ok_or(CloseCode::RoomFull)?;
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
            self.free(player);
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
        self.settings.report.measured.tick_lateness.observe(began.saturating_duration_since(self.pacer.due(next)));
        let lateness = self.pacer.begin(next, began);
        self.settings.house.counters.ticks_late.add(u64::from(lateness.behind));
        self.settings.house.counters.stalls.add(u64::from(lateness.stalled));

        self.free_what_was_held();
        self.fill_with_bots();
        for client in self.stage.clients.iter_mut() {
            let Who::Player(player, _) = client.who else { continue };
            let controls = client.link.take_controls(next);
            self.commands.extend(controls.map(|(controls, behind)| Command::Controls { player, controls, behind }));
        }
        self.stage.room.tick(&self.commands);
        self.let_bots_speak();
        self.settings.report.tick.store(next, Ordering::Relaxed);
        if let Some(recorder) = &mut self.recorder {
            recorder.record(&self.stage.room, &self.commands);
        }
        // Not when the tick began: what a room took is no time that a message was under way.
        let now = || self.pacer.arrival(Instant::now());
        self.stage.show(&self.settings.house, now(), lateness.silent);
        if let Some(delayed) = &mut self.delayed {
            let left_out = delayed.tick(&self.commands);
            self.settings.house.counters.chat_dropped.add(left_out);
            delayed.show(&self.settings.house, now(), lateness.silent);
        }
        let shown = self.delayed.as_ref().map_or(&self.stage, |delayed| &delayed.stage);
        self.ticker.tell(shown, self.settings.house.link.tick_rate);
        self.commands.clear();
        self.report(began);
    }

    /// A bot says what it has to say to what just happened, unless one has spoken lately.
    fn let_bots_speak(&mut self) {
        let room = &self.stage.room;
        let silence = BOT_SILENCE_SECONDS * self.settings.house.link.tick_rate;
        let spoke_lately = self.bots_silent_since.is_some_and(|since| room.tick - since < silence);
        if !self.settings.bot_chat || self.bots.is_empty() || spoke_lately {
            return;
        }
        if let Some((bot, line)) = G::remark(room).filter(|(bot, _)| self.bots.contains(bot)) {
            self.bots_silent_since = Some(room.tick);
            self.tell(News::Chat(bot, line.to_owned()));
        }
    }

    fn report(&self, began: Instant) {
        let report = &self.settings.report;
        report.people.store(self.people() as u32, Ordering::Relaxed);
        report.bots.store(self.bots.len() as u32, Ordering::Relaxed);
        report.watchers.store(self.watchers() as u32, Ordering::Relaxed);
        report.entities.store(self.stage.room.world.len() as u32, Ordering::Relaxed);
        let took = began.elapsed();
        report.tick_micros.store(took.as_micros() as u32, Ordering::Relaxed);
        report.measured.tick_duration.observe(took);
    }
}
