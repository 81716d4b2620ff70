//! The flags that bound what a connection, an address and all of them together may take.

use std::{num::NonZeroU32, time::Duration};

use clap::{Args, builder::TypedValueParser};
use tickwire_flags::{decimal, whole};

/// The longest idleness that can be permitted, in minutes: a day.
const IDLE_MINUTES_MAX: f64 = 24.0 * 60.0;

/// More new connections a second than any machine takes.
const NEW_PER_SECOND_MAX: u32 = 1_000_000;

/// What a connection, an address and all of them together may take.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitFlags {
    /// Game sockets at once, 1 to 65536, all addresses together; whoever comes beyond is told that the server is full
    #[arg(long, env = "TICKWIRE_MAX_CONNECTIONS", default_value_t = 4096, value_name = "N",
          value_parser = whole(1..=65_536_u32, "game sockets at once"))]
    pub max_connections: u32,

    /// Game sockets of one address at once (IPv6: of one /64), 1 to 65536, and four times as many connections without one; this very machine is exempt
    #[arg(long, env = "TICKWIRE_MAX_PER_ADDRESS", default_value_t = 32, value_name = "N",
          value_parser = whole(1..=65_536_u32, "game sockets of one address"))]
    pub max_per_address: u32,

    /// Listeners to /events at once, 0 to 65536; 0 for nobody. Each is one of the sockets above, too
    #[arg(long, env = "TICKWIRE_MAX_LISTENERS", default_value_t = 64, value_name = "N",
          value_parser = whole(0..=65_536_u32, "listeners at once"))]
    pub max_listeners: u32,

    /// New connections a second, 1 to 1000000, all addresses together, in the long run; at once it may be five times as many
    #[arg(long, env = "TICKWIRE_MAX_NEW_PER_SECOND", default_value = "500", value_name = "N", value_parser = new_per_second())]
    pub max_new_per_second: NonZeroU32,

    /// New connections a second of one address (IPv6: of one /64), 1 to 1000000, in the long run; at once it may be five times as many; this very machine is exempt
    #[arg(long, env = "TICKWIRE_MAX_NEW_PER_ADDRESS", default_value = "30", value_name = "N", value_parser = new_per_second())]
    pub max_new_per_address: NonZeroU32,

    /// How long a player may do nothing (no key, no aim, no word), in minutes, 0 to 1440, until its place is given up; 0 is for ever
    #[arg(long, env = "TICKWIRE_IDLE_MINUTES", default_value_t = 10.0, value_name = "MINUTES", value_parser = decimal(0.0..=IDLE_MINUTES_MAX, "minutes, as in 10 or 0.5; 0 is for ever"))]
    pub idle_minutes: f64,

    /// A client that says nothing for so long, in seconds, 2 to 3600, not even in answer to pings, is taken for lost
    #[arg(long, env = "TICKWIRE_DEAD_SECONDS", default_value_t = 40, value_name = "S",
          value_parser = whole(2..=3600_u32, "seconds"))]
    pub dead_seconds: u32,
}

impl Default for LimitFlags {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            max_per_address: 32,
            max_listeners: 64,
            max_new_per_second: const { NonZeroU32::new(500).unwrap() },
            max_new_per_address: const { NonZeroU32::new(30).unwrap() },
            idle_minutes: 10.0,
            dead_seconds: 40,
        }
    }
}

impl LimitFlags {
    /// How long a player may do nothing; `None` for ever.
    pub(crate) fn idle(&self) -> Option<Duration> {
        (self.idle_minutes > 0.0).then(|| Duration::from_secs_f64(self.idle_minutes * 60.0))
    }

    /// How long a client may say nothing.
    pub(crate) fn dead(&self) -> Duration {
        Duration::from_secs(self.dead_seconds.into())
    }
}

fn new_per_second() -> impl TypedValueParser<Value = NonZeroU32> {
    whole(1..=NEW_PER_SECOND_MAX, "new connections a second").map(|number| NonZeroU32::new(number).expect("1 or more"))
}
