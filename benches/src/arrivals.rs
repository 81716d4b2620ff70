//! When snapshots arrived, and what that says of the way that they came.

use std::collections::BTreeMap;

use serde::Serialize;
use tickwire_sync::Tick;

/// A snapshot's tick, and the second at which it arrived.
pub type Arrival = (Tick, f64);

/// How a time in milliseconds is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// The median.
    pub p50: f64,
    /// What 99 of 100 stay under.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of some values, in any order; all 0 if there are none.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self { p50: percentile(&values, 0.50), p99: percentile(&values, 0.99), max: percentile(&values, 1.0) }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{:.2} ms median, {:.2} ms p99, {:.2} ms at most", self.p50, self.p99, self.max)
    }
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

/// A line through arrivals over ticks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Line {
    first: Tick,
    mean_tick: f64,
    mean_at: f64,
    seconds_per_tick: f64,
}

impl Line {
    /// The least-squares line. A silent tick is no jitter.
    pub(crate) fn through(arrivals: &[Arrival]) -> Self {
        let Some(&(first, _)) = arrivals.first() else { return Self::default() };
        let count = arrivals.len() as f64;
        let points = || arrivals.iter().map(|&(tick, at)| (f64::from(tick - first), at));
        let mean_tick = points().map(|(tick, _)| tick).sum::<f64>() / count;
        let mean_at = points().map(|(_, at)| at).sum::<f64>() / count;
        let spread = points().map(|(tick, _)| (tick - mean_tick).powi(2)).sum::<f64>();
        let both = points().map(|(tick, at)| (tick - mean_tick) * (at - mean_at)).sum::<f64>();
        Self { first, mean_tick, mean_at, seconds_per_tick: if spread > 0.0 { both / spread } else { 0.0 } }
    }

    /// The line under all arrivals, of all bots, that is nearest to them: where a snapshot arrives that nothing delays. Bots on one machine
    /// share its clock, so the fastest of them speaks for all, and a clock that runs faster or slower than the server's tilts the line.
    pub(crate) fn under<'a>(arrivals: impl Iterator<Item = &'a Arrival>) -> Self {
        let mut fastest = BTreeMap::<Tick, f64>::new();
        for &(tick, at) in arrivals {
            let known = fastest.entry(tick).or_insert(at);
            *known = known.min(at);
        }
        let Some(first) = fastest.keys().next().copied() else { return Self::default() };
        let points: Vec<_> = fastest.iter().map(|(&tick, &at)| (f64::from(tick - first), at)).collect();
        let mean_tick = points.iter().map(|(tick, _)| tick).sum::<f64>() / points.len() as f64;
        let hull = lower_hull(&points);
        // Of all lines that pass under the points, the edge below their mean is the nearest on average.
        let edge = hull.windows(2).find(|edge| mean_tick <= edge[1].0);
        let (from, to) = edge.map_or((hull[0], hull[0]), |edge| (edge[0], edge[1]));
        let ticks = to.0 - from.0;
        let seconds_per_tick = if ticks > 0.0 { (to.1 - from.1) / ticks } else { 0.0 };
        Self { first, mean_tick: from.0, mean_at: from.1, seconds_per_tick }
    }

    /// How long after the line something arrived, in seconds; negative before it.
    pub(crate) fn after(&self, (tick, at): Arrival) -> f64 {
        let ticks = f64::from(tick) - f64::from(self.first) - self.mean_tick;
        at - (self.mean_at + self.seconds_per_tick * ticks)
    }

    pub(crate) fn ticks_per_second(&self) -> Option<f64> {
        (self.seconds_per_tick > 0.0).then(|| 1.0 / self.seconds_per_tick)
    }
}

/// The lower convex hull of points that ascend in x (Andrew's monotone chain, 1979).
fn lower_hull(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut hull: Vec<(f64, f64)> = Vec::new();
    for &point in points {
        while let [.., before, last] = hull[..] {
            let turn = (last.0 - before.0) * (point.1 - before.1) - (last.1 - before.1) * (point.0 - before.0);
            if turn > 0.0 {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
    hull
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_time(ticks: impl Iterator<Item = Tick>) -> Vec<Arrival> {
        ticks.map(|tick| (tick, 3.0 + f64::from(tick) / 30.0)).collect()
    }

    #[test]
    fn a_silent_tick_is_no_jitter() {
        let arrivals = on_time([0, 1, 2, 5, 6, 9].into_iter());
        let line = Line::through(&arrivals);
        assert!(arrivals.iter().all(|arrival| line.after(*arrival).abs() < 1e-9));
        assert!((line.ticks_per_second().expect("a line") - 30.0).abs() < 1e-6);
    }

    #[test]
    fn a_late_arrival_is_jitter() {
        let mut arrivals = on_time(0..100);
        arrivals[50].1 += 0.02;
        let line = Line::through(&arrivals);
        let spread = Spread::of(arrivals.iter().map(|arrival| line.after(*arrival).abs()).collect());
        assert!((spread.max - 0.0198).abs() < 1e-3 && spread.p50 < 0.001, "{spread:?}");
    }

    #[test]
    fn an_age_counts_from_where_the_fastest_arrived() {
        // One bot is 5 ms late always, one on time in every third tick and 20 ms late otherwise.
        let late: Vec<_> = on_time(10..400).iter().map(|&(tick, at)| (tick, at + 0.005)).collect();
        let often: Vec<_> =
            on_time(10..400).iter().map(|&(tick, at)| (tick, if tick % 3 == 0 { at } else { at + 0.02 })).collect();
        let line = Line::under(late.iter().chain(&often));
        assert!((line.ticks_per_second().expect("a line") - 30.0).abs() < 1e-6);
        assert!(late.iter().all(|&arrival| (line.after(arrival) - 0.005).abs() < 1e-9));
        let ages = often.iter().map(|&arrival| line.after(arrival));
        assert!(ages.zip(&often).all(|(age, (tick, _))| (age - if tick % 3 == 0 { 0.0 } else { 0.02 }).abs() < 1e-9));
    }

    #[test]
    fn a_clock_that_runs_differently_makes_nothing_old() {
        let arrivals: Vec<_> = on_time(0..3000).iter().map(|&(tick, at)| (tick, at * 1.0002)).collect();
        let line = Line::under(arrivals.iter());
        assert!(arrivals.iter().all(|&arrival| line.after(arrival).abs() < 1e-9));
    }

    #[test]
    fn without_arrivals_or_with_one_there_is_no_age() {
        assert_eq!(Line::under([].iter()).ticks_per_second(), None);
        assert_eq!(Line::under([(7, 1.5)].iter()).after((7, 1.5)), 0.0);
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }

    #[test]
    fn a_spread_names_the_middle_the_tail_and_the_worst() {
        let spread = Spread::of((0..1000).rev().map(f64::from).collect());
        assert_eq!(spread, Spread { p50: 500.0, p99: 990.0, max: 999.0 });
    }
}
