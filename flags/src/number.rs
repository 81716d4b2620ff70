//! Numbers on a command line: what is none or is out of bounds is refused with what was expected.

use std::{
    fmt::{Debug, Display},
    num::IntErrorKind,
    ops::RangeInclusive,
};

/// Reads whole numbers within bounds; `what` they are, with the unit, stands in the refusal, as in "ticks a second".
pub fn whole<N>(bounds: RangeInclusive<N>, what: &'static str) -> impl Fn(&str) -> Result<N, String> + Clone
where
    N: Copy + Into<u64> + TryFrom<u64, Error: Debug>,
{
    let (low, high): (u64, u64) = ((*bounds.start()).into(), (*bounds.end()).into());
    move |text| {
        let problem = match text.trim().parse::<i128>() {
            Ok(number) if number < low.into() => "too low",
            Ok(number) if number > high.into() => "too high",
            Ok(number) => return Ok(N::try_from(number as u64).expect("both bounds are such numbers")),
            Err(error) => match error.kind() {
                IntErrorKind::PosOverflow => "too high",
                IntErrorKind::NegOverflow => "too low",
                _ => "no whole number",
            },
        };
        Err(wrong(problem, what, low, high))
    }
}

/// Reads numbers within bounds, with or without a fraction; `what` they are, with the unit, stands in the refusal.
pub fn decimal(bounds: RangeInclusive<f64>, what: &'static str) -> impl Fn(&str) -> Result<f64, String> + Clone {
    let (low, high) = bounds.into_inner();
    move |text| {
        let problem = match text.trim().parse::<f64>() {
            Ok(number) if number < low => "too low",
            Ok(number) if number > high => "too high",
            Ok(number) if !number.is_nan() => return Ok(number),
            _ => "no number",
        };
        Err(wrong(problem, what, low, high))
    }
}

fn wrong(problem: &str, what: &str, low: impl Display, high: impl Display) -> String {
    format!("{problem}; expected {low} to {high} {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_within_bounds_are_read_and_all_else_is_refused_with_the_bounds() {
        let rate = whole(10..=128_u8, "ticks a second");
        assert_eq!((rate("10"), rate(" 30 "), rate("128")), (Ok(10), Ok(30), Ok(128)));
        for (text, problem) in [
            ("5", "too low"),
            ("-1", "too low"),
            ("129", "too high"),
            ("300", "too high"),
            ("999999999999999999999999999999999999999999", "too high"),
            ("-999999999999999999999999999999999999999999", "too low"),
            ("abc", "no whole number"),
            ("30.5", "no whole number"),
            ("", "no whole number"),
        ] {
            assert_eq!(rate(text), Err(format!("{problem}; expected 10 to 128 ticks a second")), "{text}");
        }
        assert_eq!(whole(0..=u64::MAX, "(a seed)")("18446744073709551615"), Ok(u64::MAX));
    }

    #[test]
    fn decimal_numbers_are_too_and_what_is_no_number_is_within_no_bounds() {
        let minutes = decimal(0.0..=1440.0, "minutes");
        assert_eq!((minutes("0"), minutes("0.5"), minutes("1440")), (Ok(0.0), Ok(0.5), Ok(1440.0)));
        for (text, problem) in
            [("-1", "too low"), ("1441", "too high"), ("inf", "too high"), ("NaN", "no number"), ("10min", "no number")]
        {
            assert_eq!(minutes(text), Err(format!("{problem}; expected 0 to 1440 minutes")), "{text}");
        }
    }
}
