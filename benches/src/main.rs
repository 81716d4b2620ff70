//! `bots`: load-tests a Tickwire server with headless players of the arena.

use std::{io::Write, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};
use tickwire_arena::Arena;
use tickwire_benches::load::{self, Options};

/// Load-tests a Tickwire server with headless players.
///
/// Bots are real clients: they decode, predict and check hashes as a browser does, and fly and shoot.
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
}

#[derive(Debug, Args)]
struct Quick {
    /// The game socket
    #[arg(long, default_value = "ws://127.0.0.1:8080/ws")]
    url: String,

    /// How many bots
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    count: u16,

    /// How long they play once all have joined; the first 2 s are not measured, 4 s is the least
    #[arg(long, default_value_t = 20, value_name = "S", value_parser = clap::value_parser!(u32).range(4..=86_400))]
    seconds: u32,

    /// Over how many seconds their joining is spread
    #[arg(long, default_value_t = 1, value_name = "S", value_parser = clap::value_parser!(u32).range(0..=3600))]
    ramp: u32,

    /// The room to play in [default: the server's first]
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    room: String,

    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

const NOBODY_CONNECTED: u8 = 2;

fn main() -> ExitCode {
    let Command::Quick(quick) = Cli::parse().command;
    let runtime = tokio::runtime::Runtime::new().expect("the system gives us threads");
    runtime.block_on(run(quick))
}

async fn run(quick: Quick) -> ExitCode {
    let options = Options {
        url: quick.url,
        room: quick.room,
        count: quick.count.into(),
        duration: Duration::from_secs(quick.seconds.into()),
        ramp: Duration::from_secs(quick.ramp.into()),
    };
    let progress = |sent: usize, connected: usize| {
        if sent == options.count || sent.is_multiple_of(10) {
            eprint!("\r{connected} of {} bots are connected", options.count);
            // Progress is no more than a courtesy.
            let _ = std::io::stderr().flush();
        }
        if sent == options.count {
            eprintln!("{}", if connected > 0 { format!("; playing for {} s", quick.seconds) } else { String::new() });
        }
    };
    let report = match load::run::<Arena>(&options, progress).await {
        Ok(report) => report,
        Err(error) => {
            eprintln!("bots: {error}");
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
