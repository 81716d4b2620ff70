//! `tickwire replay`: what a recording holds, whether it is true, what the world was at a tick.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;
use tickwire_flags::whole;
use tickwire_sync::{Tick, game::Game};

use super::{
    dump::Dump,
    format::Ending,
    reader::{Contents, FileReader, Tail},
    replay::{ReplayError, Rerun, Step},
    when,
};

/// How often a line of progress is drawn.
const PROGRESS_PERIOD: Duration = Duration::from_millis(100);

/// What to do with a recording.
#[derive(Clone, Debug, Args)]
pub struct Replay {
    /// A recording of --record; without a flag, what it holds is printed
    file: PathBuf,

    /// Run it again and compare every hash and keyframe; exits with 1 where anything differs or is damaged
    #[arg(long, conflicts_with = "at")]
    verify: bool,

    /// The tick to look at, with --dump
    #[arg(long, value_name = "TICK", requires = "dump", value_parser = whole(0..=Tick::MAX, "(a tick of the recording)"))]
    at: Option<Tick>,

    /// Print the world at the tick of --at: players, entities in order of birth, events
    #[arg(long, requires = "at")]
    dump: bool,

    /// Print the dump as one JSON object
    #[arg(long, requires = "dump")]
    json: bool,
}

/// Runs `tickwire replay` for game `G`.
///
/// # Errors
/// A sentence: what is wrong with the file, where the replay differs, or which ticks there are.
pub fn replay<G: Game>(args: &Replay) -> Result<(), String> {
    let done = match args.at {
        Some(tick) => dump::<G>(args, tick),
        None if args.verify => verify::<G>(args),
        None => describe(args),
    };
    done.map_err(|problem| format!("{}: {problem}", args.file.display()))
}

/// Whoever reads the output may have seen enough: that is no error of ours.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

fn describe(args: &Replay) -> Result<(), ReplayError> {
    let (mut reader, header) = FileReader::open(&args.file)?;
    let Contents { first, last, keyframes, hashes, tail, .. } = Contents::read(&mut reader, 0)?;
    let rate = f64::from(header.tick_rate);
    let ticks = first.map_or_else(
        || "none".to_owned(),
        |first| format!("{first} to {last}: {:.1} s of play", f64::from(last - first) / rate),
    );
    print(&format!(
        "recording  room {}, part {}, begun {}\n\
         game       {}, by Tickwire {}\n\
         settings   {} ticks a second, seed {}\n\
         ticks      {ticks}\n\
         checks     {hashes} hashes, {keyframes} keyframes\n\
         size       {} bytes\n\
         end        {}\n",
        header.room,
        header.part,
        when::utc(header.started),
        header.game,
        header.program,
        header.tick_rate,
        header.seed,
        reader.length(),
        words(tail),
    ));
    Ok(())
}

fn words(tail: Tail) -> String {
    match tail {
        Tail::Closed(Ending::Stopped) => "closed when the server stopped".to_owned(),
        Tail::Closed(Ending::Continued) => "closed because it was full: the next part goes on".to_owned(),
        Tail::Closed(Ending::GivenUp) => "closed because the disk was too slow: the rest was not recorded".to_owned(),
        Tail::Open => "not closed: the server was killed, or still records".to_owned(),
        Tail::Torn(bytes) => format!(
            "not closed, with {bytes} bytes of an unfinished block: the server was killed while it wrote, or still records"
        ),
    }
}

fn verify<G: Game>(args: &Replay) -> Result<(), ReplayError> {
    let mut rerun = Rerun::<G>::open(&args.file)?;
    let began = Instant::now();
    let mut progress = Progress::new();
    let end = loop {
        match rerun.step(Tick::MAX) {
            Ok(Step::Done) => progress.show(&rerun),
            Ok(Step::Over(tail)) => break Ok(tail),
            Err(problem) => break Err(problem),
        }
    };
    progress.clear();
    let (tally, took) = (rerun.tally, began.elapsed().as_secs_f64());
    let played = tally.ticks as f64 / f64::from(rerun.header.tick_rate);
    let verdict = if end.is_ok() { "verified" } else { "NOT verified" };
    print(&format!(
        "{verdict}: {} ticks, {played:.1} s of play; {} hashes and {} keyframes are equal; took {took:.2} s, {:.0} times as fast as played\n",
        tally.ticks,
        tally.hashes,
        tally.keyframes,
        played / took.max(1e-9),
    ));
    print(&format!("the file is {}\n", words(end?)));
    Ok(())
}

fn dump<G: Game>(args: &Replay, tick: Tick) -> Result<(), ReplayError> {
    let mut rerun = Rerun::<G>::open(&args.file)?;
    rerun.run_to(tick)?;
    let ran = rerun.tally.ticks > 0;
    let Some(room) = &rerun.room else { return Err(ReplayError::Empty) };
    let dump = Dump::of(&rerun.header, room, rerun.moment, ran);
    if args.json {
        print(&serde_json::to_string(&dump).expect("numbers and texts can be written"));
        print("\n");
    } else {
        print(&dump.to_string());
    }
    Ok(())
}

/// A line that says how far a replay is; on a terminal alone.
struct Progress {
    shown: Option<Instant>,
    terminal: bool,
}

impl Progress {
    fn new() -> Self {
        Self { shown: None, terminal: io::stderr().is_terminal() }
    }

    fn show<G: Game>(&mut self, rerun: &Rerun<G>) {
        if !self.terminal || self.shown.is_some_and(|shown| shown.elapsed() < PROGRESS_PERIOD) {
            return;
        }
        self.shown = Some(Instant::now());
        let tick = rerun.room.as_ref().map_or(0, |room| room.tick);
        eprint!("\r{:3.0} %, tick {tick}", 100.0 * rerun.share());
    }

    fn clear(&self) {
        if self.shown.is_some() {
            eprint!("\r{:40}\r", "");
        }
    }
}
