//! How long to wait before the next try: longer each time, and never in step with everybody else.

/// The first wait, in seconds.
const FIRST_SECONDS: f64 = 0.5;
/// The longest wait, in seconds.
const LONGEST_SECONDS: f64 = 5.0;
/// A wait is off by up to this share, so that a thousand clients do not come back at the same instant.
const JITTER: f64 = 0.25;

/// Counts tries, and says how long to wait for the next.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The wait before the next try, in seconds; `chance` is random, from 0 to 1.
    pub fn wait(&mut self, chance: f64) -> f64 {
        let doubled = FIRST_SECONDS * f64::from(1 << self.tries.min(8));
        self.tries += 1;
        let jitter = 1.0 + JITTER * (2.0 * chance.clamp(0.0, 1.0) - 1.0);
        (doubled * jitter).min(LONGEST_SECONDS)
    }

    /// How many waits there were since the last success.
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// It worked: the next wait is short again.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_half_a_second_up_to_five() {
        let mut backoff = Backoff::default();
        let waits: Vec<f64> = (0..6).map(|_| backoff.wait(0.5)).collect();
        assert_eq!(waits, [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]);
        backoff.reset();
        assert_eq!((backoff.tries(), backoff.wait(0.5)), (0, 0.5));
    }

    #[test]
    fn chance_moves_a_wait_by_a_quarter_at_most() {
        assert_eq!(Backoff::default().wait(0.0), 0.375);
        assert_eq!(Backoff::default().wait(1.0), 0.625);
        let mut late = Backoff { tries: u32::MAX - 1 };
        assert!(late.wait(1.0) <= LONGEST_SECONDS);
    }
}
