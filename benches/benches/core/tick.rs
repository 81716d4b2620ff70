//! What a tick costs the server: 1,000 ships on the mouse trace, on a map with walls, 1,000 clients that see about 100 of them each.
//!
//! Expected on one core of a server (AMD EPYC, 2.4 GHz or more):
//!
//! - `step`: below 150 ns an entity, the game's own step alone;
//! - `room`: below 500 ns an entity, with contacts, rules and controls;
//! - `encode`: below 100 ns an entity, all of which change in every tick, with the grid of who is where;
//! - `assemble`: below 3 us a client, interest included.

use std::time::{Duration, Instant};

use criterion::Criterion;
use tickwire_arena::{Arena, Entity};
use tickwire_sync::{game::Game, interest::Viewpoint};

use crate::scene::{Scene, Walls};

const SHIPS: u16 = 1000;
/// A view of 2200 by 1500 units, with its margins, has a tenth of this.
const SIDE: u32 = 7200;

/// The mean time for each of `count`, over as many ticks as are asked for, of what `timed` times in a tick.
fn each(iterations: u64, count: u16, mut timed: impl FnMut() -> Duration) -> Duration {
    (0..iterations).map(|_| timed()).sum::<Duration>() / u32::from(count)
}

pub fn tick(criterion: &mut Criterion) {
    let mut scene = Scene::new(SHIPS, SIDE, Walls::Many);
    let mut group = criterion.benchmark_group("tick");
    group.bench_function("step, an entity", |bencher| {
        let ships: Vec<Entity> = scene
            .room
            .world
            .iter()
            .map(|(_, entity)| *entity)
            .filter(|entity| Arena::avatar_of(entity).is_some())
            .collect();
        let mut stepped = ships.clone();
        bencher.iter_custom(|iterations| {
            each(iterations, ships.len() as u16, || {
                stepped.copy_from_slice(&ships);
                let start = Instant::now();
                for entity in &mut stepped {
                    let _ = Arena::step(entity, &scene.room.rules);
                }
                start.elapsed()
            })
        });
    });
    group.bench_function("room, an entity", |bencher| {
        bencher.iter_custom(|iterations| {
            each(iterations, SHIPS, || {
                scene.draw_controls();
                let start = Instant::now();
                scene.tick();
                start.elapsed()
            })
        });
    });
    group.bench_function("encode, an entity", |bencher| {
        bencher.iter_custom(|iterations| {
            each(iterations, SHIPS, || {
                scene.draw_controls();
                scene.tick();
                let start = Instant::now();
                scene.encode();
                start.elapsed()
            })
        });
    });
    let mut links: Vec<_> = (0..SHIPS).map(|player| scene.link(player, Viewpoint::Own)).collect();
    let mut message = Vec::new();
    let mut assemble = |scene: &mut Scene| {
        scene.draw_controls();
        scene.tick();
        scene.encode();
        let start = Instant::now();
        for link in &mut links {
            message.clear();
            std::hint::black_box(scene.snapshot(link, &mut message));
        }
        start.elapsed()
    };
    // The first snapshots state everything.
    assemble(&mut scene);
    group.bench_function("assemble, a client", |bencher| {
        bencher.iter_custom(|iterations| each(iterations, SHIPS, || assemble(&mut scene)));
    });
    group.finish();
}
