//! Whether a player still does something. Its client says what is pressed ten times a second, whether or not anybody is there; what counts is
//! that it changes. A client that says nothing at all, but answers pings, is no busier for that.

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

    /// Its controls are these.
    pub(crate) fn holds(&mut self, controls: u32, now: Instant) {
        if controls != self.controls {
            self.controls = controls;
            self.acted(now);
        }
    }

    /// Whether it has done nothing for too long.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
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
        let mut holds = |controls, at| {
            activity.holds(controls, at);
            activity.is_idle(at)
        };
        assert!(!holds(7, start + MINUTE / 2));
        assert!(!holds(7, start + MINUTE + MINUTE / 2), "the change counts");
        assert!(holds(7, start + 2 * MINUTE), "holding on does not");
        assert!(!holds(0, start + 2 * MINUTE), "letting go is something, too");
        activity.acted(start + 3 * MINUTE);
        assert!(!activity.is_idle(start + 4 * MINUTE) && activity.is_idle(start + 5 * MINUTE));
    }

    #[test]
    fn for_ever_is_for_ever() {
        let start = Instant::now();
        assert!(!Activity::new(None, start).is_idle(start + 10_000 * MINUTE));
    }
}
