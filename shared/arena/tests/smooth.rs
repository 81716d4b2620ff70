//! Others move smoothly on bad networks: from one picture to the next, no ship goes further than its speed allows, but for corrections that a player
//! takes for flight.

#[path = "../../sync/tests/common/pair.rs"]
mod pair;

use glam::Vec2;
use pair::{Net, TICK_RATE};
use tickwire_arena::{Arena, DEFAULT_TUNING, Entity, ShipControls};
use tickwire_sync::{client::Session, game::RulesSource, grid::Angle, random::Random};

/// Room to fly, and nobody who shoots.
const WIDE: RulesSource = RulesSource {
    tuning: DEFAULT_TUNING,
    map: "name = \"Wide\"\nwidth = 16000\nheight = 16000\ncontacts = false\nrounds = false\nspawns = [[8000, 8000], [8100, 8000]]",
};
/// Pictures a second: four each tick.
const FRAMES: f32 = 4.0 * TICK_RATE as f32;
/// A clock that is set right runs by so much faster.
const SLEW: f32 = 1.05;
/// For what is rounded to the grid.
const ROUNDING: f32 = 0.02;

/// What a player takes for flight: half of a ship's length, in a picture of which there are 120 a second. Before clocks hurried in place of jumping, it
/// was 72 after a stall, and 89 where a server that waited for acknowledgements made it longer.
const UNNOTICED: f32 = 14.0;

/// A pilot who does something else two times a second.
fn wild(tick: u32) -> ShipControls {
    let mut random = Random::keyed(3, 9, 0, tick / 15);
    ShipControls {
        turn: random.below(3) as i8 - 1,
        thrust: random.below(4) > 0,
        brake: random.below(6) == 0,
        aim: Angle::from_steps(random.below(1024) as i32),
        ..ShipControls::default()
    }
}

fn other(session: &Session<Arena>, now: f64) -> Option<(Vec2, f32)> {
    let mut found = None;
    session.scene(now, |seen| {
        if let Entity::Ship(ship) = seen.state
            && !seen.own
        {
            let speed = ship.vx.units().hypot(ship.vy.units()) * TICK_RATE as f32;
            found = Some((Vec2::new(seen.pose.x, seen.pose.y), speed));
        }
    });
    found
}

/// The largest step of another ship from a picture to the next, beyond what its speed then allowed, in units.
fn leap(delay: f64, jitter: f64, stalls: bool) -> f32 {
    let mut net = Net::<Arena>::with_rules(5, WIDE);
    (net.delay_seconds, net.jitter_seconds) = (delay, jitter);
    net.join();
    net.join();
    // Clocks learn, and the protection of a new ship ends.
    (0..300).for_each(|_| net.tick(|_, _| ShipControls::default()));
    let rules = net.room.rules.clone();
    let acceleration = rules.tuning.ship.thrust + 450.0 * (rules.tuning.ship.drag + rules.tuning.ship.brake);
    let (mut leap, mut pictures, mut before) = (0.0_f32, 0, None::<(Vec2, f32)>);
    for tick in 0..1800 {
        // What is sent in this tick comes 300 ms late, and all that follows waits behind it.
        net.delay_seconds = if stalls && tick % 120 == 60 { delay + 0.3 } else { delay };
        net.tick_seeing(|index, session, now| {
            if index == 1 {
                return wild(session.predicted_tick().unwrap_or_default());
            }
            let now_seen = other(session, now);
            if let (Some((from, was)), Some((to, is))) = (before, now_seen) {
                // Within a tick the speed changes by this at most.
                let speed = was.max(is) + acceleration / TICK_RATE as f32;
                let beyond = (to - from).length() - (speed * SLEW / FRAMES + ROUNDING);
                leap = leap.max(beyond);
                pictures += 1;
            }
            before = now_seen;
            ShipControls::default()
        });
    }
    println!(
        "ping {:.0} ms, {:.0} ms of jitter, stalls: {stalls}: at most {leap:.2} units",
        2000.0 * delay,
        500.0 * jitter
    );
    assert!(pictures > 7000);
    leap
}

/// Round trips of 0, 100 and 200 ms, with jitter of 30 ms to either side.
fn assert_smooth(stalls: bool) {
    for delay in [0.0, 0.05, 0.1] {
        for jitter in [0.0, 0.06] {
            let leap = leap(delay, jitter, stalls);
            assert!(leap < UNNOTICED, "a leap of {leap} units at {delay} s each way and up to {jitter} s more");
        }
    }
}

#[test]
fn with_jitter_no_ship_goes_further_in_a_picture_than_its_speed_allows() {
    assert_smooth(false);
}

#[test]
fn after_a_stall_a_ship_is_brought_to_its_place_without_a_leap() {
    assert_smooth(true);
}
