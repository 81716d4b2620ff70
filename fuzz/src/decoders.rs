//! Bytes into everything that decodes bytes.

use std::sync::Arc;

use tickwire_arena::{Arena, DEFAULT_TUNING};
use tickwire_sync::{
    client::Session,
    game::{Game, RulesSource},
    protocol::{
        ServerMessage, Snapshot, SnapshotHeader, decode_client, decode_server, encode_client, encode_server,
        hello_version, limits::IDS_MAX,
    },
    server::{Command, Room},
};

use crate::fixture::{MAP, MATCH, RULES, controls};

/// A client's message, or none; what can be read is written as the same message, no longer than it came.
pub fn client_message(bytes: &[u8]) {
    let _ = hello_version(bytes);
    let Ok(message) = decode_client(bytes) else { return };
    let again = encode_client(&message);
    assert!(again.len() <= bytes.len(), "what we write is the shortest form");
    assert_eq!(decode_client(&again).expect("it is a message"), message);
}

/// A server's message, or none, likewise; and a welcome begins a session, or not.
pub fn server_message(bytes: &[u8]) {
    let Ok(message) = decode_server(bytes) else { return };
    let again = encode_server(&message);
    assert!(again.len() <= bytes.len(), "what we write is the shortest form");
    assert_eq!(decode_server(&again).expect("it is a message"), message);
    if matches!(message, ServerMessage::Welcome(_)) {
        let _ = Session::<Arena>::welcome(bytes);
    }
}

/// How many snapshots of the match a client may have had.
const WARM: usize = 16;

/// The sections of a snapshot, for a client that has had some real ones: the first byte says how many, the second how long ago the last was.
pub fn sections(bytes: &[u8]) {
    let Some((&[warm, elapsed], sections)) = bytes.split_first_chunk() else { return };
    let mut session = Session::<Arena>::welcome(&MATCH.welcome).expect("a welcome");
    let mut now = 0.0;
    for snapshot in &MATCH.snapshots[..usize::from(warm) % WARM] {
        session.receive(snapshot, now).expect("a snapshot");
        now += 0.03;
    }
    let header = SnapshotHeader { elapsed: u32::from(elapsed % 8), input_advance: 1, input_margin: 0 };
    let _ = session.receive(&encode_server(&ServerMessage::Snapshot(Snapshot { header, sections })), now);
    assert!(session.mirror().entities.len() <= IDS_MAX as usize);
    session.advance(now + 0.05, controls(0x3000));
    session.scene(now + 0.05, |seen| assert!(seen.own || seen.id < IDS_MAX || seen.id == u32::MAX));
}

/// How many ticks a room runs by rules that could be read.
const TICKS: u32 = 30;

/// Set in the first byte of [`rules`]: what follows is packed.
pub const PACKED: u8 = 0x80;

/// Tuning and map, a zero byte between them; without the one or the other it is one that is right. Or both as they are packed. The first byte
/// says which, and chooses the tick rate. By what is accepted a match can be played.
pub fn rules(bytes: &[u8]) {
    let Some((&rate, bytes)) = bytes.split_first() else { return };
    let tick_rate = [10, 30, 60, 128, u32::from(rate)][usize::from(rate) % 5];
    let rules = if rate & PACKED == 0 {
        let Ok(texts) = core::str::from_utf8(bytes) else { return };
        let (tuning, map) = texts.split_once('\0').unwrap_or(("", texts));
        let tuning = if tuning.is_empty() { DEFAULT_TUNING } else { tuning };
        let map = if map.is_empty() { MAP } else { map };
        Arena::read_rules(RulesSource { tuning, map }, tick_rate)
    } else {
        Arena::unpack_rules(bytes, tick_rate)
    };
    let Ok(rules) = rules else { return };
    let mut room = Room::<Arena>::new(Arc::new(rules), 3);
    room.tick(&[0, 1, 2].map(|player| Command::Join { player, bot: player == 2 }));
    play(&mut room, TICKS);
}

/// A saved room, or none. What is restored is saved as the same bytes, goes on, and can be saved again.
pub fn room(bytes: &[u8]) {
    let Ok(mut room) = Room::<Arena>::restore(Arc::clone(&RULES), bytes) else { return };
    play(&mut room, 6);
    let mut saved = Vec::new();
    room.save(&mut saved);
    let twin = Room::<Arena>::restore(Arc::clone(&RULES), &saved).expect("what was saved is restored");
    assert_eq!(twin.state_hash(), room.state_hash());
}

/// Lets people press everything.
fn play(room: &mut Room<Arena>, ticks: u32) {
    for tick in 0..ticks {
        let pressed = |player| Command::Controls { player, controls: controls(0xf400 + tick * 37), behind: tick * 9 };
        room.tick(&[pressed(0), pressed(1)]);
    }
}
