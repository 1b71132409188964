//! How many events an answer has.

use http::{Response, header};

/// Counts them as the bytes come.
pub(crate) enum Events {
    /// Newlines of server-sent events so far, of which each ends in two.
    Lines(usize),
    /// Frames of an event stream.
    Frames {
        /// Whole ones so far.
        whole: usize,
        /// What has come of the length of the next one.
        length: Vec<u8>,
        /// Bytes that are missing of a frame whose length is known.
        missing: usize,
    },
}

// === impl Events ===

impl Events {
    pub(crate) fn of<B>(response: &Response<B>) -> Self {
        match response.headers().get(header::CONTENT_TYPE) {
            Some(of) if of == "application/vnd.amazon.eventstream" => {
                Self::Frames { whole: 0, length: Vec::new(), missing: 0 }
            }
            _ => Self::Lines(0),
        }
    }

    pub(crate) fn count(&mut self, mut data: &[u8]) {
        let (whole, length, missing) = match self {
            Self::Lines(newlines) => {
                *newlines += data.iter().filter(|byte| **byte == b'\n').count();
                return;
            }
            Self::Frames { whole, length, missing } => (whole, length, missing),
        };
        while let Some(first) = data.first() {
            if *missing > 0 {
                let here = data.len().min(*missing);
                data = &data[here..];
                *missing -= here;
                *whole += usize::from(*missing == 0);
                continue;
            }
            length.push(*first);
            data = &data[1..];
            if let Ok(four) = length[..].try_into() {
                *missing = u32::from_be_bytes(four) as usize - 4;
                length.clear();
            }
        }
    }

    pub(crate) fn number(&self) -> usize {
        match self {
            Self::Lines(newlines) => newlines / 2,
            Self::Frames { whole, .. } => *whole,
        }
    }
}
