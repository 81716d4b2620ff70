//! How far ahead of the server a client acts, and how far behind it looks. Both follow what is measured, by themselves.
//!
//! All ticks here are fractional. A clock does not jump: it runs a few percent faster or slower until it is right. Where it is off by more than
//! [`FAR_SECONDS`], what the player does jumps, since late inputs are worse; what the player sees hurries, up to [`VIEW_JUMP_SECONDS`].

use std::collections::VecDeque;

use crate::Tick;

/// An error above this is not worth slewing away gently.
const FAR_SECONDS: f64 = 0.25;
/// Arrivals that are so far off for so long tell of another network, not of a stall, after which all comes at once.
const FAR_FOR_SECONDS: f64 = 0.3;
/// An error of the view above this is jumped over: a leap is better than seconds of haste.
const VIEW_JUMP_SECONDS: f64 = 1.0;
/// For so long after a client woke, what arrives had waited for it.
const WAKING_SECONDS: f64 = 0.1;
/// The most that a clock runs faster or slower: small enough to go unnoticed in motion.
const SLEW_MAX: f64 = 0.05;
/// The same where the view is far off.
const HURRY_MAX: f64 = 0.5;
/// How fast an error is slewed away, as a share of it a second, below [`SLEW_MAX`].
const SLEW_GAIN: f64 = 1.0;
/// Weight of a new sample in the running means: about the last 16 count.
const SAMPLE_WEIGHT: f64 = 1.0 / 16.0;
/// How many mean deviations of jitter to keep clear of: about 98 % of arrivals if they were normal.
const JITTER_DEVIATIONS: f64 = 3.0;
/// The view stays a tick behind the newest snapshot, so that there are two to blend between.
const VIEW_DELAY_TICKS: f64 = 1.0;
/// An input should arrive half a tick early, plus what jitter takes.
const INPUT_MARGIN_TICKS: f64 = 0.5;
/// Before the first input was acknowledged, this is assumed as the round trip.
const FIRST_LEAD_SECONDS: f64 = 0.1;
/// How many sent inputs are remembered until the server says how early they came.
const LEADS_MAX: usize = 128;

/// The clocks of one client.
#[derive(Clone, Debug)]
pub struct Clock {
    tick_rate: f64,
    /// `tick - now * tick_rate` over the arrivals of snapshots: mean, and mean distance from it.
    arrival: Option<f64>,
    jitter_ticks: f64,
    /// Since when arrivals are far off.
    far_since: Option<f64>,
    /// When the client was last awake, and when it woke from its last sleep.
    awake_at: f64,
    woke_at: f64,
    /// What `now * tick_rate` is added to: the view, and the prediction.
    view: Slewed,
    lead: Slewed,
    lead_measured: bool,
    /// The offset of `lead` when each input was sent.
    leads: VecDeque<(Tick, f64, f64)>,
    round_trip_seconds: Option<f64>,
}

/// An offset that follows its target at a bounded speed.
#[derive(Clone, Copy, Debug, Default)]
struct Slewed {
    offset: f64,
    target: f64,
    at: f64,
    /// A larger error, in seconds, is jumped over.
    jump_seconds: f64,
}

impl Slewed {
    fn new(jump_seconds: f64) -> Self {
        Self { jump_seconds, ..Self::default() }
    }

    fn jump(&mut self, target: f64) {
        self.offset = target;
        self.target = target;
    }

    fn advance(&mut self, now: f64, tick_rate: f64) {
        let elapsed = (now - self.at).max(0.0);
        self.at = self.at.max(now);
        let error = self.target - self.offset;
        if error.abs() > self.jump_seconds * tick_rate {
            self.offset = self.target;
        } else {
            let most = if error.abs() > FAR_SECONDS * tick_rate { HURRY_MAX } else { SLEW_MAX };
            let bound = most * elapsed * tick_rate;
            let wanted = error * (SLEW_GAIN * elapsed).min(1.0);
            self.offset += wanted.clamp(-bound, bound);
        }
    }
}

impl Clock {
    /// The clocks of a client of a server with `tick_rate` ticks a second.
    pub fn new(tick_rate: u32) -> Self {
        Self {
            tick_rate: f64::from(tick_rate),
            arrival: None,
            jitter_ticks: 0.0,
            far_since: None,
            awake_at: 0.0,
            woke_at: f64::MIN,
            view: Slewed::new(VIEW_JUMP_SECONDS),
            lead: Slewed::new(FAR_SECONDS),
            lead_measured: false,
            leads: VecDeque::new(),
            round_trip_seconds: None,
        }
    }

    /// A snapshot of `tick` arrived.
    pub fn arrived(&mut self, tick: Tick, now: f64) {
        self.is_awake(now);
        let sample = f64::from(tick) - now * self.tick_rate;
        let Some(mean) = &mut self.arrival else {
            self.arrival = Some(sample);
            self.view.jump(sample - VIEW_DELAY_TICKS);
            self.lead.jump(sample + FIRST_LEAD_SECONDS * self.tick_rate);
            return;
        };
        let off = sample - *mean;
        let waking = now - self.woke_at < WAKING_SECONDS;
        let is_far = off.abs() > FAR_SECONDS * self.tick_rate;
        let far_for = if is_far { now - *self.far_since.get_or_insert(now) } else { 0.0 };
        if waking || far_for > FAR_FOR_SECONDS {
            *mean = sample;
            self.far_since = None;
        } else if !is_far {
            self.far_since = None;
            *mean += off * SAMPLE_WEIGHT;
            self.jitter_ticks += (off.abs() - self.jitter_ticks) * SAMPLE_WEIGHT;
        }
        let mean = *mean;
        self.view.target = mean - VIEW_DELAY_TICKS - self.jitter_margin();
        if !self.lead_measured {
            self.lead.target = mean + FIRST_LEAD_SECONDS * self.tick_rate;
        }
    }

    /// What waited while the client itself slept says nothing about the network.
    fn is_awake(&mut self, now: f64) {
        if now - self.awake_at > FAR_SECONDS {
            self.woke_at = now;
        }
        self.awake_at = self.awake_at.max(now);
    }

    fn jitter_margin(&self) -> f64 {
        self.jitter_ticks * JITTER_DEVIATIONS
    }

    /// An input for `tick` is sent. One for a tick that began long ago, which the client slept through, is late for that reason, whatever the
    /// lead is.
    pub fn input_sent(&mut self, tick: Tick, now: f64) {
        let late = now * self.tick_rate + self.lead.offset - f64::from(tick);
        if late > FAR_SECONDS * self.tick_rate {
            return;
        }
        if self.leads.len() == LEADS_MAX {
            self.leads.pop_front();
        }
        self.leads.push_back((tick, self.lead.offset, now));
    }

    /// The server says, in its snapshot of `snapshot_tick`, that the input for `tick` arrived `margin_ticks` early.
    pub fn input_measured(&mut self, tick: Tick, margin_ticks: f64, snapshot_tick: Tick, now: f64) {
        while let Some((sent, offset, sent_at)) = self.leads.pop_front() {
            if sent < tick {
                continue;
            }
            if sent > tick {
                self.leads.push_front((sent, offset, sent_at));
                return;
            }
            // With this lead it would have arrived just as early as it should.
            let wanted = offset - margin_ticks + INPUT_MARGIN_TICKS + self.jitter_margin();
            if self.lead_measured {
                self.lead.target += (wanted - self.lead.target) * SAMPLE_WEIGHT * 2.0;
            } else {
                self.lead_measured = true;
                self.lead.target = wanted;
            }
            // From its arrival it waited for its tick, and then for a snapshot with something to say.
            let waited = (f64::from(snapshot_tick) - f64::from(tick) + margin_ticks) / self.tick_rate;
            let round_trip = (now - sent_at - waited).max(0.0);
            let mean = self.round_trip_seconds.get_or_insert(round_trip);
            *mean += (round_trip - *mean) * SAMPLE_WEIGHT;
            return;
        }
    }

    /// Lets the clocks run to `now`.
    pub fn advance(&mut self, now: f64) {
        self.is_awake(now);
        self.view.advance(now, self.tick_rate);
        self.lead.advance(now, self.tick_rate);
    }

    /// The time at which others are seen, in ticks; `None` before the first snapshot.
    pub fn view(&self, now: f64) -> Option<f64> {
        self.arrival.map(|_| now * self.tick_rate + self.view.offset)
    }

    /// The time at which the own avatar acts, in ticks; `None` before the first snapshot.
    pub fn predicted(&self, now: f64) -> Option<f64> {
        self.arrival.map(|_| now * self.tick_rate + self.lead.offset)
    }

    /// How far behind the mean newest snapshot the others are seen, in seconds; `None` before the first.
    pub fn view_delay_seconds(&self) -> Option<f64> {
        self.arrival.map(|mean| (mean - self.view.offset) / self.tick_rate)
    }

    /// The mean distance of arrivals from their mean, in seconds.
    pub fn jitter_seconds(&self) -> f64 {
        self.jitter_ticks / self.tick_rate
    }

    /// The time from an input's sending to the arrival of the snapshot that has it, less what it waited at the server; `None` before the first.
    pub fn round_trip_seconds(&self) -> Option<f64> {
        self.round_trip_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// What is under way to the client: the snapshot of a tick, and the input that it has, with its margin.
    struct UnderWay {
        arrives: f64,
        tick: Tick,
        input: Option<(Tick, f64)>,
    }

    /// A client and a server at 30 Hz with the given one-way delay and jitter, for some seconds, with a snapshot only every `silence` ticks;
    /// gives the margins of the inputs, in ticks, and the clock.
    fn run(delay: f64, jitter: f64, silence: Tick, seconds: u32) -> (Vec<f64>, Clock) {
        let (margins, clock) = run_all((delay, jitter), silence, seconds, (f64::MAX, f64::MAX));
        (margins.into_iter().map(|(_, margin)| margin).collect(), clock)
    }

    /// The same with a snapshot in each tick, and a client that is asleep for a while: what came meanwhile is read in one go when it wakes.
    fn run_with_sleep(delay: f64, jitter: f64, seconds: u32, asleep: (f64, f64)) -> (Vec<(f64, f64)>, Clock) {
        run_all((delay, jitter), 1, seconds, asleep)
    }

    /// Margins with the time at which each input was sent.
    fn run_all(
        (delay, jitter): (f64, f64),
        silence: Tick,
        seconds: u32,
        asleep: (f64, f64),
    ) -> (Vec<(f64, f64)>, Clock) {
        let mut random = Random::keyed(1, 0, 0, 0);
        let mut late = move || delay + jitter * f64::from(random.fraction());
        let mut clock = Clock::new(30);
        let (mut margins, mut under_way, mut inputs) = (Vec::new(), Vec::new(), Vec::<(Tick, f64)>::new());
        let (mut predicted, mut ticked) = (0, 0);
        for millis in 0..seconds * 1000 {
            let now = f64::from(millis) / 1000.0;
            let awake = !(asleep.0..asleep.1).contains(&now);
            if awake {
                clock.advance(now);
            }
            let tick = (now * 30.0) as Tick;
            if tick > ticked && tick.is_multiple_of(silence) {
                let taken =
                    |&(input, margin): &(Tick, f64)| f64::from(input).max(f64::from(input) - margin) <= f64::from(tick);
                let input = inputs.iter().copied().rfind(taken);
                under_way.push(UnderWay { arrives: now + late(), tick, input });
                inputs.retain(|input| !taken(input));
            }
            ticked = tick;
            under_way.retain(|snapshot: &UnderWay| {
                if snapshot.arrives <= now && awake {
                    clock.arrived(snapshot.tick, now);
                    if let Some((input, margin)) = snapshot.input {
                        clock.input_measured(input, margin, snapshot.tick, now);
                    }
                }
                snapshot.arrives > now || !awake
            });
            if !awake {
                continue;
            }
            let Some(time) = clock.predicted(now) else { continue };
            if time as Tick > predicted {
                // After a sleep, as a session does, for the first tick that was missed.
                let input = predicted + 1;
                predicted = time as Tick;
                clock.input_sent(input, now);
                let margin = f64::from(input) - (now + late()) * 30.0;
                margins.push((now, margin));
                inputs.push((input, margin));
            }
        }
        (margins, clock)
    }

    fn margins(delay: f64, jitter: f64, seconds: u32) -> Vec<f64> {
        run(delay, jitter, 1, seconds).0
    }

    #[test]
    fn the_round_trip_is_measured_without_what_the_server_waits() {
        for (delay, silence) in [(0.0, 1), (0.05, 1), (0.05, 3), (0.2, 3)] {
            let (_, clock) = run(delay, 0.0, silence, 20);
            let measured = clock.round_trip_seconds().expect("inputs were acknowledged");
            assert!((measured - 2.0 * delay).abs() < 0.01, "delay {delay}, silence {silence}: {measured}");
        }
    }

    #[test]
    fn inputs_arrive_in_time_whatever_the_round_trip() {
        for delay in [0.0, 0.05, 0.1, 0.3] {
            let margins = margins(delay, 0.0, 20);
            let settled = &margins[margins.len() / 2..];
            let late = settled.iter().filter(|&&margin| margin < 0.0).count();
            assert_eq!(late, 0, "delay {delay}: {settled:?}");
            let mean = settled.iter().sum::<f64>() / settled.len() as f64;
            assert!(mean < 1.5, "delay {delay}: {mean} ticks early on average");
        }
    }

    #[test]
    fn jitter_buys_a_larger_margin() {
        let margins = margins(0.05, 0.03, 20);
        let settled = &margins[margins.len() / 2..];
        let late = settled.iter().filter(|&&margin| margin < 0.0).count();
        assert!(late * 50 < settled.len(), "{late} of {} late", settled.len());
    }

    #[test]
    fn a_client_that_slept_for_a_minute_is_back_in_step_within_a_second() {
        for (delay, jitter) in [(0.02, 0.0), (0.1, 0.02)] {
            let (wakes, seconds) = (70.0, 90);
            let (margins, clock) = run_with_sleep(delay, jitter, seconds, (10.0, wakes));
            let after: Vec<_> = margins.iter().filter(|(at, _)| *at > wakes + 1.0).collect();
            let late = after.iter().filter(|(_, margin)| *margin < 0.0).count();
            assert!(after.len() > 500 && late * 50 < after.len(), "delay {delay}: {late} of {} late", after.len());
            let early = after.iter().map(|(_, margin)| *margin).fold(0.0, f64::max);
            assert!(early < 6.0, "delay {delay}: up to {early} ticks early");
            let view = clock.view(f64::from(seconds)).expect("snapshots came") / 30.0;
            let behind = f64::from(seconds) - view - delay;
            assert!((0.0..0.25).contains(&behind), "delay {delay}: the view is {behind} s behind");
        }
    }

    #[test]
    fn the_view_never_runs_backwards() {
        let mut random = Random::keyed(2, 0, 0, 0);
        let mut clock = Clock::new(30);
        let mut last = f64::MIN;
        let mut now = 0.0_f64;
        for tick in 0..600 {
            now = now.max(f64::from(tick) / 30.0 + 0.05 * f64::from(random.fraction()));
            clock.advance(now);
            clock.arrived(tick, now);
            let view = clock.view(now).unwrap();
            assert!(view >= last, "tick {tick}: {view} after {last}");
            last = view;
        }
    }
}
