//! The service's wall clock and the two date formats of the wire: `Date` headers and SigV4 time stamps.
//!
//! The clock can be set off by a fixed amount, so that a test can make the service disagree with its client.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970 by this machine's clock, `offset_secs` ahead (or behind, when negative).
#[expect(
    clippy::disallowed_methods,
    reason = "the emulator shares no clock with the gateway: it is the other machine"
)]
pub(super) fn now(offset_secs: i64) -> i64 {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(unix).unwrap_or(i64::MAX).saturating_add(offset_secs)
}

/// `Sat, 21 Nov 2026 21:11:24 GMT`, the form of an HTTP `Date` header.
pub(super) fn http(unix: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Civil { year, month, day, hour, minute, second } = Civil::from_unix(unix);
    let weekday = DAYS[usize::try_from(unix.div_euclid(86_400).rem_euclid(7)).unwrap_or(0)];
    let month = MONTHS[usize::try_from(month - 1).unwrap_or(0)];
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

/// `20261121T211124Z`, the form of `x-amz-date`.
pub(super) fn amz(unix: i64) -> String {
    let Civil { year, month, day, hour, minute, second } = Civil::from_unix(unix);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The inverse of [`amz`]; `None` for anything of another form.
pub(super) fn parse_amz(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let field = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let civil = Civil {
        year: field(0, 4)?,
        month: field(4, 6)?,
        day: field(6, 8)?,
        hour: field(9, 11)?,
        minute: field(11, 13)?,
        second: field(13, 15)?,
    };
    // Round-tripping refuses the 31st of February without a table of months.
    (amz(civil.to_unix()) == text).then(|| civil.to_unix())
}

/// A UTC date and time of day in the Gregorian calendar.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

// === impl Civil ===

impl Civil {
    /// Counts in years that begin in March, so that the leap day is the last of its year.
    fn from_unix(unix: i64) -> Self {
        let (days, secs) = (unix.div_euclid(86_400) + 719_468, unix.rem_euclid(86_400));
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: secs / 3_600,
            minute: secs / 60 % 60,
            second: secs % 60,
        }
    }

    fn to_unix(&self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted = (self.month + 9) % 12;
        let day_of_year = (153 * shifted + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        days * 86_400 + self.hour * 3_600 + self.minute * 60 + self.second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_known_instants() {
        assert_eq!(http(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(amz(1_709_210_096), "20240229T123456Z");
        assert_eq!(amz(1_709_251_200), "20240301T000000Z");
    }

    #[test]
    fn reads_back_what_it_writes_and_nothing_else() {
        for unix in [0, 951_782_400, 1_709_210_096, 1_795_295_484] {
            assert_eq!(parse_amz(&amz(unix)), Some(unix));
        }
        for bad in [
            "20240230T000000Z",
            "20241301T000000Z",
            "20240101 000000Z",
            "20240101T0000000",
            "+0240101T000000Z",
            "",
        ] {
            assert_eq!(parse_amz(bad), None, "{bad}");
        }
    }
}
