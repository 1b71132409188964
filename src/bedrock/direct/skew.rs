//! The difference between our clock and Bedrock's, learnt from the answers that refuse a signature for its time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::sign::Stamp;

/// A clock that is set by Bedrock's.
pub(super) struct Clock {
    source: SharedTimeSource,
    /// Milliseconds that Bedrock's is ahead of ours.
    ahead: AtomicI64,
}

// === impl Clock ===

impl Clock {
    pub(super) fn new(source: SharedTimeSource) -> Self {
        Self { source, ahead: AtomicI64::new(0) }
    }

    /// The time on our clock, uncorrected.
    pub(super) fn uncorrected(&self) -> SystemTime {
        self.source.now()
    }

    /// The time to sign for.
    pub(super) fn now(&self) -> SystemTime {
        let (now, ahead) = (self.source.now(), self.ahead.load(Ordering::Relaxed));
        let difference = Duration::from_millis(ahead.unsigned_abs());
        let corrected = if ahead >= 0 { now.checked_add(difference) } else { now.checked_sub(difference) };
        corrected.unwrap_or(now)
    }

    /// Learns from the `date` header of an answer to what was sent at `sent` on our clock. Bedrock is taken to have
    /// written it half way between then and now (RFC 5905, section 8). An answer without a date teaches nothing.
    pub(super) fn learn(&self, date: Option<&str>, sent: SystemTime) {
        let theirs = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        let Some(theirs) = theirs.and_then(|date| SystemTime::try_from(date).ok()) else { return };
        // A time that cannot be signed for would be the last that is ever learnt: nothing would be sent any more.
        if Stamp::new(theirs).is_none() {
            return;
        }
        let ours = sent + self.source.now().duration_since(sent).unwrap_or_default() / 2;
        let ahead = match theirs.duration_since(ours) {
            Ok(ahead) => i64::try_from(ahead.as_millis()),
            Err(behind) => i64::try_from(behind.duration().as_millis()).map(|behind| -behind),
        };
        if let Ok(ahead) = ahead {
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_async::time::StaticTimeSource;

    const NOON: u64 = 1_795_867_200;

    fn clock() -> (Clock, SystemTime) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOON);
        (Clock::new(SharedTimeSource::new(StaticTimeSource::new(now))), now)
    }

    #[test]
    fn it_goes_by_the_other_clock() {
        let (clock, now) = clock();
        for difference in [3600, -3600, 0, 86_400 * 400] {
            let theirs = DateTime::from_secs(NOON as i64 + difference).fmt(Format::HttpDate).unwrap();
            clock.learn(Some(&theirs), now);
            let learnt = clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
            assert_eq!(learnt as i64, NOON as i64 + difference);
            assert_eq!(clock.uncorrected(), now);
        }
    }

    #[test]
    fn half_of_the_way_counts() {
        let (clock, now) = clock();
        let theirs = DateTime::from_secs(NOON as i64).fmt(Format::HttpDate).unwrap();
        clock.learn(Some(&theirs), now - Duration::from_secs(20));
        assert_eq!(clock.now(), now + Duration::from_secs(10));
    }

    #[test]
    fn what_is_no_date_teaches_nothing() {
        let (clock, now) = clock();
        for date in [
            None,
            Some(""),
            Some("yesterday"),
            Some("Sat, 28 Nov 99999 12:00:00 GMT"),
            Some("Mon, 01 Jan 1900 00:00:00 GMT"),
        ] {
            clock.learn(date, now);
            assert_eq!(clock.now(), now, "{date:?}");
        }
    }
}
