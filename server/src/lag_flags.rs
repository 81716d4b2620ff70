//! The flags of the simulated bad network: how they are written, and what they mean.

use std::time::Duration;

use clap::Args;
use tickwire_sync::lag::{JITTER_MAX, LAG_MAX, LagSettings, STALL_MAX, Stall};

/// A bad network, for developers: what is added to every game connection.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq)]
#[command(next_help_heading = "For developers: a bad network")]
pub struct LagFlags {
    /// Lag added to every round trip, half of it each way, as in 120ms; up to 2s
    #[arg(long, env = "TICKWIRE_SIMULATE_LAG", value_name = "TIME", value_parser = lag, allow_hyphen_values = true)]
    pub simulate_lag: Option<Duration>,

    /// A random part of this is added to each message each way, as in 30ms; up to 1s
    #[arg(long, env = "TICKWIRE_JITTER", value_name = "TIME", value_parser = jitter, allow_hyphen_values = true)]
    pub jitter: Option<Duration>,

    /// The chance, in each second and each way, of a stall, and how long it holds everything back, as in
    /// 1%/300ms; up to 10s
    #[arg(long, env = "TICKWIRE_STALL", value_name = "CHANCE/TIME", value_parser = stall, allow_hyphen_values = true)]
    pub stall: Option<Stall>,
}

impl LagFlags {
    /// The network that the flags describe; `None` when it is to be as it is.
    pub fn settings(&self) -> Option<LagSettings> {
        let settings = LagSettings {
            lag: self.simulate_lag.unwrap_or_default(),
            jitter: self.jitter.unwrap_or_default(),
            stall: self.stall.unwrap_or_default(),
        };
        settings.is_on().then_some(settings)
    }
}

fn lag(text: &str) -> Result<Duration, String> {
    time(text, LAG_MAX)
}

fn jitter(text: &str) -> Result<Duration, String> {
    time(text, JITTER_MAX)
}

fn stall(text: &str) -> Result<Stall, String> {
    let parts = text.split_once('/').and_then(|(chance, duration)| Some((chance.trim().strip_suffix('%')?, duration)));
    let (percent, duration) = parts.ok_or("expected a chance in percent, a slash and a time, as in 1%/300ms")?;
    let percent = number(percent).filter(|percent| *percent <= 100.0);
    let percent = percent.ok_or("expected a chance of 0 to 100 percent, as in 1%/300ms")?;
    Ok(Stall { chance: percent as f32 / 100.0, duration: time(duration, STALL_MAX)? })
}

/// A time with its unit, up to `most`.
fn time(text: &str, most: Duration) -> Result<Duration, String> {
    let text = text.trim();
    let seconds = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => number(millis).map(|millis| millis / 1000.0),
        (None, Some(seconds)) => number(seconds),
        (None, None) => None,
    };
    seconds
        .filter(|seconds| *seconds <= most.as_secs_f64())
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("expected a time in ms or s, up to {} s, as in 120ms or 0.5s", most.as_secs()))
}

/// A plain number that is not negative.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::Cli;

    fn parse(arguments: &[&str]) -> Result<LagFlags, String> {
        let all = [&["tickwire"], arguments].concat();
        Cli::try_parse_from(all).map(|cli| cli.config.lag).map_err(|error| error.to_string())
    }

    #[test]
    fn each_flag_works_with_the_others_and_without_them() {
        let all = parse(&["--simulate-lag", "120ms", "--jitter", "0.03s", "--stall", "1%/300ms"]);
        let millis = Duration::from_millis;
        let stall = Stall { chance: 0.01, duration: millis(300) };
        let expected = LagSettings { lag: millis(120), jitter: millis(30), stall };
        assert_eq!(all.expect("they are right").settings(), Some(expected));
        let jitter = parse(&["--jitter", "30 ms"]).expect("it is right").settings().expect("it is on");
        assert_eq!(jitter, LagSettings { jitter: millis(30), ..LagSettings::default() });
        let often = parse(&["--stall", "12.5% / 2s"]).expect("it is right").settings().expect("it is on").stall;
        assert_eq!(often, Stall { chance: 0.125, duration: millis(2000) });
    }

    #[test]
    fn without_flags_or_with_zeros_the_network_is_as_it_is() {
        assert_eq!(parse(&[]).expect("no flag is required").settings(), None);
        let zeros = parse(&["--simulate-lag", "0ms", "--jitter", "0s", "--stall", "0%/300ms"]);
        assert_eq!(zeros.expect("they are right").settings(), None);
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_was_expected() {
        for wrong in ["120", "-5ms", "2.1s", "2001ms", "NaNms", "infs", "1e9ms", "ms", "", "1 minute"] {
            let refused = parse(&[&format!("--simulate-lag={wrong}")]).expect_err(wrong);
            assert!(refused.contains("expected a time in ms or s, up to 2 s, as in 120ms"), "{wrong}: {refused}");
        }
        assert!(parse(&["--jitter=1.5s"]).expect_err("too much").contains("up to 1 s"));
        for wrong in ["1", "1%", "0.01/300ms", "300ms/1%"] {
            let refused = parse(&[&format!("--stall={wrong}")]).expect_err(wrong);
            assert!(refused.contains("as in 1%/300ms"), "{wrong}: {refused}");
        }
        assert!(parse(&["--stall=101%/300ms"]).expect_err("too often").contains("0 to 100 percent"));
        assert!(parse(&["--stall=1%/11s"]).expect_err("too long").contains("up to 10 s"));
    }
}
