//! What a client may not know never reaches it: a bot match, recorded at every socket, held against the server's own recording of the room.

#[path = "../../../shared/sync/tests/common/view.rs"]
#[allow(dead_code, reason = "nobody turns to look at something else here")]
mod view;

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tickwire::recording::Rerun;
use tickwire_arena::{Arena, Entity, Event};
use tickwire_benches::load::{self, Options};
use tickwire_sync::{
    PlayerNumber, Tick,
    client::Session,
    game::{Audience, Game, Life},
    interest::Viewpoint,
    protocol::{Notice, ServerMessage, decode_server},
    replicate::Held,
    server::Room,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use self::view::Eye;
use crate::{
    common::{ALONE, opcode, start_on},
    recording::Folder,
};

/// Far larger than a view, with a cloak beside each spawn.
const MAP: &str = r#"
    name = "Wide"
    width = 4000
    height = 3200
    walls = [[1900, 1200, 200, 800]]
    rocks = [{ x = 900, y = 900, radius = 40, vx = 60, vy = 25 }, { x = 3000, y = 2300, radius = 60, vx = -70, vy = 9 }]
    spawns = [[500, 500], [2000, 500], [3500, 500], [500, 2700], [2000, 2700], [3500, 2700], [1200, 1600], [2800, 1600]]
    pickups = [
        { x = 560, y = 560, kind = "cloak" }, { x = 2000, y = 600, kind = "cloak" }, { x = 3420, y = 560, kind = "cloak" },
        { x = 560, y = 2620, kind = "cloak" }, { x = 2000, y = 2600, kind = "cloak" }, { x = 3420, y = 2620, kind = "cloak" },
        { x = 1280, y = 1600, kind = "cloak" }, { x = 2720, y = 1600, kind = "cloak" }, { x = 1000, y = 2200, kind = "ammo" },
    ]
"#;

const BOTS: usize = 10;
const WATCHERS: usize = 2;

/// All that came out of the server's end of a socket.
type Heard = Arc<Mutex<Vec<u8>>>;

/// Stands between clients and a server, and keeps what each client is sent.
async fn tap(server: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<Heard>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it has one");
    let all = Arc::new(Mutex::new(Vec::new()));
    let sockets = Arc::clone(&all);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let heard = Heard::default();
            sockets.lock().expect("no holder panics").push(Arc::clone(&heard));
            tokio::spawn(pass(client, server, heard));
        }
    });
    (address, all)
}

async fn pass(client: TcpStream, server: SocketAddr, heard: Heard) {
    let server = TcpStream::connect(server).await.expect("the server listens");
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("TCP");
    }
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
        heard.lock().expect("no holder panics").extend_from_slice(&buffer[..length]);
        if to_client.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
}

/// The binary messages in what was heard, the head of the handshake before them; one that is not whole is left out.
fn messages(heard: &[u8]) -> Vec<Vec<u8>> {
    let head = heard.windows(4).position(|four| four == b"\r\n\r\n").expect("a handshake");
    let (mut rest, mut messages) = (&heard[head + 4..], Vec::new());
    while let Some((&[kind, short], behind)) = rest.split_first_chunk() {
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let Some((long, behind)) = behind.split_at_checked(extended) else { break };
        let length = long.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
        let length = if extended == 0 { usize::from(short) } else { length };
        let Some((payload, behind)) = behind.split_at_checked(length) else { break };
        if kind & 0xf == opcode::BINARY {
            messages.push(payload.to_vec());
        }
        rest = behind;
    }
    messages
}

/// A client, once more: what it heard, message by message.
struct Witness {
    session: Session<Arena>,
    messages: std::vec::IntoIter<Vec<u8>>,
    player: Option<PlayerNumber>,
    since: Tick,
    eye: Eye,
    /// What it may be told of since its last snapshot.
    events: Vec<Event>,
    /// Whom it heard the names of since then.
    named: Vec<PlayerNumber>,
    /// Who was in the room since then.
    around: BTreeSet<PlayerNumber>,
    /// How many things it ever held at once.
    held_max: usize,
    told: Told,
}

/// What was looked at.
#[derive(Debug, Default)]
struct Told {
    snapshots: u64,
    states: u64,
    events: u64,
    names: u64,
    /// How often something in the room was none of the client's business.
    far: u64,
    cloaked: u64,
    /// Copies that were out of date, since the link was too slow for a while.
    stale: u64,
}

impl Witness {
    fn new(heard: &[u8]) -> Self {
        let mut messages = messages(heard).into_iter();
        let session = Session::<Arena>::welcome(&messages.next().expect("a welcome")).expect("the same rules");
        let player = session.player();
        // Whom a watcher follows is its own choice: at most it sees all that is not hidden.
        let viewpoint = if player.is_some() { Viewpoint::Own } else { Viewpoint::All };
        let eye = Eye::new::<Arena>(player, viewpoint, session.tick_rate(), session.rules());
        let since = session.mirror().tick;
        Self {
            session,
            messages,
            player,
            since,
            eye,
            events: Vec::new(),
            named: Vec::new(),
            around: BTreeSet::new(),
            held_max: 0,
            told: Told::default(),
        }
    }

    /// The room has had a tick: what this client heard of it was its business.
    fn see(&mut self, room: &Room<Arena>) {
        let here = room.players.iter().map(|player| player.number);
        if room.tick < self.since {
            self.around = here.collect();
            return;
        }
        self.around.extend(here);
        self.eye.follow(room);
        for (audience, event) in room.events() {
            let may = |x, y| self.eye.covers(x, y).0;
            let theirs = match *audience {
                Audience::All => true,
                Audience::Only(player) => Some(player) == self.player,
                Audience::Near { x, y } => may(x, y),
                Audience::Either { x, y, to_x, to_y } => may(x, y) || may(to_x, to_y),
            };
            if theirs {
                self.events.push(*event);
            }
        }
        while let Some(message) = self.messages.as_slice().first() {
            match decode_server(message).expect("a message") {
                ServerMessage::Snapshot(snapshot) => {
                    if self.session.mirror().tick + snapshot.header.elapsed > room.tick {
                        break;
                    }
                    let before = self.session.mirror().entities.clone();
                    let elapsed = snapshot.header.elapsed;
                    self.hear();
                    if self.session.mirror().tick == room.tick {
                        self.judge(before, elapsed, room);
                    } else {
                        // A watcher is shown ticks that the room had before it was recorded.
                        let highest = self.session.mirror().iter().last().map_or(0, |(id, _)| id as usize + 1);
                        self.held_max = self.held_max.max(highest);
                    }
                }
                ServerMessage::Notices(notices) => {
                    for notice in notices {
                        if let Notice::Named { player, .. } = notice {
                            self.named.push(player);
                        }
                    }
                    self.hear();
                }
                ServerMessage::Rules(_) => panic!("rules that nobody changed"),
                ServerMessage::Welcome(_) => panic!("a second welcome"),
            }
        }
    }

    fn hear(&mut self) {
        let message = self.messages.next().expect("it was there");
        let now = f64::from(self.session.mirror().tick) / f64::from(self.session.tick_rate());
        self.session.receive(&message, now).expect("a message that makes sense");
    }

    /// What a snapshot of the room's tick said, against the room.
    fn judge(&mut self, before: Vec<Option<Held<Entity>>>, elapsed: u32, room: &Room<Arena>) {
        let (told, tick, player) = (&mut self.told, room.tick, self.player);
        told.snapshots += 1;
        let business: Vec<_> =
            room.world.iter().map(|(_, state)| (*state, self.eye.may_and_must::<Arena>(state).0)).collect();
        told.cloaked += business.iter().filter(|(state, _)| Arena::hides(state, player)).count() as u64;
        told.far += business.iter().filter(|(state, may)| !may && !Arena::hides(state, player)).count() as u64;

        let foreseen = before.into_iter().map(|held| held.and_then(|held| step(held, elapsed, &room.rules)));
        let mut foreseen: Vec<_> = foreseen.collect();
        let known_before = foreseen.iter().flatten().count();
        let (mut entered, mut highest) = (0, 0);
        for (id, held) in self.session.mirror().iter() {
            let was = foreseen.get_mut(id as usize).and_then(Option::take).filter(|was| was.since == held.since);
            entered += usize::from(was.is_none());
            highest = id as usize;
            let truth = business.iter().find(|(state, _)| *state == held.state);
            match truth {
                Some((state, may)) => {
                    told.states += 1;
                    assert!(may, "{player:?} was told at tick {tick} of {state:?}, which it may not see");
                }
                // What it computed itself, and nobody has told it yet what became of it.
                None if was.is_some_and(|was| was.state == held.state) => told.stale += 1,
                None => panic!("{player:?} was told at tick {tick} of {:?}, which is not there", held.state),
            }
        }
        // An id says nothing of what else there is: it is the smallest that was free.
        self.held_max = self.held_max.max(known_before + entered);
        assert!(highest < self.held_max, "{player:?}: id {highest} at tick {tick}, with {} at most", self.held_max);

        let own = player.and_then(|player| room.players.get(player)).map(|player| player.own);
        assert!(player.is_none() || own == Some(self.session.mirror().own), "{player:?} at tick {tick}");
        for event in self.session.take_events() {
            told.events += 1;
            let at = self.events.iter().position(|may| *may == event);
            let at =
                at.unwrap_or_else(|| panic!("{player:?} was told by tick {tick} of {event:?}, which it may not see"));
            self.events.swap_remove(at);
        }
        self.events.clear();
        // The roster is everybody's; but who is not in the room has no name.
        for named in self.named.drain(..) {
            told.names += 1;
            assert!(self.around.contains(&named), "{named} is nobody at tick {tick}");
        }
        self.around = room.players.iter().map(|player| player.number).collect();
    }
}

/// What a client computes of an entity by itself.
fn step(mut held: Held<Entity>, ticks: u32, rules: &<Arena as Game>::Rules) -> Option<Held<Entity>> {
    let lives = (0..ticks).all(|_| Arena::at_rest(&held.state) || Arena::step(&mut held.state, rules) == Life::Lives);
    lives.then_some(held)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_position_id_and_name_that_came_through_a_socket_was_its_clients_business() {
    let _alone = ALONE.lock().await;
    let folder = Folder::new("secrecy");
    let server = start_on(MAP, |config| {
        (config.record, config.watch_delay, config.bots) = (Some(folder.path().to_owned()), 1, 2);
    })
    .await;
    let (address, sockets) = tap(server.address()).await;
    let options =
        Options { watch: WATCHERS, ..Options::new(format!("ws://{address}/ws"), BOTS, Duration::from_secs(25)) };
    let report = load::run::<Arena>(&options, |_, _| {}).await.expect("they connect");
    assert!(report.is_clean(), "{report}");
    server.stop().await;

    let sockets = std::mem::take(&mut *sockets.lock().expect("no holder panics"));
    let mut witnesses: Vec<_> =
        sockets.iter().map(|heard| Witness::new(&heard.lock().expect("no holder panics"))).collect();
    assert_eq!(witnesses.len(), BOTS + WATCHERS);
    let players: BTreeSet<_> = witnesses.iter().filter_map(|witness| witness.player).collect();
    assert_eq!(players.len(), BOTS, "nobody shares a number");
    let rerun = Rerun::<Arena>::open(&folder.file()).expect("a recording");
    let ticks = rerun.run(|room| witnesses.iter_mut().for_each(|witness| witness.see(room))).expect("it verifies");
    for Witness { player, told, session, .. } in &witnesses {
        println!("{player:?} over {ticks} ticks: {told:?}");
        assert!(told.snapshots > 200 && told.states > 2000 && told.events > 0 && told.names > 0, "{told:?}");
        assert!(told.stale * 10 < told.states, "{told:?}");
        assert!(told.cloaked > 0, "nobody was hidden: {told:?}");
        assert!(player.is_none() || told.far > 1000, "nothing was out of sight: {told:?}");
        assert_eq!(session.stats().desyncs, 0);
    }
}
