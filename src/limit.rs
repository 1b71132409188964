//! Limits on what may pass: pure arithmetic, told what time it is.

pub mod bucket;
