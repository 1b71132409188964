//! Reads a request's JSON faster than `serde_json`, and leaves to it all that is wrong with one.
//!
//! A large request is text with an escape every dozen bytes, and nearly all of it is only passed on. `serde_json` goes
//! through such text some ten times slower than it has to be gone through, and it must be asked for a text as it stands
//! without knowing whether it is one, so that lists of parts were read twice. This reader does nothing else: it borrows
//! from the text, knows [`RawValue`] and [`AS_IT_STANDS`], and has no errors but `Unread`. Whatever it does not take,
//! `serde_json` is given to read or to refuse; what it does take, `serde_json` takes to the same value, which tests
//! hold it to (RFC 8259, and `serde_json`'s limit of 127 levels).

mod access;
mod scan;

use access::{Elements, Members, Raw};
use scan::Scanner;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, Visitor, value::BorrowedStrDeserializer},
    forward_to_deserialize_any,
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// The name of a newtype by which a type asks for a string as it stands, quotes and escapes included, or for a list:
/// its visitor gets the former as a borrowed string, the latter as a sequence, and nothing else. Any other deserializer
/// gives it a newtype.
pub const AS_IT_STANDS: &str = "$bedrock_gateway::as_it_stands";

/// The name by which [`RawValue`] asks `serde_json` for a value as it stands.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Levels of lists and objects, as in `serde_json`.
const MAX_DEPTH: u8 = 127;

/// This is for `serde_json` to read, or to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unread;

/// A text that is being read.
struct Reader<'de> {
    scanner: Scanner<'de>,
    depth: u8,
}

/// Reads a whole text, by `serde_json` if need be.
///
/// # Errors
/// Those of `serde_json`.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> serde_json::Result<T> {
    read(text).or_else(|Unread| serde_json::from_str(text))
}

/// Reads a whole text.
fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Unread> {
    let mut reader = Reader { scanner: Scanner::new(text), depth: 0 };
    let value = T::deserialize(&mut reader)?;
    reader.scanner.end()?;
    Ok(value)
}

/// A value of JSON that was found whole and sound.
///
/// # Errors
/// None, as long as `serde_json` asks for its raw values as it does.
pub fn raw<E: Error>(json: &str) -> Result<&RawValue, E> {
    <&RawValue>::deserialize(Whole(json)).map_err(E::custom)
}

// === impl Reader ===

impl<'de> Reader<'de> {
    /// Reads a list or an object, one level further down.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Unread>) -> Result<T, Unread> {
        if self.depth == MAX_DEPTH {
            return Err(Unread);
        }
        self.depth += 1;
        self.scanner.skip_byte();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unread> {
        match self.scanner.string()?.read().ok_or(Unread)? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unread> {
        let number = self.scanner.number()?;
        if number.is_whole {
            if let Ok(whole) = number.token.parse() {
                return visitor.visit_u64(whole);
            }
            match number.token.parse() {
                // A negative zero is a fraction: there is no other way to keep its sign.
                Ok(whole) if whole != 0 => return visitor.visit_i64(whole),
                _ => {}
            }
        }
        // Rounded as `serde_json` rounds, and refused where it refuses.
        visitor.visit_f64(serde_json::from_str(number.token).map_err(|_| Unread)?)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.scanner.next()? {
            b'"' => self.string(visitor),
            b'{' => self.nested(|reader| {
                let mut members = Members::new(reader);
                let value = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(value)
            }),
            b'[' => self.nested(|reader| {
                let mut elements = Elements::new(reader);
                let value = visitor.visit_seq(&mut elements)?;
                elements.end()?;
                Ok(value)
            }),
            b't' => self.scanner.word("true").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.scanner.word("false").and_then(|()| visitor.visit_bool(false)),
            b'n' => self.scanner.word("null").and_then(|()| visitor.visit_unit()),
            _ => self.number(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.scanner.next()? {
            b'n' => self.scanner.word("null").and_then(|()| visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        match name {
            RAW_VALUE => visitor.visit_map(Raw::new(RAW_VALUE, self.scanner.value()?)),
            AS_IT_STANDS => match self.scanner.next()? {
                b'"' => visitor.visit_borrowed_str(self.scanner.string()?.token),
                b'[' => self.deserialize_any(visitor),
                _ => Err(Unread),
            },
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.scanner.value()?;
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        match self.scanner.next()? {
            b'"' => {
                let word = self.scanner.string()?.read().ok_or(Unread)?;
                visitor.visit_enum(word.into_deserializer())
            }
            _ => Err(Unread),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

/// A deserializer of one value as it stands.
struct Whole<'de>(&'de str);

impl<'de> Deserializer<'de> for Whole<'de> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unread> {
        Err(Unread)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        visitor.visit_map(Raw::new(name, self.0))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

// === impl Unread ===

impl fmt::Display for Unread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not read")
    }
}

impl std::error::Error for Unread {}

impl Error for Unread {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// The deserializer of a string that is borrowed from the text.
fn borrowed(text: &str) -> BorrowedStrDeserializer<'_, Unread> {
    BorrowedStrDeserializer::new(text)
}

#[cfg(test)]
mod tests;
