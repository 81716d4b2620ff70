//! What a hostile or broken client does ends in a close code of its own, and nobody else notices.

use std::time::Duration;

use crate::common::{Frame, Listener, RawClient, Running, opcode, start};
use tickwire_arena::Arena;
use tickwire_benches::load::{self, Options};
use tickwire_sync::{
    client::Session,
    game::tables_hash,
    protocol::{
        ClientMessage, CloseCode, Credentials, Hello, Input, PROTOCOL_VERSION, Role, ServerMessage, decode_server,
        encode_client,
        limits::{
            CLIENT_MESSAGE_MAX, CLIENT_MESSAGES_PER_SECOND_MAX, INPUT_LAG_MAX_TICKS, INPUT_LEAD_MAX_TICKS,
            INPUTS_WAITING_MAX,
        },
    },
};

async fn closes_with(client: &mut RawClient, code: CloseCode) {
    assert_eq!(client.close_code().await, Some(code.number()), "expected {code:?}");
}

fn hello(change: impl FnOnce(&mut Hello)) -> Vec<u8> {
    let mut hello = Hello {
        version: PROTOCOL_VERSION,
        tables_hash: tables_hash::<Arena>(),
        name: "Mallory",
        room: "",
        role: Role::Player,
        credentials: Credentials::default(),
    };
    change(&mut hello);
    encode_client(&ClientMessage::Hello(hello))
}

fn binary(payload: &[u8]) -> Frame<'_> {
    Frame::new(opcode::BINARY, payload)
}

/// Sends one frame as the first, and expects a close code.
async fn first_frame(server: &Running, frame: Frame<'_>, code: CloseCode) {
    let mut client = RawClient::connect(server.address()).await;
    client.send(frame).await;
    closes_with(&mut client, code).await;
}

/// Joins, sends frames, and expects a close code.
async fn frames_in_play(server: &Running, frames: &[Frame<'_>], code: CloseCode) {
    let mut client = RawClient::join(server.address(), "Mallory").await;
    for frame in frames {
        client.send(*frame).await;
    }
    closes_with(&mut client, code).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_first_message_is_turned_away_with_its_own_code() {
    let server = start(|config| config.bots = 0).await;
    first_frame(&server, binary(&hello(|hello| hello.version += 1)), CloseCode::WrongVersion).await;
    first_frame(&server, binary(&hello(|hello| hello.tables_hash ^= 1)), CloseCode::WrongRules).await;
    first_frame(&server, binary(&hello(|hello| hello.room = "nowhere")), CloseCode::NoSuchRoom).await;
    first_frame(&server, binary(b"\xff\xff\xff\xff garbage"), CloseCode::BadMessage).await;
    first_frame(&server, binary(b""), CloseCode::BadMessage).await;
    let input = encode_client(&ClientMessage::Input(Input { tick: 1, ahead: 0, ack_age: 0, behind: 0, controls: 0 }));
    first_frame(&server, binary(&input), CloseCode::BadMessage).await;
    first_frame(&server, Frame::new(opcode::TEXT, b"hello"), CloseCode::TextFrame).await;
    assert_eq!(server.health("/counters/joins").await, 0);
    assert_eq!(server.health("/counters/closed/4005").await, 3);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_says_hello_is_closed() {
    let server = start(|config| config.bots = 0).await;
    let mut client = RawClient::connect(server.address()).await;
    closes_with(&mut client, CloseCode::HelloTimeout).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_room_says_so() {
    let server = start(|config| config.max_players = 1).await;
    let _first = RawClient::join(server.address(), "Ada").await;
    first_frame(&server, Frame::new(opcode::BINARY, &hello(|_| {})), CloseCode::RoomFull).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_in_play_closes_its_sender_and_nobody_else_notices() {
    let server = start(|_| {}).await;
    let options = Options::new(server.url(), 4, Duration::from_secs(5));
    let others = tokio::spawn(async move { load::run::<Arena>(&options, |_, _| {}).await });

    let input =
        |controls| encode_client(&ClientMessage::Input(Input { tick: 1, ahead: 0, ack_age: 0, behind: 0, controls }));
    let good = input(0);
    let too_big = vec![0; CLIENT_MESSAGE_MAX + 1];
    let fragment = Frame { fin: false, ..binary(&good) };
    let flood: Vec<_> = vec![binary(&good); 3 * CLIENT_MESSAGES_PER_SECOND_MAX as usize];

    frames_in_play(&server, &[Frame::new(opcode::TEXT, b"hi")], CloseCode::TextFrame).await;
    frames_in_play(&server, &[Frame::new(opcode::TEXT, b"\xff\xfe")], CloseCode::TextFrame).await;
    frames_in_play(&server, &[binary(b"\x09\x09\x09")], CloseCode::BadMessage).await;
    frames_in_play(&server, &[binary(&[&good[..], b"!"].concat())], CloseCode::BadMessage).await;
    frames_in_play(&server, &[binary(&Session::<Arena>::hello("again", "", Role::Player))], CloseCode::BadMessage)
        .await;
    frames_in_play(&server, &[binary(&too_big)], CloseCode::TooBig).await;
    frames_in_play(&server, &[fragment; 300], CloseCode::ProtocolError).await;
    frames_in_play(&server, &[Frame::new(opcode::CONTINUATION, b"x")], CloseCode::ProtocolError).await;
    frames_in_play(&server, &[Frame { masked: false, ..binary(&good) }], CloseCode::ProtocolError).await;
    frames_in_play(&server, &[Frame::new(opcode::PONG, &[0; 126])], CloseCode::ProtocolError).await;
    frames_in_play(&server, &[binary(&input(1 << 18))], CloseCode::BadControls).await;
    frames_in_play(&server, &flood, CloseCode::TooMany).await;

    let report = others.await.expect("no panic").expect("they connect");
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.clients_connected, 4);
    server.stop().await;
}

/// A client that played and then sends a close frame with this payload: the code of the answer.
async fn farewell(server: &Running, payload: &[u8]) -> Option<u16> {
    let mut client = RawClient::join(server.address(), "Ada").await;
    client.send(Frame::new(opcode::CLOSE, payload)).await;
    client.close_code().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_that_rfc_6455_forbids_is_refused_and_counted() {
    let server = start(|config| config.bots = 0).await;
    let good = encode_client(&ClientMessage::Keyframe);
    let whole = binary(&good);
    let first = Frame { fin: false, ..whole };
    let rest = |fin| Frame { fin, ..Frame::new(opcode::CONTINUATION, &good) };
    let fragmented = |kind| Frame { fin: false, ..Frame::new(kind, b"") };
    let long = [0; 126];
    let mut longer = vec![0; CLIENT_MESSAGE_MAX];
    longer[..2].copy_from_slice(&1000_u16.to_be_bytes());
    let mut refused: Vec<Vec<Frame>> = vec![
        // Fragments: one first, two firsts, a whole one, an end without a beginning, none that ever ends.
        vec![first],
        vec![first, first],
        vec![first, rest(true)],
        vec![first, whole],
        vec![rest(true)],
        vec![first; 2000],
        vec![rest(false); 2000],
        // Not masked, whatever it is.
        vec![Frame { masked: false, ..whole }],
        vec![Frame { masked: false, ..Frame::new(opcode::PING, b"") }],
        vec![Frame { masked: false, ..Frame::new(opcode::PONG, b"") }],
        vec![Frame { masked: false, ..Frame::new(opcode::CLOSE, b"") }],
    ];
    for kind in [opcode::PING, opcode::PONG, opcode::CLOSE] {
        refused.extend([vec![Frame::new(kind, &long)], vec![Frame::new(kind, &longer)], vec![fragmented(kind)]]);
    }
    // Reserved bits, each alone, and every reserved opcode, each with a payload and without.
    let reserved_bits = [0x40, 0x20, 0x10].map(|bit| bit | opcode::BINARY);
    for kind in reserved_bits.into_iter().chain(3..8).chain(11..16) {
        refused.extend([vec![Frame::new(kind, b"")], vec![Frame::new(kind, &good)]]);
    }
    for frames in &refused {
        frames_in_play(&server, frames, CloseCode::ProtocolError).await;
    }
    server.until_closed(CloseCode::ProtocolError, refused.len() as u64).await;
    // Nor as the first that a connection says.
    first_frame(&server, first, CloseCode::ProtocolError).await;
    first_frame(&server, Frame { masked: false, ..binary(&hello(|_| {})) }, CloseCode::ProtocolError).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_frame_is_answered_and_a_wrong_one_refused() {
    let server = start(|config| config.bots = 0).await;
    let close = |code: u16, reason: &[u8]| [&code.to_be_bytes(), reason].concat();
    let normal = CloseCode::Normal.number();
    assert_eq!(farewell(&server, b"").await, Some(normal));
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 3000, 4999] {
        assert_eq!(farewell(&server, &close(code, "tschüß".as_bytes())).await, Some(normal), "{code}");
    }
    assert_eq!(server.closed(CloseCode::ProtocolError).await, 0);
    let mut refused: Vec<_> = [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535]
        .into_iter()
        .map(|code| close(code, b""))
        .collect();
    refused.push(vec![3]);
    refused.push(close(1000, b"half a letter: \xc3"));
    for payload in &refused {
        assert_eq!(farewell(&server, payload).await, Some(CloseCode::ProtocolError.number()), "{payload:?}");
    }
    server.until_closed(CloseCode::ProtocolError, refused.len() as u64).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_with_its_payload() {
    let server = start(|_| {}).await;
    let mut client = RawClient::join(server.address(), "Ada").await;
    client.send(Frame::new(opcode::PING, b"are you there")).await;
    assert_eq!(client.receive_kind(opcode::PONG).await.as_deref(), Some(&b"are you there"[..]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_too_far_ahead_is_dropped_and_counted() {
    let server = start(|_| {}).await;
    let mut client = RawClient::join(server.address(), "Ada").await;
    let far =
        encode_client(&ClientMessage::Input(Input { tick: u32::MAX, ahead: 0, ack_age: 0, behind: 0, controls: 0 }));
    client.send(Frame::new(opcode::BINARY, &far)).await;
    while server.health("/counters/inputs_dropped").await == 0 {
        assert!(client.receive().await.is_some(), "the connection goes on");
    }
    assert_eq!(server.health("/counters/refused/input_ahead").await, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_too_far_behind_and_one_too_many_are_counted_apart() {
    // The room's clock begins with a past to watch.
    let server = start(|config| (config.bots, config.watch_delay) = (0, 60)).await;
    let mut client = RawClient::join(server.address(), "Ada").await;
    let input =
        |tick| encode_client(&ClientMessage::Input(Input { tick, ahead: 0, ack_age: 0, behind: 0, controls: 0 }));
    let tick = server.health("/rooms/0/tick").await as u32;
    client.send(binary(&input(tick - INPUT_LAG_MAX_TICKS - 1))).await;
    for _ in 0..=INPUTS_WAITING_MAX {
        client.send(binary(&input(tick + INPUT_LEAD_MAX_TICKS / 2))).await;
    }
    while server.health("/counters/refused/inputs_waiting").await == 0 {
        assert!(client.receive().await.is_some(), "the connection goes on");
    }
    assert_eq!(server.health("/counters/refused/input_behind").await, 1);
    assert_eq!(server.health("/counters/inputs_dropped").await, 1, "a late one takes effect");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_chat_is_dropped_and_its_readers_stay() {
    let server = start(|config| config.bots = 0).await;
    let mut reader = RawClient::join(server.address(), "Ada").await;
    let mut flooder = RawClient::join(server.address(), "Mallory").await;
    let line = encode_client(&ClientMessage::Chat("buy my ships"));
    for _ in 0..100 {
        flooder.send(binary(&line)).await;
    }
    while server.health("/counters/chat_dropped").await < 90 {
        assert!(reader.receive().await.is_some(), "the game goes on");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_keyframe_requests_is_answered_once_a_second() {
    let server = start(|_| {}).await;
    let mut mallory = Listener::join(server.address(), "Mallory").await;
    let mut quiet = RawClient::join(server.address(), "Ada").await;
    let request = encode_client(&ClientMessage::Keyframe);
    for _ in 0..200 {
        mallory.client.send(binary(&request)).await;
    }
    while server.health("/counters/keyframes_asked").await < 200 {
        assert!(quiet.receive().await.is_some(), "the game goes on");
    }
    let mut keyframes = 0;
    let (mut ticks, rate) = (0, 30);
    while ticks < rate {
        let message = mallory.hear().await;
        let Ok(ServerMessage::Snapshot(snapshot)) = decode_server(&message) else { continue };
        ticks += snapshot.header.elapsed;
        keyframes += u32::from(snapshot.sections[0] & 0x80 != 0);
    }
    assert!((1..=2).contains(&keyframes), "{keyframes} keyframes");
    server.stop().await;
}
