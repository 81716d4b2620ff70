//! What bots saw, as numbers.

use serde::Serialize;

use crate::{
    arrivals::{Line, Spread},
    bot::{Failure, Mark, Seen},
    costs::ByKind,
    cpu::{Used, micros_each},
};

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
    /// Bytes of a snapshot, without WebSocket header, on average.
    pub snapshot_bytes: f64,
    /// Messages that a bot sent a second, on average.
    pub inputs_per_second: f64,
    /// Bytes of one of those, without WebSocket header, on average.
    pub input_bytes: f64,
    /// Distance of arrivals from the line through all of a bot's arrivals over ticks, in milliseconds.
    pub jitter_ms: Spread,
    /// Age of snapshots at their arrival, in milliseconds: beyond the line through the fastest arrivals of all bots, that is, beyond the time
    /// that a snapshot takes where nothing delays it.
    pub age_ms: Spread,
    /// What the bytes were for, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_kind: Option<ByKind>,
    /// CPU time, measured from the same moments on as everything else.
    #[serde(flatten)]
    pub used: Used,
    /// Microseconds of CPU time that this program used for each bot and tick. Linux only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_micros_per_client_tick: Option<f64>,
    /// Microseconds of CPU time that the server used for each bot and tick, user and kernel. Linux only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_cpu_micros_per_client_tick: Option<f64>,
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
    /// What went over the wire since the start.
    pub totals: Totals,
    /// The first thing that went wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_failure: Option<String>,
    /// What the watchers saw, where there were any: of all that is above, only the CPU time is shared with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watchers: Option<Watchers>,
}

/// Messages since the start, hellos and welcomes included, and their bytes, without WebSocket headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Messages sent.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Messages received.
    pub received: u64,
    /// Their bytes.
    pub received_bytes: u64,
}

/// What the watchers of a run saw in the measured time. Each field is as in [`Report`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "they are as in `Report`")]
pub struct Watchers {
    pub wanted: usize,
    pub connected: usize,
    pub snapshots_per_second: f64,
    pub bytes_per_second: f64,
    pub snapshot_bytes: f64,
    pub age_ms: Spread,
    pub desyncs: u64,
    pub audits: u64,
    pub decode_errors: u64,
    pub disconnects: u64,
    pub totals: Totals,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_failure: Option<String>,
}

impl From<Report> for Watchers {
    fn from(report: Report) -> Self {
        Self {
            wanted: report.clients_wanted,
            connected: report.clients_connected,
            snapshots_per_second: report.snapshots_per_second,
            bytes_per_second: report.bytes_per_second,
            snapshot_bytes: report.snapshot_bytes,
            age_ms: report.age_ms,
            desyncs: report.desyncs,
            audits: report.audits,
            decode_errors: report.decode_errors,
            disconnects: report.disconnects,
            totals: report.totals,
            first_failure: report.first_failure,
        }
    }
}

impl Report {
    /// Of players and of watchers: how many were wanted, and what those who connected saw.
    pub(crate) fn new(players: (usize, &[Seen]), watchers: (usize, &[Seen]), used: Used) -> Self {
        let mut report = Self { used, ..Self::of(players) };
        report.watchers = (watchers.0 > 0).then(|| Self::of(watchers).into());
        let watching = report.watchers.as_ref().map_or(0, |watchers| watchers.connected);
        let clients = (report.clients_connected + watching) as f64;
        let client_ticks = used.seconds * report.ticks_per_second * clients;
        report.cpu_micros_per_client_tick = micros_each(used.cpu_seconds, client_ticks);
        report.server_cpu_micros_per_client_tick = micros_each(used.server_cpu_seconds, client_ticks);
        report
    }

    fn of((clients_wanted, seen): (usize, &[Seen])) -> Self {
        let mut report = Self { clients_wanted, ..Self::default() };
        let (mut ticks, mut snapshots, mut bytes, mut moved, mut messages_bytes) = (0, 0, 0, 0, 0);
        let (mut sent, mut sent_bytes) = (0, 0);
        let mut measured = 0.0;
        let (mut jitter, mut ages, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        let fastest = Line::under(seen.iter().flat_map(|bot| &bot.arrivals));
        for bot in seen {
            let end = bot.end.stats;
            report.clients_connected += usize::from(end.bytes > 0);
            report.mispredictions += end.mispredictions;
            report.desyncs += end.desyncs;
            report.audits += end.audits;
            report.totals.add(&bot.end);
            report.count_failure(bot.failure.as_ref());
            let Some(start) = &bot.start else { continue };
            measured += bot.end.at - start.at;
            ticks += end.ticks - start.stats.ticks;
            snapshots += end.snapshots - start.stats.snapshots;
            bytes += bot.end.bytes - start.bytes;
            moved += end.moved - start.stats.moved;
            messages_bytes += end.bytes - start.stats.bytes;
            sent += bot.end.sent - start.sent;
            sent_bytes += bot.end.sent_bytes - start.sent_bytes;
            let line = Line::through(&bot.arrivals);
            rates.extend(line.ticks_per_second());
            jitter.extend(bot.arrivals.iter().map(|arrival| line.after(*arrival).abs() * 1000.0));
            ages.extend(bot.arrivals.iter().map(|arrival| fastest.after(*arrival) * 1000.0));
        }
        let bots = seen.iter().filter(|bot| bot.start.is_some()).count() as f64;
        let share = |count: u64, of: f64| if of > 0.0 { count as f64 / of } else { 0.0 };
        report.seconds = if bots > 0.0 { measured / bots } else { 0.0 };
        report.ticks_per_second = if rates.is_empty() { 0.0 } else { rates.iter().sum::<f64>() / rates.len() as f64 };
        report.snapshots_per_second = share(snapshots, measured);
        report.bytes_per_second = share(bytes, report.seconds);
        report.bytes_per_entity_tick = share(bytes, moved as f64);
        report.entities_moving = share(moved, ticks as f64);
        report.snapshot_bytes = share(messages_bytes, snapshots as f64);
        report.inputs_per_second = share(sent, measured);
        report.input_bytes = share(sent_bytes, sent as f64);
        report.jitter_ms = Spread::of(jitter);
        report.age_ms = Spread::of(ages);
        report
    }

    fn count_failure(&mut self, failure: Option<&Failure>) {
        let Some(failure) = failure else { return };
        match failure {
            Failure::Undecodable(_) => self.decode_errors += 1,
            Failure::Disconnected(_) => self.disconnects += 1,
        }
        self.first_failure.get_or_insert_with(|| failure.to_string());
    }

    /// Whether nothing went wrong.
    pub fn is_clean(&self) -> bool {
        let watchers = self.watchers.as_ref().is_none_or(Watchers::is_clean);
        watchers && self.decode_errors == 0 && self.desyncs == 0 && self.disconnects == 0
    }
}

impl Totals {
    fn add(&mut self, end: &Mark) {
        self.sent += end.sent;
        self.sent_bytes += end.sent_bytes;
        self.received += end.received;
        self.received_bytes += end.received_bytes;
    }
}

impl Watchers {
    /// Whether nothing went wrong.
    pub fn is_clean(&self) -> bool {
        self.decode_errors == 0 && self.desyncs == 0 && self.disconnects == 0
    }
}

impl std::fmt::Display for Watchers {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        writeln!(f, "watchers       {} of {} connected", self.connected, self.wanted)?;
        let Self { snapshots_per_second, snapshot_bytes, .. } = self;
        writeln!(f, "  snapshots    {snapshots_per_second:.1} a second for each, {snapshot_bytes:.1} bytes")?;
        writeln!(f, "  bytes        {:.0} a second for all watchers", self.bytes_per_second)?;
        writeln!(f, "  age          {} beyond the fastest", self.age_ms)?;
        writeln!(f, "  desyncs      {} in {} audits", self.desyncs, self.audits)?;
        write!(f, "  errors       {} undecodable, {} disconnected", self.decode_errors, self.disconnects)?;
        self.first_failure.iter().try_for_each(|failure| write!(f, "\n  failure      {failure}"))
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        writeln!(f, "bots           {} of {} connected", self.clients_connected, self.clients_wanted)?;
        writeln!(f, "measured       {:.1} s, {:.2} ticks a second", self.seconds, self.ticks_per_second)?;
        let Self { snapshots_per_second, snapshot_bytes, .. } = self;
        writeln!(f, "snapshots      {snapshots_per_second:.1} a second for each bot, {snapshot_bytes:.1} bytes")?;
        writeln!(f, "bytes          {:.0} a second for all bots", self.bytes_per_second)?;
        writeln!(
            f,
            "               {:.3} for each moving entity and tick, {:.1} of them in view",
            self.bytes_per_entity_tick, self.entities_moving
        )?;
        writeln!(
            f,
            "inputs         {:.1} a second from each bot, {:.1} bytes",
            self.inputs_per_second, self.input_bytes
        )?;
        writeln!(f, "jitter         {}", self.jitter_ms)?;
        writeln!(f, "age            {} beyond the fastest", self.age_ms)?;
        if let Some(by_kind) = &self.by_kind {
            writeln!(f, "{by_kind}")?;
        }
        let micros = "us of CPU time a client and tick";
        if let Some(cpu) = self.server_cpu_micros_per_client_tick {
            writeln!(f, "server         {cpu:.1} {micros}")?;
        }
        if let Some(cpu) = self.cpu_micros_per_client_tick {
            writeln!(f, "load           {cpu:.1} {micros}, of this program")?;
        }
        writeln!(f, "mispredictions {}", self.mispredictions)?;
        writeln!(f, "desyncs        {} in {} audits", self.desyncs, self.audits)?;
        write!(f, "errors         {} undecodable, {} disconnected", self.decode_errors, self.disconnects)?;
        if let Some(failure) = &self.first_failure {
            write!(f, "\nfirst failure  {failure}")?;
        }
        self.watchers.iter().try_for_each(|watchers| write!(f, "\n{watchers}"))
    }
}

#[cfg(test)]
mod tests {
    use tickwire_sync::client::Stats;

    use super::*;

    /// A bot that saw `ticks` ticks in the measured time, in one snapshot each, with three others that moved and 60 bytes read a tick.
    fn bot(ticks: u64) -> Seen {
        let mark = |ticks: u64| Mark {
            at: ticks as f64 / 30.0,
            bytes: 60 * ticks,
            sent: ticks / 3,
            sent_bytes: 2 * ticks,
            received: ticks,
            received_bytes: 57 * ticks,
            stats: Stats {
                snapshots: ticks,
                bytes: 57 * ticks,
                ticks,
                moved: 3 * ticks,
                mispredictions: 1,
                audits: ticks / 30,
                ..Stats::default()
            },
        };
        let arrivals = (60..60 + ticks as u32).map(|tick| (tick, f64::from(tick) / 30.0)).collect();
        Seen { start: Some(mark(60)), end: mark(60 + ticks), arrivals, costs: None, failure: None }
    }

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found}, not {expected}");
    }

    #[test]
    fn bytes_and_rates_are_of_the_measured_time_alone() {
        let report = Report::new((3, &[bot(300), bot(600)]), (0, &[]), Used::default());
        assert_eq!((report.clients_wanted, report.clients_connected), (3, 2));
        assert_near(report.seconds, 15.0);
        assert_near(report.ticks_per_second, 30.0);
        assert_near(report.snapshots_per_second, 30.0);
        assert_near(report.bytes_per_second, 60.0 * 900.0 / 15.0);
        assert_near(report.bytes_per_entity_tick, 20.0);
        assert_near(report.entities_moving, 3.0);
        assert_near(report.snapshot_bytes, 57.0);
        assert_near(report.inputs_per_second, 10.0);
        assert_near(report.input_bytes, 6.0);
        assert_eq!(report.mispredictions, 2, "counted from the start");
        let totals = Totals { sent: 340, sent_bytes: 2 * 1020, received: 1020, received_bytes: 57 * 1020 };
        assert_eq!(report.totals, totals, "so are they");
        assert!(report.is_clean());
    }

    #[test]
    fn ages_are_in_milliseconds_beyond_the_fastest_bot() {
        let mut late = bot(300);
        late.arrivals.iter_mut().for_each(|(_, at)| *at += 0.004);
        late.arrivals[7].1 += 0.1;
        let report = Report::new((2, &[bot(300), late]), (0, &[]), Used::default());
        assert_near(report.age_ms.max, 104.0);
        assert_near(report.age_ms.p99, 4.0);
        assert!(report.jitter_ms.p50 < 1.0, "always late by as much is no jitter: {}", report.jitter_ms);
    }

    #[test]
    fn cpu_time_is_shared_among_clients_and_ticks() {
        let used = Used { seconds: 10.0, cpu_seconds: Some(0.6), server_cpu_seconds: Some(0.3) };
        let report = Report::new((2, &[bot(300), bot(300)]), (0, &[]), used);
        assert_near(report.cpu_micros_per_client_tick.expect("measured"), 1000.0);
        assert_near(report.server_cpu_micros_per_client_tick.expect("measured"), 500.0);
        let json = serde_json::to_value(&report).expect("numbers");
        assert_eq!(json["cpu_seconds"], 0.6);
        assert_eq!(json["jitter_ms"]["max"], report.jitter_ms.max);
    }

    #[test]
    fn watchers_are_counted_apart_and_share_the_cpu_time() {
        let used = Used { seconds: 10.0, cpu_seconds: Some(0.6), server_cpu_seconds: None };
        let lost = Seen { failure: Some(Failure::Disconnected(None)), ..bot(300) };
        let report = Report::new((1, &[bot(300)]), (3, &[bot(300), lost]), used);
        let watchers = report.watchers.as_ref().expect("there were some");
        assert_eq!((report.clients_connected, watchers.wanted, watchers.connected), (1, 3, 2));
        assert_eq!((report.disconnects, watchers.disconnects, report.is_clean()), (0, 1, false));
        assert_near(watchers.bytes_per_second, 3600.0);
        assert_near(report.cpu_micros_per_client_tick.expect("measured"), 0.6e6 / 900.0);
    }

    #[test]
    fn a_bot_that_was_lost_or_never_welcomed_is_counted_and_makes_no_number_of_none() {
        let lost = Seen { failure: Some(Failure::Disconnected(None)), ..bot(300) };
        let report = Report::new((2, &[lost, Seen::default()]), (0, &[]), Used::default());
        assert_eq!((report.clients_connected, report.disconnects), (1, 1));
        assert!(!report.is_clean());
        let none = Report::new((1, &[Seen::default()]), (0, &[]), Used::default());
        assert_eq!(none, Report { clients_wanted: 1, ..Report::default() });
        assert_eq!(none.cpu_micros_per_client_tick, None);
    }
}
