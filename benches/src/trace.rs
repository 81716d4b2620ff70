//! Traces: controls that are drawn from a seed and look at nothing, so that servers of any kind can be measured under the same ones.

use clap::ValueEnum;
use tickwire_arena::{Arena, ShipControls};
use tickwire_sync::{
    Tick,
    client::Session,
    grid::{ANGLE_STEPS, Angle},
    random::Random,
};

use crate::pilot::Pilot;

/// The mean time from one change of course to the next, in seconds.
pub const COURSE_SECONDS: f64 = 0.5;
/// The furthest that a mouse moves the aim in a tick, in 1/1024 turn.
pub const MOUSE_STEPS: u32 = 8;
/// The purpose of the random numbers of traces.
const TRACE: u32 = 200;

/// Which controls a bot draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Trace {
    /// At exponentially distributed moments, 0.5 s apart on average, all is drawn anew: turn left, not or right (0.45, 0.1, 0.45), thrust (0.7), aim (any)
    Steering,
    /// As steering, and in every other tick the aim moves by 1 to 8 steps of 1/1024 turn, either way
    Mouse,
    /// As mouse, with the trigger held: everybody fires all the time, after the first magazine as fast as shots grow back
    Fight,
}

/// Draws the controls of one bot.
#[derive(Clone, Debug)]
pub struct Tracer {
    trace: Trace,
    random: Random,
    controls: ShipControls,
    /// The tick that `controls` are of; `None` before the first.
    tick: Option<Tick>,
}

impl Tracer {
    /// The trace of bot `number`, which draws from a generator of its own.
    pub fn new(trace: Trace, seed: u64, number: u32) -> Self {
        let random = Random::keyed(seed, TRACE, number, 0);
        Self { trace, random, controls: ShipControls::default(), tick: None }
    }

    /// The controls of `tick`, in a room of `tick_rate` ticks a second. Whatever came about in ticks that were left out is not lost.
    pub fn controls(&mut self, tick: Tick, tick_rate: u32) -> ShipControls {
        let change = change_chance(tick_rate);
        let last = self.tick.replace(tick);
        if last.is_none() {
            self.change_course();
        }
        let ticks = last.map_or(0, |last| tick.saturating_sub(last));
        for _ in 0..ticks {
            if f64::from(self.random.fraction()) < change {
                self.change_course();
            } else if self.trace != Trace::Steering {
                self.move_mouse();
            }
        }
        self.controls
    }

    fn change_course(&mut self) {
        let turn = match self.random.fraction() {
            ..0.45 => -1,
            ..0.55 => 0,
            _ => 1,
        };
        self.controls = ShipControls {
            turn,
            thrust: self.random.fraction() < 0.7,
            aim: Angle::from_steps(self.random.below(ANGLE_STEPS as u32) as i32),
            fire: self.trace == Trace::Fight,
            ..ShipControls::default()
        };
    }

    fn move_mouse(&mut self) {
        let steps = match self.random.below(2 * MOUSE_STEPS) as i32 - MOUSE_STEPS as i32 {
            left @ ..0 => left,
            right => right + 1,
        };
        self.controls.aim = Angle::from_steps(self.controls.aim.steps() + steps);
    }
}

/// The chance that the course changes in a tick.
fn change_chance(tick_rate: u32) -> f64 {
    -(-1.0 / (COURSE_SECONDS * f64::from(tick_rate))).exp_m1()
}

impl Pilot<Arena> for Tracer {
    fn decide(&mut self, tick: Tick, session: &Session<Arena>) -> ShipControls {
        self.controls(tick, session.tick_rate())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKS: u32 = 200_000;

    /// The controls of a trace at 30 Hz, tick by tick.
    fn drawn(trace: Trace) -> Vec<ShipControls> {
        let mut tracer = Tracer::new(trace, 5, 3);
        (0..TICKS).map(|tick| tracer.controls(tick, 30)).collect()
    }

    /// The share of ticks after the first in which `what` holds of the controls before and now.
    fn share(controls: &[ShipControls], what: impl Fn(ShipControls, ShipControls) -> bool) -> f64 {
        let count = controls.windows(2).filter(|pair| what(pair[0], pair[1])).count();
        count as f64 / (controls.len() - 1) as f64
    }

    fn assert_near(found: f64, expected: f64, what: &str) {
        assert!((found / expected - 1.0).abs() < 0.03, "{what}: {found}, not {expected}");
    }

    #[test]
    fn a_course_changes_in_0_0645_of_the_ticks_at_30_hz_and_as_often_a_second_at_any_rate() {
        assert_near(change_chance(30), 0.0645, "chance");
        let steering = drawn(Trace::Steering);
        // One change in 1024 draws the same aim again, and nearly always something else changes with it.
        assert_near(share(&steering, |before, now| before != now), change_chance(30), "changes");
        for rate in [10, 60, 128] {
            let mut tracer = Tracer::new(Trace::Steering, 5, 3);
            let controls: Vec<_> = (0..TICKS).map(|tick| tracer.controls(tick, rate)).collect();
            let changes = share(&controls, |before, now| before != now) * f64::from(rate);
            assert_near(changes, change_chance(rate) * f64::from(rate), "changes a second");
        }
    }

    #[test]
    fn waits_between_changes_of_course_are_exponential() {
        let steering = drawn(Trace::Steering);
        let mut waits = vec![0];
        for pair in steering.windows(2) {
            *waits.last_mut().expect("never empty") += 1;
            if pair[0] != pair[1] {
                waits.push(0);
            }
        }
        let waits = &waits[1..waits.len() - 1];
        let longer = |ticks: u32| waits.iter().filter(|&&wait| wait > ticks).count() as f64 / waits.len() as f64;
        for ticks in [5, 15, 30] {
            assert_near(longer(ticks), (-f64::from(ticks) / 15.0).exp(), "waits that are longer");
        }
    }

    #[test]
    fn a_course_is_drawn_as_the_trace_says() {
        let steering = drawn(Trace::Steering);
        let courses: Vec<_> = steering.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| pair[1]).collect();
        let of = |what: fn(&ShipControls) -> bool| {
            courses.iter().filter(|course| what(course)).count() as f64 / courses.len() as f64
        };
        assert_near(of(|course| course.turn == -1), 0.45, "left");
        assert_near(of(|course| course.turn == 1), 0.45, "right");
        assert!((of(|course| course.turn == 0) - 0.1).abs() < 0.01);
        assert_near(of(|course| course.thrust), 0.7, "thrust");
        assert_near(of(|course| course.aim.steps() < 512), 0.5, "aims in the first half");
        assert!(courses.iter().all(|course| !course.fire && !course.brake));
    }

    #[test]
    fn a_mouse_moves_by_one_to_eight_steps_in_every_tick_without_a_new_course() {
        let mouse = drawn(Trace::Mouse);
        let moved = |before: ShipControls, now: ShipControls| {
            let steps = (now.aim.steps() - before.aim.steps()).rem_euclid(ANGLE_STEPS);
            let small = (1..=8).contains(&steps) || (ANGLE_STEPS - 8..ANGLE_STEPS).contains(&steps);
            (before.turn, before.thrust) == (now.turn, now.thrust) && small
        };
        let still = share(&mouse, |before, now| before.aim == now.aim);
        assert!(still < 0.001, "the aim changes in practically every tick, but not in {still}");
        // A new course that keeps turn, thrust and nearly the aim is rare enough to be forgotten.
        assert_near(share(&mouse, moved), 1.0 - change_chance(30), "moves of the mouse");
        for steps in (1..=8).chain(ANGLE_STEPS - 8..ANGLE_STEPS) {
            let by = |before: ShipControls, now: ShipControls| {
                moved(before, now) && (now.aim.steps() - before.aim.steps()).rem_euclid(ANGLE_STEPS) == steps
            };
            assert_near(share(&mouse, by), (1.0 - change_chance(30)) / 16.0, "moves of a size");
        }
    }

    #[test]
    fn in_a_fight_the_trigger_is_held_and_the_rest_is_as_the_mouse_has_it() {
        let fight = drawn(Trace::Fight);
        assert!(fight.iter().all(|controls| controls.fire));
        let mouse: Vec<_> =
            drawn(Trace::Mouse).iter().map(|controls| ShipControls { fire: true, ..*controls }).collect();
        assert_eq!(fight, mouse);
    }

    #[test]
    fn ticks_that_are_left_out_are_drawn_all_the_same() {
        let every = drawn(Trace::Mouse);
        let mut some = Tracer::new(Trace::Mouse, 5, 3);
        for tick in [0, 1, 5, 6, 40, 1000, 1000, 1001] {
            assert_eq!(some.controls(tick, 30), every[tick as usize], "tick {tick}");
        }
    }

    #[test]
    fn bots_and_seeds_draw_differently_and_the_same_ones_alike() {
        let first = |seed, number| {
            let mut tracer = Tracer::new(Trace::Steering, seed, number);
            (0..300).map(|tick| tracer.controls(tick, 30)).collect::<Vec<_>>()
        };
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(1, 3));
        assert_ne!(first(1, 2), first(2, 2));
    }
}
