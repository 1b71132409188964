//! What is made of the values that were measured.

use std::{fmt, time::Duration};

/// Of several repeats. Other work on the machine can only add, so the least says most.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    least: f64,
    median: f64,
}

// === impl Spread ===

impl Spread {
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self { least: values[0], median: values[values.len() / 2] }
    }

    /// The same for each of so many.
    pub(crate) fn shared_by(self, number: usize) -> Self {
        Self { least: self.least / number as f64, median: self.median / number as f64 }
    }

    /// How many times `other`: of the leasts, and of the medians.
    pub(crate) fn ratio(self, other: Self) -> String {
        format!("{:.2} ({:.2})", self.least / other.least, self.median / other.median)
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = if self.least < 10. { 2 } else { 1 };
        write!(f, "{:.places$} (median {:.places$})", self.least, self.median)
    }
}

pub(crate) fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1024.
}

/// Microseconds for each of `count`.
pub(crate) fn per(cpu: Duration, count: usize) -> f64 {
    cpu.as_secs_f64() * 1e6 / count as f64
}

/// p50 and p99 in microseconds.
pub(crate) fn quantiles(mut times: Vec<Duration>) -> [f64; 2] {
    times.sort_unstable();
    [50, 99].map(|percent| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e6)
}
