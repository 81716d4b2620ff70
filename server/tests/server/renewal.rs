//! Tuning and map that change while the server runs: the rooms go on by the new ones, and whoever plays or watches agrees.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tickwire::Source;
use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING, MAPS, Rules};
use tickwire_benches::load::{self, Options};
use tickwire_sync::client::Session;

use crate::{
    common::{Listener, health, start},
    process::{PROGRAM, address, program, signal},
    recording::replay,
};

fn source(tuning: &str, map: &str) -> Source {
    Source { tuning: tuning.into(), map: map.into(), map_name: "foundry".into() }
}

fn rules(session: &Session<Arena>) -> &Rules {
    session.rules()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_rules_reach_players_and_watchers_and_nobody_loses_step() {
    let server = start(|config| config.watch_delay = 1).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    let mut watcher = Listener::watch(server.address()).await;
    let options =
        Options { ramp: std::time::Duration::ZERO, ..Options::new(server.url(), 6, std::time::Duration::from_secs(8)) };
    let bots = tokio::spawn(async move { load::run::<Arena>(&options, |_, _| {}).await.expect("they connect") });
    ada.hear_until(|session| session.stats().audits > 1).await;

    let tuning = DEFAULT_TUNING.replace("damage = 14 ", "damage = 21 ").replace("hull = 100 ", "hull = 80 ");
    server.server.renew::<Arena>(&source(&tuning, DEFAULT_MAP)).await;
    for listener in [&mut ada, &mut watcher] {
        listener.hear_until(|session| rules(session).tuning.weapon.damage == 21).await;
        let before = listener.session.stats().audits;
        listener.hear_until(|session| session.stats().audits > before + 1).await;
    }
    server.server.renew::<Arena>(&source("nonsense", DEFAULT_MAP)).await;
    let (_, citadel) = MAPS.iter().find(|(name, _)| *name == "citadel").expect("it ships");
    server.server.renew::<Arena>(&source(&tuning, citadel)).await;
    for listener in [&mut ada, &mut watcher] {
        listener.hear_until(|session| rules(session).map.name == "Citadel").await;
        let before = listener.session.stats().audits;
        listener.hear_until(|session| session.stats().audits > before + 1).await;
        assert_eq!((listener.session.stats().desyncs, rules(&listener.session).hull_max), (0, 80));
    }
    // Whoever comes later is welcomed to the same.
    let late = Listener::join(server.address(), "Grace").await;
    assert_eq!(rules(&late.session).map.name, "Citadel");
    let report = bots.await.expect("they play on");
    assert!(report.is_clean(), "{report:?}");
    let counted = |name| health(server.address(), name);
    assert_eq!(
        [
            counted("/counters/rules_renewed").await,
            counted("/counters/rules_refused").await,
            counted("/counters/desyncs").await
        ],
        [2, 1, 0]
    );
    server.stop().await;
}

/// A copy of what the repository ships as `assets`, for a test to change.
fn assets(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tickwire-assets-{name}-{}", std::process::id()));
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets"), &folder);
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the assets") {
        let (from, name) = (entry.as_ref().expect("an entry").path(), entry.expect("an entry").file_name());
        if from.is_dir() {
            copy(&from, &to.join(name));
        } else {
            fs::copy(&from, to.join(name)).expect("a file");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_takes_effect_a_wrong_one_does_not_and_the_recording_is_run_again_to_the_bit() {
    let (assets, records) =
        (assets("renewal"), std::env::temp_dir().join(format!("tickwire-renewal-{}", std::process::id())));
    let (folder, record) = (assets.to_str().expect("text"), records.to_str().expect("text"));
    let flags = [
        "--port",
        "0",
        "--host",
        "127.0.0.1",
        "--assets",
        folder,
        "--record",
        record,
        "--watch-delay",
        "0",
        "--bot-skill",
        "hard",
    ];
    let (mut command, data_dir) = program("renewal", &flags);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{PROGRAM} does not start: {error}"));
    let (address, _said) = address(&mut child);
    let mut ada = Listener::join(address, "Ada").await;
    let tuning = assets.join("tuning.toml");
    fs::write(&tuning, DEFAULT_TUNING.replace("damage = 14 ", "damage = 3 ")).expect("it is ours");
    ada.hear_until(|session| rules(session).tuning.weapon.damage == 3).await;
    fs::write(&tuning, DEFAULT_TUNING.replace("damage = 14 ", "damage = 999 ")).expect("it is ours");
    while health(address, "/counters/rules_refused").await == 0 {
        ada.hear().await;
    }
    assert_eq!(rules(&ada.session).tuning.weapon.damage, 3);
    fs::write(&tuning, DEFAULT_TUNING.replace("damage = 14 ", "damage = 5 ")).expect("it is ours");
    ada.hear_until(|session| rules(session).tuning.weapon.damage == 5).await;
    let before = ada.session.stats().audits;
    ada.hear_until(|session| session.stats().audits > before + 1).await;
    assert_eq!(ada.session.stats().desyncs, 0);
    signal(&child, "TERM");
    assert!(child.wait().expect("it ends").success());
    let mut log = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().expect("piped"), &mut log).expect("text");
    assert!(
        log.contains(
            "the rules stay as they are: the game's rules cannot be read: tuning: weapon.damage is 999, but must be"
        ),
        "{log}"
    );

    let file = fs::read_dir(&records).expect("recordings").next().expect("one").expect("an entry").path();
    let (content, verdict, complaint) = replay(&file, &["--verify"]);
    assert!(content, "{verdict}{complaint}");
    for folder in [assets, records, data_dir] {
        fs::remove_dir_all(folder).expect("it is ours");
    }
}
