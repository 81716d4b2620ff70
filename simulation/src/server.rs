//! The server: a room, what a tick has for everybody, and a seat for each client; in the order of calls of the real room's thread.

use std::{collections::VecDeque, sync::Arc};

use tickwire_sync::{
    PlayerNumber, Tick,
    game::{Game, RulesSource, rules_hash},
    protocol::{
        ClientMessage, Input, Pass, ServerMessage, Welcome, encode_server,
        limits::{EVENTS_WAITING_MAX, IN_FLIGHT_AGE_MAX, INPUTS_WAITING_MAX, SNAPSHOTS_IN_FLIGHT_MAX},
    },
    server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
};

use crate::{
    client::Client,
    controls::Account,
    ledger::{Ledger, Truth},
    report::Totals,
};

/// How long a seat is held while nobody looks, in seconds.
const AWAY_SECONDS: u32 = 120;
/// A client that has taken in nothing for less than this is not closed as too slow.
const TOO_SLOW_NOT_BEFORE: f64 = 7.5;
/// The server measures in 1/16 tick, and a tick that is caught up is late.
const ROUNDING_SECONDS: f64 = 0.1;
/// One that takes in nothing is closed within this.
const TOO_SLOW_WITHIN: f64 = 10.0;
/// The same for one that never took in anything.
const TOO_SLOW_AT_FIRST_WITHIN: f64 = 32.0;

/// A client as the server has it.
#[derive(Debug)]
pub(crate) struct Seat<G: Game> {
    pub(crate) link: Link<G>,
    new: bool,
    /// A batch that does not fit the network's buffer yet.
    outbox: Vec<Vec<u8>>,
    ledger: Ledger<G>,
    account: Account<G::Controls>,
    /// Late inputs, as the ticks for which they were meant and at which they took effect.
    late: Vec<(Tick, Tick)>,
    /// Whether the game's rules lay hands on avatars.
    rough: bool,
    /// What the player had seen when it last decided something, in 1/16 tick.
    view: i64,
    /// The tick of the joining.
    joined: Tick,
    /// Snapshots that are not acknowledged yet, and when they were sent.
    under_way: VecDeque<(Tick, f64)>,
    /// When it last acknowledged one.
    heard: Option<f64>,
    /// The longest round trip so far, in seconds.
    round_trip_max: Option<f64>,
    /// When the server last stood still.
    pub(crate) calm_from: f64,
    /// When tick 0 was due.
    pub(crate) epoch: f64,
}

impl<G: Game> Seat<G> {
    /// Whether an avatar may be elsewhere than predicted, between two snapshots' ticks: after a late input, or under rules that push.
    pub(crate) fn excuses(&self, before: Tick, tick: Tick) -> bool {
        self.rough || self.late.iter().any(|(meant, effect)| *meant <= tick && *effect >= before)
    }
}

/// The server.
#[derive(Debug)]
pub(crate) struct Server<G: Game> {
    pub(crate) room: Room<G>,
    broadcast: Broadcast<G>,
    rules: Vec<u8>,
    tick_rate: u32,
    rough: bool,
    commands: Vec<Command<G::Controls>>,
    /// When tick 0 was due.
    epoch: f64,
    /// When it last stood still.
    calm_from: f64,
}

impl<G: Game> Server<G> {
    pub(crate) fn new((tuning, map): (String, String), tick_rate: u32, seed: u64, rough: bool) -> Result<Self, String> {
        let packed = G::pack_rules(RulesSource { tuning: &tuning, map: &map }).map_err(|error| error.to_string())?;
        let rules = G::unpack_rules(&packed, tick_rate).map_err(|error| error.to_string())?;
        let broadcast = Broadcast::new(&rules);
        let room = Room::new(rules.into(), seed);
        Ok(Self { room, broadcast, rules: packed, tick_rate, rough, commands: Vec::new(), epoch: 0.0, calm_from: 0.0 })
    }

    fn arrival(&self, at: f64) -> Arrival {
        Arrival(((at - self.epoch) * f64::from(self.tick_rate) * 16.0) as i64)
    }

    /// The server stops: every connection is gone, and of the room there is what was saved.
    pub(crate) fn stop(&mut self, clients: &mut [Client<G>], now: f64) -> Result<(), String> {
        for client in clients {
            self.leave(client);
            client.disconnect(now, 0.5 + 0.2 * f64::from(client.index));
        }
        let mut saved = Vec::new();
        self.room.save(&mut saved);
        let rules = Arc::clone(&self.room.rules);
        self.room = Room::restore(rules, &saved).map_err(|error| format!("its room cannot be restored: {error}"))?;
        self.broadcast = Broadcast::new(&*self.room.rules);
        Ok(())
    }

    /// It was late up to now.
    pub(crate) fn stood_still(&mut self, now: f64) {
        self.calm_from = now;
    }

    /// It goes on: its next tick is due now.
    pub(crate) fn resume(&mut self, now: f64) {
        self.epoch = now - f64::from(self.room.tick + 1) / f64::from(self.tick_rate);
        self.calm_from = now;
    }

    /// Takes in what has arrived by `now`.
    pub(crate) fn take_in(&mut self, clients: &mut [Client<G>], now: f64, totals: &mut Totals) -> Result<(), String> {
        for client in clients {
            while let Some((at, bytes)) = client.up.receive(now) {
                let message = tickwire_sync::protocol::decode_client(&bytes).map_err(|error| error.to_string())?;
                self.take(client, &message, at, totals).map_err(|what| about(client, &what))?;
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        client: &mut Client<G>,
        message: &ClientMessage,
        at: f64,
        totals: &mut Totals,
    ) -> Result<(), String> {
        let arrival = self.arrival(at);
        let Some(seat) = &mut client.seat else {
            if matches!(message, ClientMessage::Hello(_)) {
                client.seat = Some(self.seat(client.habits.link, client.habits.watches));
                totals.joins += 1;
                totals.watchers += u64::from(client.habits.watches);
            }
            return Ok(());
        };
        match *message {
            ClientMessage::Input(input) => {
                totals.inputs += 1;
                client.unheard.pop_front();
                seat.acknowledged(i64::from(input.tick) - i64::from(input.ahead), input.ack_age, at, self.tick_rate);
                seat.input(input, arrival, self.room.tick, totals)?;
            }
            ClientMessage::Ack(ack) => {
                totals.acks += 1;
                seat.acknowledged(ack.tick.into(), ack.age, at, self.tick_rate);
                seat.link.acknowledge(ack.tick, ack.age, arrival);
            }
            ClientMessage::Watch(watched) => {
                seat.link.watch(watched.into());
                seat.ledger.watch(watched.into());
            }
            ClientMessage::Keyframe => return Err("it asks for a keyframe: its hash disagreed".into()),
            ClientMessage::Away => {
                seat.link.go_away(self.room.tick);
                seat.ledger.go_away();
                seat.under_way.clear();
            }
            ClientMessage::Back => seat.link.come_back(),
            // What is said changes nothing in the room.
            ClientMessage::Hello(_)
            | ClientMessage::Chat(_)
            | ClientMessage::TeamChat(_)
            | ClientMessage::Whisper { .. }
            | ClientMessage::Order(_) => {}
        }
        Ok(())
    }

    fn seat(&mut self, settings: LinkSettings, watches: bool) -> Seat<G> {
        let comes = |number: &PlayerNumber| {
            self.commands.iter().any(|command| matches!(command, Command::Join { player, .. } if player == number))
        };
        let mut free = self.room.players.free_numbers();
        let player = (!watches).then(|| free.find(|number| !comes(number)).expect("there is room"));
        self.commands.extend(player.map(|player| Command::Join { player, bot: false }));
        let tick = self.room.tick + 1;
        Seat {
            link: Link::new(player, tick, settings),
            new: true,
            outbox: Vec::new(),
            ledger: Ledger::new(player, tick, settings, &*self.room.rules),
            account: Account::new(),
            late: Vec::new(),
            rough: self.rough,
            view: 0,
            joined: tick,
            under_way: VecDeque::new(),
            heard: None,
            round_trip_max: None,
            calm_from: self.calm_from,
            epoch: self.epoch,
        }
    }

    /// A client's connection is gone.
    pub(crate) fn leave(&mut self, client: &mut Client<G>) {
        if let Some(seat) = client.seat.take() {
            self.commands.extend(seat.link.player().map(|player| Command::Leave { player }));
        }
    }

    /// One tick at `now`; one that is behind its time sends nothing.
    pub(crate) fn tick(
        &mut self,
        clients: &mut [Client<G>],
        now: f64,
        behind: bool,
        totals: &mut Totals,
    ) -> Result<(), String> {
        let next = self.room.tick + 1;
        for client in &mut *clients {
            if let Some(seat) = &mut client.seat {
                let taken = seat.take_controls(next).map_err(|what| about(client, &what))?;
                self.commands.extend(taken);
            }
        }
        self.room.tick(&self.commands);
        self.commands.clear();
        self.broadcast.encode(&self.room);
        totals.ticks += 1;
        let truth = Truth::of(&self.room);
        for client in clients {
            self.serve(client, &truth, now, behind, totals).map_err(|what| about(client, &what))?;
        }
        Ok(())
    }

    fn serve(
        &mut self,
        client: &mut Client<G>,
        truth: &Truth<G::Entity>,
        now: f64,
        behind: bool,
        totals: &mut Totals,
    ) -> Result<(), String> {
        let arrival = self.arrival(now);
        let Some(seat) = &mut client.seat else { return Ok(()) };
        (seat.epoch, seat.calm_from) = (self.epoch, self.calm_from);
        if self.room.tick > seat.joined {
            seat.check_controls(&self.room)?;
        }
        seat.ledger.tick(&self.room);
        if seat.link.collect_events(&self.room, &self.broadcast, arrival).is_err() {
            totals.too_slow += 1;
            let (silent, waiting) = (seat.silent_for(now), seat.ledger.events_waiting());
            self.leave(client);
            client.disconnect(now, 1.0);
            return if silent < TOO_SLOW_NOT_BEFORE && waiting <= EVENTS_WAITING_MAX {
                Err(format!("it is closed as too slow, but took something in {silent:.3} s ago"))
            } else {
                Ok(())
            };
        }
        if seat.link.away_since().is_some_and(|since| self.room.tick - since > AWAY_SECONDS * self.tick_rate) {
            return Err("it slept for longer than any does here".into());
        }
        let within = if seat.heard.is_some() { TOO_SLOW_WITHIN } else { TOO_SLOW_AT_FIRST_WITHIN };
        if seat.silent_for(now) > within {
            return Err(format!("it has taken in nothing for {:.3} s, and is not closed", seat.silent_for(now)));
        }
        if behind {
            return Ok(());
        }
        self.send(client, truth, now, totals)
    }

    fn send(
        &mut self,
        client: &mut Client<G>,
        truth: &Truth<G::Entity>,
        now: f64,
        totals: &mut Totals,
    ) -> Result<(), String> {
        let arrival = self.arrival(now);
        let steady = client.habits.network.stall_chance == 0.0 && !client.habits.lies;
        let seat = client.seat.as_mut().expect("it was looked at");
        if client.down.has_room() {
            seat.outbox.drain(..).for_each(|bytes| client.down.send(now, bytes));
        }
        if !seat.outbox.is_empty() {
            totals.outbox_busy += 1;
            return Ok(());
        }
        if core::mem::take(&mut seat.new) {
            let welcome = Welcome {
                player: seat.link.player(),
                room: "main",
                tick: seat.link.sent(),
                tick_rate: self.tick_rate,
                delay: 0,
                rules: &self.rules,
                rules_hash: rules_hash::<G>(&self.rules, self.tick_rate),
                pass: Pass::default(),
            };
            seat.outbox.push(encode_server(&ServerMessage::Welcome(welcome)));
        }
        let mut message = Vec::new();
        let said = seat.link.snapshot(&self.room, &mut self.broadcast, arrival, &mut message);
        let message = said.then_some(message);
        let expected = seat.ledger.after_snapshot(&self.room, truth, &seat.link, message.as_deref())?;
        totals.owed_max = totals.owed_max.max(u64::from(seat.ledger.waited_max));
        if message.is_some() {
            seat.sent(self.room.tick, now, steady)?;
        }
        let bytes = message.as_ref().map_or(0, Vec::len);
        client.expected.extend(expected);
        seat.outbox.extend(message);
        if client.down.has_room() {
            seat.outbox.drain(..).for_each(|bytes| client.down.send(now, bytes));
        }
        client.sent(now, bytes);
        let under_way = client.expected.len();
        if under_way > SNAPSHOTS_IN_FLIGHT_MAX {
            return Err(format!("{under_way} snapshots are under way, but {SNAPSHOTS_IN_FLIGHT_MAX} are the bound"));
        }
        Ok(())
    }
}

fn about<G: Game>(client: &Client<G>, what: &str) -> String {
    format!("client {}: {what}", client.index)
}

impl<G: Game> Seat<G> {
    /// How long ago the oldest snapshot was sent that is not acknowledged, in seconds.
    fn oldest_age(&self, now: f64) -> f64 {
        self.under_way.front().map_or(0.0, |(_, at)| now - at)
    }

    /// For how long it has taken in nothing, with something under way.
    fn silent_for(&self, now: f64) -> f64 {
        self.oldest_age(now).min(self.heard.map_or(f64::INFINITY, |heard| now - heard))
    }

    fn acknowledged(&mut self, ack: i64, age: u32, at: f64, tick_rate: u32) {
        if ack > i64::from(self.link.sent()) {
            return;
        }
        while let Some((tick, sent)) = self.under_way.pop_front_if(|(tick, _)| i64::from(*tick) <= ack) {
            if i64::from(tick) == ack {
                self.heard = Some(at);
                let waited = f64::from(age) / 16.0 / f64::from(tick_rate);
                let trip = at - sent - waited;
                self.round_trip_max = Some(self.round_trip_max.map_or(trip, |longest| longest.max(trip)));
            }
        }
    }

    /// While what is under way is too old, nothing is sent.
    fn sent(&mut self, tick: Tick, now: f64, steady: bool) -> Result<(), String> {
        let oldest = self.oldest_age(now);
        // After a probe the round trip is not known, for as long as one takes.
        let age_max = IN_FLIGHT_AGE_MAX.as_secs_f64() + ROUNDING_SECONDS;
        let bound = self.round_trip_max.filter(|_| steady).map(|longest| 2.0 * longest + age_max);
        if let Some(bound) = bound.filter(|bound| oldest > *bound) {
            return Err(format!(
                "it is sent a snapshot while one is under way that is {oldest:.3} s old; the bound is {bound:.3} s"
            ));
        }
        self.under_way.push_back((tick, now));
        Ok(())
    }

    fn input(&mut self, input: Input, arrival: Arrival, now: Tick, totals: &mut Totals) -> Result<(), String> {
        let dropped = self.link.odd_inputs().dropped();
        self.link.receive(input, arrival, now).map_err(|error| error.to_string())?;
        if self.link.odd_inputs().dropped() > dropped {
            if self.account.waiting() < INPUTS_WAITING_MAX {
                return Err(format!("its input for tick {} is dropped at tick {now}", input.tick));
            }
            self.account.drop_oldest();
        }
        let controls =
            tickwire_sync::game::Controls::from_bits(input.controls).ok_or("its controls are out of range")?;
        self.account.arrived(input.tick, controls, now);
        if self.account.waiting() > INPUTS_WAITING_MAX {
            return Err(format!("{} inputs wait, but {INPUTS_WAITING_MAX} are the bound", self.account.waiting()));
        }
        totals.late_inputs += u64::from(input.tick <= now);
        if input.tick <= now {
            self.late.push((input.tick, now + 1));
        }
        Ok(())
    }

    /// Takes what takes effect in tick `next`, and checks what the player is taken to have seen.
    fn take_controls(&mut self, next: Tick) -> Result<Option<Command<G::Controls>>, String> {
        let Some(player) = self.link.player() else { return Ok(None) };
        let Some((controls, behind)) = self.link.take_controls(next) else { return Ok(None) };
        let view = i64::from(next) * 16 - i64::from(behind);
        if view > i64::from(self.link.sent()) * 16 {
            return Err(format!("at tick {next} it is taken to have seen what was never sent: {behind}/16 ticks ago"));
        }
        if view < self.view {
            return Err(format!("at tick {next} its view runs backwards, from {} to {view} in 1/16 tick", self.view));
        }
        self.view = view;
        Ok(Some(Command::Controls { player, controls, behind }))
    }

    fn check_controls(&mut self, room: &Room<G>) -> Result<(), String> {
        let Some(player) = self.link.player() else { return Ok(()) };
        let must = self.account.at(room.tick);
        let player = room.players.get(player).ok_or("it has no player")?;
        if player.controls == must {
            Ok(())
        } else {
            Err(format!("it does {:?}, but must do {must:?}", player.controls))
        }
    }
}
