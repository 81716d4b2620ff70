//! What a browser test is told of a page, as JSON.

use serde::Serialize;
use tickwire_sync::{PlayerNumber, Tick, client::Session, game::Game, protocol::Watched};

use super::{meter::FrameMeter, watch::Gaze};

/// The page, its session and its game.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report<'a, R> {
    pub(super) phase: &'static str,
    pub(super) no_signal: bool,
    /// Whether this is the seat that the player had before the connection was lost; `null` if none was.
    pub(super) resumed: Option<bool>,
    pub(super) tries: u32,
    pub(super) watches: bool,
    /// The tick of the match behind the start screen, if there is one.
    pub(super) preview: Option<Tick>,
    /// How a watcher looks on.
    pub(super) gaze: Option<&'static str>,
    pub(super) frame_ms: FrameReport,
    pub(super) chat: Vec<&'a str>,
    #[serde(flatten)]
    pub(super) session: SessionReport<'a>,
    #[serde(flatten)]
    pub(super) game: R,
}

/// The session that is shown; without one, all of it is `null`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionReport<'a> {
    room: Option<&'a str>,
    player: Option<PlayerNumber>,
    /// The player that a watcher looks at; `null` for one that sees everything, and for a player.
    watched: Option<PlayerNumber>,
    tick: Option<Tick>,
    tick_rate: Option<u32>,
    ping_ms: Option<f64>,
    /// What was predicted last: the next one takes what the player does now.
    predicted_tick: Option<Tick>,
    clock: Option<ClockReport>,
    stats: Option<StatsReport>,
}

#[derive(Debug, Serialize)]
struct StatsReport {
    snapshots: u64,
    bytes: u64,
    changes: u64,
    mispredictions: u64,
    desyncs: u64,
    audits: u64,
}

/// Where the clocks of a session are, to be held against the server's own.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClockReport {
    /// When this is, in milliseconds since 1970, as exactly as the browser knows.
    at_ms: f64,
    /// The time at which others are seen, in ticks.
    view: f64,
    jitter_ms: f64,
    /// How far behind the newest snapshots that is, in the mean.
    delay_ms: f64,
}

/// The work of the last frames, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct FrameReport {
    mean: f32,
    p50: f32,
    p99: f32,
    worst: f32,
    count: usize,
}

/// What a test calls a gaze.
pub(super) fn name_of(gaze: Gaze) -> &'static str {
    match gaze {
        Gaze::Follow(_) => "follow",
        Gaze::Everything => "everything",
        Gaze::Roam => "roam",
        Gaze::Director => "director",
    }
}

impl<'a> SessionReport<'a> {
    /// Of a session, `now` seconds after the page began, which was at `origin`, in milliseconds since 1970.
    pub(super) fn of<G: Game>(session: &'a Session<G>, now: f64, origin: f64) -> Self {
        let (clock, stats) = (session.clock(), session.stats());
        let clock_report = || {
            Some(ClockReport {
                at_ms: origin + now * 1000.0,
                view: clock.view(now)?,
                jitter_ms: clock.jitter_seconds() * 1000.0,
                delay_ms: clock.view_delay_seconds()? * 1000.0,
            })
        };
        Self {
            room: Some(session.room()),
            player: session.player(),
            watched: match session.watched() {
                Watched::Player(player) => Some(player),
                Watched::Everything => None,
            },
            tick: Some(session.mirror().tick),
            tick_rate: Some(session.tick_rate()),
            ping_ms: clock.round_trip_seconds().map(|seconds| seconds * 1000.0),
            predicted_tick: session.predicted_tick(),
            clock: clock_report(),
            stats: Some(StatsReport {
                snapshots: stats.snapshots,
                bytes: stats.bytes,
                changes: stats.changes,
                mispredictions: stats.mispredictions,
                desyncs: stats.desyncs,
                audits: stats.audits,
            }),
        }
    }
}

impl FrameReport {
    /// Of what a meter measured.
    pub(super) fn of(frames: &FrameMeter) -> Self {
        Self {
            mean: frames.mean(),
            p50: frames.percentile(0.5),
            p99: frames.percentile(0.99),
            worst: frames.worst(),
            count: frames.count(),
        }
    }
}
