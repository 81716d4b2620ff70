//! All bots of a run.

use std::time::{Duration, Instant};

use tickwire_sync::{
    game::Game,
    protocol::{Close, CloseCode, OwnedToken, Watched},
};
use tokio::task::{JoinHandle, JoinSet};

use crate::{
    bot::{self, Failure, Part, Schedule, Seen},
    costs::{ByKind, Costs},
    cpu::Used,
    pilot::{Brain, Pilot},
    report::Report,
    socket::{ConnectError, Dialer},
};

/// Measuring starts so long after the last bot joined, when the first surge is over.
pub const SETTLE: Duration = Duration::from_secs(2);

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the game socket is, as `ws://host:port/ws` or `wss://host/ws`.
    pub url: String,
    /// Whether the server's certificate may be any, a self-signed one too.
    pub insecure: bool,
    /// The room to play in; empty for the server's first.
    pub room: String,
    /// How many bots.
    pub count: usize,
    /// How many watchers beside them: half of them follow somebody, the others see everything.
    pub watch: usize,
    /// How long they play once all have joined, settling included.
    pub duration: Duration,
    /// Over how long their joining is spread.
    pub ramp: Duration,
    /// The server's process, where its CPU time is to be measured from outside.
    pub server_pid: Option<u32>,
    /// What each of them shows, in order, watchers last; empty for guests.
    pub tokens: Vec<OwnedToken>,
    /// Whether to say what the bytes were for. It takes the bots some time for each snapshot.
    pub by_kind: bool,
}

impl Options {
    /// Some bots in the server's first room, for a time, all joining at once.
    pub fn new(url: impl Into<String>, count: usize, duration: Duration) -> Self {
        let (url, room, ramp) = (url.into(), String::new(), Duration::ZERO);
        Self {
            url,
            insecure: false,
            room,
            count,
            watch: 0,
            duration,
            ramp,
            server_pid: None,
            tokens: Vec::new(),
            by_kind: false,
        }
    }
}

/// Runs bots of game `G`, each with a brain of the game, and says what they saw. `progress` is told how many have been sent, and how many of them
/// connected.
///
/// # Errors
/// The address makes no sense, the first could not connect, or nobody is let in; the first reason why.
pub async fn run<G: Game>(options: &Options, progress: impl FnMut(usize, usize)) -> Result<Report, ConnectError> {
    run_with::<G, _>(options, |_| Brain::default(), progress).await
}

/// Runs bots of game `G`, each with the pilot that `pilot` makes for its number, and says what they saw.
///
/// # Errors
/// The address makes no sense, the first could not connect, or nobody is let in; the first reason why.
pub async fn run_with<G: Game, P: Pilot<G>>(
    options: &Options,
    mut pilot: impl FnMut(u32) -> P,
    mut progress: impl FnMut(usize, usize),
) -> Result<Report, ConnectError> {
    let dialer = Dialer::new(&options.url, options.insecure)?;
    let epoch = Instant::now();
    let last_join = epoch + options.ramp;
    let schedule =
        Schedule { epoch, measure_from: last_join + SETTLE, until: last_join + options.duration.max(2 * SETTLE) };
    // It ends with this function.
    let mut measuring = JoinSet::new();
    measuring.spawn(Used::measure(options.server_pid, schedule.measure_from.into(), schedule.until.into()));
    let (mut playing, mut watching) = (Vec::new(), Vec::new());
    let all = options.count + options.watch;
    for number in 0..all {
        let at = epoch + options.ramp.mul_f64(number as f64 / all as f64);
        tokio::time::sleep_until(at.into()).await;
        if all_gone(&playing, &watching) {
            break;
        }
        match bot::dial(&dialer).await {
            Ok(connected) => {
                let (part, group) = match number.checked_sub(options.count) {
                    None => (Part::Play(format!("Bot {number}"), pilot(number as u32)), &mut playing),
                    Some(watcher) => (Part::Watch(watched(watcher)), &mut watching),
                };
                let costs = (options.by_kind && matches!(part, Part::Play(..))).then(Costs::of::<G>);
                let place = (options.room.clone(), options.tokens.get(number).cloned().unwrap_or_default());
                group.push(tokio::spawn(bot::play::<G, P>(connected, place, schedule, part, costs)));
            }
            Err(error) if number == 0 => return Err(error),
            Err(_) => {}
        }
        if number < options.count {
            progress(number + 1, playing.len());
        }
    }
    let (played, watched) = (all_of(playing).await, all_of(watching).await);
    if let Some(error) = turned_away(played.iter().chain(&watched), &options.room) {
        return Err(error);
    }
    let used = measuring.join_next().await.expect("it was begun").expect("measuring does not panic");
    let by_kind = options.by_kind.then(|| {
        let mut all = Costs::of::<G>();
        played.iter().filter_map(|bot| bot.costs.as_ref()).for_each(|costs| all.add(costs));
        ByKind::new::<G>(&all)
    });
    Ok(Report { by_kind, ..Report::new((options.count, &played), (options.watch, &watched), used) })
}

/// Whether all who came have been turned away, or lost.
fn all_gone(playing: &[JoinHandle<Seen>], watching: &[JoinHandle<Seen>]) -> bool {
    let mut all = playing.iter().chain(watching).map(JoinHandle::is_finished);
    all.next().is_some_and(|first| first && all.all(|finished| finished))
}

/// Why nobody was let in, if so.
fn turned_away<'a>(mut all: impl Iterator<Item = &'a Seen> + Clone, room: &str) -> Option<ConnectError> {
    if all.clone().any(|seen| seen.end.stats.bytes > 0) {
        return None;
    }
    let failure = all.find_map(|seen| seen.failure.as_ref())?;
    Some(match failure {
        Failure::Disconnected(Some(Close { code: CloseCode::NoSuchRoom, reason })) => {
            ConnectError::NoSuchRoom(room.to_owned(), reason.to_string())
        }
        _ => ConnectError::TurnedAway(failure.to_string()),
    })
}

/// What the watcher of a number looks at.
fn watched(watcher: usize) -> Watched {
    if watcher.is_multiple_of(2) { Watched::Player((watcher / 2) as u16) } else { Watched::Everything }
}

async fn all_of(bots: Vec<JoinHandle<Seen>>) -> Vec<Seen> {
    let mut seen = Vec::new();
    for bot in bots {
        seen.push(bot.await.expect("a bot does not panic"));
    }
    seen
}
