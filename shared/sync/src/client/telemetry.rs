//! What a session noted of its last ticks and of its bytes, for whoever wants to see how the network is. Nothing is computed from it.

use crate::Tick;

/// How many ticks are kept.
pub const TICKS_NOTED: usize = 256;

/// What became of a tick's snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// None came yet, or the tick is older than those kept.
    #[default]
    Unknown,
    /// It came before the picture needed it.
    Received,
    /// It came, and the picture had gone beyond it by the step alone.
    Late,
    /// A later one came in its place: the server had nothing to say, or left the client out.
    Skipped,
}

/// What is noted of a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TickNote {
    /// The tick.
    pub tick: Tick,
    /// What became of its snapshot.
    pub fate: Fate,
    /// Whether it found the own avatar elsewhere than predicted.
    pub mispredicted: bool,
}

/// What bytes were for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteKind {
    /// Heads of snapshots, flags and hashes.
    Heads,
    /// What left the view.
    Left,
    /// What came into view.
    Entered,
    /// Changes of what is in view.
    Changed,
    /// The player's own state.
    Own,
    /// Events.
    Events,
    /// Names, chat, and the welcome.
    Talk,
}

impl ByteKind {
    /// All of them, in order.
    pub const ALL: [Self; 7] =
        [Self::Heads, Self::Left, Self::Entered, Self::Changed, Self::Own, Self::Events, Self::Talk];
}

/// The notes.
#[derive(Clone, Debug)]
pub struct Telemetry {
    ticks: [TickNote; TICKS_NOTED],
    bytes: [u64; ByteKind::ALL.len()],
    input_margin: Option<f64>,
    correction: f32,
}

impl Default for Telemetry {
    fn default() -> Self {
        let bytes = [0; ByteKind::ALL.len()];
        Self { ticks: [TickNote::default(); TICKS_NOTED], bytes, input_margin: None, correction: 0.0 }
    }
}

impl Telemetry {
    /// What is noted of a tick.
    pub fn tick(&self, tick: Tick) -> TickNote {
        let kept = self.ticks[tick as usize % TICKS_NOTED];
        if kept.tick == tick { kept } else { TickNote { tick, ..TickNote::default() } }
    }

    /// Bytes received so far, by what they were for. WebSocket's own are not counted.
    pub fn bytes(&self, kind: ByteKind) -> u64 {
        self.bytes[kind as usize]
    }

    /// How early the newest input arrived that the server told of, in ticks; negative: late.
    pub fn input_margin(&self) -> Option<f64> {
        self.input_margin
    }

    /// How far the own avatar was off when it was corrected last, in units.
    pub fn last_correction(&self) -> f32 {
        self.correction
    }

    /// A snapshot brought a client from one tick to another, and the picture had gone beyond it or not.
    pub(crate) fn arrived(&mut self, (from, to): (Tick, Tick), late: bool) {
        let skipped_from = (from + 1).max(to.saturating_sub(TICKS_NOTED as Tick));
        for tick in skipped_from..to {
            self.note(tick, Fate::Skipped);
        }
        self.note(to, if late { Fate::Late } else { Fate::Received });
    }

    fn note(&mut self, tick: Tick, fate: Fate) {
        self.ticks[tick as usize % TICKS_NOTED] = TickNote { tick, fate, mispredicted: false };
    }

    pub(crate) fn count(&mut self, kind: ByteKind, bytes: usize) {
        self.bytes[kind as usize] += bytes as u64;
    }

    pub(crate) fn input_measured(&mut self, margin: f64) {
        self.input_margin = Some(margin);
    }

    /// The snapshot of `tick` found the own avatar so many units off.
    pub(crate) fn mispredicted(&mut self, tick: Tick, units: f32) {
        self.correction = units;
        let note = &mut self.ticks[tick as usize % TICKS_NOTED];
        note.mispredicted = note.tick == tick;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_received_or_late_and_those_before_it_were_skipped() {
        let mut telemetry = Telemetry::default();
        telemetry.arrived((9, 10), false);
        telemetry.arrived((10, 13), true);
        telemetry.mispredicted(13, 2.5);
        let fates = [9, 10, 11, 12, 13, 14].map(|tick| telemetry.tick(tick).fate);
        assert_eq!(fates, [Fate::Unknown, Fate::Received, Fate::Skipped, Fate::Skipped, Fate::Late, Fate::Unknown]);
        assert!(telemetry.tick(13).mispredicted && !telemetry.tick(10).mispredicted);
        assert_eq!(telemetry.last_correction(), 2.5);
    }

    #[test]
    fn old_ticks_are_unknown_again_and_a_long_gap_costs_no_more_than_what_is_kept() {
        let mut telemetry = Telemetry::default();
        telemetry.arrived((0, 1), false);
        telemetry.arrived((1, 4_000_000_000), false);
        assert_eq!(telemetry.tick(1).fate, Fate::Unknown);
        assert_eq!(telemetry.tick(3_999_999_999).fate, Fate::Skipped);
        assert_eq!(telemetry.tick(3_999_999_000).fate, Fate::Unknown);
    }
}
