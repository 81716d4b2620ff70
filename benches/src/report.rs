//! What bots saw, as numbers.

use serde::Serialize;
use tickwire_sync::Tick;

use crate::bot::{Failure, Seen};

/// What the bots of a run saw in the measured time: from two seconds after the last joined until they left.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Bots that were asked for.
    pub clients_wanted: usize,
    /// Bots that were welcomed.
    pub clients_connected: usize,
    /// Length of the measured time in seconds, on average.
    pub seconds: f64,
    /// The server's ticks a second, by the line through all of a bot's arrivals over ticks, on average.
    pub ticks_per_second: f64,
    /// Snapshots that a bot got a second, on average.
    pub snapshots_per_second: f64,
    /// Bytes that all bots together read a second, WebSocket headers included.
    pub bytes_per_second: f64,
    /// Bytes read for each other entity in view that moved, for each tick that was spanned.
    pub bytes_per_entity_tick: f64,
    /// Other entities in view that moved, on average over bots and ticks.
    pub entities_moving: f64,
    /// Distance of arrivals from the line through all of a bot's arrivals over ticks, in milliseconds: the median.
    pub jitter_ms_p50: f64,
    /// The same: the value that 99 of 100 stay under.
    pub jitter_ms_p99: f64,
    /// Snapshots that found a bot's ship elsewhere than predicted, since the start.
    pub mispredictions: u64,
    /// Hashes that found a bot's state wrong, since the start.
    pub desyncs: u64,
    /// Hashes that were compared, since the start.
    pub audits: u64,
    /// Bots that could not make sense of what the server sent.
    pub decode_errors: u64,
    /// Bots whose connection ended before they left.
    pub disconnects: u64,
    /// The first thing that went wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_failure: Option<String>,
}

impl Report {
    pub(crate) fn new(clients_wanted: usize, seen: &[Seen]) -> Self {
        let mut report = Self { clients_wanted, ..Self::default() };
        let (mut ticks, mut snapshots, mut bytes, mut moved) = (0, 0, 0, 0);
        let mut measured = 0.0;
        let (mut jitter, mut rates) = (Vec::new(), Vec::new());
        for bot in seen {
            let end = bot.end.stats;
            report.clients_connected += usize::from(end.bytes > 0);
            report.mispredictions += end.mispredictions;
            report.desyncs += end.desyncs;
            report.audits += end.audits;
            report.count_failure(bot.failure.as_ref());
            let Some(start) = &bot.start else { continue };
            measured += bot.end.at - start.at;
            ticks += end.ticks - start.stats.ticks;
            snapshots += end.snapshots - start.stats.snapshots;
            bytes += bot.end.bytes - start.bytes;
            moved += end.moved - start.stats.moved;
            let line = Line::through(&bot.arrivals);
            rates.extend(line.ticks_per_second());
            jitter.extend(bot.arrivals.iter().map(|arrival| line.distance(*arrival)));
        }
        let bots = seen.iter().filter(|bot| bot.start.is_some()).count() as f64;
        let share = |count: u64, of: f64| if of > 0.0 { count as f64 / of } else { 0.0 };
        report.seconds = if bots > 0.0 { measured / bots } else { 0.0 };
        report.ticks_per_second = if rates.is_empty() { 0.0 } else { rates.iter().sum::<f64>() / rates.len() as f64 };
        report.snapshots_per_second = share(snapshots, measured);
        report.bytes_per_second = share(bytes, report.seconds);
        report.bytes_per_entity_tick = share(bytes, moved as f64);
        report.entities_moving = share(moved, ticks as f64);
        jitter.sort_unstable_by(f64::total_cmp);
        report.jitter_ms_p50 = percentile(&jitter, 0.50) * 1000.0;
        report.jitter_ms_p99 = percentile(&jitter, 0.99) * 1000.0;
        report
    }

    fn count_failure(&mut self, failure: Option<&Failure>) {
        let words = match failure {
            None => return,
            Some(Failure::Undecodable(error)) => {
                self.decode_errors += 1;
                error.to_string()
            }
            Some(Failure::Disconnected(code)) => {
                self.disconnects += 1;
                code.map_or_else(
                    || "the connection was lost".to_owned(),
                    |code| format!("closed by the server ({}): {}", code.number(), code.reason()),
                )
            }
        };
        self.first_failure.get_or_insert(words);
    }

    /// Whether nothing went wrong.
    pub fn is_clean(&self) -> bool {
        self.decode_errors == 0 && self.desyncs == 0 && self.disconnects == 0
    }
}

/// The least-squares line through arrivals over ticks. A silent tick is no jitter.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    first: Tick,
    mean_tick: f64,
    mean_at: f64,
    seconds_per_tick: f64,
}

impl Line {
    fn through(arrivals: &[(Tick, f64)]) -> Self {
        let Some(&(first, _)) = arrivals.first() else { return Self::default() };
        let count = arrivals.len() as f64;
        let points = || arrivals.iter().map(|&(tick, at)| (f64::from(tick - first), at));
        let mean_tick = points().map(|(tick, _)| tick).sum::<f64>() / count;
        let mean_at = points().map(|(_, at)| at).sum::<f64>() / count;
        let spread = points().map(|(tick, _)| (tick - mean_tick).powi(2)).sum::<f64>();
        let both = points().map(|(tick, at)| (tick - mean_tick) * (at - mean_at)).sum::<f64>();
        Self { first, mean_tick, mean_at, seconds_per_tick: if spread > 0.0 { both / spread } else { 0.0 } }
    }

    /// How far from the line an arrival is, in seconds.
    fn distance(&self, (tick, at): (Tick, f64)) -> f64 {
        let expected = self.mean_at + self.seconds_per_tick * (f64::from(tick - self.first) - self.mean_tick);
        (at - expected).abs()
    }

    fn ticks_per_second(&self) -> Option<f64> {
        (self.seconds_per_tick > 0.0).then(|| 1.0 / self.seconds_per_tick)
    }
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        writeln!(f, "bots           {} of {} connected", self.clients_connected, self.clients_wanted)?;
        writeln!(f, "measured       {:.1} s, {:.2} ticks a second", self.seconds, self.ticks_per_second)?;
        writeln!(f, "snapshots      {:.1} a second for each bot", self.snapshots_per_second)?;
        writeln!(f, "bytes          {:.0} a second for all bots", self.bytes_per_second)?;
        writeln!(
            f,
            "               {:.3} for each moving entity and tick, {:.1} of them in view",
            self.bytes_per_entity_tick, self.entities_moving
        )?;
        writeln!(f, "jitter         {:.2} ms median, {:.2} ms p99", self.jitter_ms_p50, self.jitter_ms_p99)?;
        writeln!(f, "mispredictions {}", self.mispredictions)?;
        writeln!(f, "desyncs        {} in {} audits", self.desyncs, self.audits)?;
        write!(f, "errors         {} undecodable, {} disconnected", self.decode_errors, self.disconnects)?;
        if let Some(failure) = &self.first_failure {
            write!(f, "\nfirst failure  {failure}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_tick_is_no_jitter() {
        let arrivals: Vec<_> = [0_u32, 1, 2, 5, 6, 9].map(|tick| (tick, 3.0 + f64::from(tick) / 30.0)).into();
        let line = Line::through(&arrivals);
        assert!(arrivals.iter().all(|arrival| line.distance(*arrival) < 1e-9));
        assert!((line.ticks_per_second().expect("a line") - 30.0).abs() < 1e-6);
    }

    #[test]
    fn a_late_arrival_is_jitter() {
        let mut arrivals: Vec<_> = (0_u32..100).map(|tick| (tick, f64::from(tick) / 30.0)).collect();
        arrivals[50].1 += 0.02;
        let line = Line::through(&arrivals);
        let mut distances: Vec<_> = arrivals.iter().map(|arrival| line.distance(*arrival)).collect();
        distances.sort_unstable_by(f64::total_cmp);
        assert!((distances[99] - 0.0198).abs() < 1e-3, "{}", distances[99]);
        assert!(percentile(&distances, 0.5) < 0.001);
    }
}
