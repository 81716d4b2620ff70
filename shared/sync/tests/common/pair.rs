//! A server and its clients, joined in memory, in virtual time. The arena's tests use this file too.

// Not every test that shares this file uses all of it.
#![allow(dead_code)]

#[path = "view.rs"]
mod view;

use std::collections::VecDeque;

use tickwire_sync::{
    PlayerNumber, Tick,
    client::Session,
    game::{Game, RulesSource, rules_hash},
    interest::Viewpoint,
    protocol::{ClientMessage, Pass, ServerMessage, Welcome, decode_client, decode_server, encode_server},
    random::Random,
    server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
};

use self::view::Eye;

pub const TICK_RATE: u32 = 30;

/// A client with its link and what is under way between them.
pub struct Joined<G: Game> {
    pub session: Session<G>,
    pub link: Link<G>,
    /// What it looks at, worked out a second time.
    pub eye: Eye,
    /// Whether it may be told of some things later, since it has a budget.
    pub poor: bool,
    /// Messages to the client, and when they arrive.
    pub down: VecDeque<(f64, Vec<u8>)>,
    pub up: VecDeque<(f64, Vec<u8>)>,
    /// While true, the outbox is full: no snapshot is built.
    pub blocked: bool,
    /// While true, the next snapshot of nothing but changes loses the last number of the last one.
    pub spoil: bool,
    /// Keyframes that were sent.
    pub keyframes: u32,
}

/// One room and its clients.
pub struct Net<G: Game> {
    pub room: Room<G>,
    broadcast: Broadcast<G>,
    rules: Vec<u8>,
    pub clients: Vec<Joined<G>>,
    pub delay_seconds: f64,
    /// What comes to the delay at random, in either direction; nothing overtakes.
    pub jitter_seconds: f64,
    random: Random,
    /// What those who join from now on look at.
    pub viewpoint: Viewpoint,
    /// The most that they are sent.
    pub max_kbps: Option<u32>,
    commands: Vec<Command<G::Controls>>,
    now: f64,
}

impl<G: Game> Net<G> {
    /// A room of a game that needs no files.
    pub fn new(seed: u64) -> Self {
        Self::with_rules(seed, RulesSource { tuning: "", map: "" })
    }

    pub fn with_rules(seed: u64, source: RulesSource<'static>) -> Self {
        let packed = G::pack_rules(source).expect("the game's rules are right");
        let rules = G::unpack_rules(&packed, TICK_RATE).expect("the game's rules are right");
        Self {
            broadcast: Broadcast::new(&rules),
            room: Room::new(rules.into(), seed),
            rules: packed,
            clients: Vec::new(),
            delay_seconds: 0.0,
            jitter_seconds: 0.0,
            random: Random::keyed(seed, 77, 0, 0),
            viewpoint: Viewpoint::All,
            max_kbps: None,
            commands: Vec::new(),
            now: 0.0,
        }
    }

    /// Lets a player in at the next tick.
    pub fn join(&mut self) -> PlayerNumber {
        let player = self.room.players.free_numbers().next().expect("there is room");
        self.commands.push(Command::Join { player, bot: false });
        self.connect(Some(player));
        player
    }

    /// Lets a watcher in at the next tick.
    pub fn watch(&mut self) {
        self.connect(None);
    }

    fn connect(&mut self, player: Option<PlayerNumber>) {
        self.tick(|_, _| G::Controls::default());
        let welcome = encode_server(&ServerMessage::Welcome(Welcome {
            player,
            room: "main",
            tick: self.room.tick,
            tick_rate: TICK_RATE,
            delay: 0,
            rules: &self.rules,
            rules_hash: rules_hash::<G>(&self.rules, TICK_RATE),
            pass: Pass::default(),
        }));
        let session = Session::welcome(&welcome).expect("a welcome");
        let settings = LinkSettings { tick_rate: TICK_RATE, viewpoint: self.viewpoint, max_kbps: self.max_kbps };
        let link = Link::new(player, self.room.tick, settings);
        self.clients.push(Joined {
            session,
            link,
            eye: Eye::new::<G>(player, self.viewpoint, TICK_RATE, &self.room.rules),
            poor: self.max_kbps.is_some(),
            down: VecDeque::new(),
            up: VecDeque::new(),
            blocked: false,
            spoil: false,
            keyframes: 0,
        });
    }

    /// Lets the client at `index` go at the next tick.
    pub fn leave(&mut self, index: usize) {
        let player = self.clients.remove(index).link.player();
        self.commands.extend(player.map(|player| Command::Leave { player }));
        self.tick(|_, _| G::Controls::default());
    }

    /// One tick, in four steps of a quarter, with each client doing `controls(index, tick)`.
    pub fn tick(&mut self, mut controls: impl FnMut(usize, Tick) -> G::Controls) {
        let tick = self.room.tick;
        self.tick_seeing(|index, _, _| controls(index, tick));
    }

    /// The same with each client doing `controls(index, session, now)`, which may look at what its player sees.
    pub fn tick_seeing(&mut self, mut controls: impl FnMut(usize, &Session<G>, f64) -> G::Controls) {
        self.tick_meddling(|index, session, now| controls(index, session, now), |_| {});
    }

    /// The same with `meddle` doing to the room, at the end of its tick, what no client can foresee.
    pub fn tick_meddling(
        &mut self,
        mut controls: impl FnMut(usize, &mut Session<G>, f64) -> G::Controls,
        meddle: impl FnOnce(&mut Room<G>),
    ) {
        for _ in 0..4 {
            self.now += 0.25 / f64::from(TICK_RATE);
            let (now, tick) = (self.now, self.room.tick);
            let delay = self.delay_seconds + self.jitter_seconds * f64::from(self.random.fraction());
            for (index, client) in self.clients.iter_mut().enumerate() {
                while let Some((_, bytes)) = client.down.pop_front_if(|(at, _)| *at <= now) {
                    client.session.receive(&bytes, now).expect("what the server sends can be read");
                }
                let controls = controls(index, &mut client.session, now);
                client.session.advance(now, controls);
                let at = client.up.back().map_or(0.0, |(at, _)| *at).max(now + delay);
                client.up.extend(client.session.take_outgoing().map(|bytes| (at, bytes)));
                while let Some((at, bytes)) = client.up.pop_front_if(|(at, _)| *at <= now) {
                    let arrival = Arrival((at * f64::from(TICK_RATE) * 16.0) as i64);
                    match decode_client(&bytes).expect("what a client sends can be read") {
                        ClientMessage::Input(input) => {
                            client.link.receive(input, arrival, tick).expect("right controls");
                        }
                        ClientMessage::Ack(ack) => client.link.acknowledge(ack.tick, ack.age, arrival),
                        ClientMessage::Watch(watched) => {
                            client.link.watch(watched.into());
                            client.eye.watch(watched.into());
                        }
                        ClientMessage::Keyframe => drop(client.link.ask_keyframe()),
                        ClientMessage::Away => client.link.go_away(tick),
                        ClientMessage::Back => client.link.come_back(),
                        other => panic!("unexpected {other:?}"),
                    }
                }
            }
        }
        self.tick_room(meddle);
    }

    fn tick_room(&mut self, meddle: impl FnOnce(&mut Room<G>)) {
        let next = self.room.tick + 1;
        for client in &mut self.clients {
            let Some(player) = client.link.player() else { continue };
            let taken = client.link.take_controls(next);
            self.commands.extend(taken.map(|(controls, behind)| Command::Controls { player, controls, behind }));
        }
        self.room.tick(&self.commands);
        self.commands.clear();
        meddle(&mut self.room);
        self.broadcast.encode(&self.room);
        let now = Arrival((self.now * f64::from(TICK_RATE) * 16.0) as i64);
        for client in &mut self.clients {
            client.eye.follow(&self.room);
            client.link.collect_events(&self.room, &self.broadcast, now).expect("events stay within their bound");
            let mut bytes = Vec::new();
            if client.blocked || !client.link.snapshot(&self.room, &mut self.broadcast, now, &mut bytes) {
                continue;
            }
            if let Ok(ServerMessage::Snapshot(snapshot)) = decode_server(&bytes) {
                const CHANGED: u8 = 4;
                client.keyframes += u32::from(snapshot.sections[0] & 0x80 != 0);
                if client.spoil && snapshot.sections[0] == CHANGED {
                    client.spoil = false;
                    *bytes.last_mut().expect("a snapshot is not empty") ^= 1;
                }
            }
            let delay = self.delay_seconds + self.jitter_seconds * f64::from(self.random.fraction());
            let at = client.down.back().map_or(0.0, |(at, _)| *at).max(self.now + delay);
            client.down.push_back((at, bytes));
        }
    }

    /// Fails unless the client at `index` knows what its view covers, by distance, and nothing else, and holds the truth of all of it that it is
    /// not owed. Its snapshot must be of the room's tick. Gives how much it is owed.
    pub fn assert_mirrors(&self, index: usize) -> usize {
        let (client, tick) = (&self.clients[index], self.room.tick);
        let (known, owed) = (client.link.known(), client.link.owed());
        let mut truth = Vec::new();
        for (key, state) in self.room.world.iter() {
            let (may, must) = client.eye.may_and_must::<G>(state);
            let knows = known.contains(key.slot());
            assert!(may || !knows, "client {index} at tick {tick} knows {state:?}, which it does not see");
            assert!(knows || !must || client.poor, "client {index} at tick {tick} does not know {state:?}");
            if knows && !owed.contains(key.slot()) {
                truth.push(format!("{state:?}"));
            }
        }
        let mut held: Vec<_> = client.session.mirror().iter().map(|(_, held)| format!("{:?}", held.state)).collect();
        for state in &truth {
            let at = held.iter().position(|held| held == state);
            held.swap_remove(at.unwrap_or_else(|| panic!("client {index} at tick {tick} does not hold {state}")));
        }
        assert!(held.len() <= owed.len() as usize, "client {index} at tick {tick} holds besides {held:?}");
        let own = client.link.player().map(|player| self.room.players.get(player).expect("it is in the room").own);
        assert_eq!(client.session.mirror().own, own.unwrap_or_default(), "client {index} at tick {tick}");
        owed.len() as usize
    }

    /// Delivers everything that is under way.
    pub fn deliver(&mut self) {
        for client in &mut self.clients {
            for (_, bytes) in client.down.drain(..) {
                client.session.receive(&bytes, self.now).expect("what the server sends can be read");
            }
        }
    }
}
