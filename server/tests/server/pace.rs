//! A client that stops reading is given up; one whose player looks away is not.

use std::time::{Duration, Instant};

use crate::{
    common::{Listener, start},
    throttle::{Link, Throttle},
};
use tickwire_sync::protocol::CloseCode;

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
