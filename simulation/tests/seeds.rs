//! Some hundred seeds of each kind; `script/simulate --seeds N` runs as many as you like.

use tickwire_simulation::{Totals, pair, twins, world};

const WORLDS: u64 = 150;
const PAIRS: u64 = 100;
const TWINS: u64 = 30;

#[test]
fn whatever_the_network_does_every_client_holds_what_it_must() {
    let mut totals = Totals::default();
    for seed in 0..WORLDS {
        match world(seed) {
            Ok((run, _)) => totals.add(&run),
            Err(failure) => panic!("{failure}"),
        }
    }
    let Totals { sleeps, faints, leaves, too_slow, stutters, restarts, lies, keyframes, .. } = totals;
    let troubles =
        [sleeps, faints, leaves, too_slow, stutters, restarts, lies, keyframes, totals.stalls, totals.late_inputs];
    assert!(troubles.iter().all(|&count| count > 0), "some trouble never came: {totals}");
    assert!(totals.watchers > WORLDS / 2 && totals.turns > 10 * WORLDS, "too little was watched: {totals}");
    assert!(totals.recoveries > WORLDS && totals.audits > WORLDS, "too little was checked: {totals}");
}

#[test]
fn the_same_seed_gives_the_same_run_to_the_bit() {
    for seed in 0..12 {
        let [first, second] = [(), ()].map(|()| world(seed).unwrap_or_else(|failure| panic!("{failure}")));
        assert_eq!(first, second, "seed {seed}");
        let (_, other) = world(seed + 1).unwrap_or_else(|failure| panic!("{failure}"));
        assert_ne!(first.1, other, "seeds {seed} and {}", seed + 1);
    }
}

#[test]
fn a_client_cannot_tell_truths_apart_that_differ_in_what_it_may_not_see() {
    let (mut shifted, mut secrets, mut watchers) = (0, 0, 0);
    for seed in 0..PAIRS {
        let totals = pair(seed).unwrap_or_else(|failure| panic!("{failure}"));
        assert!(totals.bytes > 700, "seed {seed}: {} bytes show little", totals.bytes);
        watchers += u64::from(totals.watched);
        shifted += u64::from(totals.shifted);
        secrets += totals.secrets;
    }
    assert!(shifted * 2 >= PAIRS, "only in {shifted} of {PAIRS} pairs hidden births and deaths shifted the slots");
    assert!(watchers * 4 >= PAIRS, "only {watchers} of {PAIRS} pairs had a watcher");
    assert!(secrets > PAIRS * 100, "{secrets} hidden deeds show little");
}

#[test]
fn a_client_cannot_tell_games_apart_that_differ_in_ships_out_of_its_sight() {
    // With people, with bots, and in the open.
    let mut totals = [(0, 0); 3];
    for seed in 0..TWINS {
        let (equal, hidden) = twins(seed).unwrap_or_else(|failure| panic!("{failure}"));
        let (bytes, unseen) = &mut totals[(seed % 3) as usize];
        *bytes += equal;
        *unseen += hidden;
    }
    for (bytes, unseen) in totals {
        assert!(
            bytes > TWINS / 3 * 500 && unseen > TWINS / 3 * 400,
            "{bytes} bytes and {unseen} hidden ships and shots show little"
        );
    }
}
