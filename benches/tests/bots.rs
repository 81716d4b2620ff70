//! The load tester, as somebody who loads a server meets it.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;
use tickwire::{Config, Server, Source, config::View};
use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};

fn bots(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bots")).args(arguments).output().expect("the program starts")
}

fn object(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object, and nothing else")
}

fn number(report: &Value, name: &str) -> f64 {
    report.pointer(name).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {name} in {report}"))
}

/// Nothing moves here but ships and their shots.
const BARE_MAP: &str =
    "name = \"Bare\"\nwidth = 3000\nheight = 3000\nspawns = [[500, 500], [2500, 500], [500, 2500], [2500, 2500]]";

/// What five bots with some more arguments report of a server without bots of its own.
async fn report(map: &str, arguments: &[&str]) -> Value {
    object(&run(map, arguments).await)
}

/// The same, whether or not they are content.
async fn run(map: &str, arguments: &[&str]) -> Output {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let name = format!("tickwire-bots-{}-{}", std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed));
    let data_dir = std::env::temp_dir().join(name);
    let config = Config { port: 0, bots: 0, view: View::All, data_dir: data_dir.clone(), ..Config::default() };
    let source = Source { tuning: DEFAULT_TUNING.into(), map: map.into(), map_name: "of the test".into() };
    let server = Server::start::<Arena>(&config, source).await.expect("the server starts");
    let url = format!("ws://127.0.0.1:{}/ws", server.address().port());
    let fixed = ["quick", "--url", &url, "--count", "5", "--ramp", "0", "--json"];
    let seconds = if arguments.contains(&"--seconds") { &[][..] } else { &["--seconds", "4"] };
    let all: Vec<_> = fixed.iter().chain(seconds).chain(arguments).map(|argument| (*argument).to_owned()).collect();
    let run_all = move || bots(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let output = tokio::task::spawn_blocking(run_all).await.expect("no panic");
    server.stop().await;
    std::fs::remove_dir_all(data_dir).expect("the data folder is ours");
    output
}

fn assert_clean(report: &Value) {
    assert_eq!(number(report, "/clients_connected"), 5.0);
    for none in ["/desyncs", "/decode_errors", "/disconnects"] {
        assert_eq!(number(report, none), 0.0, "{none} in {report}");
    }
    assert!(number(report, "/audits") > 0.0, "hashes were compared: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_print_one_object_with_what_they_saw() {
    // The server runs inside this process.
    let report = report(DEFAULT_MAP, &["--server-pid", &std::process::id().to_string()]).await;
    assert_clean(&report);
    for positive in [
        "/snapshots_per_second",
        "/snapshot_bytes",
        "/bytes_per_second",
        "/bytes_per_entity_tick",
        "/inputs_per_second",
        "/input_bytes",
    ] {
        assert!(number(&report, positive) > 0.0, "{positive} in {report}");
    }
    for spread in ["/jitter_ms", "/age_ms"] {
        let [p50, p99, max] = ["p50", "p99", "max"].map(|name| number(&report, &format!("{spread}/{name}")));
        assert!(0.0 <= p50 && p50 <= p99 && p99 <= max && max > 0.0, "{spread} in {report}");
    }
    assert!(number(&report, "/mispredictions") >= 0.0);
    if cfg!(target_os = "linux") {
        assert!(number(&report, "/cpu_seconds") > 0.0 && number(&report, "/cpu_micros_per_client_tick") > 0.0);
        assert!(number(&report, "/server_cpu_seconds") > 0.0);
        assert!(number(&report, "/server_cpu_micros_per_client_tick") > 0.0);
    }
}

#[test]
fn tokens_that_are_missing_are_named_before_anybody_connects() {
    let no_file = bots(&["quick", "--token", "/nowhere/tokens"]);
    assert_eq!(no_file.status.code(), Some(2));
    let said = String::from_utf8_lossy(&no_file.stderr);
    assert!(said.contains("--token /nowhere/tokens"), "{said}");
    let too_few = bots(&["quick", "--count", "2", "--token", "/dev/null"]);
    let said = String::from_utf8_lossy(&too_few.stderr);
    assert!(said.contains("0 tokens for 2 bots and watchers"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_steering_trace_bots_send_at_changes_and_repeats() {
    let report = report(BARE_MAP, &["--trace", "steering"]).await;
    assert_clean(&report);
    let inputs = number(&report, "/inputs_per_second");
    assert!((7.0..16.0).contains(&inputs), "{inputs} a second");
    assert!((2.0..=4.0).contains(&number(&report, "/entities_moving")), "they fly: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_mouse_trace_bots_send_in_every_tick() {
    let report = report(BARE_MAP, &["--trace", "mouse", "--seed", "3"]).await;
    assert_clean(&report);
    let inputs = number(&report, "/inputs_per_second");
    assert!((27.0..33.0).contains(&inputs), "{inputs} a second");
    assert!((2.0..=4.0).contains(&number(&report, "/entities_moving")), "they fly and nobody shoots: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_fight_trace_shots_are_most_of_what_moves() {
    let report = report(BARE_MAP, &["--trace", "fight", "--by-kind"]).await;
    assert_clean(&report);
    let of = |name: &str| {
        let kinds = report["by_kind"]["kinds"].as_array().expect("it was asked for");
        kinds.iter().find(|kind| kind["name"] == name).unwrap_or_else(|| panic!("{name} is known: {report}"))
    };
    assert!(number(of("Shot"), "/entered") > 0.0 && number(of("Ship"), "/changed") > 0.0, "{report}");
    assert!(number(&report, "/entities_moving") > 2.0 * 5.0, "they shoot: {report}");
}

#[test]
fn the_floor_sends_and_is_sent_as_much_as_it_is_told() {
    let mut floor = Command::new(env!("CARGO_BIN_EXE_floor"));
    let mut floor =
        floor.args(["--port", "0", "--size", "40", "--rate", "25"]).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(floor.stdout.take().expect("piped")).read_line(&mut line).expect("text");
    let url = line.trim().strip_prefix("listening on ").expect("it says where").to_owned();
    let pid = floor.id().to_string();
    let output =
        bots(&["floor", "--url", &url, "--count", "5", "--seconds", "4", "--inputs", "10", "--server-pid", &pid]);
    floor.kill().expect("it runs");
    floor.wait().expect("it ends");
    let report = object(&output);
    assert_eq!(number(&report, "/clients_connected"), 5.0);
    // Never more, and less only where others need the cores as well.
    for (what, told) in [("/messages_per_second", 25.0), ("/inputs_per_second", 10.0)] {
        assert!((0.5..1.1).contains(&(number(&report, what) / told)), "{what}: {report}");
    }
}

#[test]
fn nobody_connected_is_an_exit_code_of_its_own() {
    let output = bots(&["quick", "--url", "ws://127.0.0.1:1/ws", "--count", "2", "--seconds", "4"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot connect to 127.0.0.1:1"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cargo run --release"), "it says how to start one");
    let output = bots(&["quick", "--url", "http://127.0.0.1/", "--count", "1", "--seconds", "4"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("looks like ws://"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_not_there_is_named_with_those_that_are_and_nobody_waits() {
    let output = run(BARE_MAP, &["--room", "nowhere", "--seconds", "86400"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty(), "there is nothing to report");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--room nowhere: there is no room of that name; there are: main"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn attacks_are_turned_away_while_honest_bots_play_on_and_nothing_stays_behind() {
    // Its exit code also says how many snapshots came in time: not on a machine that other tests use.
    let output = run(DEFAULT_MAP, &["--hostile"]).await;
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object, and nothing else");
    let attacks = report["attacks"].as_array().expect("a list");
    assert!(attacks.len() >= 25, "{report}");
    for attack in attacks {
        assert_eq!(attack["turned_away"], true, "{attack}");
    }
    assert_clean(&report["quiet"]);
    assert_clean(&report["attacked"]);
    assert!(number(&report, "/after/tasks") <= number(&report, "/before/tasks"), "{report}");
}

#[test]
fn another_machine_is_not_attacked_unless_its_operator_opened_it() {
    let output = bots(&["quick", "--url", "ws://192.0.2.1:9/ws", "--count", "1", "--hostile"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("192.0.2.1:9 is no loopback address") && said.contains("--diagnostics"), "{said}");
}
