//! How much a client gets, and how often: what it acknowledges decides.
//!
//! The kernel and the network hold some hundred kilobytes without a sign, so the age of what is under way is measured, not its size. Age alone
//! comes too late: by the time that the oldest is too old, a link of a third of what is sent has three times as much queued. And fewer
//! snapshots alone do not help: what is told late must be told at length. So, once round trips show a queue, it is measured how many bytes the
//! link carries, and that bounds each snapshot and all that is under way, as BBR does for TCP; the rest waits in order of importance. The age
//! has the last word. All times are in 1/16 tick.

use std::{collections::VecDeque, time::Duration};

use super::inputs::{ARRIVAL_STEPS, Arrival};
use crate::{
    Tick,
    protocol::limits::{IN_FLIGHT_AGE_MAX, SNAPSHOTS_IN_FLIGHT_MAX, TOO_SLOW_AFTER, TOO_SLOW_AT_FIRST_AFTER},
};

/// How many snapshots may be under way before any came back; doubled with each acknowledgement until they meet a queue.
const WINDOW_START: f64 = 4.0;
/// A round trip that is longer than the smallest one by more than this has met a queue; less is jitter.
const QUEUEING: Duration = Duration::from_millis(50);
/// What is under way beyond the round trip is at most what the link carries in this time.
const QUEUE_MAX: Duration = Duration::from_millis(100);
/// What arrives within at least such a time, all of it behind a queue, shows what the link carries. What was held up and then comes in a lump
/// takes less, and shows nothing.
const MEASURED_OVER: Duration = Duration::from_millis(60);
/// So much of what the link carries is used while there is a queue, so that it drains.
const DRAINING: f64 = 0.95;
/// While there is no queue, twice as much is tried after such a time.
const DOUBLED_AFTER: Duration = Duration::from_secs(4);
/// A link that carries more than this is taken to carry anything, in bytes a second.
const UNLIMITED: f64 = 1e6;
/// A snapshot of fewer bytes is not worth its headers, and waits for the next tick, where the link is limited.
const WORTH_SENDING: f64 = 100.0;
/// A client that is held back for so long, most of the time, may have a longer way by now: the round trip is measured anew.
const PROBE_AFTER: Duration = Duration::from_secs(10);
/// The share of ticks held back above which that is so.
const PROBE_SHARE: f64 = 0.5;

/// A snapshot that is under way.
#[derive(Clone, Copy, Debug)]
struct Sent {
    tick: Tick,
    at: Arrival,
    bytes: usize,
}

/// What arrived behind a queue.
#[derive(Clone, Copy, Debug)]
struct Measurement {
    /// When the last before it reached the client.
    since: Arrival,
    bytes: usize,
}

/// The pace of one client.
#[derive(Debug)]
pub(crate) struct Pace {
    tick_rate: u32,
    in_flight: VecDeque<Sent>,
    bytes_in_flight: usize,
    /// The smallest round trip since the last probe.
    round_trip: Option<i64>,
    /// The same before that, which holds until another is measured.
    round_trip_before: Option<i64>,
    /// How many snapshots may be under way while it is not known what the link carries.
    window: f64,
    /// What the link carries, in bytes in 1/16 tick; `None` as long as it carried everything.
    rate: Option<f64>,
    measurement: Option<Measurement>,
    /// What may be sent at that rate and was not yet, in bytes.
    saved: f64,
    /// When the newest acknowledged snapshot reached the client, later by the way of the acknowledgement; `None` as long as none was.
    reached: Option<Arrival>,
    /// When counting of what was held back began, and what was counted since: ticks held back, ticks.
    counted: (Arrival, u32, u32),
    /// Nothing is sent until all is acknowledged: the next round trip is measured on an empty way.
    probing: bool,
}

impl Pace {
    pub(crate) fn new(tick_rate: u32) -> Self {
        Self {
            tick_rate,
            in_flight: VecDeque::new(),
            bytes_in_flight: 0,
            round_trip: None,
            round_trip_before: None,
            window: WINDOW_START,
            rate: None,
            measurement: None,
            saved: 0.0,
            reached: None,
            counted: (Arrival(0), 0, 0),
            probing: false,
        }
    }

    /// A snapshot of so many bytes was handed over.
    pub(crate) fn sent(&mut self, tick: Tick, now: Arrival, bytes: usize) {
        self.in_flight.push_back(Sent { tick, at: now, bytes });
        self.bytes_in_flight += bytes;
        self.saved -= bytes as f64;
    }

    /// The client said, in a message that arrived at `now`, that the snapshot of `ack` reached it `age` before it spoke. Gives the round trip
    /// that this shows.
    pub(crate) fn acknowledged(&mut self, ack: Tick, age: i64, now: Arrival) -> Option<i64> {
        let (mut newest, mut bytes) = (None, 0);
        while let Some(sent) = self.in_flight.pop_front_if(|sent| sent.tick <= ack) {
            bytes += sent.bytes;
            newest = Some(sent);
        }
        self.bytes_in_flight -= bytes;
        let sent = newest.filter(|sent| sent.tick == ack)?;
        let round_trip = (now.0 - sent.at.0 - age).max(0);
        let smallest = self.round_trip.map_or(round_trip, |smallest| smallest.min(round_trip));
        self.round_trip = Some(smallest);
        let reached = Arrival(now.0 - age);
        let before = self.reached.replace(reached).unwrap_or(reached);
        if round_trip <= smallest + self.steps(QUEUEING) {
            self.measurement = None;
            self.widen(reached.0 - before.0);
        } else if self.in_flight.is_empty() {
            // It took its own time, and not that of a queue.
            self.measurement = None;
        } else {
            self.measure(reached, bytes);
        }
        Some(round_trip)
    }

    /// There is a queue, and so many bytes came out of it up to a moment.
    fn measure(&mut self, reached: Arrival, bytes: usize) {
        // What arrived first may have found the way empty.
        let Some(measurement) = &mut self.measurement else {
            self.measurement = Some(Measurement { since: reached, bytes: 0 });
            return;
        };
        measurement.bytes += bytes;
        let Measurement { since, bytes } = *measurement;
        let took = reached.0 - since.0;
        if took >= self.steps(MEASURED_OVER) {
            let shown = DRAINING * bytes as f64 / took as f64;
            self.rate = Some(self.rate.filter(|rate| *rate < shown).map_or(shown, |rate| f64::midpoint(rate, shown)));
            self.measurement = Some(Measurement { since: reached, bytes: 0 });
        }
    }

    /// There was no queue for so long.
    fn widen(&mut self, time: i64) {
        self.window = (2.0 * self.window).min(SNAPSHOTS_IN_FLIGHT_MAX as f64);
        let share = time as f64 / self.steps(DOUBLED_AFTER) as f64;
        let unlimited = UNLIMITED / f64::from(self.tick_rate) / ARRIVAL_STEPS as f64;
        self.rate = self.rate.map(|rate| rate * (1.0 + share.clamp(0.0, 1.0))).filter(|rate| *rate < unlimited);
    }

    /// A tick has passed: whether another snapshot may be built at `now`.
    pub(crate) fn tick(&mut self, now: Arrival) -> bool {
        if let Some(rate) = self.rate {
            let most = rate * self.steps(QUEUE_MAX) as f64;
            self.saved = (self.saved + rate * ARRIVAL_STEPS as f64).min(most);
        }
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
        let room = match self.rate {
            None => self.in_flight.len() as f64 + 1.0 <= self.window,
            Some(rate) => self.unused(rate) >= WORTH_SENDING.min(rate * self.steps(QUEUEING) as f64),
        };
        if self.probing || !room || self.in_flight.len() >= SNAPSHOTS_IN_FLIGHT_MAX {
            return false;
        }
        let Some(round_trip) = self.round_trip.or(self.round_trip_before) else { return true };
        now.0 - oldest.at.0 <= round_trip + self.steps(IN_FLIGHT_AGE_MAX)
    }

    /// How many bytes the next snapshot may have; `None` where the link carries anything.
    pub(crate) fn allowance(&self) -> Option<usize> {
        self.rate.map(|rate| self.unused(rate).max(0.0) as usize)
    }

    fn unused(&self, rate: f64) -> f64 {
        let under_way_max = match self.round_trip {
            // What is to measure the way must be short itself.
            None => self.steps(QUEUEING),
            Some(round_trip) => round_trip + self.steps(QUEUE_MAX),
        };
        self.saved.min(rate * under_way_max as f64 - self.bytes_in_flight as f64)
    }

    fn consider_probe(&mut self, now: Arrival, ready: bool) {
        let (since, held, ticks) = self.counted;
        self.counted = (since, held + u32::from(!ready), ticks + 1);
        if now.0 - since.0 >= self.steps(PROBE_AFTER) {
            self.probing = f64::from(held) > PROBE_SHARE * f64::from(ticks);
            self.counted = (now, 0, 0);
        }
    }

    /// Whether the client has taken in nothing for longer than anybody waits.
    pub(crate) fn is_stalled(&self, now: Arrival) -> bool {
        let Some(oldest) = self.in_flight.front() else { return false };
        match self.reached {
            None => now.0 - oldest.at.0 > self.steps(TOO_SLOW_AT_FIRST_AFTER),
            Some(reached) => now.0 - oldest.at.0.max(reached.0) > self.steps(TOO_SLOW_AFTER),
        }
    }

    /// Nothing is under way any more: the client was away.
    pub(crate) fn forget(&mut self) {
        self.in_flight.clear();
        self.bytes_in_flight = 0;
        self.measurement = None;
        self.probing = false;
    }

    /// A duration in 1/16 tick.
    fn steps(&self, duration: Duration) -> i64 {
        (duration.as_secs_f64() * f64::from(self.tick_rate) * ARRIVAL_STEPS as f64) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 30;

    fn ms(milliseconds: i64) -> Arrival {
        Arrival(milliseconds * i64::from(RATE) * ARRIVAL_STEPS / 1000)
    }

    /// The size of a snapshot that says everything.
    const WHOLE: usize = 200;

    /// In ms; by then it is known what the link carries.
    const SETTLED: i64 = 5000;

    /// What came over a link that carries so many bytes a second, `delay` ms away each way, to a client that acknowledges every 100 ms: the age
    /// in ms and the size of each snapshot, over `seconds` less the first [`SETTLED`].
    fn arrivals(bytes_per_second: i64, delay: i64, seconds: i64) -> Vec<(i64, usize)> {
        let mut pace = Pace::new(RATE);
        let (mut free_at, mut under_way, mut acks) = (0, VecDeque::new(), VecDeque::new());
        let (mut newest, mut acked_at, mut arrived) = (None, 0, Vec::new());
        for tick in 1..seconds * i64::from(RATE) {
            let now = tick * 1000 / i64::from(RATE);
            while let Some((at, sent, bytes, tick)) =
                under_way.pop_front_if(|(at, ..): &mut (i64, i64, usize, Tick)| *at <= now)
            {
                if sent >= SETTLED {
                    arrived.push((at - sent, bytes));
                }
                newest = Some((tick, at));
            }
            if let Some((tick, at)) = newest.filter(|_| now - acked_at >= 100) {
                acked_at = now;
                acks.push_back((now + delay, tick, now - at));
            }
            while let Some((at, tick, age)) = acks.pop_front_if(|(at, ..): &mut (i64, Tick, i64)| *at <= now) {
                pace.acknowledged(tick, ms(age).0, ms(at));
            }
            if pace.tick(ms(now)) {
                let bytes = pace.allowance().unwrap_or(WHOLE).min(WHOLE);
                free_at = free_at.max(now) + bytes as i64 * 1000 / bytes_per_second;
                under_way.push_back((free_at + delay, now, bytes, tick as Tick));
                pace.sent(tick as Tick, ms(now), bytes);
            }
        }
        arrived
    }

    #[test]
    fn a_client_on_a_good_link_is_not_held_back() {
        for delay in [0, 20, 100, 240] {
            let arrived = arrivals(100_000, delay, 60);
            assert!(arrived.len() > 54 * 30, "{} snapshots in 55 s at a delay of {delay} ms", arrived.len());
            assert!(arrived.iter().all(|(_, bytes)| *bytes == WHOLE));
        }
    }

    #[test]
    fn a_client_on_a_slow_link_gets_less_and_that_fresh() {
        for bytes_per_second in [400, 800, 2000, 4000] {
            for delay in [5, 50, 150] {
                let arrived = arrivals(bytes_per_second, delay, 120);
                let worst = arrived.iter().map(|(age, _)| age).max().expect("snapshots came") - delay;
                assert!(worst < 400, "{worst} ms over the delay of {delay} ms at {bytes_per_second} bytes a second");
                let bytes = arrived.iter().map(|(_, bytes)| bytes).sum::<usize>();
                assert!(
                    bytes as i64 > 115 * bytes_per_second * 6 / 10,
                    "{bytes} bytes at {bytes_per_second} bytes a second and a delay of {delay} ms"
                );
            }
        }
    }

    #[test]
    fn a_stall_is_no_slow_link() {
        let mut pace = Pace::new(RATE);
        for tick in 1..300 {
            let now = i64::from(tick) * 1000 / i64::from(RATE);
            // For a second and a half nothing comes, then all at once.
            let stalled = (3000..4500).contains(&now);
            if pace.tick(ms(now)) {
                pace.sent(tick, ms(now), WHOLE);
            }
            if !stalled {
                pace.acknowledged(tick.saturating_sub(1), 0, ms(now));
            }
            assert_eq!(pace.allowance(), None, "at {now} ms");
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
            if pace.tick(ms(now)) {
                pace.sent(tick as Tick, ms(now), WHOLE);
                under_way.push_back((now + round_trip, tick as Tick));
                sent_late += u32::from(now > 25_000);
            }
        }
        assert!(sent_late > 140, "{sent_late} snapshots in the last 5 s");
    }

    #[test]
    fn a_client_that_takes_in_nothing_is_stalled() {
        let mut pace = Pace::new(RATE);
        pace.sent(1, ms(0), WHOLE);
        assert!(!pace.is_stalled(ms(25_000)), "before it has a welcome of some kilobytes may be under way");
        assert!(pace.is_stalled(ms(35_000)));
        pace.acknowledged(1, 0, ms(35_000));
        pace.sent(2, ms(35_000), WHOLE);
        assert!(!pace.is_stalled(ms(40_000)));
        assert!(pace.is_stalled(ms(45_000)));
        pace.acknowledged(2, 0, ms(45_000));
        assert!(!pace.is_stalled(ms(55_000)));
    }
}
