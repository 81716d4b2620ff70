//! What a client costs that is always behind: 500 clients that see about 100 ships each, half of them left out in five ticks of six.
//!
//! Expected: no more than a client that keeps up, and a client that keeps up costs the same beside them. What was missed is a residual against what
//! the client computes with by then, made once for all who lack the same.

use std::time::{Duration, Instant};

use criterion::Criterion;
use tickwire_sync::interest::Viewpoint;

use crate::scene::{Scene, Walls};

const SHIPS: u16 = 500;
const SIDE: u32 = 5000;
/// A client that is behind gets a snapshot in one tick of so many; not all of them in the same.
const SERVED_EVERY: u32 = 6;

/// Who is behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    Nobody,
    Half,
}

pub fn behind(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("behind");
    for (name, behind, measures_them) in [
        ("all keep up, a client", Behind::Nobody, false),
        ("keeps up beside them, a client", Behind::Half, false),
        ("is behind, a client", Behind::Half, true),
    ] {
        let mut scene = Scene::new(SHIPS, SIDE, Walls::Many);
        let mut links: Vec<_> = (0..SHIPS).map(|player| scene.link(player, Viewpoint::Own)).collect();
        let is_behind = |player: u16| behind == Behind::Half && player % 2 == 1;
        let measured = (0..SHIPS).filter(|player| is_behind(*player) == measures_them).count() as u32;
        let mut message = Vec::new();
        let mut tick = |scene: &mut Scene| {
            scene.draw_controls();
            scene.tick();
            scene.encode();
            let mut took = Duration::ZERO;
            for (player, link) in (0..).zip(&mut links) {
                let served =
                    !is_behind(player) || (scene.room.tick + u32::from(player) / 2).is_multiple_of(SERVED_EVERY);
                let start = Instant::now();
                message.clear();
                if served {
                    std::hint::black_box(scene.snapshot(link, &mut message));
                } else {
                    scene.skip(link);
                }
                if is_behind(player) == measures_them {
                    took += start.elapsed();
                }
            }
            took
        };
        // The first snapshots state everything.
        for _ in 0..2 * SERVED_EVERY {
            tick(&mut scene);
        }
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| (0..iterations).map(|_| tick(&mut scene)).sum::<Duration>() / measured);
        });
    }
    group.finish();
}
