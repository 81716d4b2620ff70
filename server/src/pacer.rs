//! A room's clock: deadlines at `start + n * period` in whole nanoseconds, so that they never drift.

use std::time::{Duration, Instant};

use tickwire_sync::{Tick, server::Arrival};

/// Ticks that are caught up in a row; a longer stall moves the start instead.
const CATCH_UP_TICKS_MAX: u64 = 5;
/// Of ticks that are caught up, so many in a row are shown to nobody: a room that cannot keep up is behind all the time.
const SILENT_MAX: u32 = 2;

/// When ticks are due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pacer {
    /// When `start_tick` was due.
    start: Instant,
    start_tick: Tick,
    tick_rate: u32,
    /// How many ticks in a row were shown to nobody.
    silent: u32,
}

/// How late a tick starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lateness {
    /// Whether another tick is due already.
    pub(crate) behind: bool,
    /// Whether no snapshots are made of this one, since one of the next has it all.
    pub(crate) silent: bool,
    /// The stall was too long, and the deadlines begin anew.
    pub(crate) stalled: bool,
}

impl Pacer {
    /// Deadlines from now on, with `tick` due now.
    pub(crate) fn starting(tick: Tick, now: Instant, tick_rate: u32) -> Self {
        Self { start: now, start_tick: tick, tick_rate, silent: 0 }
    }

    /// When `tick`, which is not before the start, is due.
    pub(crate) fn due(&self, tick: Tick) -> Instant {
        let ticks = u64::from(tick - self.start_tick);
        self.start + Duration::from_nanos(ticks * 1_000_000_000 / u64::from(self.tick_rate))
    }

    /// What the clock says when `tick` starts at `now`.
    pub(crate) fn begin(&mut self, tick: Tick, now: Instant) -> Lateness {
        let late = now.saturating_duration_since(self.due(tick));
        let behind = late.as_nanos() as u64 * u64::from(self.tick_rate) / 1_000_000_000;
        let stalled = behind > CATCH_UP_TICKS_MAX;
        if stalled {
            *self = Self::starting(tick, now, self.tick_rate);
        }
        let behind = behind > 0 && !stalled;
        let silent = behind && self.silent < SILENT_MAX;
        self.silent = if silent { self.silent + 1 } else { 0 };
        Lateness { behind, silent, stalled }
    }

    /// The moment `at` on the room's clock.
    pub(crate) fn arrival(&self, at: Instant) -> Arrival {
        let sixteenths =
            |duration: Duration| (duration.as_nanos() * 16 * u128::from(self.tick_rate) / 1_000_000_000) as i64;
        let since_start = if at >= self.start { sixteenths(at - self.start) } else { -sixteenths(self.start - at) };
        Arrival(i64::from(self.start_tick) * 16 + since_start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_do_not_drift() {
        let start = Instant::now();
        let pacer = Pacer::starting(0, start, 30);
        assert_eq!(pacer.due(30 * 86_400), start + Duration::from_hours(24));
    }

    #[test]
    fn a_late_tick_is_caught_up_and_a_stall_begins_anew() {
        let start = Instant::now();
        let mut pacer = Pacer::starting(0, start, 10);
        let after = |millis| start + Duration::from_millis(millis);
        let in_time = Lateness { behind: false, silent: false, stalled: false };
        assert_eq!(pacer.begin(1, after(150)), in_time);
        assert_eq!(pacer.begin(1, after(350)), Lateness { behind: true, silent: true, ..in_time });
        let late = after(900);
        assert_eq!(pacer.begin(1, late), Lateness { stalled: true, ..in_time });
        assert_eq!(pacer.due(2), late + Duration::from_millis(100));
    }

    #[test]
    fn a_room_that_cannot_keep_up_shows_one_tick_of_three() {
        let start = Instant::now();
        let mut pacer = Pacer::starting(0, start, 10);
        let shown = (0..300_u32).filter(|&tick| {
            // Each tick takes a hundredth longer than it may.
            let begins = start + Duration::from_millis(150) + Duration::from_millis(101) * tick;
            !pacer.begin(tick, begins).silent
        });
        let shown: Vec<u32> = shown.collect();
        assert!(shown.windows(2).all(|pair| pair[1] - pair[0] <= 3), "{shown:?}");
        assert!(shown.len() < 250, "ticks that are caught up are silent: {shown:?}");
    }

    #[test]
    fn arrivals_are_measured_in_sixteenths_of_a_tick() {
        let before = Instant::now();
        let start = before + Duration::from_millis(100);
        let pacer = Pacer::starting(100, start, 10);
        assert_eq!(pacer.arrival(start + Duration::from_millis(50)), Arrival(1600 + 8));
        assert_eq!(pacer.arrival(before), Arrival(1600 - 16));
    }
}
