//! What a run counts, and what it says when something is wrong.

use core::fmt;

/// What was counted over some runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Ticks of rooms.
    pub ticks: u64,
    /// Clients that came.
    pub joins: u64,
    /// Of these, watchers.
    pub watchers: u64,
    /// Times that a watcher wanted to see somebody else.
    pub turns: u64,
    /// Acknowledgements that were no inputs.
    pub acks: u64,
    /// Snapshots that arrived and were compared with the truth.
    pub snapshots: u64,
    /// Entities that were compared in them.
    pub entities: u64,
    /// Bytes that they had.
    pub bytes: u64,
    /// Events that arrived.
    pub events: u64,
    /// Inputs that arrived.
    pub inputs: u64,
    /// Of these, late.
    pub late_inputs: u64,
    /// Hashes that were compared.
    pub audits: u64,
    /// Snapshots that stated everything anew.
    pub keyframes: u64,
    /// Messages that were held up, with all behind them.
    pub stalls: u64,
    /// Ticks in which a client could not be served since its outbox was busy.
    pub outbox_busy: u64,
    /// Tabs that fell asleep and said so.
    pub sleeps: u64,
    /// Tabs that fell asleep and did not say so.
    pub faints: u64,
    /// Clients that left.
    pub leaves: u64,
    /// Clients that were closed as too slow.
    pub too_slow: u64,
    /// Stutters of the server.
    pub stutters: u64,
    /// Stops of the server, after which it went on from its saved room.
    pub restarts: u64,
    /// Acknowledgements of what was never sent.
    pub lies: u64,
    /// Predictions that a late input or a rule made wrong.
    pub mispredictions: u64,
    /// Times that a client was found back in step after trouble.
    pub recoveries: u64,
    /// The most snapshots that anything owed had to wait for.
    pub owed_max: u64,
}

impl Totals {
    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        let owed_max = self.owed_max.max(other.owed_max);
        for ((_, sum), (_, more)) in self.fields().into_iter().zip(other.clone().fields()) {
            *sum += *more;
        }
        self.owed_max = owed_max;
    }

    fn fields(&mut self) -> [(&'static str, &mut u64); 25] {
        [
            ("ticks", &mut self.ticks),
            ("joins", &mut self.joins),
            ("watchers", &mut self.watchers),
            ("turns of watchers", &mut self.turns),
            ("acknowledgements of watchers", &mut self.acks),
            ("snapshots", &mut self.snapshots),
            ("entities compared", &mut self.entities),
            ("bytes", &mut self.bytes),
            ("events", &mut self.events),
            ("inputs", &mut self.inputs),
            ("late inputs", &mut self.late_inputs),
            ("audits", &mut self.audits),
            ("keyframes", &mut self.keyframes),
            ("stalls", &mut self.stalls),
            ("ticks with a busy outbox", &mut self.outbox_busy),
            ("sleeping tabs", &mut self.sleeps),
            ("sleeping tabs that did not say so", &mut self.faints),
            ("leaves", &mut self.leaves),
            ("closed as too slow", &mut self.too_slow),
            ("server stutters", &mut self.stutters),
            ("server restarts", &mut self.restarts),
            ("false acknowledgements", &mut self.lies),
            ("mispredictions", &mut self.mispredictions),
            ("recoveries", &mut self.recoveries),
            ("longest wait for what was owed in snapshots", &mut self.owed_max),
        ]
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut totals = *self;
        let parts = totals.fields().map(|(name, count)| format!("{count} {name}"));
        out.write_str(&parts.join(", "))
    }
}

/// What is wrong, and how to see it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The seed of the run.
    pub seed: u64,
    /// Which kind of run.
    pub suite: &'static str,
    /// When, for whom, and what differs.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, suite, what } = self;
        write!(
            out,
            "{suite}, seed {seed}: {what}\nRun it again: script/simulate --only {suite} --seeds 1 --seed {seed}"
        )
    }
}
