//! A slow link gets fewer, fresher snapshots; one that stops is given up; nobody else notices.

use std::time::{Duration, Instant};

use crate::{
    common::{ALONE, Listener, start},
    throttle::{Link, Throttle},
};
use tickwire::View;
use tickwire_arena::Arena;
use tickwire_benches::load::{self, Options};
use tickwire_sync::protocol::CloseCode;

/// More than the welcome: tuning and map are in it.
const WELCOME_BYTES: u64 = 20_000;

async fn one_bot(url: String, seconds: u64) -> tickwire_benches::report::Report {
    let options = Options::new(url, 1, Duration::from_secs(seconds));
    load::run::<Arena>(&options, |_, _| {}).await.expect("it connects")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_on_a_slow_link_gets_fewer_but_fresh_snapshots_and_nobody_else_notices() {
    let _alone = ALONE.lock().await;
    let server = start(|config| {
        (config.bots, config.view) = (80, View::All);
    })
    .await;
    let wanted = one_bot(server.url(), 6).await;
    let throttle = Throttle::start(server.address(), Link::default());
    let url = format!("ws://{}/ws", throttle.address());
    let slowed_down_once_it_plays = async {
        while throttle.bytes_carried() < WELCOME_BYTES {
            tokio::task::yield_now().await;
        }
        throttle.slow_down((wanted.bytes_per_second / 3.0) as u32);
    };
    let (slow, fast, ()) = tokio::join!(one_bot(url, 20), one_bot(server.url(), 20), slowed_down_once_it_plays);
    println!("wanted:\n{wanted}\n\nslow:\n{slow}\n\nbeside it:\n{fast}");
    assert!(slow.is_clean() && fast.is_clean(), "slow:\n{slow}\nbeside it:\n{fast}");
    assert!(slow.snapshots_per_second < 0.7 * wanted.snapshots_per_second, "{slow}");
    assert!(slow.age_ms.p99 < 400.0, "{slow}");
    assert!(fast.snapshots_per_second > 0.9 * wanted.snapshots_per_second, "{fast}");
    assert!(fast.age_ms.p99 < wanted.age_ms.p99 + 30.0, "wanted:\n{wanted}\nbeside the slow one:\n{fast}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stops_reading_is_closed_as_too_slow_within_ten_seconds() {
    let server = start(|config| config.bots = 10).await;
    let throttle = Throttle::start(server.address(), Link { bytes_per_second: None, delay: Duration::ZERO });
    let mut stuck = Listener::join(throttle.address(), "Ada").await;
    let mut lively = Listener::join(server.address(), "Grace").await;
    for _ in 0..20 {
        stuck.hear().await;
    }
    throttle.stop_reading();
    let stopped = Instant::now();
    while server.closed(CloseCode::TooSlow).await == 0 {
        assert!(stopped.elapsed() < Duration::from_secs(11), "it is still there after {:?}", stopped.elapsed());
        lively.hear().await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_tab_keeps_its_seat_and_comes_back_by_a_keyframe() {
    let server = start(|config| config.bots = 3).await;
    let mut hidden = Listener::join(server.address(), "Ada").await;
    let mut lively = Listener::join(server.address(), "Grace").await;
    for _ in 0..20 {
        hidden.hear().await;
    }
    hidden.session.go_away();
    hidden.send_outgoing().await;
    let left = Instant::now();
    // Longer than anybody may leave a snapshot unacknowledged.
    while left.elapsed() < Duration::from_secs(10) {
        lively.hear().await;
    }
    hidden.session.come_back();
    hidden.send_outgoing().await;
    while hidden.session.mirror().tick < lively.session.mirror().tick {
        hidden.hear().await;
    }
    assert_eq!(server.closed(CloseCode::TooSlow).await, 0);
    assert_eq!(hidden.session.stats().desyncs, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_is_given_up_when_nobody_looks_for_too_long() {
    let server = start(|config| config.away_seconds = 1).await;
    let mut hidden = Listener::join(server.address(), "Ada").await;
    hidden.hear().await;
    hidden.session.go_away();
    hidden.send_outgoing().await;
    assert_eq!(hidden.client.close_code().await, Some(CloseCode::Away.number()));
    server.stop().await;
}
