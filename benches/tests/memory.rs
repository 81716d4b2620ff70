//! A tick of 200 clients takes nothing from the heap once it is warm: births, deaths and inputs included.

#[path = "../../shared/sync/tests/common/allocations.rs"]
mod allocations;

use std::sync::Arc;

use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING, ShipControls};
use tickwire_sync::{
    game::{Controls, Game, RulesSource},
    grid::Angle,
    interest::Viewpoint,
    protocol::Input,
    random::Random,
    server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
};

const CLIENTS: u16 = 200;
const TICK_RATE: u32 = 30;
const WARM_TICKS: u32 = 3000;
const COUNTED_TICKS: u32 = 1000;

/// The mouse trace: on each tick the aim moves a little, and every half second everything changes; `fires` is what sets the fight apart.
fn controls(player: u16, tick: u32, fires: bool) -> ShipControls {
    let mut slow = Random::keyed(1, 0, player.into(), (tick + u32::from(player)) / 15);
    let mut fast = Random::keyed(1, 1, player.into(), tick);
    ShipControls {
        aim: Angle::from_steps(slow.below(1024) as i32 + fast.below(16) as i32),
        turn: slow.below(3) as i8 - 1,
        thrust: slow.below(10) < 7,
        fire: fires,
        mine: fires,
        boost: fires && slow.below(2) == 0,
        ..ShipControls::default()
    }
}

fn allocations_per_run(fires: bool) -> (u64, u64) {
    let before = allocations::counted();
    let source = RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP };
    let rules = Arc::new(Arena::read_rules(source, TICK_RATE).expect("the shipped rules read"));
    let mut room: Room<Arena> = Room::new(Arc::clone(&rules), 7);
    let mut broadcast = Broadcast::<Arena>::new(&rules);
    let settings = LinkSettings { tick_rate: TICK_RATE, viewpoint: Viewpoint::Own, max_kbps: None };
    let mut links: Vec<_> = (0..CLIENTS).map(|player| Link::<Arena>::new(Some(player), 1, settings)).collect();
    let mut commands: Vec<_> = (0..CLIENTS).map(|player| Command::Join { player, bot: false }).collect();
    let mut bytes = Vec::with_capacity(1 << 20);
    let (mut births, mut sent) = (0, 0);
    for tick in 1..=WARM_TICKS + COUNTED_TICKS {
        allocations::count(tick > WARM_TICKS);
        let now = Arrival(i64::from(tick) * 16);
        for link in &mut links {
            let player = link.player().expect("it plays");
            let controls = controls(player, tick, fires);
            let input = Input {
                tick,
                ahead: (tick - link.sent()) as i32,
                ack_age: 0,
                behind: 40,
                controls: controls.to_bits(),
            };
            link.receive(input, now, tick).expect("right controls");
            let taken = link.take_controls(tick);
            commands.extend(taken.map(|(controls, behind)| Command::Controls { player, controls, behind }));
        }
        room.tick(&commands);
        commands.clear();
        broadcast.encode(&room);
        for link in &mut links {
            // One in sixteen is left out for a while, so that what is owed is covered too.
            let left_out = (u32::from(link.player().expect("it plays")) + tick / 8).is_multiple_of(16);
            link.collect_events(&room, &broadcast, now).expect("events stay within their bound");
            bytes.clear();
            sent += u64::from(!left_out && link.snapshot(&room, &mut broadcast, now, &mut bytes));
        }
        if tick > WARM_TICKS {
            births += room.world.born().count() as u64;
        }
    }
    allocations::count(false);
    assert!(sent > u64::from(CLIENTS) * u64::from(WARM_TICKS) / 2, "{sent} snapshots");
    (allocations::counted() - before, births)
}

#[test]
fn a_warm_tick_takes_nothing_from_the_heap() {
    for fires in [false, true] {
        let (allocated, births) = allocations_per_run(fires);
        assert_eq!(births > 5000, fires, "{births} births");
        assert_eq!(allocated, 0, "firing: {fires}, {births} births");
    }
}
