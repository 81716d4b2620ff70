//! The load tester, as somebody who loads a server meets it.

use std::process::{Command, Output};

use tickwire::{Config, Server, Source};
use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};

fn bots(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bots")).arg("quick").args(arguments).output().expect("the program starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_print_one_object_with_what_they_saw() {
    let data_dir = std::env::temp_dir().join(format!("tickwire-bots-{}", std::process::id()));
    let config = Config { port: 0, data_dir: data_dir.clone(), ..Config::default() };
    let source = Source { tuning: DEFAULT_TUNING.into(), map: DEFAULT_MAP.into(), map_name: "foundry".into() };
    let server = Server::start::<Arena>(&config, source).await.expect("the server starts");
    let url = format!("ws://127.0.0.1:{}/ws", server.address().port());
    let arguments = ["--url", &url, "--count", "5", "--seconds", "4", "--ramp", "0", "--json"].map(str::to_owned);
    let run = move || bots(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let output = tokio::task::spawn_blocking(run).await.expect("no panic");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object, and nothing else");
    let number = |name: &str| report[name].as_f64().unwrap_or_else(|| panic!("no {name} in {report}"));
    assert!((number("clients_connected") - 5.0).abs() < 0.1);
    for positive in ["snapshots_per_second", "bytes_per_second", "bytes_per_entity_tick", "jitter_ms_p99"] {
        assert!(number(positive) > 0.0, "{report}");
    }
    assert!(number("jitter_ms_p50") <= number("jitter_ms_p99"));
    for none in ["desyncs", "decode_errors", "disconnects"] {
        assert!(number(none).abs() < 0.1, "{report}");
    }
    assert!(number("mispredictions") >= 0.0);
    server.stop().await;
    std::fs::remove_dir_all(data_dir).expect("the data folder is ours");
}

#[test]
fn nobody_connected_is_an_exit_code_of_its_own() {
    let output = bots(&["--url", "ws://127.0.0.1:1/ws", "--count", "2", "--seconds", "4"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot connect to 127.0.0.1:1"));
    let output = bots(&["--url", "http://127.0.0.1/", "--count", "1", "--seconds", "4"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("looks like ws://"));
}
