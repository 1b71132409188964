//! Cheap randomness for request ids, padding lengths and a human pace. Not for secrets.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The next value of one process-wide splitmix64 sequence with a random start.
pub(super) fn next() -> u64 {
    static STATE: OnceLock<AtomicU64> = OnceLock::new();
    let state = STATE.get_or_init(|| {
        let mut seed = [0; 8];
        // Without an entropy source the ids are predictable, which harms nothing here.
        let _ = getrandom::fill(&mut seed);
        AtomicU64::new(u64::from_ne_bytes(seed))
    });
    mix(state.fetch_add(STRIDE, Ordering::Relaxed))
}

const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// One splitmix64 output: equal inputs give equal outputs, near inputs give far ones.
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(STRIDE);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A random version 4 UUID, the form of `x-amzn-requestid`.
pub(super) fn uuid() -> String {
    let (a, b) = (next(), next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        (b >> 48) & 0x3fff | 0x8000,
        b & 0xffff_ffff_ffff,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_differ_and_have_the_form_of_version_4() {
        let id = uuid();
        assert_ne!(id, uuid());
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
    }
}
