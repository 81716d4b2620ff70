//! The simulated bad network, as a real session finds it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tickwire::LagFlags;
use tickwire_arena::{Arena, ShipControls};
use tickwire_benches::load::{self, Options};
use tickwire_sync::{
    client::Session,
    lag::Stall,
    protocol::{CloseCode, Role},
};

use crate::common::{ALONE, Frame, RawClient, opcode, start};

/// How many snapshots a measurement takes: some five seconds of them.
const SNAPSHOTS: u64 = 150;
/// How often a session gets the time, as in a browser: what it acknowledges must not wait for what comes.
const FRAME: Duration = Duration::from_millis(10);

fn lag(millis: u64) -> LagFlags {
    LagFlags { simulate_lag: Some(Duration::from_millis(millis)), ..LagFlags::default() }
}

/// The round trip that a session at that address measures, in seconds.
pub async fn round_trip(address: SocketAddr) -> f64 {
    let began = Instant::now();
    let mut client = RawClient::connect(address).await;
    client.send(Frame::new(opcode::BINARY, &Session::<Arena>::hello("Ada", "", Role::Player))).await;
    let welcome = client.receive_kind(opcode::BINARY).await.expect("a welcome");
    let mut session = Session::<Arena>::welcome(&welcome).expect("the same rules");
    while session.stats().snapshots < SNAPSHOTS {
        if client.hears_within(FRAME).await {
            let message = client.receive_kind(opcode::BINARY).await.expect("the game goes on");
            session.receive(&message, began.elapsed().as_secs_f64()).expect("a message that makes sense");
        }
        session.advance(began.elapsed().as_secs_f64(), ShipControls::default());
        for message in session.take_outgoing() {
            client.send(Frame::new(opcode::BINARY, &message)).await;
        }
    }
    assert_eq!(session.stats().desyncs, 0);
    session.clock().round_trip_seconds().expect("inputs were measured")
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_lag_is_added_to_the_round_trip_that_a_session_measures() {
    let _alone = ALONE.lock().await;
    let (near, far) = (start(|_| {}).await, start(|config| config.lag = lag(120)).await);
    let (without, with) = tokio::join!(round_trip(near.address()), round_trip(far.address()));
    assert!((0.110..0.150).contains(&(with - without)), "{without} s, and {with} s with 120 ms of lag");
    near.stop().await;
    far.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_play_on_through_lag_jitter_and_stalls_without_a_desync() {
    let _alone = ALONE.lock().await;
    let stall = Stall { chance: 0.5, duration: Duration::from_millis(300) };
    let jitter = Duration::from_millis(30);
    let server = start(|config| config.lag = LagFlags { jitter: Some(jitter), stall: Some(stall), ..lag(120) }).await;
    let options = Options::new(server.url(), 6, Duration::from_secs(8));
    let report = load::run::<Arena>(&options, |_, _| {}).await.expect("they connect");
    assert!(report.is_clean(), "{report}");
    assert!(report.audits > 0, "{report}");
    // Arrivals are spread by jitter, and in a stall they are up to 300 ms late.
    assert!(report.jitter_ms.p99 > 50.0, "{report}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goodbye_comes_through_simulated_lag() {
    let server = start(|config| config.lag = lag(400)).await;
    let mut client = RawClient::join(server.address(), "Ada").await;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(client.close_code().await, Some(CloseCode::GoingAway.number()));
    drop(client);
    stopping.await.expect("it stops");
    let server = start(|config| config.lag = lag(400)).await;
    let mut client = RawClient::connect(server.address()).await;
    client.send(Frame::new(opcode::TEXT, b"hello")).await;
    assert_eq!(client.close_code().await, Some(CloseCode::TextFrame.number()));
    server.stop().await;
}
