//! How many bytes an operator lets a client have.

/// How many bytes an operator lets a client have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Bytes a tick.
    per_tick: f64,
    /// What was not used yet.
    saved: f64,
}

/// Unused bytes count for so many ticks.
const SAVED_TICKS_MAX: f64 = 4.0;

impl Budget {
    /// `kbps` kilobits a second at `tick_rate`.
    pub(crate) fn new(kbps: u32, tick_rate: u32) -> Self {
        let per_tick = f64::from(kbps) * 125.0 / f64::from(tick_rate.max(1));
        Self { per_tick, saved: per_tick }
    }

    /// A tick has passed.
    pub(crate) fn tick(&mut self) {
        self.saved = (self.saved + self.per_tick).min(self.per_tick * SAVED_TICKS_MAX);
    }

    /// What may be spent now, in bytes.
    pub(crate) fn left(&self) -> usize {
        self.saved.max(0.0) as usize
    }

    /// So many bytes were sent; what must be sent may exceed what is left.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.saved -= bytes as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_kept_on_average_and_not_hoarded() {
        let mut budget = Budget::new(240, 30);
        let mut spent = 0;
        for _ in 0..300 {
            budget.tick();
            let bytes = budget.left().min(1500);
            budget.spend(bytes);
            spent += bytes;
        }
        assert!((spent as f64 / 10.0 / 30_000.0 - 1.0).abs() < 0.02, "{spent} bytes in 10 s");
        (0..300).for_each(|_| budget.tick());
        assert_eq!(budget.left(), 4000);
    }
}
