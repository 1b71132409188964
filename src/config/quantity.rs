//! Durations ("15s", "1h30m") and sizes ("32MiB") as people write them.

use std::time::Duration;

/// Reads a duration: whole numbers each followed by `h`, `m`, `s` or `ms`. `None` when malformed or too long
/// to count in milliseconds.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    loop {
        let (number, after) = digits(rest)?;
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(milliseconds)?)?;
        if next.is_empty() {
            return Some(Duration::from_millis(total));
        }
        rest = next;
    }
}

/// Reads a size in bytes: a whole number, alone or with `B`, `KB`, `MB`, `GB` (powers of 1000) or `KiB`, `MiB`,
/// `GiB` (powers of 1024).
pub(super) fn size(text: &str) -> Option<usize> {
    let (number, unit) = digits(text.trim())?;
    let bytes: u64 = match unit.trim_start() {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    usize::try_from(number.checked_mul(bytes)?).ok()
}

/// Writes a size in the largest binary unit that needs no fraction.
pub(super) fn show_size(bytes: usize) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// The number that the text begins with, and the rest of the text.
fn digits(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let cases = [
            ("15s", Some(15_000)),
            ("0ms", Some(0)),
            ("5m", Some(300_000)),
            ("1h30m", Some(5_400_000)),
            (" 250ms ", Some(250)),
            ("15", None),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("1 s", None),
            ("1d", None),
            ("99999999999999999999s", None),
            ("9999999999999999h", None),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(duration(text), milliseconds.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn sizes() {
        let cases = [
            ("32MiB", Some(33_554_432)),
            ("10MB", Some(10_000_000)),
            ("1024", Some(1024)),
            ("4 KiB", Some(4096)),
            ("32mb", None),
            ("MiB", None),
            ("", None),
            ("-1", None),
            ("99999999999GiB", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(size(text), bytes, "{text:?}");
        }
        assert_eq!([33_554_432, 1000, 1 << 30].map(show_size), ["32MiB", "1000B", "1GiB"]);
    }
}
