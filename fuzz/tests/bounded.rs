//! The targets without a fuzzer: all seeds, and a fixed count of what chance makes of them. The same on every machine.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use tickwire_fuzz::{TARGETS, mutation, seeds};
use tickwire_sync::random::Random;

fn folder(target: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "corpus", target].iter().collect()
}

/// The files of a target's corpus in the tree, by name.
fn files(target: &str) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder(target)) else { return BTreeMap::new() };
    let file = |entry: fs::DirEntry| {
        (entry.file_name().into_string().expect("a plain name"), fs::read(entry.path()).expect("readable"))
    };
    entries.map(|entry| file(entry.expect("readable"))).collect()
}

fn run(name: &str, count: u32) {
    let (_, target) = TARGETS.into_iter().find(|(target, _)| *target == name).expect("there is such a target");
    let seeds = seeds::of(name);
    for seed in &seeds {
        target(seed);
    }
    for number in 0..count {
        let bytes = mutation::next(&seeds, &mut Random::keyed(2, 401, 0, number));
        // A failing test prints this.
        println!("{name} {number}: {bytes:02x?}");
        target(&bytes);
    }
}

#[test]
fn the_seeds_in_the_tree_are_those_that_the_code_makes() {
    for (target, _) in TARGETS {
        let made = (0..).map(|number| format!("seed-{number}")).zip(seeds::of(target)).collect::<BTreeMap<_, _>>();
        if env::var_os("UPDATE_CORPUS").is_some() {
            let _ = fs::remove_dir_all(folder(target));
            fs::create_dir_all(folder(target)).expect("the corpus can be written");
            for (name, bytes) in &made {
                fs::write(folder(target).join(name), bytes).expect("the corpus can be written");
            }
        }
        assert!(
            files(target) == made,
            "fuzz/corpus/{target} is not what the code makes: UPDATE_CORPUS=1 cargo test -p tickwire-fuzz"
        );
    }
}

#[test]
fn client_messages_of_any_bytes_do_no_harm() {
    run("client_message", 100_000);
}

#[test]
fn server_messages_of_any_bytes_do_no_harm() {
    run("server_message", 5000);
}

#[test]
fn sections_of_any_bytes_do_no_harm() {
    run("sections", 2000);
}

#[test]
fn rules_of_any_text_do_no_harm() {
    run("rules", 1000);
}

#[test]
fn recordings_of_any_bytes_do_no_harm() {
    run("recording", 1000);
}

#[test]
fn rooms_of_any_bytes_do_no_harm() {
    run("room", 20_000);
}

#[test]
fn any_script_leaves_a_link_and_its_room_sound() {
    run("link", 400);
}

#[test]
fn any_script_leaves_a_session_sound() {
    run("session", 1000);
}
