//! A frame of a client takes nothing from the heap: garbage that is made sixty times a second is felt. A message takes a little, an input one piece.

#[path = "../../sync/tests/common/allocations.rs"]
mod allocations;
#[path = "../../sync/tests/common/pair.rs"]
mod pair;

use pair::{Net, TICK_RATE};
use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING, ShipControls};
use tickwire_sync::{game::RulesSource, grid::Angle, random::Random};

const SHIPS: usize = 40;
const WARM_TICKS: u32 = 600;
const COUNTED_TICKS: u32 = 300;

fn controls(index: usize, tick: u32) -> ShipControls {
    let mut random = Random::keyed(1, 0, index as u32, tick / 12);
    ShipControls {
        aim: Angle::from_steps(random.below(1024) as i32),
        turn: random.below(3) as i8 - 1,
        thrust: random.below(10) < 7,
        fire: true,
        ..ShipControls::default()
    }
}

#[test]
fn a_warm_frame_takes_nothing_from_the_heap() {
    let mut net = Net::<Arena>::with_rules(7, RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP });
    allocations::hide();
    (net.delay_seconds, net.jitter_seconds) = (0.05, 0.02);
    for _ in 0..SHIPS {
        net.join();
    }
    let (mut frames, mut entities, mut in_frames, mut inputs) = (0_u64, 0_u64, 0, 0);
    let mut seen = Vec::with_capacity(4096);
    for tick in 0..WARM_TICKS + COUNTED_TICKS {
        net.tick_meddling(
            |index, session, now| {
                if index == 0 && tick >= WARM_TICKS {
                    // As the page does it: the player's controls, then the picture.
                    allocations::count(true);
                    let before = allocations::counted();
                    session.advance(now, controls(index, tick));
                    let driven = allocations::counted();
                    seen.clear();
                    session.scene(now, |entity| seen.push(entity));
                    in_frames += allocations::counted() - driven;
                    inputs += driven - before;
                    allocations::count(false);
                    frames += 1;
                    entities += seen.len() as u64;
                }
                controls(index, tick)
            },
            |_| {},
        );
    }
    println!(
        "{frames} frames of {} entities: {in_frames} allocations for pictures, {inputs} for inputs",
        entities / frames
    );
    assert!(frames == u64::from(COUNTED_TICKS) * 4 && entities / frames > 50);
    assert_eq!(in_frames, 0, "pictures make no garbage");
    // A message, and now and then the list of those to send.
    assert!(inputs <= u64::from(3 * COUNTED_TICKS), "{inputs} for {COUNTED_TICKS} ticks at {TICK_RATE} Hz");
}
