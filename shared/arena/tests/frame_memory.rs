//! A frame of a client takes nothing from the heap: garbage that is made sixty times a second is felt. A message takes a little, an input one piece.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, Ordering},
};

#[path = "../../sync/tests/common/pair.rs"]
mod pair;

use pair::{Net, TICK_RATE};
use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING, ShipControls};
use tickwire_sync::{game::RulesSource, grid::Angle, random::Random};

/// Counts what is allocated.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: all of it is done by the system's allocator.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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
                    let before = ALLOCATIONS.load(Ordering::Relaxed);
                    session.advance(now, controls(index, tick));
                    let driven = ALLOCATIONS.load(Ordering::Relaxed);
                    seen.clear();
                    session.scene(now, |entity| seen.push(entity));
                    in_frames += ALLOCATIONS.load(Ordering::Relaxed) - driven;
                    inputs += driven - before;
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
