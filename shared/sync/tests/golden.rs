//! The bytes of the wire, pinned by files in `golden/`, and `docs/wire.md`, held against them.
//!
//! `UPDATE_GOLDEN=1 cargo test -p tickwire-sync --test golden` rewrites the files. Everything behind a `#` in them is a comment.

#[path = "golden/annotate.rs"]
mod annotate;
mod common;

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use common::line::{Line, Own, Push, Stock};
use sample::{Packed, Sample, Samples};
use tickwire_sync::{
    PlayerNumber,
    client::Session,
    game::{Controls, rules_hash, tables_hash},
    grid::{Angle, Position},
    interest::Viewpoint,
    protocol::{
        Ack, ClientMessage, CloseCode, Credentials, Hello, Input, Notice, Order, PROTOCOL_VERSION, PackedRules, Pass,
        Rank, ResumeToken, Role, Sanction, ServerMessage, Snapshot, Token, Watched, Welcome, decode_client,
        decode_server, encode_client, encode_server, limits,
    },
    replicate::{Reader, read_masked, write_masked},
    server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
};

const TICK_RATE: u32 = 30;
/// Bytes that the game makes nothing of.
const RULES: &[u8] = &[1, 2, 3];
const SETTINGS: LinkSettings = LinkSettings { tick_rate: TICK_RATE, viewpoint: Viewpoint::All, max_kbps: None };
const RESUME: ResumeToken =
    ResumeToken([0x9b, 0x07, 0x5e, 0xd1, 0x3c, 0xa4, 0x60, 0xf2, 0x18, 0x8d, 0x2e, 0xb9, 0x71, 0x45, 0xc6, 0x0a]);
const STILL: Push = Push { way: 0, drop: false };
const LEFT: Push = Push { way: -1, drop: false };
const RIGHT: Push = Push { way: 1, drop: false };
const RIGHT_AND_DROP: Push = Push { way: 1, drop: true };

fn hello() -> ClientMessage<'static> {
    let credentials = Credentials::default();
    let tables_hash = tables_hash::<Line>();
    ClientMessage::Hello(Hello {
        version: PROTOCOL_VERSION,
        tables_hash,
        name: "Zoë",
        room: "",
        role: Role::Player,
        credentials,
    })
}

/// To come back: with a token, and the one that takes a seat back.
fn hello_again() -> ClientMessage<'static> {
    let credentials = Credentials { token: Token("header.claims.signature"), resume: Some(RESUME) };
    let tables_hash = tables_hash::<Line>();
    ClientMessage::Hello(Hello {
        version: PROTOCOL_VERSION,
        tables_hash,
        name: "Zoë",
        room: "",
        role: Role::Player,
        credentials,
    })
}

fn hello_to_watch() -> ClientMessage<'static> {
    let credentials = Credentials::default();
    let tables_hash = tables_hash::<Line>();
    ClientMessage::Hello(Hello {
        version: PROTOCOL_VERSION,
        tables_hash,
        name: "",
        room: "",
        role: Role::Watcher,
        credentials,
    })
}

/// Seven ticks ahead of the newest snapshot, which came 1.5 ticks ago, with the others seen 9.25 ticks back.
fn input(tick: u32, controls: Push) -> Input {
    Input { tick, ahead: 7, ack_age: 24, behind: 148, controls: controls.to_bits() }
}

fn client_messages() -> Vec<(&'static str, ClientMessage<'static>)> {
    vec![
        ("client-hello", hello()),
        ("client-input", ClientMessage::Input(input(1000, RIGHT_AND_DROP))),
        ("client-chat", ClientMessage::Chat("well flown")),
        ("client-keyframe", ClientMessage::Keyframe),
        ("client-away", ClientMessage::Away),
        ("client-back", ClientMessage::Back),
        ("client-hello-to-watch", hello_to_watch()),
        ("client-watch-everything", ClientMessage::Watch(Watched::Everything)),
        ("client-watch-player", ClientMessage::Watch(Watched::Player(300))),
        ("client-hello-again", hello_again()),
        ("client-ack", ClientMessage::Ack(Ack { tick: 993, age: 24 })),
        ("client-team-chat", ClientMessage::TeamChat("to the left")),
        ("client-whisper", ClientMessage::Whisper { to: 300, text: "behind you" }),
        ("client-announce", ClientMessage::Order(Order::Announce { everywhere: true, text: "Restart at ten" })),
        ("client-kick", ClientMessage::Order(Order::Kick { player: 300, reason: "spam" })),
        ("client-mute", ClientMessage::Order(Order::Mute(sanction(false, Some(600))))),
        ("client-ban", ClientMessage::Order(Order::Ban(sanction(true, None)))),
        ("client-lift", ClientMessage::Order(Order::Lift { number: 12 })),
        ("client-list", ClientMessage::Order(Order::List)),
    ]
}

fn sanction(by_address: bool, seconds: Option<u32>) -> Sanction<'static> {
    Sanction { player: 300, by_address, seconds, reason: "spam" }
}

fn welcome() -> ServerMessage<'static> {
    ServerMessage::Welcome(welcome_of(Some(0)))
}

fn renewed() -> ServerMessage<'static> {
    ServerMessage::Rules(PackedRules { rules: RULES, rules_hash: rules_hash::<Line>(RULES, TICK_RATE) })
}

fn welcome_of(player: Option<PlayerNumber>) -> Welcome<'static> {
    Welcome {
        player,
        room: "main",
        tick: 1,
        tick_rate: TICK_RATE,
        delay: 0,
        rules: RULES,
        rules_hash: rules_hash::<Line>(RULES, TICK_RATE),
        pass: Pass::default(),
    }
}

fn notices() -> ServerMessage<'static> {
    ServerMessage::Notices(vec![
        Notice::Named { player: 0, name: "Zoë" },
        Notice::Left { player: 2 },
        Notice::Chat { player: 300, text: "well flown" },
        Notice::Away { player: 0 },
        Notice::Back { player: 0 },
        Notice::TeamChat { player: 300, text: "to the left" },
        Notice::Whisper { from: 300, to: 0, text: "behind you" },
        Notice::Announcement { text: "Restart at ten" },
        Notice::Answer { text: "nobody of that number is here" },
    ])
}

/// A room of the Line game, and player 0's link and session.
struct Stage {
    room: Room<Line>,
    broadcast: Broadcast<Line>,
    link: Link<Line>,
    session: Session<Line>,
    snapshots: Vec<(&'static str, Vec<u8>)>,
}

impl Stage {
    /// Three players join in tick 1.
    fn new() -> Self {
        let mut stage = Self {
            room: Room::new(().into(), 2),
            broadcast: Broadcast::new(&()),
            link: Link::new(Some(0), 1, SETTINGS),
            session: Session::welcome(&encode_server(&welcome())).expect("a welcome"),
            snapshots: Vec::new(),
        };
        let joins = [0, 1, 2].map(|player| Command::Join { player, bot: false });
        stage.tick(&joins);
        stage
    }

    /// A tick without a look at the client.
    fn tick(&mut self, commands: &[Command<Push>]) {
        let driven = self.link.take_controls(self.room.tick + 1);
        let driven = driven.map(|(controls, behind)| Command::Controls { player: 0, controls, behind });
        let commands: Vec<_> = driven.into_iter().chain(commands.iter().cloned()).collect();
        self.room.tick(&commands);
        self.encode();
    }

    /// Each tick begins on time.
    fn now(&self) -> Arrival {
        Arrival(i64::from(self.room.tick) * 16)
    }

    fn encode(&mut self) {
        self.broadcast.encode(&self.room);
        self.link.collect_events(&self.room, &self.broadcast, self.now()).expect("few events");
    }

    /// The snapshot of the last tick, if there is one; kept under a name if it is given one.
    fn snapshot(&mut self, name: Option<&'static str>) {
        let (mut bytes, now) = (Vec::new(), self.now());
        if !self.link.snapshot(&self.room, &mut self.broadcast, now, &mut bytes) {
            assert_eq!(name, None, "tick {} has nothing to say", self.room.tick);
            return;
        }
        let now = f64::from(self.room.tick) / f64::from(TICK_RATE);
        self.session.receive(&bytes, now).expect("what the server sends can be read");
        self.link.acknowledge(self.room.tick, 0, self.now());
        self.assert_mirrored();
        self.snapshots.extend(name.map(|name| (name, bytes)));
    }

    /// Ticks in which nobody does anything, up to this one.
    fn rest_until(&mut self, tick: u32) {
        while self.room.tick < tick {
            self.tick(&[]);
            if self.room.tick < tick {
                self.snapshot(None);
            }
        }
    }

    fn assert_mirrored(&self) {
        let mirror = self.session.mirror();
        let mut held: Vec<_> = mirror.iter().map(|(_, held)| format!("{:?}", held.state)).collect();
        let mut truth: Vec<_> = self.room.world.iter().map(|(_, state)| format!("{state:?}")).collect();
        held.sort();
        truth.sort();
        assert_eq!((mirror.tick, held), (self.room.tick, truth));
        assert_eq!(Some(mirror.own), self.room.players.get(0).map(|player| player.own));
        assert_eq!(self.session.stats().desyncs, 0);
    }
}

fn does(player: PlayerNumber, controls: Push) -> Command<Push> {
    Command::Controls { player, controls, behind: 0 }
}

/// A short game, and the snapshots of it that are pinned.
fn play() -> Stage {
    let mut stage = Stage::new();
    stage.snapshot(Some("snapshot-first"));

    let early = Arrival(2 * 16 - 9);
    stage.link.receive(input(2, RIGHT), early, 1).expect("right controls");
    stage.tick(&[does(1, LEFT), does(2, RIGHT_AND_DROP)]);
    stage.snapshot(Some("snapshot-changed"));

    stage.tick(&[does(2, RIGHT)]);
    stage.snapshot(Some("snapshot-entered-by-parent"));

    stage.rest_until(6);
    stage.snapshot(Some("snapshot-keepalive"));

    // The puck runs into its own mine once that is armed.
    stage.rest_until(9);
    stage.snapshot(Some("snapshot-events"));

    // What no step foresees: a hand from outside.
    stage.tick(&[]);
    stage.room.players.get_mut(0).expect("it is here").own = Own::Stock(Stock { mines: 497 });
    stage.encode();
    stage.snapshot(Some("snapshot-own"));

    stage.tick(&[]);
    stage.tick(&[does(1, STILL)]);
    stage.tick(&[]);
    stage.tick(&[]);
    stage.snapshot(Some("snapshot-after-a-gap"));

    stage.tick(&[does(0, LEFT), does(1, LEFT), does(2, LEFT)]);
    stage.snapshot(Some("snapshot-changed-by-bitmap"));

    stage.tick(&[Command::Leave { player: 2 }]);
    stage.snapshot(Some("snapshot-left"));

    stage.rest_until(30);
    stage.snapshot(Some("snapshot-hash"));

    stage.link.ask_keyframe();
    stage.tick(&[]);
    stage.snapshot(Some("snapshot-keyframe"));
    assert_eq!(stage.session.stats().audits, 1);
    stage
}

/// A kind with a field of each coding.
mod sample {
    use tickwire_sync::{
        grid::{Angle, Position},
        kinds,
        replicate::{Coding, Wire},
        replicated,
    };

    /// An aim in 10 bits and buttons above it.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    pub struct Packed(pub i32);

    impl Wire for Packed {
        const CODING: Coding = Coding::Packed { low_bits: 10 };

        fn to_wire(self) -> i32 {
            self.0
        }

        fn from_wire(value: i32) -> Option<Self> {
            (0..1 << 15).contains(&value).then_some(Self(value))
        }
    }

    replicated! {
        pub struct Sample { pub linear: Position, pub angle: Angle, pub packed: Packed }
    }
    kinds! { pub enum Samples { Sample } }
}

/// From 1000 to 990, from 1020/1024 turn to 4/1024 turn, and the same way round while bit 12 goes down.
fn codings() -> Vec<(&'static str, Samples, Samples)> {
    let base = Sample { linear: Position(1000), angle: Angle::from_steps(1020), packed: Packed(1020) };
    [
        ("coding-linear", Sample { linear: Position(990), ..base }),
        ("coding-angle", Sample { angle: Angle::from_steps(4), ..base }),
        ("coding-packed", Sample { packed: Packed(1 << 12 | 4), ..base }),
    ]
    .map(|(name, new)| (name, base.into(), new.into()))
    .into()
}

/// What is pinned: names, bytes, and the same bytes with comments.
fn golden() -> Vec<(&'static str, Vec<u8>, String)> {
    let mut all = Vec::new();
    for (name, message) in client_messages() {
        let bytes = encode_client(&message);
        all.push((name, bytes.clone(), annotate::client(&bytes)));
    }
    let watcher = ServerMessage::Welcome(Welcome { delay: 300, ..welcome_of(None) });
    let token = Token("header.claims.signature");
    let pass = Pass { token, resume: Some(RESUME), hold_seconds: 30, resumed: true, rank: Rank::Moderator };
    let back = ServerMessage::Welcome(Welcome { pass, ..welcome_of(Some(0)) });
    let spoken = [
        ("server-welcome", welcome()),
        ("server-welcome-back", back),
        ("server-welcome-to-watch", watcher),
        ("server-notices", notices()),
        ("server-rules", renewed()),
    ];
    let spoken = spoken.map(|(name, message)| (name, encode_server(&message)));
    for (name, bytes) in spoken.into_iter().chain(play().snapshots) {
        let text = annotate::server(&bytes);
        all.push((name, bytes, text));
    }
    for (name, base, new) in codings() {
        let mut bytes = Vec::new();
        write_masked(&base, &new, &mut bytes);
        let text = annotate::residual(&bytes);
        all.push((name, bytes, text));
    }
    all
}

fn here(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The bytes of a text of hex with comments.
fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.lines().filter_map(|line| line.split('#').next()).collect();
    let digits: Vec<_> = digits.chars().filter(|letter| !letter.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).expect("two hex digits");
    digits.chunks(2).map(byte).collect()
}

#[test]
fn every_message_has_its_golden_bytes() {
    let update = env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    let mut names = Vec::new();
    for (name, bytes, text) in golden() {
        assert_eq!(unhex(&text), bytes, "{name}: the comments leave the bytes as they are");
        let path = here("tests/golden").join(name).with_extension("hex");
        if update {
            fs::write(&path, &text).expect("the golden file can be written");
        }
        let pinned = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            unhex(&pinned) == bytes,
            "{name}: the wire format changed. That needs a new PROTOCOL_VERSION and a line in the changelog; then \
             UPDATE_GOLDEN=1 rewrites the file.\nnow:\n{text}\npinned:\n{pinned}"
        );
        names.push(path);
    }
    let files = fs::read_dir(here("tests/golden")).expect("the golden files are here");
    for file in files.map(|file| file.expect("a file").path()) {
        let hex = file.extension().is_some_and(|extension| extension == "hex");
        assert!(!hex || names.contains(&file), "{} is not tested", file.display());
    }
}

#[test]
fn every_golden_message_decodes_to_itself() {
    for (name, message) in client_messages() {
        assert_eq!(decode_client(&encode_client(&message)).expect(name), message);
    }
    for message in [welcome(), ServerMessage::Welcome(welcome_of(None)), notices(), renewed()] {
        assert_eq!(decode_server(&encode_server(&message)).expect("a message"), message);
    }
    for (name, bytes) in play().snapshots {
        let message = decode_server(&bytes).expect(name);
        assert_eq!(encode_server(&message), bytes, "{name}");
    }
    for (name, base, new) in codings() {
        let mut bytes = Vec::new();
        write_masked(&base, &new, &mut bytes);
        let mut state = base;
        let mut reader = Reader::new(&bytes);
        read_masked(&mut state, &mut reader).expect(name);
        reader.finish().expect(name);
        assert_eq!(state, new, "{name}");
    }
}

#[test]
fn a_message_that_is_cut_short_or_followed_by_more_is_refused() {
    for (name, bytes, _) in golden() {
        let refused: fn(&[u8]) -> bool = match name.split('-').next() {
            Some("client") => |bytes| decode_client(bytes).is_err(),
            Some("server") => |bytes| decode_server(bytes).is_err(),
            Some("snapshot") => {
                let header = 4;
                assert!((0..header).all(|length| decode_server(&bytes[..length]).is_err()), "{name} cut in its header");
                continue;
            }
            _ => continue,
        };
        for length in 0..bytes.len() {
            assert!(refused(&bytes[..length]), "{name} cut to {length} bytes");
        }
        for more in 0..=u8::MAX {
            assert!(refused(&[&bytes[..], &[more]].concat()), "{name} and then {more:#x}");
        }
    }
}

#[test]
fn sections_that_are_cut_short_or_followed_by_more_are_refused() {
    let snapshots = play().snapshots;
    for (index, (name, bytes)) in snapshots.iter().enumerate() {
        let Ok(ServerMessage::Snapshot(whole)) = decode_server(bytes) else { panic!("{name} is a snapshot") };
        // The state that comes before does not matter to whether a number ends, but the ids must be known.
        let refused = |sections: &[u8]| {
            let mut session = Session::<Line>::welcome(&encode_server(&welcome())).expect("a welcome");
            for (_, before) in &snapshots[..index] {
                session.receive(before, 0.0).expect("it was sent in this order");
            }
            let changed = Snapshot { sections, ..whole };
            session.receive(&encode_server(&ServerMessage::Snapshot(changed)), 0.0).is_err()
        };
        assert!(!refused(whole.sections), "{name} as it is");
        for length in 0..whole.sections.len() {
            assert!(refused(&whole.sections[..length]), "{name} cut to {length} bytes of sections");
        }
        assert!(refused(&[whole.sections, &[0]].concat()), "{name} and then 0");
    }
}

/// `docs/wire.md`.
fn docs() -> String {
    fs::read_to_string(here("../../docs/wire.md")).expect("docs/wire.md is there")
}

#[test]
fn every_hex_example_of_the_docs_is_a_golden_file() {
    let golden: BTreeMap<_, _> = golden().into_iter().map(|(name, bytes, _)| (name, bytes)).collect();
    let docs = docs();
    let mut shown = Vec::new();
    for block in docs.split("```hex ").skip(1) {
        let (head, rest) = block.split_once('\n').expect("a block has lines");
        let bytes = unhex(rest.split("```").next().expect("a block ends"));
        let name = head.strip_prefix("golden=").unwrap_or_else(|| panic!("a hex block without golden=NAME: {head}"));
        assert_eq!(Some(&bytes), golden.get(name), "the example {name} in docs/wire.md");
        shown.push(name);
    }
    for name in golden.keys() {
        assert!(shown.contains(name), "docs/wire.md does not show {name}");
    }
}

#[test]
fn the_docs_give_every_limit_and_every_close_code() {
    let docs = docs();
    for (name, value) in [
        ("CLIENT_MESSAGE_MAX", limits::CLIENT_MESSAGE_MAX as u64),
        ("CLIENT_MESSAGES_PER_SECOND_MAX", limits::CLIENT_MESSAGES_PER_SECOND_MAX.into()),
        ("CLIENT_BYTES_PER_SECOND_MAX", limits::CLIENT_BYTES_PER_SECOND_MAX.into()),
        ("HELLO_TIMEOUT", limits::HELLO_TIMEOUT.as_millis() as u64),
        ("HELLO_BYTES_MAX", limits::HELLO_BYTES_MAX as u64),
        ("TOKEN_BYTES_MAX", limits::TOKEN_BYTES_MAX as u64),
        ("RETURN_SPREAD_MAX", limits::RETURN_SPREAD_MAX.as_millis() as u64),
        ("SERVER_MESSAGE_MAX", limits::SERVER_MESSAGE_MAX as u64),
        ("RULES_BYTES_MAX", limits::RULES_BYTES_MAX as u64),
        ("NAME_BYTES_MAX", limits::NAME_BYTES_MAX as u64),
        ("NAME_GRAPHEMES_MAX", limits::NAME_GRAPHEMES_MAX as u64),
        ("CHAT_BYTES_MAX", limits::CHAT_BYTES_MAX as u64),
        ("CHAT_GRAPHEMES_MAX", limits::CHAT_GRAPHEMES_MAX as u64),
        ("SANCTION_REASON_BYTES_MAX", limits::SANCTION_REASON_BYTES_MAX as u64),
        ("MARKS_MAX", limits::MARKS_MAX as u64),
        ("GRAPHEME_CHARS_MAX", limits::GRAPHEME_CHARS_MAX as u64),
        ("CHAT_WAITING_MAX", limits::CHAT_WAITING_MAX as u64),
        ("WHISPERS_WAITING_MAX", limits::WHISPERS_WAITING_MAX as u64),
        ("CHAT_LINES_PER_SECOND_MAX", limits::CHAT_LINES_PER_SECOND_MAX.into()),
        ("CHAT_LINES_BURST_MAX", limits::CHAT_LINES_BURST_MAX.into()),
        ("ANNOUNCEMENTS_PER_MINUTE_MAX", limits::ANNOUNCEMENTS_PER_MINUTE_MAX.into()),
        ("ROOM_BYTES_MAX", limits::ROOM_BYTES_MAX as u64),
        ("IDS_MAX", limits::IDS_MAX.into()),
        ("PLAYERS_MAX", limits::PLAYERS_MAX.into()),
        ("INPUTS_WAITING_MAX", limits::INPUTS_WAITING_MAX as u64),
        ("INPUT_LEAD_MAX_TICKS", limits::INPUT_LEAD_MAX_TICKS.into()),
        ("INPUT_LAG_MAX_TICKS", limits::INPUT_LAG_MAX_TICKS.into()),
        ("NOTICES_WAITING_MAX", limits::NOTICES_WAITING_MAX as u64),
        ("EVENTS_WAITING_MAX", limits::EVENTS_WAITING_MAX as u64),
        ("CHANGE_LOG_TICKS", limits::CHANGE_LOG_TICKS.into()),
        ("IN_FLIGHT_AGE_MAX", limits::IN_FLIGHT_AGE_MAX.as_millis() as u64),
        ("SNAPSHOTS_IN_FLIGHT_MAX", limits::SNAPSHOTS_IN_FLIGHT_MAX as u64),
        ("TOO_SLOW_AFTER", limits::TOO_SLOW_AFTER.as_millis() as u64),
        ("TOO_SLOW_AT_FIRST_AFTER", limits::TOO_SLOW_AT_FIRST_AFTER.as_millis() as u64),
        ("SILENCE_MAX", limits::SILENCE_MAX.as_millis() as u64),
        ("WATCH_TURN_MIN", limits::WATCH_TURN_MIN.as_millis() as u64),
        ("INPUT_REPEAT", limits::INPUT_REPEAT.as_millis() as u64),
        ("PREDICTED_TICKS_MAX", limits::PREDICTED_TICKS_MAX.into()),
    ] {
        let row = format!("| `{name}` | {value} |");
        assert!(docs.contains(&row), "docs/wire.md lacks the row {row}");
    }
    for code in CloseCode::ALL {
        let row = format!("| {} | `{code:?}` | {} |", code.number(), if code.worth_retrying() { "yes" } else { "no" });
        assert!(docs.contains(&row), "docs/wire.md lacks the row {row}");
    }
    assert!(docs.contains(&format!("protocol version {PROTOCOL_VERSION}")), "docs/wire.md is of another version");
}

#[test]
fn the_docs_give_the_hashes_of_the_example_game() {
    let docs = docs();
    for hash in [tables_hash::<Line>(), rules_hash::<Line>(RULES, TICK_RATE)] {
        assert!(docs.contains(&format!("`{hash:#018x}`")), "docs/wire.md lacks the hash {hash:#018x}");
    }
}
