//! `compare-floor`: what Tickwire costs in CPU time beside a server without a game, in alternating rounds on one machine.

use std::{
    fmt,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
};

use clap::{
    Parser, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tickwire_benches::trace::Trace;
use tickwire_flags::whole;

/// Compares Tickwire with its floor: the same tasks, messages of the same size and number, no game.
///
/// Each round runs the server under bots on a trace and the floor under clients that get and send as much, in every other round the floor first.
/// Both servers are pinned to one core and the load to another, by taskset. What is compared is CPU time for each client and tick of the same
/// clock, user and kernel; each round also says what either carried, which must be the same. The floor's clients work on each message for as long
/// as bots do, since two cores of one machine may share what they work with: then a busier load would make the same server dearer. A ratio is of one round, so that what changes on
/// the machine from minute to minute is in both; what counts is the median.
#[derive(Debug, Parser)]
#[command(name = "compare-floor", version, max_term_width = 100)]
struct Cli {
    /// How many clients, 1 to 2000, one comparison for each number
    #[arg(long, value_delimiter = ',', default_value = "200,500", value_name = "N,...",
          value_parser = whole(1..=2000_u16, "clients"))]
    counts: Vec<u16>,

    /// Rounds of each comparison, 1 to 255
    #[arg(long, default_value_t = 7, value_name = "N", value_parser = whole(1..=u8::MAX, "rounds"))]
    rounds: u8,

    /// Seconds of each run, 4 to 3600; the first 2 are not measured
    #[arg(long, default_value_t = 8, value_name = "S", value_parser = whole(4..=3600_u32, "seconds"))]
    seconds: u32,

    /// What the bots do
    #[arg(long, default_value = "steering")]
    trace: Trace,

    /// The map: the name of one that ships, or a file
    #[arg(long, default_value = "open", value_name = "NAME|FILE")]
    map: String,

    /// What players are sent, near or all
    #[arg(long, default_value = "all", value_name = "near|all", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["near", "all"]))]
    view: String,

    /// The core of the servers
    #[arg(long, default_value_t = 0, value_name = "CORE", value_parser = core())]
    server_core: u16,

    /// The core of the load
    #[arg(long, default_value_t = 1, value_name = "CORE", value_parser = core())]
    load_core: u16,

    /// The server
    #[arg(long, default_value = "target/release/tickwire", value_name = "FILE")]
    server: String,

    /// The folder of `bots` and `floor`
    #[arg(long, default_value = "target/release", value_name = "DIR")]
    programs: String,
}

impl Cli {
    /// The first of the programs that is not where it should be.
    fn missing_program(&self) -> Option<String> {
        let programs = [self.server.clone(), format!("{}/bots", self.programs), format!("{}/floor", self.programs)];
        programs.into_iter().find(|program| !Path::new(program).is_file())
    }

    /// The trace as `bots` knows it.
    fn trace_name(&self) -> String {
        self.trace.to_possible_value().expect("none is hidden").get_name().to_owned()
    }
}

/// What one run cost and carried.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Microseconds of the server's CPU time for each client and tick.
    micros: f64,
    /// Ticks of the clock that the microseconds are shared among; the floor's is Tickwire's.
    ticks_per_second: f64,
    /// Messages that each client got a second, and bytes of one.
    messages_per_second: f64,
    message_bytes: f64,
    /// Messages that each client sent a second, and bytes of one.
    inputs_per_second: f64,
    input_bytes: f64,
    /// Microseconds of the load's CPU time for each client and message.
    load_micros: f64,
}

fn core() -> impl TypedValueParser<Value = u16> {
    whole(0..=1023_u16, "(a core; `nproc` says how many there are, counted from 0)")
}

fn main() -> ExitCode {
    let cli: Cli = tickwire_flags::read(&tickwire_flags::command::<Cli>());
    if let Some(missing) = cli.missing_program() {
        eprintln!(
            "compare-floor: there is no {missing}; script/compare-floor builds all that it takes, or name them by --server and --programs"
        );
        return ExitCode::FAILURE;
    }
    println!("microseconds of server CPU for each client and tick, {} trace, map {}", cli.trace_name(), cli.map);
    for &count in &cli.counts {
        if let Err(problem) = compare(&cli, count) {
            eprintln!("compare-floor: {problem}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn compare(cli: &Cli, count: u16) -> Result<(), String> {
    // What the floor has to carry, where it goes first, and how long its clients have to work on a message.
    let (mut last, mut work) = (None, 0.0);
    let (mut all_ours, mut all_floor, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=cli.rounds {
        let (ours, floor) = if let Some(like) = last.filter(|_| round % 2 == 0) {
            let floor = measure_floor(cli, count, like, work)?;
            (measure_server(cli, count)?, floor)
        } else {
            let ours = measure_server(cli, count)?;
            if last.is_none() {
                // What its clients need without any work is not known yet.
                work = ours.load_micros - measure_floor(cli, count, ours, 0.0)?.load_micros;
            }
            (ours, measure_floor(cli, count, ours, work)?)
        };
        work = (work + ours.load_micros - floor.load_micros).max(0.0);
        last = Some(ours);
        let ratio = ours.micros / floor.micros;
        println!("{count:5} clients, round {round}: ratio {ratio:.2}\n    Tickwire {ours}\n    floor    {floor}");
        all_ours.push(ours.micros);
        all_floor.push(floor.micros);
        ratios.push(ratio);
    }
    let (ours, floor, ratio) = (Spread::of(all_ours), Spread::of(all_floor), Spread::of(ratios));
    println!("{count:5} clients, median of {} rounds, and from the lowest to the highest:", cli.rounds);
    println!("    Tickwire {ours:.1} us, floor {floor:.1} us, ratio {ratio:.2}");
    Ok(())
}

/// What some rounds came to.
struct Spread {
    low: f64,
    median: f64,
    high: f64,
}

impl Spread {
    /// Of at least one round.
    fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_unstable_by(f64::total_cmp);
        let median = f64::midpoint(rounds[(rounds.len() - 1) / 2], rounds[rounds.len() / 2]);
        Self { low: rounds[0], median, high: rounds[rounds.len() - 1] }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        write!(f, "{:.digits$} ({:.digits$} to {:.digits$})", self.median, self.low, self.high)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { micros, messages_per_second, message_bytes, inputs_per_second, input_bytes, load_micros, .. } = self;
        write!(
            f,
            "{micros:.1} us; a client got {messages_per_second:.2} messages of {message_bytes:.1} bytes a second"
        )?;
        write!(f, " and sent {inputs_per_second:.2} of {input_bytes:.1}; {load_micros:.1} us of its own for a message")
    }
}

fn measure_server(cli: &Cli, count: u16) -> Result<Run, String> {
    let data_dir = std::env::temp_dir().join(format!("tickwire-compare-{}", std::process::id()));
    let mut server = pinned(cli.server_core, &cli.server);
    server.args(["--port", "0", "--host", "127.0.0.1", "--bots", "0", "--max-players", "2000", "--log", "warn"]);
    server.args(["--map", &cli.map, "--view", &cli.view]).arg("--data-dir").arg(&data_dir);
    let running = Running::start(server, "http://localhost:")?;
    let url = format!("ws://127.0.0.1:{}/ws", running.port);
    let mut load = load(cli, "quick", &url, count, running.id());
    load.args(["--json", "--trace", &cli.trace_name()]);
    let report: Value = output(load)?;
    drop(running);
    let _ = std::fs::remove_dir_all(data_dir);
    let ticks_per_second = number(&report, "ticks_per_second")?;
    Ok(Run {
        micros: micros(&report, count, ticks_per_second)?,
        ticks_per_second,
        messages_per_second: number(&report, "snapshots_per_second")?,
        message_bytes: number(&report, "snapshot_bytes")?,
        inputs_per_second: number(&report, "inputs_per_second")?,
        input_bytes: number(&report, "input_bytes")?,
        load_micros: number(&report, "cpu_micros_per_client_tick")?,
    })
}

/// The floor's run, where it carries what Tickwire did, and its clients work on each message for `work` microseconds.
fn measure_floor(cli: &Cli, count: u16, like: Run, work: f64) -> Result<Run, String> {
    let mut floor = pinned(cli.server_core, &format!("{}/floor", cli.programs));
    let (size, input_size) = (like.message_bytes.round().max(1.0), like.input_bytes.round());
    floor.args(["--port", "0", "--size", &size.to_string(), "--rate", &like.messages_per_second.to_string()]);
    let running = Running::start(floor, "ws://127.0.0.1:")?;
    let mut load = load(cli, "floor", &format!("ws://127.0.0.1:{}/", running.port), count, running.id());
    load.args(["--inputs", &like.inputs_per_second.to_string(), "--input-bytes", &input_size.to_string()]);
    load.args(["--work", &work.to_string()]);
    let report: Value = output(load)?;
    Ok(Run {
        micros: micros(&report, count, like.ticks_per_second)?,
        ticks_per_second: like.ticks_per_second,
        messages_per_second: number(&report, "messages_per_second")?,
        message_bytes: size,
        inputs_per_second: number(&report, "inputs_per_second")?,
        input_bytes: input_size,
        load_micros: number(&report, "cpu_micros_per_client_tick")?,
    })
}

/// Microseconds of the server's CPU time for each client and tick; all clients must have stayed.
fn micros(report: &Value, count: u16, ticks_per_second: f64) -> Result<f64, String> {
    let connected = number(report, "clients_connected")?;
    if connected != f64::from(count) {
        return Err(format!("{connected} of {count} clients stayed to the end"));
    }
    let (used, measured) = (number(report, "server_cpu_seconds")?, number(report, "cpu_measured_seconds")?);
    Ok(used * 1e6 / (connected * measured * ticks_per_second))
}

fn number(report: &Value, name: &str) -> Result<f64, String> {
    report[name].as_f64().ok_or_else(|| format!("the load reports no {name}: is this Linux?"))
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
