//! A saved match goes on as if nothing had happened, and spoiled bytes do no harm.

#[path = "../../sync/tests/common/saving.rs"]
mod saving;

use std::sync::Arc;

use proptest::prelude::*;
use saving::{assert_goes_on_to_the_bit, assert_spoiled_bytes_do_no_harm, played, saved};
use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING, Entity, MAPS, settings::Rules};
use tickwire_sync::{
    game::{Game, RulesSource},
    replicate::Malformed,
    server::{Command, Room},
    world::EntityKey,
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
fn a_match_on_every_map_that_ships_goes_on_to_the_bit() {
    for (name, map) in MAPS {
        println!("{name}");
        assert_goes_on_to_the_bit(played::<Arena>(&rules(map), 1, 400), 1, 300);
    }
}

#[test]
fn an_avatar_that_is_no_ship_of_its_player_is_refused() {
    let rules = rules(DEFAULT_MAP);
    let refused = |meddle: fn(&mut Room<Arena>, EntityKey)| {
        let mut room = Room::<Arena>::new(Arc::clone(&rules), 1);
        room.tick(&[0, 1].map(|player| Command::Join { player, bot: false }));
        let clock = room.world.iter().find(|(_, entity)| matches!(entity, Entity::Match(_))).expect("a clock").0;
        meddle(&mut room, clock);
        Room::<Arena>::restore(Arc::clone(&rules), &saved(&room)).err()
    };
    assert_eq!(refused(|_, _| {}), None);
    // The end of such an avatar would be the end of the clock.
    let clock = |room: &mut Room<Arena>, clock| room.players.get_mut(0).expect("it joined").avatar = Some(clock);
    assert_eq!(refused(clock), Some(Malformed::Unsound));
    let anothers = |room: &mut Room<Arena>, _| {
        let avatar = room.players.get(1).and_then(|player| player.avatar);
        room.players.get_mut(0).expect("it joined").avatar = avatar;
    };
    assert_eq!(refused(anothers), Some(Malformed::Unsound));
    let nobodys = |room: &mut Room<Arena>, _| room.players.get_mut(0).expect("it joined").avatar = None;
    assert_eq!(refused(nobodys), Some(Malformed::Unsound));
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
