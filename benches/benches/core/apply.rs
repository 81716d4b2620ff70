//! What a snapshot costs a client: it sees 100 other ships on the mouse trace, which change in every tick, and no walls.
//!
//! Expected on one core: below 10 us a snapshot for a client with eyes, which keeps a history to draw from, and below 8 us for a blind one. Most of it
//! is the step of 100 ships; a browser has 16 ms a frame for everything.

use std::time::{Duration, Instant};

use criterion::Criterion;
use tickwire_arena::Arena;
use tickwire_sync::{client::Session, interest::Viewpoint};

use crate::scene::{Scene, TICK_RATE, Walls};

/// The client's own, and 100 others.
const SHIPS: u16 = 101;
/// Contacts are rare on so much space.
const SIDE: u32 = 4800;
/// After the last of these, the client begins anew.
const SNAPSHOTS: usize = 3000;

/// A welcome and the snapshots of the ticks after it.
fn recorded() -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut scene = Scene::new(SHIPS, SIDE, Walls::None);
    let welcome = scene.welcome(0);
    let mut link = scene.link(0, Viewpoint::All);
    let snapshots = (0..SNAPSHOTS).map(|_| {
        scene.draw_controls();
        scene.tick();
        scene.encode();
        let mut message = Vec::new();
        assert!(scene.snapshot(&mut link, &mut message), "something changes in every tick");
        message
    });
    let snapshots: Vec<_> = snapshots.collect();

    let mut session = Session::<Arena>::welcome(&welcome).expect("our own welcome");
    for (snapshot, tick) in snapshots.iter().zip(0_u32..) {
        session.receive(snapshot, f64::from(tick) / f64::from(TICK_RATE)).expect("our own snapshot");
    }
    let stats = session.stats();
    assert!(stats.audits > 0 && stats.desyncs == 0, "the recording is sound: {stats:?}");
    assert!(stats.changes > 95 * stats.snapshots, "nearly everybody changes in every tick: {stats:?}");
    (welcome, snapshots)
}

pub fn apply(criterion: &mut Criterion) {
    let (welcome, snapshots) = recorded();
    let mut group = criterion.benchmark_group("apply");
    for blind in [false, true] {
        group.bench_function(if blind { "blind" } else { "with eyes" }, |bencher| {
            let join = || {
                let session = Session::<Arena>::welcome(&welcome).expect("our own welcome");
                if blind { session.blind() } else { session }
            };
            let (mut session, mut next) = (join(), 0);
            bencher.iter_custom(|iterations| {
                let mut took = Duration::ZERO;
                for _ in 0..iterations {
                    if next == snapshots.len() {
                        (session, next) = (join(), 0);
                    }
                    let now = next as f64 / f64::from(TICK_RATE);
                    let start = Instant::now();
                    session.receive(&snapshots[next], now).expect("our own snapshot");
                    took += start.elapsed();
                    session.take_events().for_each(drop);
                    next += 1;
                }
                took
            });
        });
    }
    group.finish();
}
