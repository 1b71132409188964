//! A token bucket, as the generic cell rate algorithm (ITU-T I.371): instead of a level that must be topped up, one
//! number says when the bucket will be full again, so that a single atomic holds all of it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How much may pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// On average, per second; positive and finite.
    pub per_second: f64,
    /// At once; 0 counts as 1, since nothing could ever pass otherwise.
    pub burst: u32,
}

/// A bucket that starts full. Times are counted from any fixed moment, and must not run backwards.
#[derive(Debug)]
pub struct TokenBucket {
    /// Nanoseconds that one token takes to come back.
    interval: u64,
    /// Nanoseconds for which the bucket may be overdrawn: those of all tokens but one.
    tolerance: u64,
    /// When the bucket will be full again, in nanoseconds.
    full_at: AtomicU64,
}

// === impl TokenBucket ===

impl TokenBucket {
    /// A full bucket.
    pub fn new(rate: Rate) -> Self {
        // Rounded up: the rate is never exceeded, not even by a fraction of a nanosecond. A cast to an integer
        // saturates, so a rate outside its domain gives a bucket that is merely very fast or very slow.
        let interval = ((1e9 / rate.per_second).ceil() as u64).max(1);
        let tolerance = interval.saturating_mul(u64::from(rate.burst.max(1) - 1));
        Self { interval, tolerance, full_at: AtomicU64::new(0) }
    }

    /// Takes a token, or says how long to wait for the next one.
    pub fn try_take(&self, now: Duration) -> Result<(), Duration> {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let mut full_at = self.full_at.load(Ordering::Relaxed);
        loop {
            let base = full_at.max(now);
            let overdrawn = base - now;
            if overdrawn > self.tolerance {
                return Err(Duration::from_nanos(overdrawn - self.tolerance));
            }
            let taken = base.saturating_add(self.interval);
            match self.full_at.compare_exchange_weak(full_at, taken, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(changed) => full_at = changed,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let bucket = TokenBucket::new(Rate { per_second: 2.0, burst: 3 });
        let at = Duration::from_millis;
        for _ in 0..3 {
            assert_eq!(bucket.try_take(at(0)), Ok(()));
        }
        assert_eq!(bucket.try_take(at(0)), Err(at(500)));
        assert_eq!(bucket.try_take(at(400)), Err(at(100)));
        assert_eq!(bucket.try_take(at(500)), Ok(()));
        assert_eq!(bucket.try_take(at(500)), Err(at(500)));
        for _ in 0..3 {
            assert_eq!(bucket.try_take(at(60_000)), Ok(()));
        }
        assert!(bucket.try_take(at(60_000)).is_err(), "an idle minute fills the bucket and no more");
    }

    #[test]
    fn rates_outside_the_domain_do_not_panic() {
        for per_second in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, 1e30] {
            let bucket = TokenBucket::new(Rate { per_second, burst: u32::MAX });
            for nanos in [0, 1, u64::MAX] {
                let _ = bucket.try_take(Duration::from_nanos(nanos));
            }
        }
    }

    #[test]
    fn threads_cannot_take_a_token_twice() {
        let bucket = TokenBucket::new(Rate { per_second: 0.001, burst: 1000 });
        let taken: usize = std::thread::scope(|scope| {
            let takers = [(); 4].map(|()| {
                scope.spawn(|| (0..1000).filter(|_| bucket.try_take(Duration::ZERO).is_ok()).count())
            });
            takers.into_iter().map(|taker| taker.join().unwrap()).sum()
        });
        assert_eq!(taken, 1000);
    }

    proptest! {
        /// Over every stretch of time, not only from the start.
        #[test]
        fn never_more_than_burst_and_rate(
            per_second in 0.01f64..5000.0,
            burst in 1u32..50,
            steps in prop::collection::vec(0u64..300_000_000, 1..400),
        ) {
            let bucket = TokenBucket::new(Rate { per_second, burst });
            let mut now = 0;
            let mut passed = Vec::new();
            for step in steps {
                now += step;
                if bucket.try_take(Duration::from_nanos(now)).is_ok() {
                    passed.push(now);
                }
            }
            for (first, start) in passed.iter().enumerate() {
                for (count, end) in passed[first..].iter().enumerate() {
                    let allowed = f64::from(burst) + per_second * ((end - start) as f64 / 1e9);
                    prop_assert!((count + 1) as f64 <= allowed + 1e-6);
                }
            }
        }

        /// The wait is neither too short nor too long.
        #[test]
        fn the_wait_is_exact(per_second in 0.01f64..5000.0, burst in 1u32..50, now in 0u64..1_000_000_000_000) {
            let bucket = TokenBucket::new(Rate { per_second, burst });
            let now = Duration::from_nanos(now);
            for _ in 0..burst {
                prop_assert_eq!(bucket.try_take(now), Ok(()));
            }
            let wait = bucket.try_take(now).unwrap_err();
            prop_assert!(bucket.try_take(now + wait - Duration::from_nanos(1)).is_err());
            prop_assert_eq!(bucket.try_take(now + wait), Ok(()));
        }
    }
}
