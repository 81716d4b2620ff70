//! CPU time of processes, as Linux counts it.

use std::{fs, time::Duration};

use serde::Serialize;
use tokio::time::Instant;

/// `/proc` counts in hundredths of a second on every architecture that Linux shows to programs.
const CLOCK_TICKS_PER_SECOND: f64 = 100.0;

/// A process whose time is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// This one.
    Own,
    /// Another, by its number.
    Other(u32),
}

impl Process {
    /// Seconds of CPU time that the process has used so far, user and kernel, all threads, in steps of 10 ms; `None` where there is no such process,
    /// or no `/proc`.
    pub fn cpu_seconds(self) -> Option<f64> {
        let stat = match self {
            Self::Own => fs::read_to_string("/proc/self/stat"),
            Self::Other(id) => fs::read_to_string(format!("/proc/{id}/stat")),
        };
        cpu_seconds(&stat.ok()?)
    }
}

/// The sum of `utime` and `stime` in a line of `/proc/PID/stat`.
fn cpu_seconds(stat: &str) -> Option<f64> {
    // The program's name comes second, in parentheses, and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some((next()? + next()?) as f64 / CLOCK_TICKS_PER_SECOND)
}

/// CPU time of a load client and of the server in one stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Used {
    /// Length of the stretch in seconds.
    #[serde(rename = "cpu_measured_seconds")]
    pub seconds: f64,
    /// Seconds that this process used. Linux only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<f64>,
    /// Seconds that the server's process used. Linux only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_cpu_seconds: Option<f64>,
}

impl Used {
    /// Measures this process and the server's from one moment to another.
    pub(crate) async fn measure(server_pid: Option<u32>, from: Instant, to: Instant) -> Self {
        let read = || (Process::Own.cpu_seconds(), server_pid.and_then(|pid| Process::Other(pid).cpu_seconds()));
        tokio::time::sleep_until(from).await;
        let (start, before) = (Instant::now(), read());
        tokio::time::sleep_until(to).await;
        let after = read();
        let used = |before: Option<f64>, after: Option<f64>| Some(after? - before?);
        Self {
            seconds: start.elapsed().as_secs_f64(),
            cpu_seconds: used(before.0, after.0),
            server_cpu_seconds: used(before.1, after.1),
        }
    }
}

/// Microseconds for each of `count`, if the time is known and there are any.
pub(crate) fn micros_each(seconds: Option<f64>, count: f64) -> Option<f64> {
    seconds.filter(|_| count > 0.0).map(|seconds| Duration::from_secs_f64(seconds).as_secs_f64() * 1e6 / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_kernel_time_are_found_whatever_the_program_is_called() {
        let stat = "77 (a) b ) R 1 2 3 4 5 6 7 8 9 10 123 45 0 0 20 0 3 0 9";
        assert_eq!(cpu_seconds(stat), Some(1.68));
        assert_eq!(cpu_seconds("77 (cut) R 1 2"), None);
        assert_eq!(cpu_seconds(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn work_takes_time_and_a_process_that_is_none_takes_none() {
        let before = Process::Own.cpu_seconds().expect("Linux");
        let mut sum = 0_u64;
        while Process::Own.cpu_seconds().expect("Linux") < before + 0.03 {
            sum = std::hint::black_box(sum + 1);
        }
        assert_eq!(Process::Other(u32::MAX).cpu_seconds(), None);
    }

    #[test]
    fn time_is_shared_among_those_who_caused_it() {
        assert_eq!(micros_each(Some(1.5), 50_000.0), Some(30.0));
        assert_eq!(micros_each(Some(1.5), 0.0), None);
        assert_eq!(micros_each(None, 10.0), None);
    }
}
