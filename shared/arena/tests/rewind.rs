//! A shot is judged by what its shooter saw, whatever the round trip.

#[path = "../../sync/tests/common/pair.rs"]
mod pair;

use pair::Net;
use tickwire_arena::{Arena, DEFAULT_TUNING, Entity, Event, ShipControls};
use tickwire_sync::{client::Session, game::RulesSource, grid::Angle, server::Room};

const MAP: &str = r#"
    name = "Range"
    width = 4000
    height = 4000
    spawns = [[2000, 2000], [2450, 2000]]
"#;

/// The target flies around the shooter, some 400 units a second fast and as many away.
fn around(tick: u32) -> ShipControls {
    let turn = if tick < 10 { -1 } else { i8::from(tick > 20 && tick.is_multiple_of(5)) };
    ShipControls { turn, thrust: tick > 20, ..ShipControls::default() }
}

/// Aims right at where the other ship is seen at this moment, and fires while it crosses within range.
fn dead_on(session: &Session<Arena>, now: f64) -> ShipControls {
    let Some(Entity::Ship(own)) = session.avatar() else { return ShipControls::default() };
    let mut controls = ShipControls::default();
    session.scene(now, |seen| {
        if let (Entity::Ship(target), false) = (seen.state, seen.own) {
            let way = glam::Vec2::new(seen.pose.x - own.x.units(), seen.pose.y - own.y.units());
            let velocity = glam::Vec2::new(target.vx.units(), target.vy.units());
            let crosses = way.perp_dot(velocity).abs() > 0.9 * way.length() * velocity.length();
            controls = ShipControls {
                aim: Angle::from_radians(way.to_angle()),
                rail: crosses && way.length() < 700.0,
                ..controls
            };
        }
    });
    controls
}

/// The share of the shots that hit, and how many there were.
fn hits(round_trip_seconds: f64, rewind_ticks: u32) -> (f64, u32) {
    // The target is to last: a beam takes one point.
    let tuning: &str = DEFAULT_TUNING.replace("damage = 40 ", "damage = 1 ").leak();
    let mut net = Net::<Arena>::with_rules(3, RulesSource { tuning, map: MAP });
    net.room = Room::with_rewind(net.room.rules.clone(), 3, rewind_ticks);
    net.delay_seconds = round_trip_seconds / 2.0;
    net.jitter_seconds = 0.03;
    net.join();
    net.join();
    let (mut shots, mut hits) = (0, 0);
    for tick in 0..2400 {
        let settled = tick > 200;
        net.tick_seeing(|index, session, now| match index {
            0 if settled => dead_on(session, now),
            0 => ShipControls::default(),
            _ => around(tick),
        });
        for (_, event) in net.room.events() {
            match event {
                Event::Beam(beam) if beam.by == 0 => shots += 1,
                Event::Hit(hit) if hit.by == 0 => hits += 1,
                _ => {}
            }
        }
    }
    (f64::from(hits) / f64::from(shots), shots)
}

#[test]
fn dead_on_shots_hit_with_rewinding_and_miss_without_it() {
    for round_trip in [0.0, 0.1, 0.2] {
        let ((with, shots), (without, _)) = (hits(round_trip, 12), hits(round_trip, 0));
        assert!(shots > 30, "{shots} shots");
        println!("round trip {round_trip} s: {with} of {shots} hit with rewinding, {without} without");
        assert!(with > 0.95, "round trip {round_trip} s: {with} of {shots} dead-on shots hit with rewinding");
        assert!(without < 0.1, "round trip {round_trip} s: {without} of {shots} dead-on shots hit without");
    }
}
