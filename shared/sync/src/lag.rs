//! A simulated bad network, one direction of it: messages go in at one time and come out at a later one.
//!
//! It delays as TCP does: nothing is lost and nothing is reordered, and what is late holds up all that follows. There is no
//! clock in here: times are seconds since any moment, as the caller counts them. Server and page run this very code.
//!
//! ```
//! use std::time::Duration;
//! use tickwire_sync::lag::{LagLine, LagSettings};
//!
//! let settings = LagSettings { lag: Duration::from_millis(120), ..LagSettings::default() };
//! let mut line = LagLine::new(settings, 7);
//! line.push("hello", 1.0);
//! assert_eq!(line.take(1.059), None);
//! assert_eq!(line.take(1.061), Some("hello"));
//! ```

use std::{collections::VecDeque, fmt, time::Duration};

use crate::random::Random;

/// The most that can be added to a round trip.
pub const LAG_MAX: Duration = Duration::from_secs(2);
/// The most that chance can add to one way.
pub const JITTER_MAX: Duration = Duration::from_secs(1);
/// The longest stall.
pub const STALL_MAX: Duration = Duration::from_secs(10);
/// Messages that can be under way in one direction. At 128 Hz, that is more than the longest lag, jitter and stall hold
/// together.
pub const UNDER_WAY_MAX: usize = 4096;

const _: () = {
    let longest_seconds = LAG_MAX.as_secs() + JITTER_MAX.as_secs() + STALL_MAX.as_secs();
    assert!(UNDER_WAY_MAX as u64 > longest_seconds * 128 * 2, "two messages a tick at 128 Hz fit the line");
};

/// Purposes of random numbers.
const JITTER: u32 = 0;
const STALLS: u32 = 1;

/// How bad the network is. The default adds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LagSettings {
    /// Added to the round trip, half of it each way; at most [`LAG_MAX`].
    pub lag: Duration,
    /// Added to each way of each message: a random part of it, uniform from nothing to all; at most [`JITTER_MAX`].
    pub jitter: Duration,
    /// How often, and for how long, nothing gets through.
    pub stall: Stall,
}

/// When nothing gets through for a while, as after a lost packet that TCP has yet to repeat. The default never happens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stall {
    /// The chance that one begins, at a random moment, in each second and each direction, 0 to 1. One never begins in another.
    pub chance: f32,
    /// How long it holds everything back; at most [`STALL_MAX`].
    pub duration: Duration,
}

impl LagSettings {
    /// Whether messages are delayed at all.
    pub fn is_on(&self) -> bool {
        !self.lag.is_zero() || !self.jitter.is_zero() || self.stall.happens()
    }
}

impl Stall {
    fn happens(&self) -> bool {
        self.chance > 0.0 && !self.duration.is_zero()
    }
}

/// As in `120 ms of lag, up to 30 ms of jitter each way, stalls of 300 ms (1 % a second each way)`.
impl fmt::Display for LagSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lag, jitter, stall } = self;
        write!(f, "{} ms of lag", lag.as_millis())?;
        if !jitter.is_zero() {
            write!(f, ", up to {} ms of jitter each way", jitter.as_millis())?;
        }
        if stall.happens() {
            let percent = (stall.chance * 10_000.0).round() / 100.0;
            write!(f, ", stalls of {} ms ({percent} % a second each way)", stall.duration.as_millis())?;
        }
        Ok(())
    }
}

/// One direction of a simulated network. The same seed and the same times give the same delays.
#[derive(Debug)]
pub struct LagLine<T> {
    settings: LagSettings,
    jitter: Random,
    stalls: Stalls,
    /// When each comes out, in order.
    under_way: VecDeque<(f64, T)>,
    /// When the last message that went in comes out: none after it is earlier.
    last_due: f64,
}

impl<T> LagLine<T> {
    /// An empty line. Each of a server's lines has a seed of its own, or all stall at once.
    pub fn new(settings: LagSettings, seed: u64) -> Self {
        Self {
            settings,
            jitter: Random::keyed(seed, JITTER, 0, 0),
            stalls: Stalls { random: Random::keyed(seed, STALLS, 0, 0), upcoming: None, second: 0.0, until: 0.0 },
            under_way: VecDeque::new(),
            last_due: 0.0,
        }
    }

    /// Changes the network from now on; what is under way comes out when it would have.
    pub fn change(&mut self, settings: LagSettings) {
        self.stalls.upcoming = None;
        self.settings = settings;
    }

    /// A message goes in. When the line is full, see [`is_full`](Self::is_full), its oldest message is due at once.
    pub fn push(&mut self, message: T, now: f64) {
        if self.is_full()
            && let Some((due, _)) = self.under_way.front_mut()
        {
            *due = due.min(now);
        }
        let LagSettings { lag, jitter, stall } = self.settings;
        let delay = lag.as_secs_f64() / 2.0 + jitter.as_secs_f64() * f64::from(self.jitter.fraction());
        let due = self.stalls.through(stall, now + delay).max(self.last_due);
        self.last_due = due;
        self.under_way.push_back((due, message));
    }

    /// When the next message comes out, if one is under way.
    pub fn next_due(&self) -> Option<f64> {
        self.under_way.front().map(|(due, _)| *due)
    }

    /// The next message that is due, if one is.
    pub fn take(&mut self, now: f64) -> Option<T> {
        self.under_way.pop_front_if(|(due, _)| *due <= now).map(|(_, message)| message)
    }

    /// The next message, due or not: for who gives the line up, and wants to lose nothing.
    pub fn take_early(&mut self) -> Option<T> {
        self.under_way.pop_front().map(|(_, message)| message)
    }

    /// Whether a message that goes in comes out at once: nothing delays it, and nothing is before it.
    pub fn is_clear(&self) -> bool {
        !self.settings.is_on() && self.is_empty()
    }

    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Whether [`UNDER_WAY_MAX`] messages are under way: take some before more go in.
    pub fn is_full(&self) -> bool {
        self.under_way.len() >= UNDER_WAY_MAX
    }
}

/// The stalls of a line, drawn second by second as the times of messages get there.
#[derive(Debug)]
struct Stalls {
    random: Random,
    /// The beginning of the next stall, if it is drawn already.
    upcoming: Option<f64>,
    /// The next second to be drawn.
    second: f64,
    /// The end of the last stall that has begun.
    until: f64,
}

impl Stalls {
    /// When what would come out at `due` does come out.
    fn through(&mut self, stall: Stall, due: f64) -> f64 {
        if !stall.happens() {
            return due.max(self.until);
        }
        // A line that was idle for longer has no stall left from before.
        self.second = self.second.max((due - stall.duration.as_secs_f64()).floor() - 1.0);
        loop {
            while self.upcoming.is_none() && self.second <= due {
                self.draw(stall);
            }
            match self.upcoming.take_if(|start| *start <= due) {
                Some(start) => self.until = start + stall.duration.as_secs_f64(),
                None => return due.max(self.until),
            }
        }
    }

    fn draw(&mut self, stall: Stall) {
        let happens = self.random.fraction() < stall.chance;
        let start = self.second + f64::from(self.random.fraction());
        if happens && start >= self.until {
            self.upcoming = Some(start);
        }
        self.second += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: LagSettings = LagSettings {
        lag: Duration::ZERO,
        jitter: Duration::ZERO,
        stall: Stall { chance: 0.0, duration: Duration::ZERO },
    };

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// The delays, in seconds, of messages that go in at `rate` a second for `seconds`.
    fn delays(settings: LagSettings, seed: u64, (rate, seconds): (u32, u32)) -> Vec<f64> {
        let mut line = LagLine::new(settings, seed);
        let mut delays = Vec::new();
        for number in 0..rate * seconds {
            let now = f64::from(number) / f64::from(rate);
            line.push(now, now);
            // What is not due yet is looked at early, to learn when it is.
            let due = line.last_due;
            delays.push(due - now);
            while line.take(due).is_some() {}
        }
        delays
    }

    #[test]
    fn without_settings_nothing_is_delayed() {
        assert!(!NOTHING.is_on());
        assert!(delays(NOTHING, 1, (30, 10)).iter().all(|delay| *delay == 0.0));
    }

    #[test]
    fn half_of_the_lag_goes_each_way() {
        let settings = LagSettings { lag: millis(120), ..NOTHING };
        assert!(delays(settings, 1, (30, 10)).iter().all(|delay| (delay - 0.06).abs() < 1e-9));
    }

    #[test]
    fn jitter_adds_half_of_itself_on_average() {
        let settings = LagSettings { lag: millis(40), jitter: millis(30), ..NOTHING };
        // At 30 Hz messages are further apart than the jitter, so none waits for another.
        let delays = delays(settings, 3, (30, 600));
        assert!(delays.iter().all(|delay| (0.02..0.05).contains(delay)));
        let mean = delays.iter().sum::<f64>() / delays.len() as f64;
        assert!((mean - 0.035).abs() < 0.0005, "{mean}");
        assert!(delays.iter().any(|delay| *delay < 0.0203) && delays.iter().any(|delay| *delay > 0.0497));
    }

    #[test]
    fn stalls_begin_as_often_as_they_should_and_hold_back_all_until_their_end() {
        let (rate, seconds) = (100, 20_000);
        let settings = LagSettings { stall: Stall { chance: 0.01, duration: millis(300) }, ..NOTHING };
        let delays = delays(settings, 11, (rate, seconds));
        let held: Vec<_> = delays.iter().enumerate().filter(|(_, delay)| **delay > 1e-9).collect();
        assert!(held.iter().all(|(_, delay)| **delay <= 0.3 + 1e-9));
        // Within a stall all come out together: the delay shrinks as time goes by.
        let begins = held.windows(2).filter(|pair| pair[1].0 != pair[0].0 + 1).count() + 1;
        assert!((160..240).contains(&begins), "{begins} stalls in 20,000 seconds of 1 %");
        let ends_together = |pair: &[(usize, &f64)]| {
            let [(first, before), (second, after)] = *pair else { return true };
            second != first + 1 || (before - after - 0.01).abs() < 1e-6
        };
        assert!(held.windows(2).all(ends_together));
    }

    #[test]
    fn stalls_in_every_second_leave_gaps_in_which_the_line_moves() {
        let settings = LagSettings { stall: Stall { chance: 1.0, duration: millis(2_500) }, ..NOTHING };
        let delays = delays(settings, 5, (50, 60));
        assert!(delays.iter().all(|delay| *delay <= 2.5));
        assert!(delays.iter().filter(|delay| **delay > 0.0).count() * 10 > delays.len() * 7);
    }

    #[test]
    fn a_line_that_was_idle_for_a_year_is_ready_at_once() {
        let stall = Stall { chance: 0.5, duration: millis(100) };
        let mut line = LagLine::new(LagSettings { lag: millis(10), stall, ..NOTHING }, 1);
        line.push((), 3e7);
        assert!(line.next_due().is_some_and(|due| (3e7 + 0.005..=3e7 + 0.105).contains(&due)));
    }

    #[test]
    fn what_is_under_way_keeps_its_time_when_the_network_changes_and_its_place_too() {
        let mut line = LagLine::new(LagSettings { lag: millis(400), ..NOTHING }, 1);
        line.push('a', 0.0);
        line.change(NOTHING);
        line.push('b', 0.1);
        assert_eq!(line.take(0.19), None);
        assert!(!line.is_clear());
        assert_eq!((line.take(0.2), line.take(0.2), line.take(9.0)), (Some('a'), Some('b'), None));
        assert!(line.is_clear());
        line.push('c', 0.3);
        assert_eq!(line.take(0.3), Some('c'));
    }

    #[test]
    fn a_full_line_lets_its_oldest_message_out_at_once() {
        let mut line = LagLine::new(LagSettings { lag: LAG_MAX, ..NOTHING }, 1);
        (0..UNDER_WAY_MAX).for_each(|number| line.push(number, 0.0));
        assert!(line.is_full());
        assert_eq!(line.take(0.1), None);
        line.push(UNDER_WAY_MAX, 0.1);
        assert_eq!((line.take(0.1), line.take(0.1)), (Some(0), None));
        assert!((1..=UNDER_WAY_MAX).all(|number| line.take_early() == Some(number)));
        assert!(line.is_empty());
    }

    #[test]
    fn settings_read_as_a_sentence() {
        let all =
            LagSettings { lag: millis(120), jitter: millis(30), stall: Stall { chance: 0.01, duration: millis(300) } };
        assert_eq!(
            all.to_string(),
            "120 ms of lag, up to 30 ms of jitter each way, stalls of 300 ms (1 % a second each way)"
        );
        assert_eq!(LagSettings { lag: millis(80), ..NOTHING }.to_string(), "80 ms of lag");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_or_reordered_and_every_delay_is_within_its_bounds(
            seed: u64,
            (lag, jitter, chance, stall) in (0..2_000_u64, 0..1_000_u64, 0.0..1.0_f32, 0..10_000_u64),
            pauses in proptest::collection::vec(0.0..0.5_f64, 1..200),
        ) {
            let settings = LagSettings {
                lag: millis(lag),
                jitter: millis(jitter),
                stall: Stall { chance, duration: millis(stall) },
            };
            let run = || {
                let mut line = LagLine::new(settings, seed);
                let (mut now, mut sent, mut came) = (0.0, Vec::new(), Vec::new());
                for (number, pause) in pauses.iter().enumerate() {
                    now += pause;
                    while let Some(due) = line.next_due().filter(|due| *due <= now) {
                        came.push((due, line.take(due).expect("it is due")));
                    }
                    line.push(number, now);
                    sent.push(now);
                }
                while let Some(due) = line.next_due() {
                    came.push((due, line.take(due).expect("it is due")));
                }
                (sent, came)
            };
            let (sent, came) = run();
            let numbers: Vec<_> = came.iter().map(|(_, number)| *number).collect();
            proptest::prop_assert_eq!(numbers, (0..pauses.len()).collect::<Vec<_>>());
            proptest::prop_assert!(came.is_sorted_by(|one, next| one.0 <= next.0));
            let least = settings.lag.as_secs_f64() / 2.0;
            let most = least + (settings.jitter + settings.stall.duration).as_secs_f64();
            for (due, number) in &came {
                let delay = due - sent[*number];
                proptest::prop_assert!(delay > least - 1e-9 && delay < most + 1e-9, "{} of {}..{}", delay, least, most);
            }
            proptest::prop_assert_eq!((sent, came), run());
        }
    }
}
