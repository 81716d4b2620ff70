//! The real server with real clients.

use std::time::Duration;

use crate::common::{ALONE, Frame, Listener, RawClient, opcode, start};
use tickwire_arena::Arena;
use tickwire_benches::load::{self, Options};
use tickwire_sync::protocol::{
    ClientMessage, CloseCode, Notice, ServerMessage, decode_server, encode_client, limits::PLAYERS_MAX,
};

#[tokio::test(flavor = "multi_thread")]
async fn fifty_bots_play_without_a_desync_a_drop_or_a_slow_tick() {
    let _alone = ALONE.lock().await;
    let server = start(|_| {}).await;
    let options = Options { ramp: Duration::from_secs(1), ..Options::new(server.url(), 50, Duration::from_secs(8)) };
    let report = load::run::<Arena>(&options, |_, _| {}).await.expect("they connect");
    assert_eq!(report.clients_connected, 50, "{report}");
    assert!(report.is_clean(), "{report}");
    assert!(report.audits > 100, "hashes were compared: {report}");
    assert!((report.ticks_per_second / 30.0 - 1.0).abs() < 0.01, "{report}");
    assert_eq!(server.health("/counters/inputs_dropped").await, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_make_way_for_people_and_come_back() {
    let server = start(|config| config.bots = 3).await;
    let mut first = RawClient::join(server.address(), "Ada").await;
    let mut second = RawClient::join(server.address(), "Grace").await;
    while server.health("/rooms/0/bots").await != 1 {
        second.receive().await.expect("the game goes on");
    }
    first.say_goodbye(CloseCode::Normal).await;
    while server.health("/rooms/0/bots").await != 2 {
        second.receive().await.expect("the game goes on");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_bots_as_there_can_be_leave_room_for_people() {
    let server = start(|config| {
        config.bots = PLAYERS_MAX;
        config.max_players = PLAYERS_MAX - 3;
    })
    .await;
    let mut people = Vec::new();
    for _ in 0..6 {
        people.push(RawClient::join(server.address(), "Ada").await);
    }
    assert_eq!(server.health("/counters/joins").await, 6);
    while server.health("/rooms/0/bots").await != 3 {
        people[0].receive().await.expect("the game goes on");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_without_people_stops_its_clock() {
    let server = start(|_| {}).await;
    let client = RawClient::join(server.address(), "Ada").await;
    drop(client);
    while server.health("/rooms/0/people").await > 0 {
        tokio::task::yield_now().await;
    }
    let tick = server.health("/rooms/0/tick").await;
    let mut again = RawClient::join(server.address(), "Ada").await;
    let welcomed = again.receive_kind(opcode::BINARY).await.expect("the game goes on");
    assert!(decode_server(&welcomed).is_ok());
    assert!(server.health("/rooms/0/tick").await < tick + 30, "the clock ran with nobody there");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_chat_reaches_everybody_cleaned() {
    let server = start(|config| config.bots = 0).await;
    let mut reader = RawClient::join(server.address(), "Ada").await;
    let mut writer = RawClient::join(server.address(), "Grace").await;
    writer.send(Frame::new(opcode::BINARY, &encode_client(&ClientMessage::Chat(" well \u{202e} done ")))).await;
    loop {
        let payload = reader.receive_kind(opcode::BINARY).await.expect("the game goes on");
        let Ok(ServerMessage::Notices(notices)) = decode_server(&payload) else { continue };
        if notices.contains(&Notice::Chat { player: 1, text: "well done" }) {
            break;
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_welcome_has_all_that_a_client_needs_to_compute_with() {
    let server = start(|_| {}).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    while ada.session.stats().audits == 0 {
        ada.hear().await;
    }
    let session = &ada.session;
    assert_eq!(session.stats().desyncs, 0);
    assert_eq!(session.player().and_then(|player| session.name(player)), Some("Ada"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_so_to_everybody() {
    let server = start(|_| {}).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(RawClient::join(server.address(), "Ada").await);
    }
    let (address, stopping) = (server.address(), tokio::spawn(server.stop()));
    for client in &mut clients {
        assert_eq!(client.close_code().await, Some(CloseCode::GoingAway.number()));
    }
    drop(clients);
    stopping.await.expect("it stops");
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
