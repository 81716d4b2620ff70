//! Clients of the floor: they read what comes and send as often as bots would.

use std::{
    io,
    pin::pin,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use fastwebsockets::{Frame, OpCode, Payload};
use serde::Serialize;
use tickwire_sync::random::Random;
use tokio::time::sleep_until;

use crate::{
    cpu::{Used, micros_each},
    load::SETTLE,
    socket::{ConnectError, Dialer, Reader, Writer},
};

/// The purpose of the random numbers of clients of the floor.
const FLOOR: u32 = 201;

/// What to run against the floor.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the floor server is, as `ws://host:port/`.
    pub url: String,
    /// How many clients.
    pub count: usize,
    /// How long they stay, settling included.
    pub duration: Duration,
    /// Messages that each sends a second, at most one for each that it gets.
    pub inputs_per_second: f64,
    /// Bytes of one of those, without WebSocket header.
    pub input_bytes: usize,
    /// How long each client works on a message that it gets.
    pub work: Duration,
    /// The floor server's process, where its CPU time is to be measured from outside.
    pub server_pid: Option<u32>,
}

/// What the clients saw in the measured time: from two seconds after the last came until they left.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Clients that stayed to the end.
    pub clients_connected: usize,
    /// Messages that a client got a second, on average.
    pub messages_per_second: f64,
    /// Messages that a client sent a second, on average.
    pub inputs_per_second: f64,
    /// CPU time in the measured time.
    #[serde(flatten)]
    pub used: Used,
    /// Microseconds of CPU time that the clients used, each for each message. Linux only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_micros_per_client_tick: Option<f64>,
    /// Microseconds of CPU time that the floor used for each client and message. Linux only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_cpu_micros_per_client_tick: Option<f64>,
}

/// What one client counted in the measured time.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    received: u64,
    sent: u64,
}

/// Connects clients one after the other, and says what they saw.
///
/// # Errors
/// One could not connect.
pub async fn run(options: &Options) -> Result<Report, ConnectError> {
    let mut sockets = Vec::new();
    let dialer = Dialer::new(&options.url, false)?;
    for _ in 0..options.count {
        sockets.push(dialer.connect(Arc::new(AtomicU64::new(0))).await?);
    }
    let from = Instant::now() + SETTLE;
    let until = from + options.duration.saturating_sub(SETTLE).max(SETTLE);
    let clients: Vec<_> = sockets
        .into_iter()
        .zip(0..)
        .map(|(socket, number)| tokio::spawn(stay(socket, number, options.clone(), (from, until))))
        .collect();
    let used = Used::measure(options.server_pid, from.into(), until.into()).await;
    let mut stayed = Vec::new();
    for client in clients {
        stayed.extend(client.await.expect("a client does not panic"));
    }
    Ok(Report::new(&stayed, used))
}

impl Report {
    fn new(stayed: &[Counted], used: Used) -> Self {
        let total = |count: fn(&Counted) -> u64| stayed.iter().map(count).sum::<u64>() as f64;
        let (received, sent) = (total(|client| client.received), total(|client| client.sent));
        let client_seconds = stayed.len() as f64 * used.seconds;
        let rate = |count: f64| if client_seconds > 0.0 { count / client_seconds } else { 0.0 };
        Self {
            clients_connected: stayed.len(),
            messages_per_second: rate(received),
            inputs_per_second: rate(sent),
            used,
            cpu_micros_per_client_tick: micros_each(used.cpu_seconds, received),
            server_cpu_micros_per_client_tick: micros_each(used.server_cpu_seconds, received),
        }
    }
}

/// Takes the processor for a while, as a bot's decoding and prediction do: where two cores share what they work with, a busy one slows the other.
fn work(length: Duration) {
    let (began, mut random) = (Instant::now(), Random::keyed(0, FLOOR, 0, 0));
    while began.elapsed() < length {
        (0..32).for_each(|_| {
            std::hint::black_box(random.bits());
        });
    }
}

/// Reads and sends until the end; `None` if the connection ends before.
async fn stay(
    (mut reader, mut writer): (Reader, Writer),
    number: u32,
    options: Options,
    (from, until): (Instant, Instant),
) -> Option<Counted> {
    let mut counted = Counted::default();
    let mut clock = pin!(sleep_until(until.into()));
    let mut last = Instant::now();
    // Inputs that are owed; one at a time is sent, somewhere in the first half of the time between two messages: on a short line, bots' ticks lie
    // there, each bot's elsewhere.
    let (mut owed, mut random) = (0.0, Random::keyed(0, FLOOR, number, 0));
    loop {
        let mut no_answer = |_| async { Ok::<(), io::Error>(()) };
        let mut reading = pin!(reader.read_frame(&mut no_answer));
        let frame = loop {
            tokio::select! {
                biased;
                frame = &mut reading => break frame.ok()?,
                () = &mut clock => {
                    if Instant::now() >= until {
                        // The server may be gone already.
                        let _ = writer.write_frame(Frame::close(1000, b"")).await;
                        return Some(counted);
                    }
                    let payload = Payload::Owned(vec![0; options.input_bytes]);
                    writer.write_frame(Frame::new(true, OpCode::Binary, None, payload)).await.ok()?;
                    counted.sent += u64::from(Instant::now() >= from);
                    clock.as_mut().reset(until.into());
                }
            }
        };
        if frame.opcode == OpCode::Close {
            return None;
        }
        let now = Instant::now();
        counted.received += u64::from((from..until).contains(&now));
        work(options.work);
        let gap = now - std::mem::replace(&mut last, now);
        owed = (owed + gap.as_secs_f64() * options.inputs_per_second).min(2.0);
        if owed >= 1.0 {
            owed -= 1.0;
            clock.as_mut().reset((now + gap.mul_f32(0.5 * random.fraction())).min(until).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_floor_costs_is_shared_among_the_messages_that_arrived() {
        let stayed = [Counted { received: 300, sent: 100 }, Counted { received: 280, sent: 60 }];
        let used = Used { seconds: 10.0, server_cpu_seconds: Some(0.0116), ..Used::default() };
        let report = Report::new(&stayed, used);
        assert_eq!(report.clients_connected, 2);
        assert!((report.messages_per_second - 29.0).abs() < 1e-9);
        assert!((report.inputs_per_second - 8.0).abs() < 1e-9);
        assert!((report.server_cpu_micros_per_client_tick.expect("measured") - 20.0).abs() < 1e-9);
        assert_eq!(Report::new(&[], used).server_cpu_micros_per_client_tick, None);
    }
}
