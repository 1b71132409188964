//! Where a value ends, and whether it is one (RFC 8259). Nothing is made of it here.

use super::Unread;
use crate::text::unescape;
use std::borrow::Cow;

/// A place in a text.
pub(super) struct Scanner<'de> {
    text: &'de str,
    at: usize,
}

/// A string that was found sound, but for halves of surrogate pairs.
pub(super) struct StringToken<'de> {
    /// With its quotes.
    pub(super) token: &'de str,
    escaped: bool,
}

/// A number that was found sound.
pub(super) struct NumberToken<'de> {
    pub(super) token: &'de str,
    /// It has neither fraction nor exponent.
    pub(super) is_whole: bool,
}

// === impl Scanner ===

impl<'de> Scanner<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is no white space; it stays where it is.
    pub(super) fn next(&mut self) -> Result<u8, Unread> {
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return Ok(byte),
                None => return Err(Unread),
            }
        }
    }

    /// Passes over the byte that [`next`](Self::next) gave.
    pub(super) fn skip_byte(&mut self) {
        self.at += 1;
    }

    pub(super) fn colon(&mut self) -> Result<(), Unread> {
        match self.next()? {
            b':' => {
                self.at += 1;
                Ok(())
            }
            _ => Err(Unread),
        }
    }

    /// Nothing but white space may follow.
    pub(super) fn end(&mut self) -> Result<(), Unread> {
        match self.next() {
            Ok(_) => Err(Unread),
            Err(Unread) => Ok(()),
        }
    }

    pub(super) fn word(&mut self, word: &str) -> Result<(), Unread> {
        match self.rest().starts_with(word.as_bytes()) {
            true => {
                self.at += word.len();
                Ok(())
            }
            false => Err(Unread),
        }
    }

    /// The string whose quote is next.
    pub(super) fn string(&mut self) -> Result<StringToken<'de>, Unread> {
        let bytes = self.text.as_bytes();
        let (start, mut at, mut escaped) = (self.at, self.at + 1, false);
        loop {
            at = after_plain(bytes, at).ok_or(Unread)?;
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += escape(bytes.get(at + 1..).unwrap_or_default()).ok_or(Unread)?,
                _ => return Err(Unread),
            }
            escaped = true;
        }
        let token = self.text.get(start..=at).ok_or(Unread)?;
        self.at = at + 1;
        Ok(StringToken { token, escaped })
    }

    pub(super) fn number(&mut self) -> Result<NumberToken<'de>, Unread> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(Unread),
        }
        let mut is_whole = true;
        if self.byte() == Some(b'.') {
            is_whole = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            is_whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        // A digit behind a leading zero is left over, and nothing that may follow.
        Ok(NumberToken { token: self.text.get(start..self.at).ok_or(Unread)?, is_whole })
    }

    /// Any value, however deep, as it stands.
    pub(super) fn value(&mut self) -> Result<&'de str, Unread> {
        self.next()?;
        let start = self.at;
        let mut open = Vec::new();
        loop {
            match self.next()? {
                b'"' => {
                    self.string()?;
                }
                b'{' => {
                    self.at += 1;
                    if self.next()? != b'}' {
                        self.name()?;
                        open.push(b'}');
                        continue;
                    }
                    self.at += 1;
                }
                b'[' => {
                    self.at += 1;
                    if self.next()? != b']' {
                        open.push(b']');
                        continue;
                    }
                    self.at += 1;
                }
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'n' => self.word("null")?,
                _ => {
                    self.number()?;
                }
            }
            if !self.after_value(&mut open)? {
                return self.text.get(start..self.at).ok_or(Unread);
            }
        }
    }

    /// Closes what ends behind a value; whether another value follows.
    fn after_value(&mut self, open: &mut Vec<u8>) -> Result<bool, Unread> {
        while let Some(close) = open.last() {
            let (next, close) = (self.next()?, *close);
            self.at += 1;
            if next == close {
                open.pop();
            } else if next == b',' {
                if close == b'}' {
                    self.next()?;
                    self.name()?;
                }
                return Ok(true);
            } else {
                return Err(Unread);
            }
        }
        Ok(false)
    }

    /// The name of a member, and its colon.
    fn name(&mut self) -> Result<(), Unread> {
        if self.byte() != Some(b'"') {
            return Err(Unread);
        }
        self.string()?;
        self.colon()
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Unread> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits == 0 { Err(Unread) } else { Ok(()) }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'de [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

// === impl StringToken ===

impl<'de> StringToken<'de> {
    /// What the string says; `None` if it holds half a surrogate pair.
    pub(super) fn read(&self) -> Option<Cow<'de, str>> {
        let inner = self.token.get(1..self.token.len() - 1)?;
        if self.escaped { unescape(inner) } else { Some(Cow::Borrowed(inner)) }
    }
}

/// How long the escape is whose backslash stands before `rest`.
fn escape(rest: &[u8]) -> Option<usize> {
    match rest.first()? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' if rest.get(1..5)?.iter().all(u8::is_ascii_hexdigit) => Some(6),
        _ => None,
    }
}

/// The first place from `at` on that is not one of a string's plain characters: a quote, a backslash or a control
/// character.
///
/// Eight bytes at a time in one register: code has an escape every dozen bytes, and to set up a search by wider registers
/// for each of them takes longer than to find it.
fn after_plain(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(eight) = bytes.get(at..)?.first_chunk() {
        match specials(u64::from_le_bytes(*eight)) {
            0 => at += 8,
            special => return Some(at + special.trailing_zeros() as usize / 8),
        }
    }
    bytes.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).map(|behind| at + behind)
}

/// The highest bit of every byte that is a quote, a backslash or a control character, up to the first of them; of those
/// after the first nothing is said, for a borrow may have gone through them.
fn specials(eight: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let below_space = eight.wrapping_sub(ONES * 0x20) & !eight;
    (zero(eight ^ (ONES * 0x22)) | zero(eight ^ (ONES * 0x5c)) | below_space) & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_special_byte_is_found(
            bytes in prop::collection::vec(prop_oneof![4 => 0x20_u8..=255, 1 => any::<u8>()], 0..40),
            at in 0_usize..45,
        ) {
            let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
            let expected = bytes.iter().skip(at).position(special).map(|behind| at + behind);
            prop_assert_eq!(after_plain(&bytes, at), expected);
        }
    }
}
