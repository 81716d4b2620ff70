//! The arena on a server with clients, joined in memory: what is foreseen costs nothing, what a client holds is the truth.

#[path = "../../sync/tests/common/pair.rs"]
mod pair;

use std::collections::BTreeSet;

use pair::Net;
use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING, Entity, Event, ShipControls};
use tickwire_sync::{
    client::SPAWNED_ID,
    game::{Controls, Game, RulesSource},
    grid::Angle,
    interest::Viewpoint,
    random::Random,
};

const SHIPPED: RulesSource = RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP };
/// Nothing but space: no walls within reach, one rock at rest, one that drifts.
const EMPTY: RulesSource = RulesSource {
    tuning: DEFAULT_TUNING,
    map: r#"
        name = "Empty"
        width = 16000
        height = 16000
        walls = []
        rocks = [{ x = 300, y = 300, radius = 40, vx = 0, vy = 0 }, { x = 15000, y = 300, radius = 40, vx = -20, vy = 0 }]
        spawns = [[8000, 8000], [4000, 4000]]
        pickups = []
    "#,
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

/// Random controls that last some ticks each.
fn controls(seed: u64, index: usize, tick: u32) -> ShipControls {
    let mut random = Random::keyed(seed, 9, index as u32, tick / 6);
    loop {
        if let Some(controls) = ShipControls::from_bits(random.below(1 << 18)) {
            return controls;
        }
    }
}

#[test]
fn each_client_holds_the_truth_through_a_random_fight() {
    for seed in 0..3 {
        let mut net = Net::<Arena>::with_rules(seed, SHIPPED);
        for _ in 0..4 {
            net.join();
        }
        for tick in 0..2500_u32 {
            net.clients[3].blocked = Random::keyed(seed, 3, 0, tick / 30).below(3) == 0;
            net.tick(|index, tick| controls(seed, index, tick));
            net.deliver();
            for index in 0..4 {
                if net.clients[index].session.mirror().tick == net.room.tick {
                    net.assert_mirrors(index);
                }
            }
        }
        for client in &net.clients {
            assert_eq!(client.session.stats().desyncs, 0, "seed {seed}");
        }
        let events = net.clients[0].session.take_events().count();
        assert!(events > 0, "seed {seed}: nobody was hit, so this showed little");
    }
}

#[test]
fn prediction_is_exact_for_a_pilot_alone() {
    for delay_seconds in [0.0, 0.06, 0.12] {
        let mut net = Net::<Arena>::with_rules(1, EMPTY);
        net.delay_seconds = delay_seconds;
        net.join();
        for _ in 0..200 {
            net.tick(|index, tick| controls(1, index, tick));
        }
        let settled = net.clients[0].session.stats().mispredictions;
        for _ in 0..2000 {
            net.tick(|index, tick| controls(1, index, tick));
        }
        let stats = net.clients[0].session.stats();
        assert_eq!(stats.mispredictions, settled, "delay {delay_seconds} s");
        assert_eq!(stats.desyncs, 0);
    }
}

#[test]
fn a_client_knows_what_is_near_and_nothing_else() {
    for seed in 0..3 {
        let mut net = Net::<Arena>::with_rules(seed, WIDE);
        net.viewpoint = Viewpoint::Own;
        for _ in 0..12 {
            net.join();
        }
        let (mut seen, mut all) = (0, 0);
        for tick in 0..1500_u32 {
            net.clients[3].blocked = Random::keyed(seed, 3, 0, tick / 30).below(3) == 0;
            net.tick(|index, tick| controls(seed, index, tick));
            net.deliver();
            for index in 0..net.clients.len() {
                if net.clients[index].session.mirror().tick == net.room.tick {
                    net.assert_mirrors(index);
                    seen += net.clients[index].session.mirror().iter().count();
                    all += net.room.world.len();
                }
            }
        }
        assert!(seen * 10 < all * 8, "seed {seed}: {seen} of {all} were seen");
        for client in &net.clients {
            assert_eq!(client.session.stats().desyncs, 0, "seed {seed}");
        }
    }
}

#[test]
fn who_looks_at_somebody_else_still_knows_its_own_state() {
    let mut net = Net::<Arena>::with_rules(1, WIDE);
    net.viewpoint = Viewpoint::Follow(1);
    net.join();
    net.join();
    for _ in 0..200 {
        net.tick(|_, _| ShipControls { fire: true, ..ShipControls::default() });
        net.deliver();
        let client = &net.clients[0];
        if client.session.mirror().tick == net.room.tick {
            let own = net.room.players.get(0).expect("it plays").own;
            assert_eq!(client.session.mirror().own, own, "tick {}", net.room.tick);
        }
    }
    assert_eq!(net.clients[0].session.stats().desyncs, 0);
}

#[test]
fn own_shots_and_mines_are_predicted_and_found_in_the_snapshots_where_they_were_predicted() {
    for delay_seconds in [0.0, 0.05, 0.1] {
        let mut net = Net::<Arena>::with_rules(1, EMPTY);
        net.delay_seconds = delay_seconds;
        net.join();
        let fires = |tick: u32| ShipControls { fire: tick % 40 < 25, ..controls(1, 0, tick) };
        (0..100).for_each(|_| net.tick(|_, tick| fires(tick)));
        let before = net.clients[0].session.stats();
        let mut shown = 0;
        for _ in 0..600 {
            net.tick(|_, tick| fires(tick));
            let (session, now) = (&net.clients[0].session, f64::from(net.room.tick) / 30.0);
            session.scene(now, |seen| shown += u32::from(seen.id == SPAWNED_ID));
        }
        let after = net.clients[0].session.stats();
        let confirmed = after.spawns_confirmed - before.spawns_confirmed;
        assert!(confirmed > 30 && shown > 600, "delay {delay_seconds} s: {confirmed} confirmed, {shown} shown");
        assert_eq!(after.spawns_refused, before.spawns_refused, "delay {delay_seconds} s");
    }
}

#[test]
fn own_mines_are_predicted_where_they_are_laid_beside_shots() {
    for delay_seconds in [0.0, 0.05, 0.1] {
        let mut net = Net::<Arena>::with_rules(1, EMPTY);
        net.delay_seconds = delay_seconds;
        net.join();
        let steady = ShipControls { thrust: true, turn: 1, ..ShipControls::default() };
        (0..100).for_each(|_| net.tick(|_, _| steady));
        let before = net.clients[0].session.stats();
        (0..150).for_each(|_| net.tick(|_, _| ShipControls { mine: true, fire: true, boost: true, ..steady }));
        let laid = net.room.world.iter().filter(|(_, state)| matches!(state, Entity::Mine(_))).count();
        let after = net.clients[0].session.stats();
        assert_eq!(laid, 3);
        assert_eq!(after.spawns_refused, before.spawns_refused, "delay {delay_seconds} s");
        assert!(after.spawns_confirmed - before.spawns_confirmed >= 20, "delay {delay_seconds} s");
        assert_eq!(after.mispredictions, before.mispredictions, "delay {delay_seconds} s");
    }
}

/// What a second client pays, from tick to tick, to watch a pilot who holds `held` after some ticks of firing.
fn watched(held: ShipControls) -> (u64, u64, usize) {
    let mut net = Net::<Arena>::with_rules(1, EMPTY);
    net.join();
    net.join();
    let fire = ShipControls { fire: true, aim: Angle::from_steps(800), boost: false, ..held };
    for _ in 0..40 {
        net.tick(|index, _| if index == 0 { fire } else { ShipControls::default() });
    }
    for _ in 0..4 {
        net.tick(|index, _| if index == 0 { held } else { ShipControls::default() });
    }
    net.deliver();
    let before = net.clients[1].session.stats();
    let shots = net.room.world.iter().filter(|(_, entity)| matches!(entity, Entity::Shot(_))).count();
    for _ in 0..20 {
        net.tick(|index, _| if index == 0 { held } else { ShipControls::default() });
    }
    net.deliver();
    let after = net.clients[1].session.stats();
    while net.clients[1].session.mirror().tick != net.room.tick {
        net.tick(|index, _| if index == 0 { held } else { ShipControls::default() });
        net.deliver();
    }
    net.assert_mirrors(1);
    (after.changes - before.changes, after.bytes - before.bytes, shots)
}

#[test]
fn a_steady_ship_a_shot_in_flight_and_a_rock_cost_nothing() {
    let thrusting = ShipControls { thrust: true, turn: 1, aim: Angle::from_steps(800), ..ShipControls::default() };
    let boosting = ShipControls { boost: true, ..thrusting };
    for held in [ShipControls { aim: Angle::from_steps(800), ..ShipControls::default() }, thrusting, boosting] {
        let (changes, bytes, shots) = watched(held);
        assert!(shots > 2, "shots are in flight");
        assert_eq!(changes, 0);
        // 20 ticks are 7 snapshots, one each 100 ms: 7 bytes each with nothing in them, and the hash of one.
        assert!(bytes <= 7 * 7 + 4, "{bytes} bytes");
    }
}

/// Where players begin, a cloak lies for the first of them.
const CLOAK: RulesSource = RulesSource {
    tuning: DEFAULT_TUNING,
    map: r#"
        name = "Cloak"
        width = 4000
        height = 4000
        spawns = [[1700, 2000]]
        pickups = [{ x = 1700, y = 2000, kind = "cloak" }]
    "#,
};

#[test]
fn a_cloaked_ship_reaches_only_its_own_client_until_it_fires() {
    let mut net = Net::<Arena>::with_rules(1, CLOAK);
    net.viewpoint = Viewpoint::Own;
    let ships = |net: &Net<Arena>, index: usize| -> BTreeSet<u16> {
        let mirror = net.clients[index].session.mirror();
        mirror.iter().filter_map(|(_, held)| Arena::avatar_of(&held.state)).collect()
    };
    net.join();
    for _ in 0..30 {
        net.tick(|_, _| ShipControls { thrust: true, ..ShipControls::default() });
    }
    net.join();
    for _ in 0..20 {
        net.tick(|_, _| ShipControls::default());
    }
    net.deliver();
    assert_eq!((ships(&net, 0), ships(&net, 1)), ([0, 1].into(), [1].into()));

    let rail = ShipControls { rail: true, aim: Angle::from_steps(256), ..ShipControls::default() };
    for tick in 0..20 {
        net.tick(|index, _| if index == 0 && tick < 3 { rail } else { ShipControls::default() });
    }
    net.deliver();
    assert_eq!((ships(&net, 0), ships(&net, 1)), ([0, 1].into(), [0, 1].into()));
    for client in &mut net.clients {
        let beams = client.session.take_events().filter(|event| matches!(event, Event::Beam(beam) if beam.by == 0));
        assert_eq!(beams.count(), 1);
    }
}
