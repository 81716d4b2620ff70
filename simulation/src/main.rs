//! `simulate`: runs seeds until one fails or all have passed.

use std::{
    io::{IsTerminal, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use clap::{Parser, ValueEnum};
use tickwire_flags::whole;
use tickwire_simulation::{Failure, Totals, pair, twins, world};

/// More seeds than anybody has time for; two of them can be added.
const SEEDS_MAX: u64 = u64::MAX / 2;

/// Runs a server and its clients in virtual time over bad networks, and checks everything that must hold.
#[derive(Debug, Parser)]
#[command(name = "simulate", version, max_term_width = 100)]
struct Arguments {
    /// How many seeds to run
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = whole(1..=SEEDS_MAX, "seeds"))]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = whole(0..=SEEDS_MAX, "(a seed)"))]
    seed: u64,
    /// Run one kind of run alone
    #[arg(long, value_name = "SUITE")]
    only: Option<Suite>,
}

/// The kinds of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// A server and clients over bad networks.
    Worlds,
    /// Two truths that a client cannot tell apart, by script.
    Pairs,
    /// Two games that a client cannot tell apart.
    Twins,
}

/// What all runs together showed.
#[derive(Debug, Default)]
struct Sum {
    worlds: Totals,
    done: u64,
    secret_bytes: u64,
    /// The failure with the lowest seed.
    failure: Option<Failure>,
}

fn main() -> ExitCode {
    let arguments: Arguments = tickwire_flags::read(&tickwire_flags::command::<Arguments>());
    let began = Instant::now();
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Sum::default()));
    std::panic::set_hook(Box::new(|_| {}));
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(&arguments, &next, &sum));
        }
    });
    let sum = sum.into_inner().expect("no worker panics while it holds the sum");
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    if let Some(failure) = &sum.failure {
        eprintln!("{failure}");
        return ExitCode::FAILURE;
    }
    println!(
        "{} seeds from {} passed in {:.1} s: {}; {} bytes equal in worlds that a client cannot tell apart",
        arguments.seeds,
        arguments.seed,
        began.elapsed().as_secs_f64(),
        sum.worlds,
        sum.secret_bytes
    );
    ExitCode::SUCCESS
}

/// Takes seeds until there are none or one has failed.
fn work(arguments: &Arguments, next: &AtomicU64, sum: &Mutex<Sum>) {
    loop {
        let taken = next.fetch_add(1, Ordering::Relaxed);
        if taken >= arguments.seeds || sum.lock().expect("no worker panics with it").failure.is_some() {
            return;
        }
        let seed = arguments.seed + taken;
        let result = run(seed, arguments.only);
        let mut sum = sum.lock().expect("no worker panics with it");
        sum.done += 1;
        match result {
            Ok((worlds, bytes)) => {
                sum.worlds.add(&worlds);
                sum.secret_bytes += bytes;
            }
            Err(failure) if sum.failure.as_ref().is_none_or(|other| failure.seed < other.seed) => {
                sum.failure = Some(failure);
            }
            Err(_) => {}
        }
        if std::io::stderr().is_terminal() {
            eprint!("\r{} of {} seeds, {} snapshots", sum.done, arguments.seeds, sum.worlds.snapshots);
            let _ = std::io::stderr().flush();
        }
    }
}

/// Runs everything of one seed; a panic is a failure like any other.
fn run(seed: u64, only: Option<Suite>) -> Result<(Totals, u64), Failure> {
    let wanted = |suite| only.is_none_or(|only| only == suite);
    let (mut totals, mut bytes) = (Totals::default(), 0);
    if wanted(Suite::Worlds) {
        totals = caught("worlds", seed, || world(seed))?.0;
    }
    if wanted(Suite::Pairs) {
        bytes += caught("pairs", seed, || pair(seed))?.bytes;
    }
    if wanted(Suite::Twins) {
        bytes += caught("twins", seed, || twins(seed))?.0;
    }
    Ok((totals, bytes))
}

fn caught<T>(suite: &'static str, seed: u64, run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(Failure { seed, suite, what: format!("a panic: {}", text.unwrap_or("without a message")) })
    })
}
