//! `compare-floor`: what Tickwire costs in CPU time beside a server without a game, in alternating rounds on one machine.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
};

use clap::Parser;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Compares Tickwire with its floor: the same tasks, messages of the same size and number, no game.
///
/// Each round runs the server under bots on a trace, then the floor under clients that get and send as much. Both servers are pinned to one core
/// and the load to another, by taskset. What is compared is CPU time for each client and tick, user and kernel.
#[derive(Debug, Parser)]
#[command(name = "compare-floor", version, max_term_width = 100)]
struct Cli {
    /// How many clients, one comparison for each number
    #[arg(long, value_delimiter = ',', default_value = "200,500", value_name = "N,...")]
    counts: Vec<u16>,

    /// Rounds of each comparison
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,

    /// Seconds of each run; the first 2 s are not measured
    #[arg(long, default_value_t = 12, value_name = "S", value_parser = clap::value_parser!(u32).range(4..=3600))]
    seconds: u32,

    /// What the bots do
    #[arg(long, default_value = "steering", value_name = "TRACE")]
    trace: String,

    /// The map: the name of one that ships, or a file
    #[arg(long, default_value = "open", value_name = "NAME|FILE")]
    map: String,

    /// What players are sent, near or all
    #[arg(long, default_value = "all", value_name = "VIEW")]
    view: String,

    /// The core of the servers
    #[arg(long, default_value_t = 0, value_name = "CORE")]
    server_core: u16,

    /// The core of the load
    #[arg(long, default_value_t = 1, value_name = "CORE")]
    load_core: u16,

    /// The server
    #[arg(long, default_value = "target/release/tickwire", value_name = "FILE")]
    server: String,

    /// The folder of `bots` and `floor`
    #[arg(long, default_value = "target/release", value_name = "DIR")]
    programs: String,
}

/// What one run cost and carried.
#[derive(Clone, Copy, Debug)]
struct Cost {
    micros: f64,
    snapshots_per_second: f64,
    snapshot_bytes: f64,
    inputs_per_second: f64,
    input_bytes: f64,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    println!("microseconds of server CPU for each client and tick, {} trace, map {}", cli.trace, cli.map);
    for &count in &cli.counts {
        if let Err(problem) = compare(&cli, count) {
            eprintln!("compare-floor: {problem}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn compare(cli: &Cli, count: u16) -> Result<(), String> {
    let mut ratios = Vec::new();
    for round in 1..=cli.rounds {
        let ours = measure_server(cli, count)?;
        let floor = measure_floor(cli, count, ours)?;
        let ratio = ours.micros / floor;
        println!(
            "{count:5} clients, round {round}: Tickwire {:.1}, floor {floor:.1}, ratio {ratio:.2} ({:.1} messages of {:.0} bytes and {:.1} inputs a second each)",
            ours.micros, ours.snapshots_per_second, ours.snapshot_bytes, ours.inputs_per_second
        );
        ratios.push(ratio);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let (low, middle, high) = (ratios[0], ratios[ratios.len() / 2], ratios[ratios.len() - 1]);
    println!("{count:5} clients: ratio {middle:.2} (median of {}, from {low:.2} to {high:.2})", ratios.len());
    Ok(())
}

fn measure_server(cli: &Cli, count: u16) -> Result<Cost, String> {
    let data_dir = std::env::temp_dir().join(format!("tickwire-compare-{}", std::process::id()));
    let mut server = pinned(cli.server_core, &cli.server);
    server.args(["--port", "0", "--host", "127.0.0.1", "--bots", "0", "--max-players", "2000", "--log", "warn"]);
    server.args(["--map", &cli.map, "--view", &cli.view]).arg("--data-dir").arg(&data_dir);
    let running = Running::start(server, "http://localhost:")?;
    let url = format!("ws://127.0.0.1:{}/ws", running.port);
    let mut load = load(cli, "quick", &url, count, running.id());
    load.args(["--json", "--trace", &cli.trace]);
    let report: Value = output(load)?;
    drop(running);
    let _ = std::fs::remove_dir_all(data_dir);
    let number = |name: &str| report[name].as_f64().ok_or_else(|| format!("bots report no {name}: is this Linux?"));
    Ok(Cost {
        micros: number("server_cpu_micros_per_client_tick")?,
        snapshots_per_second: number("snapshots_per_second")?,
        snapshot_bytes: number("snapshot_bytes")?,
        inputs_per_second: number("inputs_per_second")?,
        input_bytes: number("input_bytes")?,
    })
}

/// Microseconds of the floor for each client and message, where it carries what Tickwire did.
fn measure_floor(cli: &Cli, count: u16, like: Cost) -> Result<f64, String> {
    let mut floor = pinned(cli.server_core, &format!("{}/floor", cli.programs));
    let (size, rate) = (like.snapshot_bytes.round().max(1.0), like.snapshots_per_second);
    floor.args(["--port", "0", "--size", &size.to_string(), "--rate", &rate.to_string()]);
    let running = Running::start(floor, "ws://127.0.0.1:")?;
    let mut load = load(cli, "floor", &format!("ws://127.0.0.1:{}/", running.port), count, running.id());
    load.args(["--inputs", &like.inputs_per_second.to_string()]);
    load.args(["--input-bytes", &like.input_bytes.round().to_string()]);
    let report: Value = output(load)?;
    report["server_cpu_micros_per_client_tick"].as_f64().ok_or_else(|| "the floor's CPU time is unknown".to_owned())
}

fn pinned(core: u16, program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string(), program]);
    command
}

fn load(cli: &Cli, what: &str, url: &str, count: u16, server: u32) -> Command {
    let mut command = pinned(cli.load_core, &format!("{}/bots", cli.programs));
    command.args([what, "--url", url, "--count", &count.to_string(), "--seconds", &cli.seconds.to_string()]);
    command.args(["--server-pid", &server.to_string()]);
    command
}

/// A server that runs, until it is dropped.
struct Running {
    child: Child,
    port: u16,
    /// What it goes on to print; a closed pipe would end it.
    _printed: BufReader<ChildStdout>,
}

impl Running {
    /// Starts a server and waits for the line that names its port, behind `before`.
    fn start(mut command: Command, before: &str) -> Result<Self, String> {
        command.stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let mut printed = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        while printed.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            let port = line.split_once(before).and_then(|(_, port)| port.trim().trim_end_matches('/').parse().ok());
            if let Some(port) = port {
                return Ok(Self { child, port, _printed: printed });
            }
            line.clear();
        }
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
        Err(format!("{command:?} does not start"))
    }

    /// The number of the server's process: taskset becomes the program that it starts.
    fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end and reads the JSON that it prints.
fn output<T: DeserializeOwned>(mut command: Command) -> Result<T, String> {
    command.stderr(Stdio::piped());
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{command:?} printed no JSON: {error}"))
}
