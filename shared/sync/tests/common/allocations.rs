//! Counts what a test takes from the heap, and shows where. With this file in a test, its allocator is the counting one.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    backtrace::Backtrace,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

/// At most so many allocations are shown where they were made, where none belongs.
const SHOWN_MAX: u64 = 20;

static COUNTS: AtomicBool = AtomicBool::new(false);
static SHOWS: AtomicBool = AtomicBool::new(true);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// Counts from now on, or no longer. All threads count.
pub fn count(counts: bool) {
    COUNTS.store(counts, Ordering::Relaxed);
}

/// Shows none, for who expects some.
#[allow(dead_code)]
pub fn hide() {
    SHOWS.store(false, Ordering::Relaxed);
}

/// How many allocations were counted so far.
pub fn counted() -> u64 {
    ALLOCATIONS.load(Ordering::Relaxed)
}

struct Counting;

impl Counting {
    fn note() {
        if !COUNTS.load(Ordering::Relaxed) {
            return;
        }
        if ALLOCATIONS.fetch_add(1, Ordering::Relaxed) < SHOWN_MAX && SHOWS.load(Ordering::Relaxed) {
            COUNTS.store(false, Ordering::Relaxed);
            eprintln!("allocated here: {}", Backtrace::force_capture());
            COUNTS.store(true, Ordering::Relaxed);
        }
    }
}

// SAFETY: all of it is done by the system's allocator.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::note();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::note();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
