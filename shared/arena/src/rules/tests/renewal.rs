//! Other rules in the middle of a match, by a command.

use super::*;
use crate::{
    DEFAULT_MAP, MAPS,
    kinds::{Mine, Side},
    settings::Rules,
};

fn packed(tuning: &str, map: &str) -> Command<ShipControls> {
    Command::Rules(Rules::pack(RulesSource { tuning, map }).unwrap().into())
}

/// A room on a map that ships with six bots and a person, some seconds into a fight.
fn fight(map: &str, mode: &str) -> Room<Arena> {
    let (_, map) = MAPS.iter().find(|(name, _)| *name == map).unwrap();
    let map = crate::map::with_mode(map, mode);
    let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: &map }, 30).unwrap();
    let mut room: Room<Arena> = Room::new(Arc::new(rules), 3);
    let joins: Vec<_> = (0..7).map(|player| Command::Join { player, bot: player < 6 }).collect();
    room.tick(&joins);
    run(&mut room, 400, &[]);
    room
}

fn saved(room: &Room<Arena>) -> Vec<u8> {
    let mut bytes = Vec::new();
    room.save(&mut bytes);
    bytes
}

/// Saves the room, and lets it and its twin go on: the twin knows the rules that the first was opened with, and nothing else.
fn assert_goes_on_to_the_bit(room: &mut Room<Arena>, opened_with: &Arc<Rules>) {
    let mut twin = Room::<Arena>::restore(Arc::clone(opened_with), &saved(room)).expect("it is sound");
    for _ in 0..300 {
        room.tick(&[]);
        twin.tick(&[]);
        assert_eq!(saved(room), saved(&twin), "at tick {}", room.tick);
    }
}

#[test]
fn with_other_numbers_a_match_goes_on_and_nothing_exceeds_them() {
    let tuning = DEFAULT_TUNING
        .replace("hull = 100 ", "hull = 20 ")
        .replace("ammo = 36 ", "ammo = 5 ")
        .replace("charge = 1.5 ", "charge = 0.7 ")
        .replace("wait = 0.7 ", "wait = 0.3 ")
        .replace("thrust = 640.0 ", "thrust = 900.0 ");
    let mut room = fight("foundry", "ffa");
    let opened_with = Arc::clone(&room.rules);
    let (round, scores) = (clock(&room), (0..7).map(|player| pilot(&room, player).score).collect::<Vec<_>>());
    room.tick(&[packed(&tuning, DEFAULT_MAP)]);
    assert_eq!((room.rules.hull_max, clock(&room)), (20, round));
    assert_eq!(scores, (0..7).map(|player| pilot(&room, player).score).collect::<Vec<_>>());
    for player in room.players.iter() {
        let loadout = player.own.loadout();
        assert!(loadout.ammo <= 5 && loadout.rail < room.rules.rail_ticks && !loadout.laid(&room.rules));
    }
    for (_, entity) in room.world.iter() {
        assert!(!matches!(entity, Entity::Ship(ship) if ship.hull > 20), "{entity:?}");
    }
    assert_goes_on_to_the_bit(&mut room, &opened_with);
}

#[test]
fn on_another_map_or_in_another_mode_a_new_round_begins_with_everybody_in_it() {
    let mut room = fight("foundry", "ffa");
    let opened_with = Arc::clone(&room.rules);
    for (map, mode, sides) in
        [("citadel", "core", true), ("shoals", "teams", true), ("open", "ffa", false), ("foundry", "ffa", false)]
    {
        let (_, text) = MAPS.iter().find(|(name, _)| *name == map).unwrap();
        room.tick(&[packed(DEFAULT_TUNING, &crate::map::with_mode(text, mode))]);
        assert!(
            matches!(room.events(), [.., (_, Event::RoundBegins(begins))] if begins.round == 1),
            "{:?}",
            room.events()
        );
        run(&mut room, 2, &[]);
        for player in 0..7 {
            let ship = ship(&room, player);
            assert_eq!((ship.side != Side::None, pilot(&room, player).side), (sides, ship.side), "on {map}");
            assert!(room.rules.map.terrain.fits(ship.position(), 13.9));
        }
        assert_eq!(count(&room, |entity| matches!(entity, Entity::Pickup(_))), room.rules.map.pickups.len());
        assert_eq!(count(&room, |entity| matches!(entity, Entity::Core(_))), if mode == "core" { 2 } else { 0 });
        assert_goes_on_to_the_bit(&mut room, &opened_with);
    }
}

#[test]
fn rules_that_cannot_be_read_change_nothing() {
    let mut room = fight("foundry", "ffa");
    let twin = Room::<Arena>::restore(Arc::clone(&room.rules), &saved(&room)).unwrap();
    let mut twin = twin;
    room.tick(&[Command::Rules(vec![1, 2, 3].into())]);
    twin.tick(&[]);
    assert_eq!(saved(&room), saved(&twin));
    assert!(room.renewed_rules().is_none());
}

#[test]
fn mines_that_lie_and_ships_that_wait_keep_to_shorter_times() {
    let mut room = row(2);
    room.world.spawn(Mine { player: 0, left: room.rules.mine_ticks, ..Mine::default() }.into(), None);
    room.dismiss(1);
    room.players.get_mut(1).unwrap().own = Own::Loadout(Loadout::lost(&room.rules));
    let tuning = DEFAULT_TUNING.replace("life = 40.0 ", "life = 5.0 ").replace("respawn = 2.5 ", "respawn = 1.0 ");
    let map = "name = \"Bare\"\nwidth = 4000\nheight = 4000\nspawns = [[2000, 2000], [300, 300]]\n";
    room.tick(&[packed(&tuning, map)]);
    assert_eq!(loadout(&room, 1).respawn, 30);
    assert!(room.world.iter().all(|(_, entity)| !matches!(entity, Entity::Mine(mine) if mine.left > 150)));
}
