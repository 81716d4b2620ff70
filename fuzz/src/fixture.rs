//! A short, real match of the arena on a small map: what hostile bytes come into the middle of.

use std::sync::{Arc, LazyLock};

use tickwire_arena::{Arena, DEFAULT_TUNING, Rules, ShipControls};
use tickwire_sync::{
    PlayerNumber,
    client::Session,
    game::{Controls, Game, RulesSource, rules_hash},
    interest::Viewpoint,
    protocol::{ClientMessage, Pass, ServerMessage, Welcome, decode_client, encode_server},
    random::Random,
    server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
};

/// Ticks a second.
pub const TICK_RATE: u32 = 30;
/// The map: small, so that much happens in a few ticks.
pub const MAP: &str = r#"
name = "Closet"
width = 900
height = 700
walls = [[400, 300, 100, 60]]
spawns = [[100, 100], [700, 600], [120, 600]]
rocks = [{ x = 300, y = 200, radius = 30, vx = 40, vy = 25 }, { x = 600, y = 500, radius = 20 }]
pickups = [{ x = 200, y = 400, kind = "cloak" }, { x = 650, y = 150, kind = "ammo" }]
"#;
/// Tuning and map.
pub const SOURCE: RulesSource = RulesSource { tuning: DEFAULT_TUNING, map: MAP };

/// The same, read.
pub static RULES: LazyLock<Arc<Rules>> =
    LazyLock::new(|| Arc::new(Arena::read_rules(SOURCE, TICK_RATE).expect("the map is right")));

/// The match.
pub static MATCH: LazyLock<Match> = LazyLock::new(Match::play);

/// How many ticks the match lasts.
const MATCH_TICKS: u32 = 90;

/// What came of a match.
#[derive(Debug)]
pub struct Match {
    /// What the first player was welcomed with.
    pub welcome: Vec<u8>,
    /// Every snapshot that it got.
    pub snapshots: Vec<Vec<u8>>,
    /// What it sent.
    pub sent: Vec<Vec<u8>>,
    /// The room now and then, saved.
    pub saved: Vec<Vec<u8>>,
}

/// The welcome of a player, or of a watcher.
pub fn welcome(player: Option<PlayerNumber>, tick: u32) -> Vec<u8> {
    let rules = Arena::pack_rules(SOURCE).expect("the map is right");
    encode_server(&ServerMessage::Welcome(Welcome {
        player,
        room: "main",
        tick,
        tick_rate: TICK_RATE,
        delay: 0,
        rules: &rules,
        rules_hash: rules_hash::<Arena>(&rules, TICK_RATE),
        pass: Pass::default(),
    }))
}

/// What a client of the room looks at, and how much it may be sent.
pub fn settings(viewpoint: Viewpoint, max_kbps: Option<u32>) -> LinkSettings {
    LinkSettings { tick_rate: TICK_RATE, viewpoint, max_kbps }
}

/// Controls that are valid, from any number.
pub fn controls(bits: u32) -> ShipControls {
    ShipControls::from_bits(bits & 0x3_ffff).unwrap_or_default()
}

impl Match {
    fn play() -> Self {
        let mut room = Room::<Arena>::new(Arc::clone(&RULES), 5);
        let mut broadcast = Broadcast::new(&**RULES);
        room.tick(&[0, 1, 2].map(|player| Command::Join { player, bot: player == 2 }));
        broadcast.encode(&room);
        let welcome = welcome(Some(0), room.tick);
        let mut session = Session::<Arena>::welcome(&welcome).expect("a welcome");
        let mut link = Link::<Arena>::new(Some(0), room.tick, settings(Viewpoint::Own, None));
        let mut this = Self { welcome, snapshots: Vec::new(), sent: Vec::new(), saved: Vec::new() };
        for tick in 1..=MATCH_TICKS {
            let now = f64::from(tick) / f64::from(TICK_RATE);
            let pressed = |player| controls(Random::keyed(5, 9, player, tick / 5).bits() as u32);
            session.advance(now, pressed(0));
            let arrival = Arrival(i64::from(tick) * 16);
            for message in session.take_outgoing() {
                if let Ok(ClientMessage::Input(input)) = decode_client(&message) {
                    link.receive(input, arrival, room.tick).expect("right controls");
                }
                this.sent.push(message);
            }
            let taken = link.take_controls(room.tick + 1);
            let mut commands = vec![Command::Controls { player: 1, controls: pressed(1), behind: 0 }];
            commands.extend(taken.map(|(controls, behind)| Command::Controls { player: 0, controls, behind }));
            room.tick(&commands);
            broadcast.encode(&room);
            link.collect_events(&room, &broadcast, arrival).expect("it keeps up");
            let mut bytes = Vec::new();
            if link.snapshot(&room, &mut broadcast, arrival, &mut bytes) {
                session.receive(&bytes, now).expect("a snapshot");
                this.snapshots.push(bytes);
            }
            if tick % 30 == 1 {
                let mut saved = Vec::new();
                room.save(&mut saved);
                this.saved.push(saved);
            }
        }
        this
    }
}
