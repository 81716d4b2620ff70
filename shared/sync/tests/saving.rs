//! A saved room of the tiny game goes on as if nothing had happened, and spoiled bytes do no harm.

mod common;

use std::sync::Arc;

use common::{
    line::{Line, Push},
    saving::{assert_goes_on_to_the_bit, assert_spoiled_bytes_do_no_harm, commands, played, saved},
};
use proptest::prelude::*;
use tickwire_sync::{
    protocol::limits::RULES_BYTES_MAX,
    replicate::Malformed,
    save::{Save, load, save},
    server::{Command, Room},
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_restored_room_goes_on_to_the_bit(seed: u64, ticks in 0u32..700) {
        assert_goes_on_to_the_bit::<Line>(played(&Arc::new(()), seed, ticks), seed, 200);
    }

    #[test]
    fn any_bytes_are_a_room_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(mut room) = Room::<Line>::restore(Arc::new(()), &bytes) {
            prop_assert_eq!(saved(&room), bytes);
            room.tick(&[]);
        }
    }

    #[test]
    fn commands_come_back(player in 0u16..2000, bot: bool, way in -1i8..=1, drop: bool, behind: u32) {
        let controls = Push { way, drop };
        for command in [Command::Join { player, bot }, Command::Leave { player }, Command::Controls { player, controls, behind }] {
            prop_assert_eq!(load::<Command<Push>>(&save(&command)), Ok(command));
        }
    }
}

#[test]
fn spoiled_bytes_do_no_harm() {
    for seed in 0..4 {
        assert_spoiled_bytes_do_no_harm::<Line>(&played(&Arc::new(()), seed, 300), seed, 3000);
    }
}

#[test]
fn a_command_of_a_player_that_cannot_be_is_refused() {
    let mut bytes = Vec::new();
    (2001_u32 << 2).save(&mut bytes);
    assert_eq!(load::<Command<Push>>(&bytes), Err(Malformed::Id));
    assert_eq!(load::<Command<Push>>(&[3, 9]), Err(Malformed::Range));
}

#[test]
fn other_rules_come_back_and_more_bytes_than_rules_may_have_do_not() {
    for length in [0, 3, RULES_BYTES_MAX] {
        let command = Command::Rules(vec![7; length].into());
        assert_eq!(load::<Command<Push>>(&save(&command)), Ok(command));
    }
    let command = Command::<Push>::Rules(vec![7; RULES_BYTES_MAX + 1].into());
    assert_eq!(load::<Command<Push>>(&save(&command)), Err(Malformed::Range));
    assert_eq!(load::<Command<Push>>(&save(&(2000_u32 << 2))), Err(Malformed::Truncated));
}

#[test]
fn the_state_hash_is_the_same_for_the_same_state_and_another_for_another() {
    let room = played::<Line>(&Arc::new(()), 3, 250);
    let mut twin = Room::<Line>::restore(Arc::new(()), &saved(&room)).expect("what was saved is restored");
    assert_eq!(twin.state_hash(), room.state_hash());
    twin.tick(&commands(&room, 3));
    assert_ne!(twin.state_hash(), room.state_hash());
    assert_ne!(played::<Line>(&Arc::new(()), 4, 250).state_hash(), room.state_hash());
}
