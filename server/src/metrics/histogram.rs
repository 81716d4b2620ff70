//! A histogram of times. Adding to it takes two additions to atomics, no lock and no memory.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How many bounds a histogram has, so that all of them are of one type.
pub(super) const BOUNDS: usize = 12;

/// Counts times by bounds, each a bucket's inclusive upper end.
#[derive(Debug)]
pub(crate) struct Histogram {
    bounds: &'static [Duration; BOUNDS],
    /// How many lie within each bound and above the one before; the last, above all.
    counts: [AtomicU64; BOUNDS + 1],
    /// In nanoseconds; it is full after 584 years of time.
    sum: AtomicU64,
}

impl Histogram {
    /// An empty one; the bounds rise.
    pub(crate) const fn new(bounds: &'static [Duration; BOUNDS]) -> Self {
        Self { bounds, counts: [const { AtomicU64::new(0) }; BOUNDS + 1], sum: AtomicU64::new(0) }
    }

    /// Counts a time.
    pub(crate) fn observe(&self, time: Duration) {
        let bucket = self.bounds.partition_point(|bound| *bound < time);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    /// The sum in seconds, and each bucket's bound in seconds and count; the last bound is infinite. While somebody adds, the sum may be of
    /// other times than the counts; the counts are always right among themselves.
    pub(super) fn read(&self) -> (f64, [(f64, u64); BOUNDS + 1]) {
        let bounds = self.bounds.iter().map(Duration::as_secs_f64).chain([f64::INFINITY]);
        let mut buckets = [(0.0, 0); BOUNDS + 1];
        for ((bucket, count), bound) in buckets.iter_mut().zip(&self.counts).zip(bounds) {
            *bucket = (bound, count.load(Ordering::Relaxed));
        }
        (Duration::from_nanos(self.sum.load(Ordering::Relaxed)).as_secs_f64(), buckets)
    }
}

/// Bounds, given in microseconds.
pub(super) const fn micros(bounds: [u64; BOUNDS]) -> [Duration; BOUNDS] {
    let mut all = [Duration::ZERO; BOUNDS];
    let mut index = 0;
    while index < BOUNDS {
        all[index] = Duration::from_micros(bounds[index]);
        assert!(index == 0 || bounds[index - 1] < bounds[index], "bounds rise");
        index += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    static BY_MILLISECOND: [Duration; BOUNDS] =
        micros([1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 11_000, 12_000]);

    #[test]
    fn a_time_counts_in_the_first_bucket_that_it_fits_and_above_all_of_them_in_the_last() {
        let histogram = Histogram::new(&BY_MILLISECOND);
        for micros in [0, 1000, 1001, 12_000, 12_001, 5_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let (sum, buckets) = histogram.read();
        assert!((sum - 5.026_002).abs() < 1e-9, "{sum}");
        let counted: Vec<_> = buckets.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counted, [(0.001, 2), (0.002, 1), (0.012, 1), (f64::INFINITY, 2)]);
    }
}
