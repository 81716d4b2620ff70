//! What a game tells those who only read: `/events`.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tickwire_sync::protocol::{CloseCode, Order, Sanction};

use crate::{
    common::{ALONE, Answer, Frame, Listener, PATIENCE, RawClient, Running, opcode, start},
    driver::Browser,
    identity::{KeyFile, SECRET, of_issuer, shown, token},
};

/// Somebody who listens, as a page of another site would.
async fn listen(server: &Running, path: &str) -> Result<RawClient, Answer> {
    let origin = "Origin: https://overlay.example\r\n";
    RawClient::ask(path, Ipv4Addr::LOCALHOST, server.address(), origin).await
}

/// The next line; pings are answered.
async fn line(client: &mut RawClient) -> Value {
    loop {
        match client.receive().await.expect("the game goes on") {
            (opcode::TEXT, text) => return serde_json::from_slice(&text).expect("JSON"),
            (opcode::PING, payload) => client.send(Frame::new(opcode::PONG, &payload)).await,
            (kind, _) => panic!("a frame of kind {kind}"),
        }
    }
}

async fn line_of(client: &mut RawClient, kind: &str) -> Value {
    loop {
        let line = line(client).await;
        if line["type"] == kind {
            return line;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_is_told_who_plays_and_who_is_shot_as_late_as_watchers_see_it() {
    let server = start(|config| (config.bots, config.watch_delay) = (6, 2)).await;
    // A room in which nobody plays stands still.
    let mut ada = Listener::join(server.address(), "Ada").await;
    let mut events = listen(&server, "/events").await.ok().expect("any page may");
    let hello = line(&mut events).await;
    assert_eq!((&hello["type"], &hello["room"], &hello["delay_ms"]), (&json!("hello"), &json!("main"), &json!(2000)));
    let mut scores = line_of(&mut events, "scores").await;
    let names = |scores: &Value| {
        let players = scores["players"].as_array().expect("players").clone();
        players.into_iter().map(|player| player["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    while !names(&scores).iter().any(|name| name == "Ada") {
        scores = line_of(&mut events, "scores").await;
    }
    let kill = loop {
        ada.hear().await;
        if events.hears_within(Duration::ZERO).await {
            let line = line(&mut events).await;
            if line["type"] == "kill" {
                break line;
            }
        }
    };
    assert!(kill["by"]["name"].is_string() && kill["target"]["name"].is_string(), "{kill}");
    let told = kill["tick"].as_u64().expect("a tick");
    let now = server.health("/rooms/0/tick").await;
    assert!(now >= told + 2 * 30, "of tick {told}, told before {now}");
    assert_eq!(server.health("/counters/listens").await, 1);
    server.stop().await;
}

/// The page of `docs/events.md`, as anybody may copy it: a file, which is of no origin.
#[tokio::test(flavor = "multi_thread")]
async fn the_score_board_of_the_docs_shows_who_plays_in_a_browser() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay) = (3, 0)).await;
    let _ada = Listener::join(server.address(), "Ada").await;
    let docs = include_str!("../../../docs/events.md");
    let page = docs.split("```html\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a page");
    let path = std::env::temp_dir().join(format!("tickwire-board-{}.html", std::process::id()));
    std::fs::write(&path, page).expect("a file");
    let browser = Browser::open(&format!("file://{}?server=ws://{}", path.display(), server.address())).await;
    let patient_until = Instant::now() + PATIENCE;
    let board = "Array.from(document.querySelectorAll('#board li'), row => row.textContent)";
    while browser.evaluate(board).await.as_array().map(Vec::len) != Some(3) {
        assert!(Instant::now() < patient_until, "the board shows {}", browser.evaluate(board).await);
    }
    let shown = browser.evaluate(board).await.to_string();
    assert!(shown.contains("\"Ada "), "{shown}");
    browser.close(&[]).await;
    std::fs::remove_file(path).expect("ours");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_listen_and_no_more_and_who_speaks_is_closed() {
    let server = start(|config| (config.bots, config.limits.max_listeners) = (0, 1)).await;
    let mut events = listen(&server, "/events?room=main").await.ok().expect("there is room");
    assert_eq!(line(&mut events).await["type"], "hello");
    assert_eq!(listen(&server, "/events").await.err().expect("there is none").status(), 503);
    assert_eq!(listen(&server, "/events?room=nowhere").await.err().expect("no such room").status(), 404);
    events.send(Frame::new(opcode::PING, b"there?")).await;
    assert_eq!(events.receive().await, Some((opcode::PONG, b"there?".to_vec())));
    events.send(Frame::new(opcode::TEXT, b"hello?")).await;
    assert_eq!(events.close_code().await, Some(CloseCode::TextFrame.number()));
    let mut next = loop {
        if let Ok(next) = listen(&server, "/events").await {
            break next;
        }
    };
    assert_eq!(line(&mut next).await["type"], "hello");
    server.stop().await;
    assert_eq!(next.close_code().await, Some(CloseCode::GoingAway.number()));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_issuer_decides_a_listener_shows_a_token_and_a_banned_address_hears_nothing() {
    let key = KeyFile::new("events");
    let server = start(|config| {
        of_issuer(config, &key);
        config.bots = 0;
    })
    .await;
    let looks_on = token(SECRET, 60, json!({ "roles": ["spectator"] }));
    for (shown, is_let_in) in [(&*looks_on, true), ("nonsense", false)] {
        let mut events = listen(&server, "/events").await.ok().expect("a socket");
        events.send(Frame::new(opcode::TEXT, shown.as_bytes())).await;
        if is_let_in {
            assert_eq!(line(&mut events).await["type"], "hello");
        } else {
            assert_eq!(events.close_code().await, Some(CloseCode::TokenRefused.number()));
        }
    }
    server.stop().await;

    let server = start(|config| config.bots = 0).await;
    let admin = server.appoint("admin", "Root");
    let mut root = Listener::come(server.address(), "", shown(&admin)).await;
    let stranger = Ipv4Addr::new(127, 0, 1, 9);
    let _mallory = Listener::come_from(stranger, server.address(), "Mallory", shown("")).await;
    let player = root.number_of("Mallory").await;
    let ban = Sanction { player, by_address: true, seconds: None, reason: "" };
    root.say(|session| session.order(Order::Ban(ban))).await;
    root.hears("is banned for good").await;
    let mut events = RawClient::connect_to("/events", stranger, server.address()).await;
    assert_eq!(events.close_code().await, Some(CloseCode::Banned.number()));
    server.stop().await;
}
