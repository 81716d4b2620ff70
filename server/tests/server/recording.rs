//! Recordings of the real server, run again by the program that ships.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tickwire_arena::Arena;
use tickwire_benches::load::{self, Options};

use crate::{
    common::{ALONE, RawClient, health, start},
    process::{PROGRAM, address, program, refusal, signal},
};

/// Ticks of the second that a killed server may lose, and of what it did between the last look at it and its end.
const LOST_TICKS_MAX: u64 = 30 + 15;

/// How often a server that plays is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Somewhere to record to; it goes with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("tickwire-record-{name}-{}", std::process::id())))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The one recording in it.
    pub fn file(&self) -> PathBuf {
        let files: Vec<_> =
            fs::read_dir(&self.0).expect("it was made").map(|entry| entry.expect("readable").path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("it is ours");
    }
}

/// Runs `tickwire replay`: whether it was content, what it printed, what it complained of.
pub fn replay(file: &Path, arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(PROGRAM).arg("replay").arg(file).args(arguments).env_clear().output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// The number before a word of a text.
fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().filter(|before| before.len() < text.len());
    let number = before.unwrap_or_else(|| panic!("no{word} in {text}")).rsplit(' ').next();
    number.expect("a word").parse().unwrap_or_else(|_| panic!("no number before{word} in {text}"))
}

fn some_bots(url: String, seconds: u64) -> Options {
    Options { ramp: Duration::from_secs(1), ..Options::new(url, 8, Duration::from_secs(seconds)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_game_that_ended_is_run_again_and_shown_at_any_tick() {
    let _alone = ALONE.lock().await;
    let folder = Folder::new("ended");
    let server = start(|config| (config.record, config.watch_delay) = (Some(folder.0.clone()), 0)).await;
    load::run::<Arena>(&some_bots(server.url(), 5), |_, _| {}).await.expect("they connect");
    // Everybody goes, the clock stops, and somebody comes: it goes on where it stopped.
    while server.health("/rooms/0/people").await > 0 {
        tokio::task::yield_now().await;
    }
    let client = RawClient::join(server.address(), "Ada").await;
    let stood = server.health("/rooms/0/tick").await;
    while server.health("/rooms/0/tick").await < stood + 40 {
        tokio::time::sleep(POLL).await;
    }
    let seen = server.health("/rooms/0/tick").await;
    assert!(server.health("/counters/recorded_bytes").await > 1000);
    assert_eq!(server.health("/counters/recordings_broken").await, 0);
    drop(client);
    server.stop().await;

    let file = folder.file();
    let (content, verdict, complaint) = replay(&file, &["--verify"]);
    assert!(content, "{verdict}{complaint}");
    assert!(verdict.starts_with("verified: ") && verdict.contains("closed when the server stopped"), "{verdict}");
    let ticks = number_before(&verdict, " ticks");
    assert!(ticks >= seen, "{verdict}: the server was at tick {seen}");
    assert!(number_before(&verdict, " hashes") >= ticks / 30, "{verdict}");

    let (content, contents, _) = replay(&file, &[]);
    assert!(
        content && contents.contains("room main, part 1") && contents.contains(&format!("0 to {ticks}")),
        "{contents}"
    );
    let (content, dump, _) = replay(&file, &["--at", "100", "--dump"]);
    assert!(
        content && dump.contains("tick 100") && dump.contains("Match") && dump.contains("events of this tick"),
        "{dump}"
    );
    let (content, json, _) = replay(&file, &["--at", "100", "--dump", "--json"]);
    let dump: serde_json::Value = serde_json::from_str(&json).expect("one JSON object");
    assert!(content && dump["tick"] == 100 && dump["entities"].as_array().is_some_and(|all| all.len() > 20), "{dump}");
    let (content, _, complaint) = replay(&file, &["--at", "999999", "--dump"]);
    assert!(!content && complaint.contains(&format!("it holds ticks 0 to {ticks}")), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_was_opened_with_a_past_is_recorded_from_then_on() {
    let folder = Folder::new("past");
    let server = start(|config| (config.record, config.watch_delay) = (Some(folder.0.clone()), 3)).await;
    let client = RawClient::join(server.address(), "Ada").await;
    while server.health("/rooms/0/tick").await < 130 {
        tokio::time::sleep(POLL).await;
    }
    drop(client);
    server.stop().await;
    let (content, verdict, complaint) = replay(&folder.file(), &["--verify"]);
    assert!(content, "{verdict}{complaint}");
    let (_, contents, _) = replay(&folder.file(), &[]);
    assert!(contents.contains("90 to "), "{contents}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_leaves_all_but_the_last_second() {
    let _alone = ALONE.lock().await;
    let folder = Folder::new("killed");
    let record = folder.0.to_str().expect("a plain path").to_owned();
    let (mut command, data_dir) =
        program("killed", &["--port", "0", "--host", "127.0.0.1", "--watch-delay", "0", "--record", &record]);
    let mut child = command.spawn().expect("the program starts");
    let (address, _said) = address(&mut child);
    let bots =
        tokio::spawn(async move { load::run::<Arena>(&some_bots(format!("ws://{address}/ws"), 60), |_, _| {}).await });
    while health(address, "/rooms/0/tick").await < 100 {
        tokio::time::sleep(POLL).await;
    }
    let seen = health(address, "/rooms/0/tick").await;
    signal(&child, "KILL");
    child.wait().expect("it ends");
    bots.abort();

    let file = folder.file();
    let (content, verdict, complaint) = replay(&file, &["--verify"]);
    assert!(content, "{verdict}{complaint}");
    assert!(verdict.contains("the server was killed"), "{verdict}");
    let ticks = number_before(&verdict, " ticks");
    assert!(ticks + LOST_TICKS_MAX >= seen, "{verdict}: the server was at tick {seen}");

    // Killed while it wrote: what is not whole is reported, and everything before it verifies.
    let bytes = fs::read(&file).expect("a file");
    fs::write(&file, &bytes[..bytes.len() - 3]).expect("it can be written");
    let (content, verdict, complaint) = replay(&file, &["--verify"]);
    assert!(content && verdict.contains("bytes of an unfinished block"), "{verdict}{complaint}");
    assert!(number_before(&verdict, " ticks") < ticks, "{verdict}");

    let mut spoiled = bytes.clone();
    spoiled[bytes.len() - 3] ^= 4;
    fs::write(&file, spoiled).expect("it can be written");
    let (content, verdict, complaint) = replay(&file, &["--verify"]);
    assert!(!content && verdict.starts_with("NOT verified") && complaint.contains("damaged at byte"), "{complaint}");
    fs::remove_dir_all(data_dir).expect("the data folder is ours");
}

#[test]
fn what_is_no_recording_or_no_folder_ends_in_a_sentence() {
    let (content, _, complaint) = replay(Path::new("Cargo.toml"), &["--verify"]);
    assert!(!content && complaint.contains("Cargo.toml: it is no recording"), "{complaint}");
    let (content, _, complaint) = replay(Path::new("nowhere.twr"), &[]);
    assert!(!content && complaint.contains("nowhere.twr: it cannot be read"), "{complaint}");
    let refused = refusal("record", &["--port", "0", "--host", "127.0.0.1", "--record", "/dev/null/folder"]);
    assert!(
        refused.contains("/dev/null/folder") && refused.contains("choose another folder with --record"),
        "{refused}"
    );
}
