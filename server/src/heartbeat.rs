//! Whether a client is still there: it is pinged every so often, by its connection's own task, and whatever it says counts as an answer. No room
//! knows of it, and no clock is read for what it says.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// A client that answers none of so many pings in a row is dead; the first of them comes within one part of the time, so all of it is never exceeded.
const PARTS: u32 = 4;

/// Set by whoever reads from the client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<AtomicBool>);

impl Heard {
    /// It said something.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Beats for one client.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    heard: Heard,
    beats: Interval,
    unanswered: u32,
}

impl Heartbeat {
    /// For a client that is dead when it says nothing for `dead`. The beats of clients are as spread as their coming was.
    pub(crate) fn new(dead: Duration, heard: Heard) -> Self {
        let every = dead / PARTS;
        let mut beats = interval_at(Instant::now() + every, every);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { heard, beats, unanswered: 0 }
    }

    /// Waits for the next beat. Says whether the client is to be pinged; otherwise it is dead. Cancelled, it loses nothing.
    pub(crate) async fn beat(&mut self) -> bool {
        self.beats.tick().await;
        let heard = self.heard.0.swap(false, Ordering::Relaxed);
        self.unanswered = if heard { 0 } else { self.unanswered + 1 };
        self.unanswered < PARTS - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_answers_lives_and_who_says_nothing_is_dead_in_time() {
        let (heard, dead) = (Heard::default(), Duration::from_secs(40));
        let mut heartbeat = Heartbeat::new(dead, heard.clone());
        for _ in 0..10 {
            heard.set();
            assert!(heartbeat.beat().await);
        }
        // Just after a beat it says its last.
        heard.set();
        let last = Instant::now();
        while heartbeat.beat().await {}
        assert!((dead * 3 / 4..=dead).contains(&last.elapsed()), "{:?}", last.elapsed());
    }
}
