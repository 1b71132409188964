//! How the fuzzer's input is read: one byte of modes, eight that cut the rest into reads, and the stream.
//!
//! ```text
//! | modes | reads: 8 bytes | the stream |
//! ```
//! A checksum is nothing that a fuzzer guesses. In the mode [`REPAIR`] the checksums are made right, so that
//! lengths and headers are what is tried; without it the bytes stay as they are.

/// The checksums of every frame are made right.
pub const REPAIR: u8 = 1;
/// The lengths of every frame are made to fit what is there, so that its headers are reached.
pub const FIT: u8 = 2;
/// The checksum of the lengths alone is made right.
pub const REPAIR_PRELUDE: u8 = 4;

/// Bytes before the stream.
pub const HEAD: usize = 9;
/// In a read's byte: more is pushed before the decoder is asked.
const AHEAD: u8 = 0x80;
/// In a read's byte: all that is left.
const REST: u8 = 0x7f;

/// Reads one after the other, and after each of them whether the decoder is asked.
pub struct Reads<'a> {
    sizes: &'a [u8],
    stream: &'a [u8],
    turn: usize,
}

/// The stream of an input and how it is cut; `None` if the input is too short to have any.
#[must_use]
pub fn take_apart(input: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (head, stream) = input.split_at_checked(HEAD)?;
    let mut stream = stream.to_vec();
    if head[0] & (REPAIR | FIT | REPAIR_PRELUDE) != 0 {
        repair(&mut stream, head[0]);
    }
    Some((stream, &head[1..]))
}

/// Goes from frame to frame as their lengths say, until one does not fit.
fn repair(stream: &mut [u8], modes: u8) {
    let mut rest = stream;
    while rest.len() >= 12 {
        if modes & FIT != 0 {
            fit(rest);
        }
        let checksum = crc32fast::hash(&rest[..8]);
        rest[8..12].copy_from_slice(&checksum.to_be_bytes());
        let total = be_u32(rest) as usize;
        let Some((frame, after)) = rest.split_at_mut_checked(total) else { return };
        if modes & (REPAIR | FIT) != 0 && total >= 16 {
            let checksum = crc32fast::hash(&frame[..total - 4]);
            frame[total - 4..].copy_from_slice(&checksum.to_be_bytes());
        }
        if total == 0 {
            return;
        }
        rest = after;
    }
}

fn fit(frame: &mut [u8]) {
    let Some(room) = frame.len().checked_sub(16) else { return };
    let body = (be_u32(frame) as usize).saturating_sub(16).min(room);
    let headers = (be_u32(&frame[4..]) as usize).min(body);
    frame[..4].copy_from_slice(&(body as u32 + 16).to_be_bytes());
    frame[4..8].copy_from_slice(&(headers as u32).to_be_bytes());
}

/// The number at the beginning of `bytes`, of which there are four.
pub(crate) fn be_u32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

// === impl Reads ===

impl<'a> Reads<'a> {
    /// Cuts `stream` by `sizes`, which are used over and over.
    #[must_use]
    pub fn new(stream: &'a [u8], sizes: &'a [u8]) -> Self {
        Self { sizes, stream, turn: 0 }
    }
}

impl<'a> Iterator for Reads<'a> {
    type Item = (&'a [u8], bool);

    fn next(&mut self) -> Option<Self::Item> {
        if self.stream.is_empty() {
            return None;
        }
        let byte = self.sizes[self.turn % self.sizes.len()];
        self.turn += 1;
        let size = match byte & !AHEAD {
            // Empty reads happen, but not for ever.
            0 if self.turn > self.sizes.len() => 1,
            REST => self.stream.len(),
            size => usize::from(size).min(self.stream.len()),
        };
        let read;
        (read, self.stream) = self.stream.split_at(size);
        Some((read, byte & AHEAD == 0 || self.stream.is_empty()))
    }
}
