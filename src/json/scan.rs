//! Where a value ends, and whether it is one (RFC 8259). Nothing is made of it here.

use super::Unread;
use crate::text::unescape;
use std::borrow::Cow;
use wide::u8x16;

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
        let (end, escaped) = string_end(self.text.as_bytes(), self.at + 1).ok_or(Unread)?;
        let token = self.text.get(self.at..=end).ok_or(Unread)?;
        self.at = end + 1;
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

/// The place of the quote that ends the string which `at` is in, and whether there is an escape before it.
///
/// Sixteen bytes are looked at together, and all that is found among them is dealt with before the next: code has an
/// escape every dozen bytes, so that to look anew behind each of them would take most of the time.
fn string_end(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut escaped = false;
    while let Some(sixteen) = bytes.get(at..)?.first_chunk::<16>() {
        let mut found = specials(*sixteen);
        let mut next = 16;
        while found != 0 {
            let place = found.trailing_zeros() as usize;
            match sixteen.get(place)? {
                b'"' => return Some((at + place, escaped)),
                b'\\' => escaped = true,
                _ => return None,
            }
            let behind = place + escape(bytes.get(at + place + 1..)?)?;
            if behind >= 16 {
                next = behind;
                break;
            }
            // What the escape consists of is done with.
            found &= u32::MAX << behind;
        }
        at += next;
    }
    loop {
        match bytes.get(at)? {
            b'"' => return Some((at, escaped)),
            b'\\' => {
                escaped = true;
                at += escape(bytes.get(at + 1..)?)?;
            }
            0..0x20 => return None,
            _ => at += 1,
        }
    }
}

/// A bit for each byte that is a quote, a backslash or a control character, which a string may hold in an escape only.
fn specials(sixteen: [u8; 16]) -> u32 {
    let bytes = u8x16::from(sixteen);
    let is = |byte| bytes.simd_eq(u8x16::splat(byte));
    let is_control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    (is(b'"') | is(b'\\') | is_control).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Byte by byte.
    fn plainly(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
        let mut escaped = false;
        loop {
            match bytes.get(at)? {
                b'"' => return Some((at, escaped)),
                b'\\' => {
                    escaped = true;
                    at += escape(bytes.get(at + 1..)?)?;
                }
                byte if *byte < 0x20 => return None,
                _ => at += 1,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_end_is_found_wherever_it_is(
            pieces in prop::collection::vec(
                prop_oneof![
                    6 => "[ -!#-\\[\\]-~\u{fc}\u{20ac}\u{1f600}]{1,20}",
                    3 => r#"\\["\\/bfnrt]"#,
                    2 => r"\\u[0-9a-fA-F]{4}",
                    1 => "[\"\\\\\u{0}-\u{1f}]",
                ],
                0..12,
            ),
            cut in 0_usize..4,
        ) {
            let text = format!("{}\"", pieces.concat());
            let bytes = &text.as_bytes()[..text.len() - cut.min(text.len())];
            prop_assert_eq!(string_end(bytes, 0), plainly(bytes, 0));
        }
    }
}
