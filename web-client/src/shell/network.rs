//! The network panel: what a session measures, for whoever wants to know.

use tickwire_sync::{
    client::{Session, Stats},
    game::Game,
};
use wasm_bindgen::JsValue;

use super::{
    lag::LagControls,
    meter::{FrameMeter, Rate},
    page::{Panel, Text},
};

/// The ping display, and the panel behind it.
#[derive(Debug)]
pub struct Network {
    ping: Text,
    panel: Panel,
    /// The simulated network.
    pub lag: LagControls,
    bytes: Rate,
    snapshots: Rate,
    rows: [Text; 6],
}

impl Network {
    /// The network panel of the page.
    ///
    /// # Errors
    /// The page has no such elements.
    pub fn new() -> Result<Self, JsValue> {
        let [jitter, bytes, snapshots, corrections, desyncs, frame] =
            ["jitter", "bytes", "snapshots", "corrections", "desyncs", "frame"]
                .map(|row| Text::of(&format!("network-{row}")));
        Ok(Self {
            ping: Text::of("ping")?,
            panel: Panel::of("network")?,
            lag: LagControls::new()?,
            bytes: Rate::default(),
            snapshots: Rate::default(),
            rows: [jitter?, bytes?, snapshots?, corrections?, desyncs?, frame?],
        })
    }

    /// Opens or closes the panel.
    pub fn toggle(&mut self) {
        self.set_open(!self.panel.is_open());
    }

    /// Opens the panel, and gives the keys to the sliders of the simulated network.
    pub fn enter_lag(&mut self) {
        self.set_open(true);
        self.lag.enter();
    }

    fn set_open(&mut self, open: bool) {
        if !open {
            self.lag.leave();
        }
        self.panel.show(open);
        let _ = self.ping.element().set_attribute("aria-expanded", if open { "true" } else { "false" });
    }

    /// Shows what is measured; to be called some ten times a second.
    pub fn show<G: Game>(&mut self, session: &Session<G>, frames: &FrameMeter, now: f64) {
        let clock = session.clock();
        self.ping.set(&ping(clock.round_trip_seconds(), session.player().is_none()));
        let Stats { snapshots, bytes, mispredictions, desyncs, audits, .. } = session.stats();
        let (bytes, snapshots) = (self.bytes.at(bytes, now), self.snapshots.at(snapshots, now));
        if !self.panel.is_open() {
            return;
        }
        let [jitter_row, bytes_row, snapshots_row, corrections_row, desyncs_row, frame_row] = &mut self.rows;
        jitter_row.set(&format!("{:.1} ms", clock.jitter_seconds() * 1000.0));
        bytes_row.set(&format!("{:.1} KB/s", bytes / 1000.0));
        snapshots_row.set(&format!("{snapshots:.0} / s"));
        corrections_row.set(&mispredictions.to_string());
        desyncs_row.set(&format!("{desyncs} of {audits} checks"));
        frame_row.set(&format!("{:.1} ms, worst {:.1}", frames.mean(), frames.worst()));
    }
}

/// A watcher has no inputs by which it could be measured.
fn ping(round_trip: Option<f64>, watches: bool) -> String {
    let unknown = if watches { "Network" } else { "… ms" };
    round_trip.map_or_else(|| unknown.to_owned(), |seconds| format!("{:.0} ms", seconds * 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ping_is_unknown_until_it_is_measured() {
        assert_eq!(ping(None, false), "… ms");
        assert_eq!(ping(Some(0.0236), false), "24 ms");
        assert_eq!(ping(None, true), "Network");
    }
}
