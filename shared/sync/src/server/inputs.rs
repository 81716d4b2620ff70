//! From the arrival of an input to its effect at a tick.

use std::collections::VecDeque;

use crate::{
    Tick,
    game::Controls,
    protocol::limits::{INPUT_LAG_MAX_TICKS, INPUT_LEAD_MAX_TICKS, INPUTS_WAITING_MAX},
};

/// Fractions of a tick in which arrivals are measured.
pub const ARRIVAL_STEPS: i64 = 16;

/// When something arrived, in 1/16 tick of the room's clock: `16 * t` is the moment at which tick `t` is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival(pub i64);

/// What takes effect in a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken<C> {
    /// The controls.
    pub controls: C,
    /// The tick of the newest input among them and how early it arrived, in 1/16 tick; `None` where a press was let go that an earlier
    /// tick had held back.
    pub newest: Option<(Tick, i16)>,
    /// The latest moment that the player had seen, in 1/16 tick; `None` as above.
    pub view: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting<C> {
    tick: Tick,
    controls: C,
    /// What the player saw, in 1/16 tick.
    view: i64,
    arrival: Arrival,
}

/// Inputs that no honest client on a usable network sends, by what was wrong with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OddInputs {
    /// Dropped: further ahead than [`INPUT_LEAD_MAX_TICKS`].
    pub ahead: u64,
    /// Taken all the same, at once: further behind than [`INPUT_LAG_MAX_TICKS`].
    pub behind: u64,
    /// Dropped, the oldest first: more than [`INPUTS_WAITING_MAX`] waited.
    pub waiting: u64,
}

impl OddInputs {
    /// How many were dropped.
    pub fn dropped(&self) -> u64 {
        self.ahead + self.waiting
    }
}

/// The inputs of one player that wait for their tick, bounded.
///
/// An input that comes late takes effect at the next tick. Several for one tick fold into one, in order; where that
/// kept a press that the last of them had let go, the letting go follows one tick later, so that nothing sticks.
#[derive(Clone, Debug, Default)]
pub struct InputQueue<C> {
    waiting: VecDeque<Waiting<C>>,
    held_back: Option<C>,
    odd: OddInputs,
}

impl<C: Controls> InputQueue<C> {
    /// Takes in an input for `tick` that arrived when the room was at `now`. One that is too far ahead is dropped and counted; one too many
    /// takes the place of the oldest, so that after any burst the newest holds.
    /// `view` is what the player saw when it decided, in 1/16 tick.
    pub fn push(&mut self, tick: Tick, (controls, view): (C, i64), arrival: Arrival, now: Tick) {
        let lead = i64::from(tick) - i64::from(now);
        if lead > i64::from(INPUT_LEAD_MAX_TICKS) {
            self.odd.ahead += 1;
            return;
        }
        if lead < -i64::from(INPUT_LAG_MAX_TICKS) {
            self.odd.behind += 1;
        }
        if self.waiting.len() == INPUTS_WAITING_MAX {
            self.odd.waiting += 1;
            self.waiting.pop_front();
        }
        let at = self.waiting.partition_point(|other| other.tick <= tick);
        self.waiting.insert(at, Waiting { tick, controls, view, arrival });
    }

    /// What takes effect in tick `now`, if anything does.
    pub fn take(&mut self, now: Tick) -> Option<Taken<C>> {
        let mut folded = self.held_back.take();
        let (mut newest, mut view) = (None, None);
        let mut last = folded;
        while let Some(next) = self.waiting.pop_front_if(|next| next.tick <= now) {
            folded =
                Some(folded.filter(|_| newest.is_some()).map_or(next.controls, |earlier| earlier.fold(next.controls)));
            last = Some(next.controls);
            newest = Some((next.tick, margin(next.tick, next.arrival)));
            view = view.max(Some(next.view));
        }
        let controls = folded?;
        self.held_back = last.filter(|&last| last != controls);
        Some(Taken { controls, newest, view })
    }

    /// Those that were odd so far.
    pub fn odd(&self) -> OddInputs {
        self.odd
    }
}

fn margin(tick: Tick, arrival: Arrival) -> i16 {
    let due = i64::from(tick) * ARRIVAL_STEPS;
    (due - arrival.0).clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct Button {
        pressed: bool,
        aim: u8,
    }

    impl Controls for Button {
        fn to_bits(self) -> u32 {
            u32::from(self.pressed) << 8 | u32::from(self.aim)
        }

        fn from_bits(bits: u32) -> Option<Self> {
            Some(Self { pressed: bits >> 8 & 1 == 1, aim: bits as u8 })
        }

        fn fold(self, later: Self) -> Self {
            Self { pressed: self.pressed || later.pressed, ..later }
        }
    }

    fn queue(inputs: &[(Tick, bool)]) -> InputQueue<Button> {
        let mut queue = InputQueue::default();
        for &(tick, pressed) in inputs {
            queue.push(tick, (Button { pressed, aim: tick as u8 }, 0), Arrival(0), 0);
        }
        queue
    }

    fn pressed(queue: &mut InputQueue<Button>, now: Tick) -> Option<bool> {
        queue.take(now).map(|taken| taken.controls.pressed)
    }

    #[test]
    fn an_input_waits_for_its_tick() {
        let mut queue = queue(&[(3, true)]);
        assert_eq!(pressed(&mut queue, 2), None);
        assert_eq!(pressed(&mut queue, 3), Some(true));
        assert_eq!(pressed(&mut queue, 4), None);
    }

    #[test]
    fn a_late_input_takes_effect_at_once() {
        let mut queue = queue(&[(1, true)]);
        assert_eq!(pressed(&mut queue, 9), Some(true));
    }

    #[test]
    fn a_press_between_two_ticks_is_held_for_one_and_then_let_go() {
        let mut queue = queue(&[(1, true), (1, false)]);
        assert_eq!(pressed(&mut queue, 1), Some(true));
        assert_eq!(pressed(&mut queue, 2), Some(false));
        assert_eq!(pressed(&mut queue, 3), None);
    }

    #[test]
    fn a_release_held_back_gives_way_to_newer_controls() {
        let mut queue = queue(&[(1, true), (1, false), (2, true)]);
        assert_eq!(pressed(&mut queue, 1), Some(true));
        assert_eq!(pressed(&mut queue, 2), Some(true));
        assert_eq!(pressed(&mut queue, 3), None);
    }

    #[test]
    fn the_margin_says_how_early_an_input_came() {
        let mut queue = InputQueue::default();
        queue.push(10, (Button::default(), 0), Arrival(10 * ARRIVAL_STEPS - 5), 9);
        queue.push(11, (Button::default(), 0), Arrival(11 * ARRIVAL_STEPS + 3), 11);
        assert_eq!(queue.take(10).and_then(|taken| taken.newest), Some((10, 5)));
        assert_eq!(queue.take(12).and_then(|taken| taken.newest), Some((11, -3)));
    }

    #[test]
    fn after_a_burst_of_more_inputs_than_may_wait_the_newest_holds() {
        let mut queue = InputQueue::default();
        let late = INPUTS_WAITING_MAX as Tick + 20;
        for tick in 1..=late {
            queue.push(tick, (Button { pressed: false, aim: tick as u8 }, 0), Arrival(0), late);
        }
        assert_eq!(queue.take(late + 1).map(|taken| u32::from(taken.controls.aim)), Some(late));
    }

    #[test]
    fn what_is_too_far_ahead_or_too_much_is_dropped_and_counted() {
        let mut queue = queue(&[(INPUT_LEAD_MAX_TICKS + 1, true)]);
        assert_eq!(queue.odd(), OddInputs { ahead: 1, ..OddInputs::default() });
        for tick in 0..INPUTS_WAITING_MAX as Tick + 3 {
            queue.push(tick, (Button::default(), 0), Arrival(0), 0);
        }
        assert_eq!(queue.odd(), OddInputs { ahead: 1, waiting: 3, ..OddInputs::default() });
        assert_eq!(queue.odd().dropped(), 4);
    }

    #[test]
    fn what_comes_far_too_late_is_counted_and_takes_effect_all_the_same() {
        let mut queue = InputQueue::default();
        for (tick, behind) in [(1000 - INPUT_LAG_MAX_TICKS, 0), (999 - INPUT_LAG_MAX_TICKS, 1)] {
            queue.push(tick, (Button { pressed: true, aim: 0 }, 0), Arrival(0), 1000);
            assert_eq!(queue.odd().behind, behind);
            assert_eq!(pressed(&mut queue, 1001), Some(true));
        }
    }
}
