//! What entities at rest cost: 100, 1,000 and 10,000 of them all over a map on which 200 ships fly, with a client each.
//!
//! Expected: a tick of the room, its encoding and a client's snapshot cost about the same beside 10,000 as beside 100, though a client knows a tenth of
//! them: at most half as much again. What is left are sets that are as wide as the world, 64 entities a word, and a hash a second over all that is known.

use std::time::{Duration, Instant};

use criterion::Criterion;
use tickwire_sync::interest::Viewpoint;

use crate::scene::{Scene, Walls};

const SHIPS: u16 = 200;
const SIDE: u32 = 7200;

pub fn rest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rest");
    for resting in [100, 1_000, 10_000] {
        let mut scene = Scene::new(SHIPS, SIDE, Walls::NoneNorContacts);
        scene.add_resting(resting, SIDE);
        let mut links: Vec<_> = (0..SHIPS).map(|player| scene.link(player, Viewpoint::Own)).collect();
        let mut message = Vec::new();
        let mut tick = |scene: &mut Scene| {
            scene.draw_controls();
            let start = Instant::now();
            scene.tick();
            scene.encode();
            let room = start.elapsed();
            for link in &mut links {
                message.clear();
                std::hint::black_box(scene.snapshot(link, &mut message));
            }
            (room, start.elapsed() - room)
        };
        // The first snapshots state everything.
        tick(&mut scene);
        group.bench_function(format!("room beside {resting}, a ship"), |bencher| {
            bencher.iter_custom(|iterations| {
                (0..iterations).map(|_| tick(&mut scene).0).sum::<Duration>() / u32::from(SHIPS)
            });
        });
        group.bench_function(format!("assemble beside {resting}, a client"), |bencher| {
            bencher.iter_custom(|iterations| {
                (0..iterations).map(|_| tick(&mut scene).1).sum::<Duration>() / u32::from(SHIPS)
            });
        });
    }
    group.finish();
}
