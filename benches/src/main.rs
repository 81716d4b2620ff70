//! `bots`: load-tests a Tickwire server with headless players of the arena.

use std::{
    cell::Cell,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use tickwire_arena::Arena;
use tickwire_benches::{
    cpu::Process,
    floor,
    hostile::{self, Attackers},
    load::{self, Options},
    trace::{Trace, Tracer},
};
use tickwire_flags::{decimal, whole};
use tickwire_sync::protocol::OwnedToken;

/// Load-tests a Tickwire server with headless players.
///
/// Bots are real clients: they decode, predict and check hashes as a browser does, and fly and shoot as the game's own brains do, or as a
/// trace says.
#[derive(Debug, Parser)]
#[command(name = "bots", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Let some bots play for a while, and print what they saw
    ///
    /// Exits with 1 after any decode error, desync or lost connection, and with 2 when nobody could connect.
    Quick(Quick),
    /// Let clients of the `floor` server read and send as bots would, and print what that costs as one JSON object
    ///
    /// Exits with 1 when a client was lost, and with 2 when one could not connect.
    Floor(Floor),
}

#[derive(Debug, Args)]
struct Quick {
    /// The game socket, as ws:// or wss://
    #[arg(long, default_value = "ws://127.0.0.1:8080/ws")]
    url: String,

    /// Take any certificate of a server with wss://, a self-signed one too; otherwise one that this machine trusts
    #[arg(long)]
    insecure: bool,

    /// How many bots, 1 to 65535
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = whole(1..=u16::MAX, "bots"))]
    count: u16,

    /// How many watchers beside them, half following somebody, half seeing everything; see --max-watchers of the server
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = whole(0..=u16::MAX, "watchers"))]
    watch: u16,

    /// How long they play once all have joined, in seconds, 4 to 86400; the first 2 are not measured
    #[arg(long, default_value_t = 20, value_name = "S", value_parser = whole(4..=86_400_u32, "seconds"))]
    seconds: u32,

    /// Over how many seconds their joining is spread, 0 to 3600
    #[arg(long, default_value_t = 1, value_name = "S", value_parser = whole(0..=3600_u32, "seconds"))]
    ramp: u32,

    /// The room to play in [default: the server's first]
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    room: String,

    /// Let the bots do what a trace says instead of playing, each from a seeded generator of its own
    #[arg(long)]
    trace: Option<Trace>,

    /// Seed of the traces
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = whole(0..=u64::MAX, "(a seed)"))]
    seed: u64,

    /// File with a token a line, for a server with --auth issuer: one for each bot and watcher [default: they come as guests]
    #[arg(long, env = "TICKWIRE_TOKEN_FILE", value_name = "FILE")]
    token: Option<PathBuf>,

    /// Measure the CPU time of the server's process on this machine, too (Linux)
    #[arg(long, value_name = "PID", value_parser = whole(1..=u32::MAX, "(the number of a process, as `pidof tickwire` prints it)"))]
    server_pid: Option<u32>,

    /// Say what the bytes were for: births, ends and changes of each kind of entity, and what comes with every message
    #[arg(long)]
    by_kind: bool,

    /// Attack the server while the bots play, and say what each attack met: a server of this machine, or one with --diagnostics
    ///
    /// The bots play alone for --seconds first, then for a minute beside the attacks. Exits with 1 unless all attacks were turned away, no
    /// bot felt them, and the server holds as little 10 s later as before.
    #[arg(long, value_name = "WHO", num_args = 0..=1, require_equals = true, default_missing_value = "strangers",
          conflicts_with_all = ["trace", "watch", "token", "by_kind", "insecure"])]
    hostile: Option<Attackers>,

    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Floor {
    /// The floor server's socket
    #[arg(long, default_value = "ws://127.0.0.1:8090/")]
    url: String,

    /// How many clients, 1 to 65535
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = whole(1..=u16::MAX, "clients"))]
    count: u16,

    /// How long they stay, in seconds, 4 to 86400; the first 2 are not measured
    #[arg(long, default_value_t = 20, value_name = "S", value_parser = whole(4..=86_400_u32, "seconds"))]
    seconds: u32,

    /// Messages that each sends a second, at most as many as it gets
    #[arg(long, default_value_t = 10.0, value_name = "HZ", value_parser = decimal(0.0..=1000.0, "messages a second"))]
    inputs: f64,

    /// Bytes of one of them, without WebSocket header
    #[arg(long, default_value_t = 6, value_name = "BYTES", value_parser = whole(0..=u16::MAX, "bytes"))]
    input_bytes: u16,

    /// Microseconds that each client works on a message, to keep the load's core as busy as bots do
    #[arg(long, default_value_t = 0.0, value_name = "MICROS", value_parser = decimal(0.0..=1e6, "microseconds"))]
    work: f64,

    /// Measure the CPU time of the server's process on this machine, too (Linux)
    #[arg(long, value_name = "PID", value_parser = whole(1..=u32::MAX, "(the number of a process, as `pidof tickwire` prints it)"))]
    server_pid: Option<u32>,
}

const NOBODY_CONNECTED: u8 = 2;

fn main() -> ExitCode {
    let Cli { command } = tickwire_flags::read(&tickwire_flags::command::<Cli>());
    let runtime = tokio::runtime::Runtime::new().expect("the system gives us threads");
    match command {
        Command::Quick(quick) => runtime.block_on(run(quick)),
        Command::Floor(floor) => runtime.block_on(run_floor(floor)),
    }
}

async fn run_floor(floor: Floor) -> ExitCode {
    if let Some(problem) = no_process(floor.server_pid) {
        say(&problem);
        return ExitCode::from(NOBODY_CONNECTED);
    }
    let options = floor::load::Options {
        url: floor.url,
        count: floor.count.into(),
        duration: Duration::from_secs(floor.seconds.into()),
        inputs_per_second: floor.inputs,
        input_bytes: floor.input_bytes.into(),
        work: Duration::try_from_secs_f64(floor.work * 1e-6).unwrap_or_default(),
        server_pid: floor.server_pid,
    };
    match floor::load::run(&options).await {
        Ok(report) => {
            println!("{}", serde_json::to_string(&report).expect("numbers can be written"));
            if report.clients_connected == options.count { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("bots: {error}");
            ExitCode::from(NOBODY_CONNECTED)
        }
    }
}

async fn run_hostile(options: &Options, attackers: Attackers, json: bool) -> ExitCode {
    let met = match hostile::run(options, attackers, |what| eprintln!("{what}")).await {
        Ok(met) => met,
        Err(problem) => {
            eprintln!("bots: {problem}");
            return ExitCode::from(NOBODY_CONNECTED);
        }
    };
    if json {
        println!("{}", serde_json::to_string(&met).expect("numbers can be written"));
    } else {
        println!("{met}");
    }
    if met.problems().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says what is wrong, and where it comes from if that is the environment.
fn say(problem: &str) {
    eprintln!("bots: {problem}");
    if let Some(origin) = tickwire_flags::origin(&tickwire_flags::command::<Cli>(), problem) {
        eprintln!("{origin}");
    }
}

/// The tokens of a file. Two with the same one would take each other's seat.
fn tokens(file: Option<&Path>, wanted: usize) -> Result<Vec<OwnedToken>, String> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let problem =
        |problem: String| format!("--token {}: {problem}; expected a file with a token (JWT) a line", file.display());
    let text = fs::read_to_string(file).map_err(|error| problem(error.to_string()))?;
    let tokens: Vec<_> = text.split_whitespace().map(|token| OwnedToken(token.to_owned())).collect();
    if tokens.len() < wanted {
        return Err(problem(format!("{} tokens for {wanted} bots and watchers", tokens.len())));
    }
    Ok(tokens)
}

/// Why the CPU time of that process cannot be measured, if so.
fn no_process(pid: Option<u32>) -> Option<String> {
    let pid = pid.filter(|pid| Process::Other(*pid).cpu_seconds().is_none())?;
    Some(format!(
        "--server-pid {pid}: no such process on this machine, or no /proc; `pidof tickwire` prints a server's"
    ))
}

async fn run(quick: Quick) -> ExitCode {
    let wanted = usize::from(quick.count) + usize::from(quick.watch);
    let tokens = match tokens(quick.token.as_deref(), wanted) {
        Ok(tokens) => tokens,
        Err(problem) => {
            say(&problem);
            return ExitCode::from(NOBODY_CONNECTED);
        }
    };
    if let Some(problem) = no_process(quick.server_pid) {
        say(&problem);
        return ExitCode::from(NOBODY_CONNECTED);
    }
    let options = Options {
        url: quick.url,
        insecure: quick.insecure,
        room: quick.room,
        count: quick.count.into(),
        watch: quick.watch.into(),
        duration: Duration::from_secs(quick.seconds.into()),
        ramp: Duration::from_secs(quick.ramp.into()),
        server_pid: quick.server_pid,
        tokens,
        by_kind: quick.by_kind,
    };
    if let Some(attackers) = quick.hostile {
        return run_hostile(&options, attackers, quick.json).await;
    }
    let midway = Cell::new(false);
    let progress = |sent: usize, connected: usize| {
        midway.set(sent < options.count);
        if sent == options.count || sent.is_multiple_of(10) {
            eprint!("\r{connected} of {} bots have a socket", options.count);
            // Progress is no more than a courtesy.
            let _ = std::io::stderr().flush();
        }
        if sent == options.count {
            eprintln!(
                "{}",
                if connected > 0 {
                    format!("; those who are let in play for {} s", quick.seconds)
                } else {
                    String::new()
                }
            );
        }
    };
    let report = match quick.trace {
        None => load::run::<Arena>(&options, progress).await,
        Some(trace) => {
            load::run_with::<Arena, _>(&options, |number| Tracer::new(trace, quick.seed, number), progress).await
        }
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            if midway.get() {
                eprintln!();
            }
            say(&error.to_string());
            return ExitCode::from(NOBODY_CONNECTED);
        }
    };
    if quick.json {
        println!("{}", serde_json::to_string(&report).expect("numbers can be written"));
    } else {
        println!("{report}");
    }
    match report.clients_connected {
        0 => ExitCode::from(NOBODY_CONNECTED),
        _ if report.is_clean() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_docs_name_every_variable_that_bots_take_with_its_flag() {
        let command = Cli::command();
        command.clone().debug_assert();
        let flags = include_str!("../../docs/flags.md");
        for arg in command.get_subcommands().flat_map(clap::Command::get_arguments) {
            if let (Some(flag), Some(variable)) = (arg.get_long(), arg.get_env()) {
                let row = format!("| `--{flag}` | `{}` |", variable.display());
                assert!(flags.contains(&row), "docs/flags.md lacks {row}");
            }
        }
    }
}
