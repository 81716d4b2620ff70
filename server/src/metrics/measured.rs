//! What a room measures. Its thread alone adds here, a few times a tick and twice for each acknowledgement.

use std::time::Duration;

use tickwire_sync::server::Acknowledged;

use super::histogram::{BOUNDS, Histogram, micros};

/// Around the periods of 128 and of 10 Hz.
static TICK_DURATIONS: [Duration; BOUNDS] =
    micros([100, 250, 500, 1000, 2500, 5000, 7500, 10_000, 15_000, 33_000, 50_000, 100_000]);
static TICK_LATENESSES: [Duration; BOUNDS] =
    micros([50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 500_000]);
/// From a wire in the same house to where nobody plays any more.
static ROUND_TRIPS: [Duration; BOUNDS] =
    micros([5000, 10_000, 25_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000, 500_000, 1_000_000, 2_000_000]);
static SNAPSHOT_AGES: [Duration; BOUNDS] = micros([
    10_000, 25_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000, 500_000, 1_000_000, 2_000_000, 5_000_000,
]);

/// A room's histograms.
#[derive(Debug)]
pub(crate) struct Measured {
    /// From a tick's start until all is handed over.
    pub(crate) tick_duration: Histogram,
    /// How long after it was due a tick started.
    pub(crate) tick_lateness: Histogram,
    pub(super) snapshot_age: Histogram,
    pub(super) round_trip: Histogram,
}

impl Default for Measured {
    fn default() -> Self {
        Self {
            tick_duration: Histogram::new(&TICK_DURATIONS),
            tick_lateness: Histogram::new(&TICK_LATENESSES),
            snapshot_age: Histogram::new(&SNAPSHOT_AGES),
            round_trip: Histogram::new(&ROUND_TRIPS),
        }
    }
}

impl Measured {
    /// A client acknowledged something, in a room of this tick rate.
    pub(crate) fn acknowledged(&self, Acknowledged { age, round_trip }: Acknowledged, tick_rate: u32) {
        let time = |sixteenths: i64| Duration::from_nanos(sixteenths as u64 * 62_500_000 / u64::from(tick_rate));
        self.snapshot_age.observe(time(age));
        if let Some(round_trip) = round_trip {
            self.round_trip.observe(time(round_trip));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteenths_of_a_tick_are_seconds_by_the_tick_rate() {
        let measured = Measured::default();
        measured.acknowledged(Acknowledged { age: 48, round_trip: Some(24) }, 30);
        measured.acknowledged(Acknowledged { age: 16, round_trip: None }, 30);
        let (ages, age_counts) = measured.snapshot_age.read();
        let (round_trips, counts) = measured.round_trip.read();
        assert!((ages - 4.0 / 30.0).abs() < 1e-6 && (round_trips - 0.05).abs() < 1e-6, "{ages}, {round_trips}");
        let total = |buckets: [(f64, u64); BOUNDS + 1]| buckets.iter().map(|(_, count)| count).sum::<u64>();
        assert_eq!((total(age_counts), total(counts)), (2, 1));
    }
}
