//! What entities at rest cost: 100, 1,000 and 10,000 of them all over a map on which 200 ships fly, with a client each.
//!
//! Expected: a client's snapshot costs below 1 us beside 100, and below 2.5 us beside 10,000, of which it knows 1,200: a twentieth of what as many that
//! change would cost. What is left are sets that are as wide as the world, 64 entities a word, and a hash a second over all that is known. A tick of the
//! room costs below 2 us a ship beside 10,000: the arena's rules copy everything that is there, some 16 ns each.

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
            let ticked = Instant::now();
            for link in &mut links {
                message.clear();
                std::hint::black_box(scene.snapshot(link, &mut message));
            }
            (ticked.duration_since(start), ticked.elapsed())
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
