//! A way from one end to the other as TCP shows a bad network: late, in order, and with everything behind what is lost waiting for it.

use std::collections::VecDeque;

use tickwire_sync::random::Random;

/// What a network does to a connection. Times are in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network {
    /// From one end to the other.
    pub(crate) latency: f64,
    /// A message takes up to so much longer.
    pub(crate) jitter: f64,
    /// How often a message stops everything behind it, as a lost packet does: a probability.
    pub(crate) stall_chance: f32,
    /// The longest of these stops.
    pub(crate) stall_max: f64,
    /// Bytes a second to the client; `None` for as many as there are.
    pub(crate) bytes_per_second: Option<f64>,
    /// With so many bytes under way, sending waits.
    pub(crate) buffer_bytes: usize,
}

#[derive(Debug)]
struct Packet {
    arrives: f64,
    bytes: Vec<u8>,
}

/// One direction of a connection.
#[derive(Debug)]
pub(crate) struct Pipe {
    network: Network,
    random: Random,
    under_way: VecDeque<Packet>,
    bytes: usize,
    /// When the last message that was sent has left.
    free_at: f64,
    /// When it arrives: no later one does before.
    last_at: f64,
    /// The end of the last stall.
    calm_from: f64,
    pub(crate) stalls: u64,
}

impl Pipe {
    pub(crate) fn new(network: Network, random: Random) -> Self {
        let under_way = VecDeque::new();
        Self { network, random, under_way, bytes: 0, free_at: 0.0, last_at: 0.0, calm_from: 0.0, stalls: 0 }
    }

    /// Whether a message can be sent now.
    pub(crate) fn has_room(&self) -> bool {
        self.bytes < self.network.buffer_bytes
    }

    pub(crate) fn send(&mut self, now: f64, bytes: Vec<u8>) {
        let Network { latency, jitter, stall_chance, stall_max, bytes_per_second, .. } = self.network;
        let takes = bytes_per_second.map_or(0.0, |rate| bytes.len() as f64 / rate);
        self.free_at = self.free_at.max(now) + takes;
        let mut arrives = self.free_at + latency + jitter * f64::from(self.random.fraction());
        if self.random.fraction() < stall_chance {
            arrives += stall_max * f64::from(self.random.fraction());
            self.calm_from = self.calm_from.max(arrives);
            self.stalls += 1;
        }
        self.last_at = self.last_at.max(arrives);
        self.bytes += bytes.len();
        self.under_way.push_back(Packet { arrives: self.last_at, bytes });
    }

    /// The next message that has arrived by `now`, and when.
    pub(crate) fn receive(&mut self, now: f64) -> Option<(f64, Vec<u8>)> {
        let Packet { arrives, bytes } = self.under_way.pop_front_if(|packet| packet.arrives <= now)?;
        self.bytes -= bytes.len();
        Some((arrives, bytes))
    }

    /// When the last stall ended, or will end.
    pub(crate) fn calm_from(&self) -> f64 {
        self.calm_from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe(network: Network) -> Pipe {
        Pipe::new(network, Random::keyed(1, 0, 0, 0))
    }

    const GOOD: Network = Network {
        latency: 0.1,
        jitter: 0.0,
        stall_chance: 0.0,
        stall_max: 0.0,
        bytes_per_second: None,
        buffer_bytes: 100,
    };

    #[test]
    fn whatever_happens_order_is_kept() {
        let mut pipe = pipe(Network { jitter: 0.3, stall_chance: 0.2, stall_max: 2.0, ..GOOD });
        for number in 0..200 {
            pipe.send(f64::from(number) * 0.01, vec![number as u8]);
        }
        let arrived: Vec<_> = core::iter::from_fn(|| pipe.receive(100.0)).collect();
        assert!(arrived.iter().map(|(_, bytes)| bytes[0]).eq(0..200));
        assert!(arrived.is_sorted_by_key(|(at, _)| *at));
        assert!(pipe.stalls > 10);
    }

    #[test]
    fn a_narrow_way_takes_its_time_and_holds_no_more_than_its_buffer() {
        let mut pipe = pipe(Network { bytes_per_second: Some(100.0), ..GOOD });
        (0..2).for_each(|_| pipe.send(0.0, vec![0; 50]));
        assert!(!pipe.has_room());
        assert_eq!(pipe.receive(0.59), None);
        assert_eq!(pipe.receive(0.6).map(|(at, _)| at), Some(0.6));
        assert!(pipe.has_room());
        assert_eq!(pipe.receive(1.2).map(|(at, _)| at), Some(1.1));
    }
}
