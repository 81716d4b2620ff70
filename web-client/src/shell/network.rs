//! The network panel: what a session measures, for whoever wants to know. Each row is a graph for the eye and a text for everybody.

use std::fmt::Display;

use tickwire_sync::{
    client::{
        Session, Stats,
        telemetry::{ByteKind, Fate, Telemetry},
    },
    game::Game,
};
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::{
    graph::{Canvas, Samples},
    lag::LagControls,
    meter::{FrameMeter, Rate},
    page::{self, Panel, Text},
    settings,
    words::{decimal, fill, millis, text},
};

/// The width of a row's graph, in pixels.
const GRAPH_WIDTH: u32 = 72;
/// How many ticks the timeline shows, a pixel each.
const TIMELINE_TICKS: u32 = 200;
/// What its columns look like, and what is mispredicted.
const COLOURS: [(Fate, &str, f64); 3] =
    [(Fate::Received, "#40c4d8", 0.75), (Fate::Late, "#ffc24d", 1.0), (Fate::Skipped, "#56687f", 0.3)];
const MISPREDICTED: &str = "#ff5a52";
const GRAPH: &str = "#40c4d8";

/// A snapshot that is older than this, in milliseconds, is no measure of how far behind one is: nothing comes any more.
const STALLED_MS: f32 = 400.0;
/// A correction that would be shown as nothing, in units of the map.
const NOTHING: f32 = 0.05;

/// A row of the panel, with what it counts as much at least.
#[derive(Debug)]
struct Row {
    text: Text,
    canvas: Canvas,
    samples: Samples,
    least: f32,
}

impl Row {
    fn new(list: &Element, key: &str, least: f32) -> Result<Self, JsValue> {
        let text = row(list, key, "")?;
        let canvas = Canvas::before(text.element(), GRAPH_WIDTH)?;
        Ok(Self { text, canvas, samples: Samples::default(), least })
    }

    fn show(&mut self, text: &str) {
        self.text.set(text);
        self.samples.draw(&self.canvas, self.least, GRAPH);
    }
}

/// A row at the end of the list: what it is called, by a key of the words, and a place for what is said of it, whose id is that key with a dash.
fn row(list: &Element, key: &str, class: &str) -> Result<Text, JsValue> {
    let row = page::append(list, "div", class)?;
    let name = page::append(&row, "dt", "")?;
    // As it stands in a page, so that it becomes that of another language.
    name.set_attribute("data-text", key)?;
    name.set_text_content(Some(&text(key)));
    let said = page::append(&row, "dd", "")?;
    said.set_id(&key.replace('.', "-"));
    Ok(Text::inside(said))
}

/// What is sampled, ten times a second, whether the panel is open or not.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    frame_ms: f32,
    ping_ms: f32,
    jitter_ms: f32,
    age_ms: f32,
    margin_ms: f32,
    delay_ms: f32,
    bytes: f64,
    correction: f32,
}

/// The ping display, and the panel behind it.
#[derive(Debug)]
pub struct Network {
    ping: Text,
    panel: Panel,
    /// The simulated network.
    pub lag: LagControls,
    bytes: Rate,
    snapshots: Rate,
    kinds: [Rate; ByteKind::ALL.len()],
    mispredictions: u64,
    rows: [Row; 8],
    kinds_text: Text,
    snapshots_text: Text,
    desyncs_text: Text,
    timeline_text: Text,
    timeline: Canvas,
}

impl Network {
    /// The network panel of the page, open if it was when the player left.
    ///
    /// # Errors
    /// The page has no such elements.
    pub fn new() -> Result<Self, JsValue> {
        let list: Element = page::element("network-rows")?;
        let [frame, ping, jitter, age, margin, delay, bytes, corrections] = [
            ("network.frame", 4.0),
            ("network.ping", 50.0),
            ("network.jitter", 10.0),
            ("network.age", 100.0),
            ("network.margin", 33.0),
            ("network.delay", 50.0),
            ("network.bytes", 1000.0),
            ("network.corrections", 1.0),
        ]
        .map(|(key, least)| Row::new(&list, key, least));
        let (snapshots_text, desyncs_text) = (row(&list, "network.snapshots", "")?, row(&list, "network.desyncs", "")?);
        let (kinds_text, timeline_text) =
            (row(&list, "network.kinds", "whole")?, row(&list, "network.timeline", "whole")?);
        let mut network = Self {
            ping: Text::of("ping")?,
            panel: Panel::of("network")?,
            lag: LagControls::new()?,
            bytes: Rate::default(),
            snapshots: Rate::default(),
            kinds: Default::default(),
            mispredictions: 0,
            rows: [frame?, ping?, jitter?, age?, margin?, delay?, bytes?, corrections?],
            kinds_text,
            snapshots_text,
            desyncs_text,
            timeline: Canvas::before(timeline_text.element(), TIMELINE_TICKS)?,
            timeline_text,
        };
        network.set_open(settings::flag(settings::NETWORK_PANEL).unwrap_or_default());
        Ok(network)
    }

    /// Opens or closes the panel, and remembers it.
    pub fn toggle(&mut self) {
        self.set_open(!self.panel.is_open());
        settings::set(settings::NETWORK_PANEL, self.panel.is_open());
    }

    /// Whether the panel is open.
    pub fn is_open(&self) -> bool {
        self.panel.is_open()
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

    /// Samples what is measured, and shows it; to be called some ten times a second.
    pub fn show<G: Game>(&mut self, session: &Session<G>, frames: &FrameMeter, now: f64) {
        let (clock, stats) = (session.clock(), session.stats());
        self.ping.set(&ping(clock.round_trip_seconds(), session.player().is_none()));
        let Some(telemetry) = session.telemetry() else { return };
        let in_millis = |seconds: f64| (seconds * 1000.0) as f32;
        let tick_ms = 1000.0 / session.tick_rate() as f32;
        let corrected = stats.mispredictions > self.mispredictions;
        self.mispredictions = stats.mispredictions;
        let sample = Sample {
            frame_ms: frames.last(),
            ping_ms: in_millis(clock.round_trip_seconds().unwrap_or_default()),
            jitter_ms: in_millis(clock.jitter_seconds()),
            age_ms: in_millis(session.snapshot_age(now)),
            margin_ms: telemetry.input_margin().unwrap_or_default() as f32 * tick_ms,
            // In a stall the view goes on, past what is known.
            delay_ms: in_millis(clock.view_delay_seconds().unwrap_or_default()).max(0.0),
            bytes: self.bytes.at(stats.bytes, now),
            correction: if corrected { telemetry.last_correction() } else { 0.0 },
        };
        self.sample(sample);
        let snapshots = self.snapshots.at(stats.snapshots, now);
        for (rate, kind) in self.kinds.iter_mut().zip(ByteKind::ALL) {
            rate.at(telemetry.bytes(kind), now);
        }
        if self.panel.is_open() {
            self.show_rows(sample, frames, stats, telemetry.last_correction());
            self.kinds_text.set(&by_kind(&self.kinds));
            self.snapshots_text.set(&fill("network.per-second", &[("number", &decimal(snapshots, 0))]));
            self.show_timeline(telemetry, session.mirror().tick);
        }
    }

    fn sample(&mut self, sample: Sample) {
        let Sample { frame_ms, ping_ms, jitter_ms, age_ms, margin_ms, delay_ms, bytes, correction } = sample;
        let samples = [frame_ms, ping_ms, jitter_ms, age_ms, margin_ms, delay_ms, bytes as f32, correction];
        for (row, sample) in self.rows.iter_mut().zip(samples) {
            row.samples.add(sample);
        }
    }

    fn show_rows(&mut self, sample: Sample, frames: &FrameMeter, stats: Stats, last_correction: f32) {
        let Sample { ping_ms, jitter_ms, age_ms, margin_ms, delay_ms, bytes, .. } = sample;
        let Stats { mispredictions, desyncs, audits, .. } = stats;
        let [frame, ping, jitter, age, margin, delay, received, corrections] = &mut self.rows;
        let [mean, worst] = [frames.mean(), frames.worst()].map(|time| millis(time.into(), 1));
        frame.show(&fill("network.frame-time", &[("mean", &mean), ("worst", &worst)]));
        ping.show(&millis(ping_ms.into(), 0));
        jitter.show(&millis(jitter_ms.into(), 1));
        age.show(&millis(age_ms.into(), 0));
        margin.show(&millis(margin_ms.into(), 0));
        delay.show(&if age_ms > STALLED_MS { text("network.stalled").to_string() } else { millis(delay_ms.into(), 0) });
        received.show(&fill("network.kilobytes", &[("number", &decimal(bytes / 1000.0, 1))]));
        corrections.show(&corrected(mispredictions, last_correction));
        self.desyncs_text.set(&fill("network.of", &[("desyncs", &desyncs), ("audits", &audits)]));
    }

    fn show_timeline(&mut self, telemetry: &Telemetry, newest: u32) {
        let first = newest.saturating_sub(TIMELINE_TICKS - 1);
        let notes = || (0..TIMELINE_TICKS).map(|at| (f64::from(at), telemetry.tick(first + at)));
        self.timeline.clear();
        for (fate, colour, height) in COLOURS {
            let bars = notes().filter(|(_, note)| note.fate == fate).map(|(x, _)| (x, 0.0, height));
            self.timeline.bars(colour, 1.0, bars);
        }
        let bars = notes().filter(|(_, note)| note.mispredicted).map(|(x, _)| (x, 0.5, 1.0));
        self.timeline.bars(MISPREDICTED, 2.0, bars);
        let count = |fate| notes().filter(|(_, note)| note.fate == fate).count();
        let mispredicted = notes().filter(|(_, note)| note.mispredicted).count();
        self.timeline_text.set(&timeline([
            count(Fate::Received),
            count(Fate::Late),
            count(Fate::Skipped),
            mispredicted,
        ]));
    }
}

/// How often a prediction was corrected, and by how much the last time: not every one moves the ship.
fn corrected(count: u64, size: f32) -> String {
    if count == 0 || size < NOTHING {
        return count.to_string();
    }
    fill("network.corrected", &[("count", &count), ("size", &decimal(size.into(), 1))])
}

/// What the timeline shows, in words.
fn timeline([received, late, skipped, mispredicted]: [usize; 4]) -> String {
    let [received, late, skipped, mispredicted]: [&dyn Display; 4] = [&received, &late, &skipped, &mispredicted];
    fill(
        "network.ticks",
        &[("received", received), ("late", late), ("skipped", skipped), ("mispredicted", mispredicted)],
    )
}

/// What the bytes of the last second were for: the most first, and what is nothing left out.
fn by_kind(rates: &[Rate; ByteKind::ALL.len()]) -> String {
    let mut kinds: Vec<_> = ByteKind::ALL.into_iter().zip(rates.iter().map(Rate::per_second)).collect();
    kinds.retain(|(_, rate)| *rate >= 1.0);
    kinds.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let words = kinds.iter().map(|(kind, rate)| format!("{} {rate:.0}", text(name(*kind))));
    words.collect::<Vec<_>>().join(" · ")
}

/// What a kind is called: a key of the words.
fn name(kind: ByteKind) -> &'static str {
    match kind {
        ByteKind::Heads => "network.heads",
        ByteKind::Left => "network.left",
        ByteKind::Entered => "network.entered",
        ByteKind::Changed => "network.changes",
        ByteKind::Own => "network.own",
        ByteKind::Events => "network.events",
        ByteKind::Talk => "network.talk",
    }
}

/// A watcher has no inputs by which it could be measured.
fn ping(round_trip: Option<f64>, watches: bool) -> String {
    match round_trip {
        Some(seconds) => millis(seconds * 1000.0, 0),
        None if watches => text("network.title").to_string(),
        None => fill("unit.ms", &[("number", &"…")]),
    }
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

    #[test]
    fn a_correction_is_told_with_its_size_where_it_moved_something() {
        assert_eq!([corrected(0, 0.0), corrected(11, 0.04)], ["0", "11"]);
        assert_eq!(corrected(11, 1.26), "11, last by 1.3 units");
    }

    #[test]
    fn bytes_are_told_by_what_they_were_for_the_most_first() {
        let mut rates = [Rate::default(); ByteKind::ALL.len()];
        for (rate, count) in rates.iter_mut().zip([20, 0, 700, 4000, 0, 0, 0]) {
            rate.at(count, 1.0);
        }
        assert_eq!(by_kind(&rates), "changes 4000 · entered 700 · heads 20");
    }
}
