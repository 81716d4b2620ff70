//! The program that ships, as an operator meets it.

use std::{
    io::{BufRead, BufReader, Lines, Read},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::common::RawClient;
use tickwire_sync::protocol::CloseCode;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_tickwire");

/// The program with some arguments and a data folder of its own, without this shell's settings.
pub fn program(name: &str, arguments: &[&str]) -> (Command, PathBuf) {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let (own, number) = (std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed));
    let data_dir = std::env::temp_dir().join(format!("tickwire-process-{name}-{own}-{number}"));
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--data-dir").arg(&data_dir).env_clear();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    (command, data_dir)
}

/// Runs the program, which is to refuse its arguments, and gives what it says.
pub fn refusal(name: &str, arguments: &[&str]) -> String {
    let (mut command, data_dir) = program(name, arguments);
    let output = command.output().expect("the program starts");
    assert!(!output.status.success());
    let _ = std::fs::remove_dir_all(data_dir);
    String::from_utf8(output.stderr).expect("it prints text")
}

pub fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status();
    assert!(sent.expect("kill runs").success());
}

/// Where a program that was just started listens, by what it says; and what it says, for as long as somebody must listen.
pub fn address(child: &mut Child) -> (SocketAddr, Lines<BufReader<ChildStdout>>) {
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut said = lines.by_ref().map_while(Result::ok);
    let play = said.find(|line| line.contains("://localhost:")).expect("it says what to open");
    let port = play.rsplit(':').next().expect("a port").trim_end_matches('/').parse().expect("a port");
    (([127, 0, 0, 1], port).into(), lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_to_open_and_stops_on_either_signal() {
    for name in ["TERM", "INT"] {
        let (mut command, data_dir) = program(name, &["--port", "0", "--host", "127.0.0.1"]);
        let mut child = command.spawn().expect("the program starts");
        let (address, _said) = address(&mut child);
        let mut client = RawClient::join(address, "Ada").await;
        signal(&child, name);
        assert_eq!(client.close_code().await, Some(CloseCode::GoingAway.number()), "SIG{name}");
        drop(client);
        assert!(child.wait().expect("it ends").success(), "SIG{name}");
        let mut log = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut log).expect("text");
        assert!(log.contains("joined") && log.contains("closed by the server (1001)"), "{log}");
        assert!(log.contains("who=player#") && log.contains("name=\"Ada\""), "{log}");
        std::fs::remove_dir_all(data_dir).expect("the data folder is ours");
    }
}

#[test]
fn it_says_clearly_that_lag_is_simulated() {
    for (flags, expected) in
        [(&["--simulate-lag", "120ms", "--stall", "1%/300ms"][..], true), (&["--simulate-lag", "0ms"], false)]
    {
        let (mut command, data_dir) = program("lag", &[&["--port", "0", "--host", "127.0.0.1"], flags].concat());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let said: Vec<_> = lines.by_ref().take_while(|line| !line.contains("Ctrl-C")).collect();
        let lag = said.iter().any(|line| {
            line.contains("SIMULATED") && line.contains("120 ms of lag, stalls of 300 ms (1 % a second each way)")
        });
        assert_eq!(lag, expected, "{flags:?}: {said:?}");
        signal(&child, "TERM");
        assert!(child.wait().expect("it ends").success());
        std::fs::remove_dir_all(data_dir).expect("the data folder is ours");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_warns_once_of_a_proxy_that_nobody_named() {
    let (mut command, data_dir) = program("proxy", &["--port", "0", "--host", "127.0.0.1"]);
    let mut child = command.spawn().expect("the program starts");
    let (address, _said) = address(&mut child);
    let clients = [1, 2].map(|number| format!("X-Forwarded-For: 203.0.113.{number}\r\n"));
    for client in &clients {
        let socket = RawClient::ask_from(Ipv4Addr::LOCALHOST, address, client).await;
        assert!(socket.is_ok(), "this machine is exempt");
    }
    signal(&child, "TERM");
    assert!(child.wait().expect("it ends").success());
    let mut log = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut log).expect("text");
    assert_eq!(log.matches("--trusted-proxies").count(), 1, "{log}");
    std::fs::remove_dir_all(data_dir).expect("the data folder is ours");
}

#[test]
fn it_refuses_what_it_cannot_do_in_a_sentence_that_helps() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    assert!(refusal("taken", &["--host", "127.0.0.1", "--port", &port]).contains("choose another port with --port"));
    let no_map = refusal("map", &["--port", "0", "--map", "nowhere"]);
    assert!(no_map.contains("nowhere") && no_map.contains("foundry"), "{no_map}");
    assert!(refusal("mode", &["--port", "0", "--mode", "chess"]).contains("ffa, teams, core"));
    let no_bases = refusal("bases", &["--port", "0", "--mode", "core", "--map", "foundry"]);
    assert!(no_bases.contains("--map foundry: ") && no_bases.contains("add [amber] and [azure]"), "{no_bases}");
    assert!(refusal("twice", &["--port", "0", "--rooms", "a,a"]).contains("named twice"));
    assert!(refusal("rate", &["--tick-rate", "1000"]).contains("too high; expected 10 to 128 ticks a second"));
    assert!(refusal("lag", &["--port", "0", "--simulate-lag", "120"]).contains("as in 120ms"));
    assert!(refusal("auth", &["--port", "0", "--auth", "issuer"]).contains("--auth-key or --auth-jwks"));
    assert!(refusal("idle", &["--port", "0", "--idle-minutes=-1"]).contains("as in 10 or 0.5"));
    let both = refusal("same-port", &["--port", "20123", "--metrics-port", "20123"]);
    assert!(both.contains("--port and --metrics-port are both 20123"), "{both}");
    let forgotten = refusal("forgotten", &["--port", "0", "--auth-issuer", "me"]);
    assert!(forgotten.contains("add --auth issuer"), "{forgotten}");
    assert!(refusal("host", &["--host", "localhost"]).contains("an address and no name"));
    assert!(refusal("everybody", &["--trusted-proxies", "0.0.0.0/0"]).contains("everybody would be trusted"));
    assert!(refusal("log", &["--port", "0", "--log", "verbose"]).contains("off, error, warn, info, debug, trace"));
    let no_rules = refusal("rules", &["--port", "0", "--map", "Cargo.toml"]);
    assert!(no_rules.contains("--map Cargo.toml: ") && no_rules.contains("docs/maps.md"), "{no_rules}");
    for (variable, value) in [("PORT", "abc"), ("TICKWIRE_MAP", "nowhere"), ("TICKWIRE_TLS_CERT", "cert.pem")] {
        let (mut command, _) = program("variable", &[]);
        let output = command.env(variable, value).output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(&format!("environment: {variable}.")), "{said}");
    }
    let no_folder = refusal("assets", &["--port", "0", "--assets", "nowhere"]);
    assert!(no_folder.contains("--assets nowhere/tuning.toml: "), "{no_folder}");
}
