//! A saved match goes on as if nothing had happened, and spoiled bytes do no harm.

#[path = "../../sync/tests/common/saving.rs"]
mod saving;

use std::sync::Arc;

use proptest::prelude::*;
use saving::{assert_goes_on_to_the_bit, assert_spoiled_bytes_do_no_harm, played, saved};
use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING, settings::Rules};
use tickwire_sync::{
    game::{Game, RulesSource},
    replicate::Malformed,
    server::Room,
};

const BARE: &str = "name = \"Bare\"\nwidth = 4000\nheight = 4000\nspawns = [[2000, 2000]]";

fn rules(map: &str) -> Arc<Rules> {
    Arc::new(Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map }, 30).expect("right rules"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_restored_match_goes_on_to_the_bit(seed: u64, ticks in 0u32..1500) {
        assert_goes_on_to_the_bit::<Arena>(played(&rules(DEFAULT_MAP), seed, ticks), seed, 300);
    }
}

#[test]
fn a_restored_match_goes_on_through_the_end_of_a_round() {
    let rules = rules(DEFAULT_MAP);
    let room = played::<Arena>(&rules, 1, rules.play_ticks - 100);
    assert_goes_on_to_the_bit(room, 1, rules.results_ticks + 300);
}

#[test]
fn spoiled_bytes_do_no_harm() {
    let rules = rules(DEFAULT_MAP);
    for seed in 0..4 {
        assert_spoiled_bytes_do_no_harm::<Arena>(&played(&rules, seed, 400), seed, 1500);
    }
}

#[test]
fn a_match_on_another_map_is_refused() {
    let bytes = saved(&played::<Arena>(&rules(DEFAULT_MAP), 1, 100));
    assert_eq!(Room::<Arena>::restore(rules(BARE), &bytes).err(), Some(Malformed::Unsound));
}
