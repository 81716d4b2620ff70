//! How fast new connections may come, of one address and of all.

use std::{
    num::NonZeroU32,
    sync::Mutex,
    time::{Duration, Instant},
};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Address;
use crate::refusals::Refused;

/// After a quiet time, the connections of so many seconds may come at once: a page that loads opens half a dozen, and a family comes together.
const BURST_SECONDS: u32 = 5;
/// Of so many addresses the last arrivals are remembered, those of the last [`BURST_SECONDS`]; where more come, the limit for all alone counts.
const ADDRESSES_MAX: usize = 16_384;
/// What is over is forgotten so often at most: a look at all addresses.
const FORGET_EVERY: Duration = Duration::from_secs(1);

/// Counts arrivals.
pub(super) struct Arrivals {
    all: DefaultDirectRateLimiter,
    by_address: DefaultKeyedRateLimiter<Address>,
    forgot: Mutex<Instant>,
}

impl Arrivals {
    pub(super) fn new(per_second: NonZeroU32, per_second_of_address: NonZeroU32) -> Self {
        let quota = |number: NonZeroU32| {
            Quota::per_second(number)
                .allow_burst(number.saturating_mul(const { NonZeroU32::new(BURST_SECONDS).unwrap() }))
        };
        Self {
            all: RateLimiter::direct(quota(per_second)),
            by_address: RateLimiter::keyed(quota(per_second_of_address)),
            forgot: Instant::now().into(),
        }
    }

    /// One more came.
    pub(super) fn admit(&self) -> Result<(), Refused> {
        self.all.check().map_err(|_| Refused::Rate)
    }

    /// One more came from an address; `None` for one that is exempt.
    pub(super) fn admit_of_address(&self, address: Option<Address>) -> Result<(), Refused> {
        let Some(address) = address else { return Ok(()) };
        if self.by_address.len() >= ADDRESSES_MAX {
            self.forget();
            if self.by_address.len() >= ADDRESSES_MAX {
                return Ok(());
            }
        }
        self.by_address.check_key(&address).map_err(|_| Refused::RateOfAddress)
    }

    fn forget(&self) {
        let mut forgot = self.forgot.lock().expect("no holder panics");
        if forgot.elapsed() >= FORGET_EVERY {
            *forgot = Instant::now();
            self.by_address.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn arrivals(per_second: u32) -> Arrivals {
        let number = |number: u32| number.try_into().expect("not 0");
        Arrivals::new(number(1000), number(per_second))
    }

    fn address(number: u32) -> Option<Address> {
        Address::of(IpAddr::from((0x0a00_0000 + number).to_be_bytes()))
    }

    #[test]
    fn a_burst_is_permitted_and_then_no_more_of_that_address() {
        let arrivals = arrivals(2);
        assert!((0..2 * BURST_SECONDS).all(|_| arrivals.admit_of_address(address(1)).is_ok()));
        assert_eq!(arrivals.admit_of_address(address(1)), Err(Refused::RateOfAddress));
        assert_eq!(arrivals.admit_of_address(address(2)), Ok(()));
        assert_eq!(arrivals.admit_of_address(None), Ok(()));
    }

    #[test]
    fn all_together_have_a_limit_of_their_own() {
        let arrivals = arrivals(1);
        let admitted = (0..10_000).filter(|_| arrivals.admit().is_ok()).count();
        assert!((5000..10_000).contains(&admitted), "{admitted}");
    }

    #[test]
    fn no_more_addresses_are_remembered_than_may_be_and_what_is_over_is_forgotten() {
        let arrivals = arrivals(1_000_000);
        for number in 0..2 * ADDRESSES_MAX as u32 {
            assert_eq!(arrivals.admit_of_address(address(number)), Ok(()));
        }
        assert!(arrivals.by_address.len() <= ADDRESSES_MAX);
        *arrivals.forgot.lock().expect("nobody panicked") -= FORGET_EVERY;
        arrivals.forget();
        assert_eq!(arrivals.by_address.len(), 0, "quotas of that size are full again at once");
    }
}
