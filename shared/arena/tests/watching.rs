//! Watchers of the arena: what they hold is the truth of what they may see, whomever they turn to.

#[path = "../../sync/tests/common/pair.rs"]
mod pair;

use std::collections::BTreeSet;

use pair::{Net, TICK_RATE};
use tickwire_arena::{Arena, DEFAULT_TUNING, Entity, ShipControls};
use tickwire_sync::{
    game::{Controls, Game, RulesSource},
    interest::Viewpoint,
    protocol::Watched,
    random::Random,
};

/// So wide that most is out of sight.
const WIDE: RulesSource = RulesSource {
    tuning: DEFAULT_TUNING,
    map: r#"
        name = "Wide"
        width = 5000
        height = 4000
        rocks = [{ x = 900, y = 900, radius = 40, vx = 60, vy = 25 }, { x = 4000, y = 3000, radius = 60, vx = -70, vy = 9 }]
        spawns = [[500, 500], [2500, 2000], [4500, 3500], [4500, 500], [500, 3500]]
        pickups = [{ x = 600, y = 700, kind = "ammo" }, { x = 2600, y = 2200, kind = "hull" }]
    "#,
};

/// Where players begin, rocks all around are out of sight, even for who saw them before.
const ROCKS: RulesSource = RulesSource {
    tuning: DEFAULT_TUNING,
    map: r#"
        name = "Rocks"
        width = 9000
        height = 8000
        rocks = [{ x = 2700, y = 4000, radius = 40 }, { x = 6300, y = 4000, radius = 40 },
                 { x = 4500, y = 2500, radius = 40 }, { x = 4500, y = 5500, radius = 40 }]
        spawns = [[4500, 4000]]
    "#,
};

/// Random controls that last some ticks each.
fn controls(seed: u64, index: usize, tick: u32) -> ShipControls {
    let mut random = Random::keyed(seed, 9, index as u32, tick / 6);
    (0..).find_map(|_| ShipControls::from_bits(random.below(1 << 18))).expect("some are in range")
}

/// Whose ships the client at `index` holds.
fn ships(net: &Net<Arena>, index: usize) -> BTreeSet<u16> {
    let mirror = net.clients[index].session.mirror();
    mirror.iter().filter_map(|(_, held)| Arena::avatar_of(&held.state)).collect()
}

#[test]
fn a_watcher_holds_the_truth_through_every_turn() {
    for seed in 0..4 {
        let mut net = Net::<Arena>::with_rules(seed, WIDE);
        net.viewpoint = Viewpoint::Own;
        for _ in 0..12 {
            net.join();
        }
        net.viewpoint = Viewpoint::All;
        net.watch();
        net.watch();
        let (first, mut compared, mut few) = (12, 0, 0);
        for tick in 0..1500_u32 {
            for watcher in first..first + 2 {
                let mut random = Random::keyed(seed, 5, watcher as u32, tick);
                net.clients[watcher].blocked = Random::keyed(seed, 3, watcher as u32, tick / 30).below(3) == 0;
                if random.below(25) == 0 {
                    // Some numbers are nobody's.
                    let player = random.below(15) as u16;
                    let everything = random.below(5) == 0;
                    let watched = if everything { Watched::Everything } else { Watched::Player(player) };
                    net.clients[watcher].session.watch(watched);
                }
            }
            net.tick(|index, tick| controls(seed, index, tick));
            net.deliver();
            for watcher in first..first + 2 {
                if net.clients[watcher].session.mirror().tick == net.room.tick {
                    net.assert_mirrors(watcher);
                    compared += 1;
                    few += u32::from(ships(&net, watcher).len() < 12);
                }
            }
        }
        assert!(compared > 1000 && few > 300, "seed {seed}: {compared} compared, {few} of them saw a part");
        for client in &net.clients {
            assert_eq!(client.session.stats().desyncs, 0, "seed {seed}");
            assert!(client.session.stats().audits > 20, "seed {seed}");
        }
    }
}

#[test]
fn a_watcher_never_holds_a_cloaked_ship_and_its_view_does_not_follow_one() {
    let mut net = Net::<Arena>::with_rules(1, ROCKS);
    net.viewpoint = Viewpoint::Own;
    net.join();
    net.viewpoint = Viewpoint::All;
    net.watch();
    net.watch();
    net.clients[2].session.watch(Watched::Player(0));
    let rocks = |net: &Net<Arena>, index: usize| {
        let mirror = net.clients[index].session.mirror();
        mirror.iter().filter(|(_, held)| matches!(held.state, Entity::Rock(_))).count()
    };
    let fly = |net: &mut Net<Arena>| {
        net.tick(|index, _| ShipControls { thrust: index == 0, ..ShipControls::default() });
        net.deliver();
    };
    (0..20).for_each(|_| fly(&mut net));
    assert_eq!((ships(&net, 1), ships(&net, 2)), ([0].into(), [0].into()));
    // A hand from outside.
    let ship = net.room.players.get(0).and_then(|player| net.room.world.get_mut(player.avatar?));
    if let Some(Entity::Ship(ship)) = ship {
        ship.cloak = 250;
    }
    fly(&mut net);
    let (mut cloaked, mut pilot_saw) = (0, 0);
    while net.room.world.iter().any(|(_, state)| Arena::hides(state, None)) {
        cloaked += 1;
        pilot_saw += rocks(&net, 0);
        let nobody = BTreeSet::new();
        assert_eq!((ships(&net, 1), ships(&net, 2)), (nobody.clone(), nobody), "tick {}", net.room.tick);
        // The first watcher sees everything, the second what the pilot saw when it was last seen.
        assert_eq!((rocks(&net, 1), rocks(&net, 2)), (4, 0), "tick {}", net.room.tick);
        fly(&mut net);
    }
    assert!(cloaked > 60 && pilot_saw > 0, "{cloaked} ticks under the cloak, {pilot_saw} rocks seen from under it");
    // The pilot's own client knows nothing of a hand from outside, and so comes to differ.
    for watcher in &net.clients[1..] {
        assert_eq!(watcher.session.stats().desyncs, 0);
    }
}

#[test]
fn turning_to_and_fro_all_the_time_turns_four_times_a_second() {
    let mut net = Net::<Arena>::with_rules(1, WIDE);
    for _ in 0..10 {
        net.join();
    }
    net.watch();
    let mut turns = 0;
    for tick in 0..10 * TICK_RATE {
        for player in [0, 4, 1 + (tick % 2) as u16] {
            net.clients[10].session.watch(Watched::Player(player));
        }
        let before = net.clients[10].link.viewpoint();
        net.tick(|_, _| ShipControls::default());
        turns += u32::from(net.clients[10].link.viewpoint() != before);
    }
    assert!((20..=43).contains(&turns), "{turns} turns in 10 s");
    for _ in 0..TICK_RATE {
        net.tick(|_, _| ShipControls::default());
    }
    assert_eq!(net.clients[10].link.viewpoint(), Viewpoint::Follow(2), "the last wish holds");
}
