//! A server and clients joined in memory: what each client holds is the truth, and prediction is exact.

mod common;

use common::{
    line::{Line, Puck, Push},
    pair::{Joined, Net, TICK_RATE},
};
use tickwire_sync::{interest::Viewpoint, random::Random, server::Arrival};

/// Random controls that last some ticks each.
fn controls(seed: u64, index: usize, tick: u32) -> Push {
    let mut random = Random::keyed(seed, 9, index as u32, tick / 7);
    Push { way: random.below(3) as i8 - 1, drop: random.below(3) == 0 }
}

#[test]
fn each_client_holds_the_truth_at_every_tick() {
    for seed in 0..4 {
        let mut net = Net::<Line>::new(seed);
        net.join();
        net.join();
        for tick in 0..3000 {
            net.tick(|index, tick| controls(seed, index, tick));
            net.deliver();
            if tick % 400 == 399 {
                net.leave(0);
                net.join();
            }
            for index in 0..2 {
                let session = &net.clients[index].session;
                if session.stats().snapshots > 0 && session.mirror().tick == net.room.tick {
                    net.assert_mirrors(index);
                }
            }
        }
        for client in &net.clients {
            let stats = client.session.stats();
            assert_eq!(stats.desyncs, 0, "seed {seed}");
            assert!(stats.audits > 5, "seed {seed}: the hash was compared {} times", stats.audits);
        }
    }
}

#[test]
fn a_blind_client_holds_the_same_truth_and_counts_the_same() {
    let mut net = Net::<Line>::new(5);
    net.join();
    net.join();
    let eyes = net.clients.pop().expect("two joined");
    net.clients.push(Joined { session: eyes.session.blind(), ..eyes });
    for _ in 0..600 {
        net.tick(|_, tick| controls(5, 0, tick));
    }
    net.deliver();
    let counted = [0, 1].map(|index| {
        net.assert_mirrors(index);
        net.clients[index].session.stats()
    });
    assert_eq!(counted[1].desyncs, 0);
    assert!(counted.iter().all(|counted| counted.audits > 5 && counted.changes > 100), "{counted:?}");
    let mut drawn = Vec::new();
    net.clients[1].session.scene(20.0, |seen| drawn.push(seen.own));
    assert_eq!(drawn, [true], "it sees nobody but itself");
}

#[test]
fn a_client_that_is_left_out_for_some_ticks_catches_up() {
    for seed in 0..20 {
        let mut net = Net::<Line>::new(seed);
        net.join();
        net.join();
        let mut blocked_until = 0;
        for tick in 0..2000_u32 {
            let mut random = Random::keyed(seed, 1, 0, tick);
            if random.below(20) == 0 {
                blocked_until = tick + random.below(if seed % 4 == 0 { 300 } else { 40 });
            }
            net.clients[1].blocked = tick < blocked_until;
            net.tick(|index, tick| controls(seed, index, tick));
            net.deliver();
            if net.clients[1].session.mirror().tick == net.room.tick {
                net.assert_mirrors(1);
            }
        }
        assert_eq!(net.clients[1].session.stats().desyncs, 0, "seed {seed}");
    }
}

#[test]
fn prediction_is_exact_where_nothing_interferes() {
    for (seed, delay_seconds) in [(1, 0.0), (2, 0.05), (3, 0.15)] {
        let mut net = Net::<Line>::new(seed);
        net.delay_seconds = delay_seconds;
        net.join();
        let settled = 300;
        let mut before = 0;
        for tick in 0..3000 {
            net.tick(|index, tick| Push { drop: false, ..controls(seed, index, tick) });
            if tick == settled {
                before = net.clients[0].session.stats().mispredictions;
            }
        }
        let stats = net.clients[0].session.stats();
        assert_eq!(stats.mispredictions, before, "delay {delay_seconds} s");
        assert!(stats.snapshots > 1000);
        assert_eq!(stats.desyncs, 0);
    }
}

#[test]
fn a_wrong_state_is_found_by_the_hash_and_mended_by_a_keyframe() {
    let mut net = Net::<Line>::new(5);
    net.join();
    let play = |net: &mut Net<Line>, ticks: u32| {
        (0..ticks).for_each(|_| net.tick(|index, tick| Push { drop: false, ..controls(5, index, tick) }));
    };
    play(&mut net, 40);
    net.clients[0].spoil = true;
    play(&mut net, 80);
    net.deliver();
    let client = &net.clients[0];
    assert!(!client.spoil, "a change was spoiled");
    assert_eq!(client.session.stats().desyncs, 1, "the hash found it, once");
    assert_eq!((client.link.keyframes_asked(), client.keyframes), (1, 1));
    while net.clients[0].session.mirror().tick != net.room.tick {
        play(&mut net, 1);
        net.deliver();
    }
    net.assert_mirrors(0);
}

#[test]
fn a_second_keyframe_comes_a_second_after_the_first_and_is_not_forgotten() {
    let mut net = Net::<Line>::new(5);
    net.join();
    let keyframes = |net: &mut Net<Line>, ticks: u32| {
        let before = net.clients[0].keyframes;
        (0..ticks).for_each(|_| net.tick(|index, tick| controls(5, index, tick)));
        net.clients[0].keyframes - before
    };
    keyframes(&mut net, 10);
    net.clients[0].link.ask_keyframe();
    assert_eq!(keyframes(&mut net, 5), 1);
    net.clients[0].link.ask_keyframe();
    assert_eq!(keyframes(&mut net, 20), 0);
    assert_eq!(keyframes(&mut net, 10), 1);
}

#[test]
fn a_client_that_is_away_gets_nothing_and_comes_back_by_a_keyframe() {
    let mut net = Net::<Line>::new(6);
    net.join();
    net.join();
    let play = |net: &mut Net<Line>, ticks: u32| {
        (0..ticks).for_each(|_| net.tick(|index, tick| controls(6, index, tick)));
        net.deliver();
    };
    play(&mut net, 50);
    net.clients[0].session.go_away();
    play(&mut net, 10);
    let before = net.clients[0].session.stats().snapshots;
    play(&mut net, 1800);
    assert_eq!(net.clients[0].session.stats().snapshots, before);
    net.clients[0].session.take_events().for_each(drop);
    net.clients[0].session.come_back();
    play(&mut net, 30);
    assert_eq!(net.clients[0].keyframes, 1);
    let (session, room) = (&net.clients[0].session, &net.room);
    assert!(room.tick - session.mirror().tick <= 3, "a second later it is in step");
    while net.clients[0].session.mirror().tick != net.room.tick {
        play(&mut net, 1);
    }
    net.assert_mirrors(0);
    assert_eq!(net.clients[0].session.stats().desyncs, 0);
}

#[test]
fn a_client_with_a_budget_gets_no_more_and_everything_in_time() {
    for seed in 0..2 {
        let mut net = Net::<Line>::new(seed);
        for _ in 0..100 {
            net.join();
        }
        // 20.8 bytes a tick, where the others get half as many again.
        net.max_kbps = Some(5);
        net.join();
        let poor = net.clients.len() - 1;
        let (mut owed_ticks, mut owed_max, mut spared) = (vec![0_u32; 4096], 0, 0);
        let (mut before, ticks) = ((0, 0), 600);
        for tick in 0..ticks {
            if tick == 100 {
                before = (net.clients[poor].session.stats().bytes, net.clients[0].session.stats().bytes);
            }
            net.tick(|index, tick| Push { drop: false, ..controls(seed, index, tick * 4) });
            net.deliver();
            let link = &net.clients[poor].link;
            for (slot, waited) in owed_ticks.iter_mut().enumerate() {
                *waited = if link.owed().contains(slot as u32) { *waited + 1 } else { 0 };
                owed_max = owed_max.max(*waited);
            }
            spared += net.assert_mirrors(poor);
        }
        let stats = net.clients[poor].session.stats();
        let poorly = (stats.bytes - before.0) as f64 / f64::from(ticks - 100);
        let richly = (net.clients[0].session.stats().bytes - before.1) as f64 / f64::from(ticks - 100);
        assert!(spared > 0, "seed {seed}: the budget was never too small");
        assert!(poorly < 22.0 && richly > 30.0, "seed {seed}: {poorly} bytes a tick, and {richly} without a budget");
        assert!(owed_max < 100, "seed {seed}: something was owed for {owed_max} ticks");
        assert_eq!(stats.desyncs, 0, "seed {seed}");
    }
}

#[test]
fn what_rests_since_before_the_first_tick_is_seen() {
    let mut net = Net::<Line>::new(1);
    net.viewpoint = Viewpoint::Own;
    net.room.world.spawn(Puck { player: 99, ..Puck::default() }.into(), None);
    net.join();
    net.tick(|_, _| Push::default());
    net.deliver();
    assert_eq!(net.clients[0].session.mirror().iter().count(), 2);
}

#[test]
fn a_client_that_is_served_once_a_second_is_audited_all_the_same() {
    let mut net = Net::<Line>::new(1);
    net.join();
    for tick in 0..600 {
        net.clients[0].blocked = tick % 30 > 0;
        net.tick(|index, tick| controls(1, index, tick));
        net.deliver();
    }
    let audits = net.clients[0].session.stats().audits;
    assert!(audits >= 18, "{audits} audits in 20 s");
}

#[test]
fn a_client_that_predicts_as_far_as_it_may_goes_on_acknowledging() {
    let mut net = Net::<Line>::new(1);
    net.join();
    for _ in 0..60 {
        net.tick(|index, tick| controls(1, index, tick));
    }
    net.deliver();
    let session = &mut net.clients[0].session;
    let now = f64::from(net.room.tick) / f64::from(TICK_RATE);
    let mut sent = Vec::new();
    for second in 0..10 {
        (0..30).for_each(|frame| session.advance(now + f64::from(second) + f64::from(frame) / 30.0, Push::default()));
        sent.push(session.take_outgoing().count());
    }
    assert!(sent.iter().all(|&sent| sent >= 4), "messages in each second: {sent:?}");
}

#[test]
fn a_room_is_deterministic_to_the_bit() {
    let run = || {
        let mut net = Net::<Line>::new(77);
        net.join();
        net.join();
        for _ in 0..500 {
            net.tick(|index, tick| controls(77, index, tick));
        }
        net.room.world.iter().map(|(_, state)| *state).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn acknowledgements_show_what_the_way_takes_and_how_old_the_newest_snapshot_is() {
    let mut net = Net::<Line>::new(8);
    net.delay_seconds = 0.1;
    net.join();
    let mut shown = Vec::new();
    for _ in 0..300 {
        net.tick(|_, tick| controls(8, 0, tick));
        shown.extend(net.clients[0].link.take_acknowledged());
    }
    // 0.1 s each way, in 1/16 tick, and the steps in which this net delivers.
    let way = (0.2 * f64::from(TICK_RATE) * 16.0) as i64;
    let round_trips: Vec<_> = shown.iter().filter_map(|shown| shown.round_trip).collect();
    assert!(round_trips.len() > 50, "{} round trips", round_trips.len());
    assert!(round_trips.iter().all(|round_trip| (way..way + 16).contains(round_trip)), "{round_trips:?}");
    // The first was on its way from the welcome on. Later ones are older where the client had nothing to say, or the server.
    let ages = || shown.iter().map(|shown| shown.age);
    assert!(ages().min() >= Some(way / 2) && ages().max() < Some(2 * way + 32), "{:?}", ages().collect::<Vec<_>>());
    assert!(ages().sum::<i64>() > way * ages().count() as i64);

    // Of who is away, an old snapshot says nothing of the network.
    let link = &mut net.clients[0].link;
    link.go_away(net.room.tick);
    link.acknowledge(link.sent(), 0, Arrival(1 << 30));
    assert_eq!(link.take_acknowledged(), None);
}

#[test]
fn a_link_says_what_its_last_snapshot_was() {
    let mut net = Net::<Line>::new(9);
    net.join();
    let (mut keyframes, mut events) = (0, 0);
    for tick in 0..300 {
        if tick % 100 == 50 {
            net.clients[0].link.ask_keyframe();
        }
        let before = net.clients[0].link.sent();
        net.tick(|_, tick| controls(9, 0, tick));
        let link = &net.clients[0].link;
        if link.sent() != before {
            keyframes += u32::from(link.last_snapshot().keyframe);
            events += link.last_snapshot().events;
        }
    }
    net.deliver();
    assert_eq!((keyframes, net.clients[0].keyframes), (3, 3));
    assert_eq!(events, net.clients[0].session.take_events().count());
}
