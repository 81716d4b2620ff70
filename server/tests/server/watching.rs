//! Watchers: they see, and nobody sees them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use tickwire::View;
use tickwire_arena::{Arena, ShipControls};
use tickwire_benches::load::{self, Options};
use tickwire_sync::{
    Tick,
    client::Session,
    game::{Controls, Game},
    protocol::{Ack, ClientMessage, CloseCode, Input, Order, Watched, encode_client},
};

use crate::common::{Frame, Listener, RawClient, opcode, start};

/// Whose ships a session has in view.
fn ships(session: &Session<Arena>) -> BTreeSet<u16> {
    session.mirror().iter().filter_map(|(_, held)| Arena::avatar_of(&held.state)).collect()
}

/// Sends a message to a server from one who watches or plays.
async fn say(client: &mut RawClient, message: ClientMessage<'_>) {
    client.send(Frame::new(opcode::BINARY, &encode_client(&message))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_takes_nobodys_place_and_sees_everybody() {
    let server = start(|config| (config.bots, config.max_players, config.watch_delay) = (2, 1, 0)).await;
    let mut watcher = Listener::watch(server.address()).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    while server.health("/rooms/0/people").await == 0 {
        ada.hear().await;
    }
    let health = |what| server.health(what);
    assert_eq!(health("/rooms/0/watchers").await, 1);
    assert_eq!(health("/rooms/0/bots").await, 1, "one bot left for Ada, none for the watcher");
    assert_eq!((health("/counters/joins").await, health("/counters/watches").await), (1, 1));

    while ships(&watcher.session).len() < 2 || watcher.session.stats().audits < 2 {
        watcher.hear().await;
        ada.hear().await;
    }
    assert_eq!(watcher.session.player(), None);
    assert_eq!(watcher.session.stats().desyncs, 0);
    let roster = |session: &Session<Arena>| session.players().map(|(_, name)| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(roster(&watcher.session), roster(&ada.session), "both know the same people");
    assert_eq!(roster(&ada.session).len(), 2, "and nobody else is here");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_watcher_of_a_new_server_sees_bots_at_once_however_late_watchers_see() {
    let server = start(|config| (config.bots, config.watch_delay) = (3, 30)).await;
    let mut watcher = Listener::watch(server.address()).await;
    let began = watcher.session.mirror().tick;
    while ships(&watcher.session).len() < 3 {
        watcher.hear().await;
    }
    let waited = watcher.session.mirror().tick - began;
    assert!(waited <= watcher.session.tick_rate(), "{waited} ticks");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_play_for_watchers_alone() {
    let server = start(|config| (config.bots, config.watch_delay) = (3, 0)).await;
    let mut watcher = Listener::watch(server.address()).await;
    let began = watcher.session.mirror().tick;
    while ships(&watcher.session).len() < 3 || watcher.session.mirror().tick < began + 60 {
        watcher.hear().await;
    }
    assert_eq!(server.health("/rooms/0/people").await, 0);
    drop(watcher);
    while server.health("/rooms/0/watchers").await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_have_a_bound_of_their_own() {
    let server = start(|config| config.max_watchers = 1).await;
    let _first = RawClient::watch(server.address()).await;
    let mut second = RawClient::ask_to_watch(server.address()).await;
    assert_eq!(second.close_code().await, Some(CloseCode::WatchersFull.number()));
    let _player = RawClient::join(server.address(), "Ada").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_the_other_role_closes_its_sender() {
    let server = start(|_| {}).await;
    let input = Input { tick: 1, ahead: 0, ack_age: 0, behind: 0, controls: ShipControls::default().to_bits() };
    let spoken = [ClientMessage::Chat("hello"), ClientMessage::Whisper { to: 0, text: "hello" }];
    let ordered = [ClientMessage::TeamChat("hello"), ClientMessage::Order(Order::List)];
    for message in [ClientMessage::Input(input)].into_iter().chain(spoken).chain(ordered) {
        let mut watcher = RawClient::watch(server.address()).await;
        say(&mut watcher, message).await;
        assert_eq!(watcher.close_code().await, Some(CloseCode::BadMessage.number()), "{message:?}");
    }
    for message in [ClientMessage::Watch(Watched::Everything), ClientMessage::Ack(Ack { tick: 1, age: 0 })] {
        let mut player = RawClient::join(server.address(), "Mallory").await;
        say(&mut player, message).await;
        assert_eq!(player.close_code().await, Some(CloseCode::BadMessage.number()), "{message:?}");
    }
    server.until_closed(CloseCode::BadMessage, 7).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_turns_goes_away_and_comes_back() {
    let server = start(|config| (config.bots, config.watch_delay) = (12, 0)).await;
    let mut watcher = Listener::watch(server.address()).await;
    while ships(&watcher.session).len() < 12 {
        watcher.hear().await;
    }
    // A flood of turns, some to numbers that nobody has, ends where the last one leads.
    for player in (0..200).map(|number| number * 11 % 2000).chain([4]) {
        watcher.session.watch(Watched::Player(player));
    }
    watcher.send_outgoing().await;
    while !ships(&watcher.session).contains(&4) || ships(&watcher.session).len() == 12 {
        watcher.hear().await;
    }
    watcher.session.go_away();
    watcher.session.come_back();
    let audits = watcher.session.stats().audits;
    while watcher.session.stats().audits < audits + 3 {
        watcher.hear().await;
    }
    assert_eq!(watcher.session.stats().desyncs, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_watchers_is_in_step_with_the_game() {
    let server = start(|config| config.watch_delay = 1).await;
    let options = Options { watch: 12, ..Options::new(server.url(), 8, Duration::from_secs(6)) };
    let report = load::run::<Arena>(&options, |_, _| {}).await.expect("they connect");
    assert!(report.is_clean(), "{report}");
    let watchers = report.watchers.as_ref().expect("there were some");
    assert_eq!(watchers.connected, 12, "{report}");
    assert!(watchers.audits > 24 && watchers.snapshots_per_second > 5.0, "{report}");
    server.stop().await;
}

/// What a watcher may see of what a session holds, in an order of its own.
fn truth(session: &Session<Arena>) -> Vec<String> {
    let held = session.mirror().iter().map(|(_, held)| held.state);
    let mut seen: Vec<_> = held.filter(|state| !Arena::hides(state, None)).map(|state| format!("{state:?}")).collect();
    seen.sort();
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_watcher_is_shown_what_the_room_was_and_no_sooner() {
    const DELAY_TICKS: Tick = 2 * 30;
    let server = start(|config| {
        (config.bots, config.watch_delay, config.view) = (4, 2, View::All);
    })
    .await;
    let mut watcher = Listener::watch(server.address()).await;
    assert_eq!(watcher.session.delay_seconds(), 2.0);
    // A watcher alone starts the clock, and at first sees how the bots began, before anybody came.
    watcher.hear().await;
    assert!(watcher.session.mirror().tick < DELAY_TICKS);

    // Ada sees all of the present, and keeps it.
    let mut ada = Listener::join(server.address(), "Ada").await;
    assert_eq!(ada.session.delay_seconds(), 0.0);
    let joined = ada.session.mirror().tick;
    say(&mut ada.client, ClientMessage::Chat("where are you?")).await;
    let was = Arc::new(Mutex::new(BTreeMap::new()));
    let keeping = Arc::clone(&was);
    let playing = tokio::spawn(async move {
        loop {
            ada.hear().await;
            keeping.lock().expect("nobody panics").insert(ada.session.mirror().tick, truth(&ada.session));
        }
    });

    let (mut compared, mut named, mut spoken) = (0, None, None);
    while compared < 90 || spoken.is_none() {
        watcher.hear().await;
        let tick = watcher.session.mirror().tick;
        let present = server.health("/rooms/0/tick").await as Tick;
        assert!(present >= tick + DELAY_TICKS, "it sees tick {tick} while the room is at {present}");
        let ada_is_here = watcher.session.players().any(|(_, name)| name == "Ada");
        named = named.or(ada_is_here.then_some(tick));
        spoken = spoken.or(watcher.heard.first().map(|_| tick));
        if let Some(truth_then) = was.lock().expect("nobody panics").get(&tick) {
            assert_eq!(&truth(&watcher.session), truth_then, "at tick {tick}");
            compared += 1;
        }
    }
    // Names and words come just before the snapshot of their tick. The one before may be of three ticks earlier: with nothing to say, none comes for 100 ms.
    let (named, spoken) = (named.expect("she was named"), spoken.expect("she spoke"));
    assert!(named + 4 >= joined && spoken + 4 >= joined, "Ada joined at {joined}: {named}, {spoken}");
    assert_eq!(watcher.session.stats().desyncs, 0);
    playing.abort();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_watcher_finds_the_past_where_the_last_one_left_it() {
    let server = start(|config| (config.bots, config.watch_delay) = (3, 1)).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    for _ in 0..2 {
        // The room goes on for longer than a watcher could be brought up to date by changes.
        let from = ada.session.mirror().tick;
        while ada.session.mirror().tick < from + 150 {
            ada.hear().await;
        }
        let mut watcher = Listener::watch(server.address()).await;
        while watcher.session.stats().audits < 2 {
            watcher.hear().await;
            ada.hear().await;
        }
        assert_eq!(watcher.session.stats().desyncs, 0);
        assert!(watcher.session.players().any(|(_, name)| name == "Ada"));
        assert!(ships(&watcher.session).len() >= 2);
        drop(watcher);
        while server.health("/rooms/0/watchers").await > 0 {
            ada.hear().await;
        }
    }
    server.stop().await;
}
