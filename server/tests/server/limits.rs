//! What a connection, an address and all of them together may take, and what whoever wants more is told.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use crate::{
    common::{ALONE, Answer, Frame, RawClient, Running, connect_from, opcode, start},
    identity::shown,
};
use tickwire_arena::Arena;
use tickwire_benches::load::{self, Options};
use tickwire_sync::{
    client::Session,
    protocol::{
        ClientMessage, CloseCode, Input, Role, encode_client,
        limits::{CLIENT_BYTES_PER_SECOND_MAX, CLIENT_MESSAGES_PER_SECOND_MAX},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An address of this machine that is a stranger's to the server.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);
const PAGE: &str = "Origin: http://localhost\r\n";

/// What somebody is told for whom there is no socket: a program by a status, a page by a close code.
async fn is_turned_away(from: Ipv4Addr, address: SocketAddr, headers: &str, (status, code): (u16, CloseCode)) {
    let told: Result<RawClient, Answer> = RawClient::ask_from(from, address, headers).await;
    let answer = told.err().expect("there is no socket for it");
    assert_eq!(answer.status(), status);
    let seconds: u32 = answer.header("retry-after").and_then(|text| text.parse().ok()).expect("when to try again");
    assert!((1..=60).contains(&seconds) && answer.text().contains(code.reason()), "{}", answer.text());
    let page = RawClient::ask_from(from, address, &[headers, PAGE].concat()).await;
    let (told, reason) = page.unwrap_or_else(|answer| panic!("{}", answer.head)).farewell().await;
    assert_eq!((told, &*reason), (code.number(), code.reason()));
}

async fn refused(server: &Running, reason: &str) -> u64 {
    server.health(&format!("/counters/refused/{reason}")).await
}

/// All that a server says to a connection until it ends it.
async fn last_words(mut stream: TcpStream) -> Vec<u8> {
    let mut words = Vec::new();
    // What is cut off may be reset.
    let _ = stream.read_to_end(&mut words).await;
    words
}

fn input(controls: u32) -> Vec<u8> {
    encode_client(&ClientMessage::Input(Input { tick: 1, ahead: 0, ack_age: 0, behind: 0, controls }))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_its_sockets_and_no_more_and_this_machine_as_many_as_it_likes() {
    let server = start(|config| (config.bots, config.limits.max_per_address) = (0, 3)).await;
    let address = server.address();
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(RawClient::connect_from(STRANGER, address).await);
    }
    is_turned_away(STRANGER, address, "", (429, CloseCode::AddressFull)).await;
    assert_eq!(refused(&server, "sockets_of_address").await, 2);
    server.until_closed(CloseCode::AddressFull, 1).await;
    let _other = RawClient::connect_from(Ipv4Addr::new(127, 0, 1, 2), address).await;
    for _ in 0..10 {
        clients.push(RawClient::connect(address).await);
    }
    // The place of whoever leaves is free again.
    clients.remove(0).say_goodbye(CloseCode::Normal).await;
    while RawClient::ask_from(STRANGER, address, "").await.is_err() {}
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_says_so_to_programs_and_pages() {
    let server = start(|config| (config.bots, config.limits.max_connections) = (0, 2)).await;
    let _clients = [RawClient::connect(server.address()).await, RawClient::join(server.address(), "Ada").await];
    is_turned_away(Ipv4Addr::LOCALHOST, server.address(), "", (503, CloseCode::ServerFull)).await;
    assert_eq!((refused(&server, "sockets").await, server.health("/sockets").await), (2, 2));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_each_client_is_limited_by_its_own_address() {
    let server = start(|config| {
        config.network.trusted_proxies = vec!["127.0.0.9/32".parse().expect("a network")];
        (config.limits.max_per_address, config.limits.max_new_per_address) = (2, 1.try_into().expect("not 0"));
    })
    .await;
    let (address, proxy) = (server.address(), Ipv4Addr::new(127, 0, 0, 9));
    let ada = "X-Forwarded-For: 203.0.113.1\r\n";
    let _clients = [
        RawClient::ask_from(proxy, address, ada).await.ok().expect("a socket"),
        RawClient::ask_from(proxy, address, ada).await.ok().expect("another"),
    ];
    is_turned_away(proxy, address, ada, (429, CloseCode::AddressFull)).await;
    // Five at once, one a second; so the next one is too many, too.
    while refused(&server, "rate_of_address").await == 0 {
        assert!(RawClient::ask_from(proxy, address, ada).await.is_err());
    }
    is_turned_away(proxy, address, ada, (429, CloseCode::TooFast)).await;
    let grace = "X-Forwarded-For: 2001:db8::7\r\n";
    let _other = RawClient::ask_from(proxy, address, grace).await.ok().expect("a socket of another address");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_come_too_fast_or_only_wait_are_cut_off_and_others_are_not() {
    let server = start(|config| {
        (config.limits.max_per_address, config.limits.max_new_per_address) = (2, 2.try_into().expect("not 0"));
    })
    .await;
    // It begins to ask, and never ends.
    let mut waiting = Vec::new();
    // Four for each game socket that it may have.
    for _ in 0..8 {
        let mut stream = connect_from(STRANGER, server.address()).await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.expect("the server reads");
        waiting.push(stream);
    }
    while server.health("/connections").await < 9 {}
    assert_eq!(last_words(connect_from(STRANGER, server.address()).await).await, b"");
    assert_eq!(refused(&server, "connections_of_address").await, 1);
    drop(waiting);
    // Whether or not there is place again: ten at once, two a second.
    while refused(&server, "rate_of_address").await == 0 {
        drop(connect_from(STRANGER, server.address()).await);
    }
    let _other = RawClient::connect_from(Ipv4Addr::new(127, 0, 1, 2), server.address()).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_bytes_are_limited_and_counted_apart() {
    let server = start(|config| config.bots = 0).await;
    for (reason, payload, count) in [
        ("messages", &[0; 0][..], 3 * CLIENT_MESSAGES_PER_SECOND_MAX),
        ("bytes", &[0; 125], CLIENT_BYTES_PER_SECOND_MAX / 100),
    ] {
        let mut client = RawClient::join(server.address(), "Mallory").await;
        for _ in 0..count {
            client.send(Frame::new(opcode::PING, payload)).await;
        }
        assert_eq!(client.close_code().await, Some(CloseCode::TooMany.number()), "{reason}");
        assert_eq!(refused(&server, reason).await, 1, "{reason}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_and_a_hello_that_do_not_come_are_counted() {
    let server = start(|config| config.bots = 0).await;
    let large = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: {}\r\n\r\n", "a".repeat(20_000));
    let (slow, large, silent) =
        tokio::join!(server.begin("GET / HTTP/1.1\r\nHost: localhost\r\n"), server.exchange(&large), async {
            RawClient::connect(server.address()).await.close_code().await
        });
    assert!(!slow.starts_with(b"HTTP/1.1 200") && large.status() == 431);
    assert_eq!(silent, Some(CloseCode::HelloTimeout.number()));
    for reason in ["head_time", "head_bytes", "hello_time"] {
        while refused(&server, reason).await != 1 {}
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_nothing_for_too_long_gives_up_its_seat_and_who_does_something_plays_on() {
    let server = start(|config| (config.bots, config.limits.idle_minutes) = (0, 0.02)).await;
    let mut idle = RawClient::join(server.address(), "Ada").await;
    let mut busy = RawClient::join(server.address(), "Grace").await;
    let mut controls = 0;
    while server.closed(CloseCode::Idle).await == 0 {
        controls ^= 1;
        busy.send(Frame::new(opcode::BINARY, &input(controls))).await;
        idle.send(Frame::new(opcode::BINARY, &input(0))).await;
        assert!(busy.receive().await.is_some_and(|(kind, _)| kind != opcode::CLOSE), "it plays on");
    }
    assert_eq!(idle.close_code().await, Some(CloseCode::Idle.number()));
    assert_eq!((refused(&server, "idle").await, server.health("/counters/seats_held").await), (1, 0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_pings_and_says_nothing_else_is_idle_too() {
    let server = start(|config| {
        (config.bots, config.limits.idle_minutes, config.limits.dead_seconds) = (0, 0.02, 2);
    })
    .await;
    let mut idle = RawClient::join(server.address(), "Ada").await;
    let code = loop {
        match idle.receive().await.expect("a goodbye") {
            (opcode::PING, payload) => idle.send(Frame::new(opcode::PONG, &payload)).await,
            (opcode::CLOSE, payload) => break u16::from_be_bytes([payload[0], payload[1]]),
            _ => {}
        }
    };
    assert_eq!(code, CloseCode::Idle.number());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_room_stands_still_whoever_is_turned_away() {
    let server = start(|config| config.bots = 0).await;
    RawClient::join(server.address(), "Ada").await.say_goodbye(CloseCode::Normal).await;
    let turn_away = async || {
        let hello = Session::<Arena>::hello_again("Eve", "", Role::Player, shown("nonsense"));
        let mut client = RawClient::connect(server.address()).await;
        client.send(Frame::new(opcode::BINARY, &hello)).await;
        assert_eq!(client.farewell().await.0, CloseCode::TokenRefused.number());
    };
    // All that was said before is taken in by the time that somebody is turned away.
    while server.health("/sockets").await != 0 || server.health("/rooms/0/people").await != 0 {
        tokio::task::yield_now().await;
    }
    turn_away().await;
    let tick = server.health("/rooms/0/tick").await;
    for _ in 0..5 {
        turn_away().await;
    }
    assert_eq!(server.health("/rooms/0/tick").await, tick);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_no_ping_is_dead_and_its_seat_is_held() {
    let server = start(|config| (config.bots, config.limits.dead_seconds) = (0, 2)).await;
    let mut clients = Vec::new();
    for (name, answers) in [("Ada", false), ("Grace", true)] {
        let mut client = RawClient::join(server.address(), name).await;
        // Hidden, so that nothing but a ping needs an answer.
        client.send(Frame::new(opcode::BINARY, &encode_client(&ClientMessage::Away))).await;
        clients.push((client, answers));
    }
    let [mut dead, mut alive] = <[_; 2]>::try_from(clients).ok().expect("two");
    let (code, pongs) = tokio::join!(dead.0.close_code(), async {
        let mut pongs = 0;
        while pongs < 6 {
            let (kind, payload) = alive.0.receive().await.expect("it lives");
            assert_ne!(kind, opcode::CLOSE);
            if kind == opcode::PING {
                alive.0.send(Frame::new(opcode::PONG, &payload)).await;
                pongs += 1;
            }
        }
        pongs
    });
    assert!(!dead.1 && alive.1 && pongs == 6);
    assert_eq!(code, Some(CloseCode::Dead.number()));
    drop(dead);
    server.until_closed(CloseCode::Dead, 1).await;
    assert_eq!(refused(&server, "dead").await, 1);
    while server.health("/counters/seats_held").await == 0 {}
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_fill_a_room_with_seats_that_are_held() {
    let server = start(|config| (config.bots, config.limits.max_per_address) = (0, 2)).await;
    for lost in 1..=4_u64 {
        drop(RawClient::connect_from(STRANGER, server.address()).await.enter_as("Mallory").await);
        while server.health("/counters/seats_held").await + refused(&server, "seats_of_address").await < lost {}
    }
    assert_eq!(server.health("/counters/seats_held").await, 2);
    while server.health("/rooms/0/people").await > 2 {}
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_plays_in_a_full_room_feels_nothing_of_all_who_are_turned_away() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.max_players, config.limits.max_connections) = (8, 12)).await;
    let options = Options::new(server.url(), 8, Duration::from_secs(8));
    let bots = tokio::spawn(async move { load::run::<Arena>(&options, |_, _| {}).await });
    while server.health("/rooms/0/people").await < 8 {}
    let hello = Session::<Arena>::hello("late", "", Role::Player);
    let (mut no_place, mut no_socket) = (0, 0);
    while !bots.is_finished() {
        let mut waiting = Vec::new();
        for _ in 0..8 {
            match RawClient::ask_from(Ipv4Addr::LOCALHOST, server.address(), "").await {
                Ok(client) => waiting.push(client),
                Err(_) => no_socket += 1,
            }
        }
        for client in &mut waiting {
            client.send(Frame::new(opcode::BINARY, &hello)).await;
            no_place += u32::from(client.close_code().await == Some(CloseCode::RoomFull.number()));
        }
        // As many as may come in a second are not turned away, but cut off.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let report = bots.await.expect("no panic").expect("they connect");
    assert!(report.is_clean() && report.clients_connected == 8, "{report}");
    assert!(no_place > 50 && no_socket > 50, "{no_place} without a place, {no_socket} without a socket");
    server.stop().await;
}
