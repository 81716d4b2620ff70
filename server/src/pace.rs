//! How much a client may send.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tickwire_sync::protocol::limits::{CLIENT_BYTES_PER_SECOND_MAX, CLIENT_MESSAGES_PER_SECOND_MAX, HELLO_BYTES_MAX};

use crate::refusals::Refused;

const _: () =
    assert!(CLIENT_BYTES_PER_SECOND_MAX as usize > 2 * HELLO_BYTES_MAX, "the largest hello is never too much");

/// How fast a client's frames come, and how many bytes are in them.
#[derive(Debug)]
pub(crate) struct Pace {
    frames: DefaultDirectRateLimiter,
    bytes: DefaultDirectRateLimiter,
}

impl Pace {
    /// A client that has sent nothing yet.
    pub(crate) fn new() -> Self {
        let limiter = |per_second| RateLimiter::direct(Quota::per_second(limit(per_second)));
        Self { frames: limiter(CLIENT_MESSAGES_PER_SECOND_MAX), bytes: limiter(CLIENT_BYTES_PER_SECOND_MAX) }
    }

    /// A frame came, with so many bytes in it.
    pub(crate) fn check(&self, bytes: usize) -> Result<(), Refused> {
        self.frames.check().map_err(|_| Refused::Messages)?;
        // Where there are none, there is nothing to count. No frame is larger than a second's bytes.
        let Some(bytes) = u32::try_from(bytes).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        self.bytes.check_n(bytes).map_or(Err(()), |fits| fits.map_err(drop)).map_err(|()| Refused::Bytes)
    }
}

/// A limit as a quota wants it.
pub(crate) fn limit(number: u32) -> NonZeroU32 {
    number.try_into().expect("a limit is not 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_bytes_are_limited_apart() {
        let pace = Pace::new();
        assert_eq!(pace.check(HELLO_BYTES_MAX), Ok(()));
        let first = (0..1000).find_map(|_| pace.check(1000).err());
        assert_eq!(first, Some(Refused::Bytes));
        let pace = Pace::new();
        let first = (0..10_000).find_map(|_| pace.check(0).err());
        assert_eq!(first, Some(Refused::Messages));
    }
}
