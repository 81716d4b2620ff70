//! All bots of a run.

use std::time::{Duration, Instant};

use tickwire_sync::game::Game;

use crate::{
    bot::{self, Schedule, Seen},
    report::Report,
    socket::ConnectError,
};

/// Measuring starts so long after the last bot joined, when the first surge is over.
pub const SETTLE: Duration = Duration::from_secs(2);

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the game socket is, as `ws://host:port/ws`.
    pub url: String,
    /// The room to play in; empty for the server's first.
    pub room: String,
    /// How many bots.
    pub count: usize,
    /// How long they play once all have joined, settling included.
    pub duration: Duration,
    /// Over how long their joining is spread.
    pub ramp: Duration,
}

/// Runs bots of game `G` and says what they saw. `progress` is told how many have been sent, and how many of them connected.
///
/// # Errors
/// Nobody could connect; the first reason why.
pub async fn run<G: Game>(options: &Options, mut progress: impl FnMut(usize, usize)) -> Result<Report, ConnectError> {
    let epoch = Instant::now();
    let last_join = epoch + options.ramp;
    let schedule =
        Schedule { epoch, measure_from: last_join + SETTLE, until: last_join + options.duration.max(2 * SETTLE) };
    let mut playing = Vec::new();
    let mut refused = None;
    for number in 0..options.count {
        let at = epoch + options.ramp.mul_f64(number as f64 / options.count as f64);
        tokio::time::sleep_until(at.into()).await;
        match bot::dial(&options.url).await {
            Ok(connected) => {
                let name = format!("Bot {number}");
                playing.push(tokio::spawn(bot::play::<G>(connected, name, options.room.clone(), schedule)));
            }
            Err(error) => refused = refused.or(Some(error)),
        }
        progress(number + 1, playing.len());
    }
    if let Some(error) = refused.filter(|_| playing.is_empty()) {
        return Err(error);
    }
    let mut seen: Vec<Seen> = Vec::new();
    for bot in playing {
        seen.push(bot.await.expect("a bot does not panic"));
    }
    Ok(Report::new(options.count, &seen))
}
