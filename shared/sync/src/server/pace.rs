//! How much a client gets, and how often: what it acknowledges decides, and an operator's limit.
//!
//! The kernel and the network hold some hundred kilobytes without a sign, so the age of what is under way is measured, not its size. Age alone
//! comes too late: by the time that the oldest is too old, a link of a third of what is sent has three times as much queued. So a window
//! bounds how many are under way, as in TCP, and the age is the last word. All times are in 1/16 tick.

use std::{collections::VecDeque, time::Duration};

use super::inputs::{ARRIVAL_STEPS, Arrival};
use crate::{
    Tick,
    protocol::limits::{IN_FLIGHT_AGE_MAX, SNAPSHOTS_IN_FLIGHT_MAX, TOO_SLOW_AFTER},
};

/// How many snapshots may be under way before it is known what the link carries.
const WINDOW_START: f64 = 4.0;
/// By so much it widens with each acknowledgement, once there was a queue.
const WINDOW_STEP: f64 = 0.5;
/// A round trip that is longer than the smallest one by more than this has met a queue; less is jitter.
const QUEUEING: Duration = Duration::from_millis(50);
/// A client that is held back for so long, most of the time, may have a longer way by now: the round trip is measured anew.
const PROBE_AFTER: Duration = Duration::from_secs(10);
/// The share of ticks held back above which that is so.
const PROBE_SHARE: f64 = 0.5;

/// A snapshot that is under way.
#[derive(Clone, Copy, Debug)]
struct Sent {
    tick: Tick,
    at: Arrival,
}

/// The pace of one client.
#[derive(Debug)]
pub(crate) struct Pace {
    tick_rate: u32,
    in_flight: VecDeque<Sent>,
    /// The smallest round trip since the last probe.
    round_trip: Option<i64>,
    /// The same before that, which holds until another is measured.
    round_trip_before: Option<i64>,
    /// How many snapshots may be under way: doubled until they meet a queue, cut to what the link carries when they do, then widened slowly.
    window: f64,
    /// From one arrival to the next while there is a queue; `None` as long as there never was one.
    interval: Option<f64>,
    /// When the newest acknowledged snapshot reached the client, later by the way of the acknowledgement.
    reached: Arrival,
    /// When counting of what was held back began, and what was counted since: ticks held back, ticks.
    counted: (Arrival, u32, u32),
    /// Nothing is sent until all is acknowledged: the next round trip is measured on an empty way.
    probing: bool,
}

impl Pace {
    pub(crate) fn new(tick_rate: u32) -> Self {
        let counted = (Arrival(0), 0, 0);
        Self {
            tick_rate,
            in_flight: VecDeque::new(),
            round_trip: None,
            round_trip_before: None,
            window: WINDOW_START,
            interval: None,
            reached: Arrival(0),
            counted,
            probing: false,
        }
    }

    /// A snapshot was handed over.
    pub(crate) fn sent(&mut self, tick: Tick, now: Arrival) {
        self.in_flight.push_back(Sent { tick, at: now });
    }

    /// The client said, in a message that arrived at `now`, that the snapshot of `ack` reached it `age` before it spoke.
    pub(crate) fn acknowledged(&mut self, ack: Tick, age: i64, now: Arrival) {
        let (mut newest, mut arrived) = (None, 0);
        while let Some(sent) = self.in_flight.pop_front_if(|sent| sent.tick <= ack) {
            newest = Some(sent);
            arrived += 1;
        }
        let Some(sent) = newest.filter(|sent| sent.tick == ack) else { return };
        let round_trip = (now.0 - sent.at.0 - age).max(0);
        let smallest = self.round_trip.map_or(round_trip, |smallest| smallest.min(round_trip));
        self.round_trip = Some(smallest);
        let reached = Arrival(now.0 - age);
        let interval = (reached.0 - self.reached.0).max(0) as f64 / f64::from(arrived);
        self.reached = reached;
        if round_trip > smallest + steps(QUEUEING, self.tick_rate) {
            let mean = self.interval.map_or(interval, |mean| f64::midpoint(mean, interval));
            self.interval = Some(mean);
            self.window = ((smallest + steps(IN_FLIGHT_AGE_MAX, self.tick_rate)) as f64 / mean.max(1.0)).max(1.0);
        } else {
            self.window += if self.interval.is_some() { WINDOW_STEP } else { self.window };
        }
        self.window = self.window.min(SNAPSHOTS_IN_FLIGHT_MAX as f64);
    }

    /// Whether another snapshot may be built at `now`; to be asked once a tick.
    pub(crate) fn is_ready(&mut self, now: Arrival) -> bool {
        let ready = self.has_room(now);
        self.consider_probe(now, ready);
        ready
    }

    fn has_room(&mut self, now: Arrival) -> bool {
        let Some(oldest) = self.in_flight.front() else {
            if core::mem::take(&mut self.probing) {
                self.round_trip_before = self.round_trip.take();
            }
            return true;
        };
        if self.probing || self.in_flight.len() as f64 + 1.0 > self.window {
            return false;
        }
        let Some(round_trip) = self.round_trip.or(self.round_trip_before) else { return true };
        now.0 - oldest.at.0 <= round_trip + steps(IN_FLIGHT_AGE_MAX, self.tick_rate)
    }

    fn consider_probe(&mut self, now: Arrival, ready: bool) {
        let (since, held, ticks) = &mut self.counted;
        *held += u32::from(!ready);
        *ticks += 1;
        if now.0 - since.0 < steps(PROBE_AFTER, self.tick_rate) {
            return;
        }
        self.probing = f64::from(*held) > PROBE_SHARE * f64::from(*ticks);
        self.counted = (now, 0, 0);
    }

    /// Whether the client has taken in nothing for longer than anybody waits.
    pub(crate) fn is_stalled(&self, now: Arrival) -> bool {
        self.in_flight.front().is_some_and(|oldest| now.0 - oldest.at.0 > steps(TOO_SLOW_AFTER, self.tick_rate))
    }

    /// Nothing is under way any more: the client was away.
    pub(crate) fn forget(&mut self) {
        self.in_flight.clear();
        self.probing = false;
    }
}

/// A duration in 1/16 tick.
fn steps(duration: Duration, tick_rate: u32) -> i64 {
    (duration.as_secs_f64() * f64::from(tick_rate) * ARRIVAL_STEPS as f64) as i64
}

/// How many bytes an operator lets a client have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Bytes a tick.
    per_tick: f64,
    /// What was not used yet.
    saved: f64,
}

/// Unused bytes count for so many ticks.
const SAVED_TICKS_MAX: f64 = 4.0;

impl Budget {
    /// `kbps` kilobits a second at `tick_rate`.
    pub(crate) fn new(kbps: u32, tick_rate: u32) -> Self {
        let per_tick = f64::from(kbps) * 125.0 / f64::from(tick_rate.max(1));
        Self { per_tick, saved: per_tick }
    }

    /// A tick has passed.
    pub(crate) fn tick(&mut self) {
        self.saved = (self.saved + self.per_tick).min(self.per_tick * SAVED_TICKS_MAX);
    }

    /// What may be spent now, in bytes.
    pub(crate) fn left(&self) -> usize {
        self.saved.max(0.0) as usize
    }

    /// So many bytes were sent; what must be sent may exceed what is left.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.saved -= bytes as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 30;

    fn ms(milliseconds: i64) -> Arrival {
        Arrival(milliseconds * i64::from(RATE) * ARRIVAL_STEPS / 1000)
    }

    /// A client on a link that carries one snapshot every `serving` ms, `delay` ms away each way, that acknowledges every 100 ms; gives the age
    /// of each snapshot at its arrival in ms, over `seconds`.
    fn ages(serving: i64, delay: i64, seconds: i64) -> Vec<i64> {
        let mut pace = Pace::new(RATE);
        let (mut free_at, mut under_way, mut acks) = (0, VecDeque::new(), VecDeque::new());
        let (mut newest, mut acked_at, mut ages) = (None, 0, Vec::new());
        for tick in 1..seconds * i64::from(RATE) {
            let now = tick * 1000 / i64::from(RATE);
            while let Some((arrived, sent, tick)) = under_way.pop_front_if(|(at, ..): &mut (i64, i64, Tick)| *at <= now)
            {
                ages.push(arrived - sent);
                newest = Some((tick, arrived));
            }
            if let Some((tick, at)) = newest.filter(|_| now - acked_at >= 100) {
                acked_at = now;
                acks.push_back((now + delay, tick, now - at));
            }
            while let Some((at, tick, age)) = acks.pop_front_if(|(at, ..): &mut (i64, Tick, i64)| *at <= now) {
                pace.acknowledged(tick, ms(age).0, ms(at));
            }
            if pace.is_ready(ms(now)) {
                free_at = free_at.max(now) + serving;
                under_way.push_back((free_at + delay, now, tick as Tick));
                pace.sent(tick as Tick, ms(now));
            }
        }
        ages
    }

    #[test]
    fn a_client_on_a_good_link_is_not_held_back() {
        for delay in [0, 20, 100, 240] {
            let ages = ages(1, delay, 60);
            assert!(ages.len() > 59 * 30 - 15, "{} snapshots in 60 s at a delay of {delay} ms", ages.len());
        }
    }

    #[test]
    fn a_client_on_a_slow_link_gets_fewer_but_fresh_snapshots() {
        for delay in [5, 50, 150] {
            let ages = ages(100, delay, 120);
            let settled = &ages[20..];
            let worst = settled.iter().max().expect("snapshots came") - delay;
            assert!(worst < 400, "{worst} ms over the delay of {delay} ms");
            assert!(
                ages.len() > 120 * 10 * 7 / 10,
                "{} snapshots of the {} that the link carries",
                ages.len(),
                120 * 10
            );
        }
    }

    #[test]
    fn a_longer_way_is_noticed() {
        let mut pace = Pace::new(RATE);
        let mut under_way = VecDeque::new();
        let mut sent_late = 0;
        for tick in 1..30 * i64::from(RATE) {
            let now = tick * 1000 / i64::from(RATE);
            let round_trip = if now < 2000 { 20 } else { 500 };
            while let Some((_, tick)) = under_way.pop_front_if(|(at, _): &mut (i64, Tick)| *at <= now) {
                pace.acknowledged(tick, 0, ms(now));
            }
            if pace.is_ready(ms(now)) {
                pace.sent(tick as Tick, ms(now));
                under_way.push_back((now + round_trip, tick as Tick));
                sent_late += u32::from(now > 25_000);
            }
        }
        assert!(sent_late > 140, "{sent_late} snapshots in the last 5 s");
    }

    #[test]
    fn a_client_that_takes_in_nothing_is_stalled() {
        let mut pace = Pace::new(RATE);
        pace.sent(1, ms(0));
        assert!(!pace.is_stalled(ms(5000)));
        assert!(pace.is_stalled(ms(10_000)));
        pace.acknowledged(1, 0, ms(10_000));
        assert!(!pace.is_stalled(ms(20_000)));
    }

    #[test]
    fn a_budget_is_kept_on_average_and_not_hoarded() {
        let mut budget = Budget::new(240, RATE);
        let mut spent = 0;
        for _ in 0..300 {
            budget.tick();
            let bytes = budget.left().min(1500);
            budget.spend(bytes);
            spent += bytes;
        }
        assert!((spent as f64 / 10.0 / 30_000.0 - 1.0).abs() < 0.02, "{spent} bytes in 10 s");
        (0..300).for_each(|_| budget.tick());
        assert_eq!(budget.left(), 4000);
    }
}
