//! Whether a player still does something. Its client says what is pressed ten times a second, whether or not anybody is there; what counts is
//! that it changes.

use std::time::{Duration, Instant};

/// When a player last did something.
#[derive(Debug)]
pub(crate) struct Activity {
    /// `None` where nobody is too idle.
    longest: Option<Duration>,
    controls: u32,
    since: Instant,
}

impl Activity {
    /// Somebody came in just now, who may do nothing for so long at most; `None` for ever.
    pub(crate) fn new(longest: Option<Duration>, now: Instant) -> Self {
        Self { longest, controls: 0, since: now }
    }

    /// It did something.
    pub(crate) fn acted(&mut self, now: Instant) {
        self.since = now;
    }

    /// Its controls are these. Says whether it has done nothing for too long.
    pub(crate) fn is_idle(&mut self, controls: u32, now: Instant) -> bool {
        if controls != self.controls {
            self.controls = controls;
            self.acted(now);
        }
        self.longest.is_some_and(|longest| now.saturating_duration_since(self.since) > longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn who_changes_nothing_and_says_nothing_for_too_long_is_idle() {
        let start = Instant::now();
        let mut activity = Activity::new(Some(MINUTE), start);
        assert!(!activity.is_idle(7, start + MINUTE / 2));
        assert!(!activity.is_idle(7, start + MINUTE), "the change counts");
        activity.acted(start + MINUTE);
        assert!(!activity.is_idle(7, start + 2 * MINUTE));
        assert!(activity.is_idle(7, start + 3 * MINUTE));
        assert!(!activity.is_idle(0, start + 3 * MINUTE), "letting go is something, too");
    }

    #[test]
    fn for_ever_is_for_ever() {
        let start = Instant::now();
        assert!(!Activity::new(None, start).is_idle(0, start + 10_000 * MINUTE));
    }
}
