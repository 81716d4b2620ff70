//! Any bytes at all, into every decoder and into a session: what is wrong is refused, and nothing panics.

#[path = "common/line.rs"]
mod line;

use line::{Line, Push};
use proptest::{collection::vec, prelude::*, sample::Index};
use tickwire_sync::{
    client::Session,
    game::{rules_hash, tables_hash},
    interest::Viewpoint,
    protocol::{
        Ack, ClientMessage, Credentials, Hello, Input, Notice, Order, PROTOCOL_VERSION, PackedRules, Pass, ResumeToken,
        Role, Sanction, ServerMessage, Snapshot, SnapshotHeader, Token, Watched, Welcome, decode_client, decode_server,
        encode_client, encode_server, hello_version,
        limits::{CLIENT_MESSAGE_MAX, IDS_MAX, SERVER_MESSAGE_MAX},
    },
    replicate::{Reader, Replicate, read_masked, read_whole, write_u32},
    server::{Arrival, Link, LinkSettings},
};

const TICK_RATE: u32 = 30;
const CREDENTIALS: Credentials = Credentials { token: Token("a.b.c"), resume: Some(ResumeToken([7; 16])) };
const RULES: &[u8] = &[3, 2, 1];

fn welcome(player: Option<u16>, tick: u32) -> Vec<u8> {
    encode_server(&ServerMessage::Welcome(Welcome {
        player,
        room: "main",
        tick,
        tick_rate: TICK_RATE,
        delay: 0,
        rules: RULES,
        rules_hash: rules_hash::<Line>(RULES, TICK_RATE),
        pass: Pass::default(),
    }))
}

/// Messages of every kind, to be damaged.
fn good_messages() -> Vec<Vec<u8>> {
    let tables_hash = tables_hash::<Line>();
    let hello = Hello {
        version: PROTOCOL_VERSION,
        tables_hash,
        name: "Zoë",
        room: "main",
        role: Role::Watcher,
        credentials: CREDENTIALS,
    };
    let sections = [0x16, 1, 0, 0, 1, 0x9e, 0x84, 6, 1, 7, 1, 1, 0, 0, 1, 0xe8, 7];
    let header = SnapshotHeader { elapsed: 3, input_advance: 1, input_margin: -300 };
    let snapshot = Snapshot { header, sections: &sections };
    let notices = vec![
        Notice::Named { player: 0, name: "Zoë" },
        Notice::Left { player: 300 },
        Notice::Chat { player: 1, text: "well flown" },
        Notice::Away { player: 300 },
        Notice::Back { player: 300 },
        Notice::TeamChat { player: 1, text: "to the left" },
        Notice::Whisper { from: 1, to: 300, text: "behind you" },
        Notice::Announcement { text: "Restart at ten" },
        Notice::Answer { text: "Nobody there hears you now." },
    ];
    let sanction = Sanction { player: 300, by_address: true, seconds: Some(600), reason: "spam" };
    vec![
        encode_client(&ClientMessage::Hello(hello)),
        encode_client(&ClientMessage::Input(Input { tick: 1000, ahead: 4, ack_age: 9, behind: 70, controls: 6 })),
        encode_client(&ClientMessage::Chat("well flown")),
        encode_client(&ClientMessage::Keyframe),
        encode_client(&ClientMessage::Away),
        encode_client(&ClientMessage::Back),
        encode_client(&ClientMessage::Watch(Watched::Player(300))),
        encode_client(&ClientMessage::Ack(Ack { tick: 1000, age: 24 })),
        encode_client(&ClientMessage::Whisper { to: 300, text: "behind you" }),
        encode_client(&ClientMessage::Order(Order::Announce { everywhere: true, text: "Restart at ten" })),
        encode_client(&ClientMessage::Order(Order::Ban(sanction))),
        welcome(Some(0), 1),
        encode_server(&ServerMessage::Snapshot(snapshot)),
        encode_server(&ServerMessage::Notices(notices)),
        encode_server(&ServerMessage::Rules(PackedRules { rules: &[1, 2, 3], rules_hash: 7 })),
    ]
}

/// Good messages with some bytes replaced, inserted or taken away.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = vec((any::<Index>(), any::<u8>(), 0..3), 1..4);
    (any::<Index>(), damage).prop_map(|(which, damage)| {
        let good = good_messages();
        let mut bytes = which.get(&good).clone();
        for (at, byte, how) in damage {
            let at = at.index(bytes.len() + 1);
            match how {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => {}
            }
        }
        bytes
    })
}

/// Anything, but mostly small numbers, which lead a reader further than large ones.
fn bytes(length_max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![4 => 0..8_u8, 2 => any::<u8>(), 1 => 248..=255_u8], 0..length_max)
}

/// Sections that are right in form, and may be wrong in everything else.
fn formed() -> impl Strategy<Value = Vec<u8>> {
    let number = || prop_oneof![3 => 0..4_u32, 2 => 0..600_u32, 1 => any::<u32>()];
    let masked = move || {
        (0..40_u32, vec(number(), 5)).prop_map(|(mask, numbers)| {
            let numbers = numbers.into_iter().take(mask.count_ones() as usize);
            std::iter::once(mask).chain(numbers).collect::<Vec<_>>()
        })
    };
    let many = |one: BoxedStrategy<Vec<u32>>| {
        vec(one, 1..4).prop_map(|all| {
            let count = all.len() as u32;
            std::iter::once(count).chain(all.into_iter().flatten()).collect::<Vec<_>>()
        })
    };
    let gap = || prop_oneof![8 => 0..3_u32, 1 => 0..2 * IDS_MAX];
    let left = many(gap().prop_map(|gap| vec![gap]).boxed());
    let newcomer = (gap(), 0..9_u32, 0..4_u32, masked()).prop_map(|(gap, head, parent, masked)| {
        let parent = (head & 1 != 0).then_some(parent);
        let masked = masked.into_iter().filter(|_| head & 2 == 0);
        [gap, head].into_iter().chain(parent).chain(masked).collect::<Vec<_>>()
    });
    let entered = many(newcomer.boxed());
    let group = (masked(), gap(), 0..4_u32).prop_map(|(mut masked, gap, bits)| {
        let mut numbers = masked.split_off(1);
        if bits & 2 != 0 {
            numbers.truncate(numbers.len().div_ceil(2));
            for number in &mut numbers {
                *number %= 128;
            }
        }
        let id = if bits & 1 == 0 { gap } else { 1 << (gap % 7) };
        [masked[0] << 2 | bits, 1, id].into_iter().chain(numbers).collect::<Vec<_>>()
    });
    let changed = many(group.boxed());
    let own = masked();
    let whole = || (0..2_u32, masked()).prop_map(|(kind, masked)| [vec![kind], masked].concat());
    let events = many(whole().boxed());
    (any::<u8>(), left, entered, changed, own, whole(), events, any::<[u8; 4]>()).prop_map(
        |(flags, left, entered, changed, own, own_whole, events, hash)| {
            // A keyframe forgets what the others need to go deep, so it is rare.
            let flags = if flags & 0x87 == 0x87 { flags } else { flags & 0x7f };
            let mut out = vec![flags];
            for (bit, numbers) in [left, entered, changed, own, own_whole, events].iter().enumerate() {
                if flags & 1 << bit != 0 {
                    for &number in numbers {
                        write_u32(&mut out, number);
                    }
                }
            }
            if flags & 0x40 != 0 {
                out.extend(hash);
            }
            out
        },
    )
}

fn sections() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![2 => formed(), 1 => bytes(60)]
}

fn elapsed() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0..4_u32, 1 => 0..300_u32, 1 => any::<u32>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_clients_message_or_refused(bytes in prop_oneof![bytes(1200), damaged()]) {
        let read = decode_client(&bytes);
        prop_assert!(read.is_err() || bytes.len() <= CLIENT_MESSAGE_MAX);
        if let Ok(message) = read {
            let again = encode_client(&message);
            prop_assert!(again.len() <= bytes.len(), "what we write is the shortest form");
            prop_assert_eq!(decode_client(&again).expect("it is a message"), message);
        }
        let _ = hello_version(&bytes);
    }

    #[test]
    fn any_bytes_are_a_servers_message_or_refused(bytes in prop_oneof![bytes(1200), damaged()]) {
        if let Ok(message) = decode_server(&bytes) {
            let again = encode_server(&message);
            prop_assert!(again.len() <= bytes.len(), "what we write is the shortest form");
            prop_assert_eq!(decode_server(&again).expect("it is a message"), message);
        }
    }

    #[test]
    fn any_bytes_are_a_state_or_refused(bytes in bytes(40)) {
        let mut reader = Reader::new(&bytes);
        while let Ok(mut state) = read_whole::<line::Thing>(&mut reader) {
            let _ = read_masked(&mut state, &mut reader);
            prop_assert!(state.kind() < 2);
        }
    }

    #[test]
    fn a_link_takes_any_input(inputs in vec((any::<u32>(), 0..9_u32, any::<i64>(), 0..600_u32, any::<(i32, u32, u32)>()), 0..100)) {
        let settings = LinkSettings { tick_rate: TICK_RATE, viewpoint: Viewpoint::Own, max_kbps: None };
        let mut link = Link::<Line>::new(Some(0), 0, settings);
        for (tick, controls, arrival, now, (ahead, ack_age, behind)) in inputs {
            let arrival = Arrival(arrival >> 16);
            for tick in [tick, now.wrapping_add(tick % 300)] {
                let right = link.receive(Input { tick, ahead, ack_age, behind, controls }, arrival, now).is_ok();
                prop_assert_eq!(right, controls < 8 && controls & 3 != 3);
            }
            let _ = link.take_controls(now);
        }
    }

    /// A session goes on after an error here, though a client closes: so it is tried in worse states than it ever gets into.
    #[test]
    fn a_session_survives_any_snapshots(
        player in prop_oneof![Just(None), (0..3_u16).prop_map(Some)],
        tick in 0..1_u32 << 20,
        snapshots in vec((elapsed(), any::<u32>(), any::<i16>(), sections()), 1..12),
    ) {
        let mut session = Session::<Line>::welcome(&welcome(player, tick)).expect("a welcome");
        let mut now = 0.0;
        for (elapsed, input_advance, input_margin, sections) in snapshots {
            let header = SnapshotHeader { elapsed, input_advance, input_margin };
            let snapshot = Snapshot { header, sections: &sections };
            let _ = session.receive(&encode_server(&ServerMessage::Snapshot(snapshot)), now);
            now += 0.02;
            session.advance(now, Push { way: 1, drop: true });
            session.scene(now, |seen| assert!(seen.id < IDS_MAX));
            prop_assert!(session.mirror().entities.len() <= IDS_MAX as usize);
            let _ = session.take_outgoing().count();
            let _ = session.take_events().count();
        }
    }

    #[test]
    fn a_session_survives_any_messages(messages in vec(prop_oneof![bytes(60), damaged()], 1..20)) {
        let mut session = Session::<Line>::welcome(&welcome(Some(0), 1)).expect("a welcome");
        for (index, message) in messages.iter().enumerate() {
            let now = index as f64 / 50.0;
            let _ = session.receive(message, now);
            session.advance(now, Push::default());
            session.scene(now, |_| {});
        }
    }

    #[test]
    fn any_bytes_are_a_welcome_or_refused(bytes in prop_oneof![bytes(100), damaged()]) {
        let _ = Session::<Line>::welcome(&bytes);
    }

    #[test]
    fn a_welcome_with_any_numbers_begins_a_session_or_is_refused(player: Option<u16>, tick: u32, tick_rate: u32, elapsed in 0..3_u32) {
        let rules_hash = rules_hash::<Line>(RULES, tick_rate);
        let welcome = Welcome { player, room: "", tick: tick >> 1, tick_rate, delay: 0, rules: RULES, rules_hash, pass: Pass::default() };
        if let Ok(mut session) = Session::<Line>::welcome(&encode_server(&ServerMessage::Welcome(welcome))) {
            let header = SnapshotHeader { elapsed, ..SnapshotHeader::default() };
            let snapshot = Snapshot { header, sections: &[0] };
            let _ = session.receive(&encode_server(&ServerMessage::Snapshot(snapshot)), 0.0);
            session.advance(0.1, Push::default());
            session.scene(0.1, |_| {});
        }
    }
}

#[test]
fn a_message_above_its_limit_is_refused_before_it_is_read() {
    let chat = |length: usize| encode_client(&ClientMessage::Chat(&"a".repeat(length)));
    assert!(decode_client(&chat(CLIENT_MESSAGE_MAX - 4)).is_ok());
    assert_eq!(chat(CLIENT_MESSAGE_MAX - 3).len(), CLIENT_MESSAGE_MAX + 1);
    assert!(decode_client(&chat(CLIENT_MESSAGE_MAX - 3)).is_err());
    assert!(decode_server(&vec![0; SERVER_MESSAGE_MAX + 1]).is_err());
}

#[test]
fn a_length_that_nothing_stands_behind_is_refused() {
    for length in [&[253, 255, 255, 255, 255, 255, 255, 255, 255][..], &[252, 255, 255, 255, 127], &[251, 255, 255]] {
        for message in 0..3 {
            assert!(decode_client(&[&[message], length].concat()).is_err());
            assert!(decode_server(&[&[message], length].concat()).is_err());
        }
    }
}

#[test]
fn the_highest_ticks_are_refused_or_do_no_harm() {
    let Ok(mut session) = Session::<Line>::welcome(&welcome(Some(0), u32::MAX - 1)) else { return };
    for tick in 0..4 {
        let now = f64::from(tick) / f64::from(TICK_RATE);
        let header = SnapshotHeader { elapsed: 1, input_advance: 1, input_margin: 0 };
        let snapshot = Snapshot { header, sections: &[0] };
        let _ = session.receive(&encode_server(&ServerMessage::Snapshot(snapshot)), now);
        session.advance(now, Push::default());
    }
}
