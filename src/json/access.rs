//! The members of an object and the elements of a list, one after the other.

use super::{Reader, Unread, borrowed};
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};
use std::borrow::Cow;

/// What stands between the members or elements of `open`, up to its end.
struct Between {
    first: bool,
    ended: bool,
}

/// An object whose brace was read.
pub(super) struct Members<'a, 'de> {
    reader: &'a mut Reader<'de>,
    between: Between,
}

/// A list whose bracket was read.
pub(super) struct Elements<'a, 'de> {
    reader: &'a mut Reader<'de>,
    between: Between,
}

/// A value as it stands, in the dress that `serde_json` expects: the only member of an object.
pub(super) struct Raw<'de> {
    name: &'static str,
    json: Option<&'de str>,
}

// === impl Between ===

impl Between {
    const START: Self = Self { first: true, ended: false };

    /// Whether there is another one before `close`.
    fn another(&mut self, reader: &mut Reader<'_>, close: u8) -> Result<bool, Unread> {
        if self.ended {
            return Ok(false);
        }
        let next = reader.scanner.next()?;
        if next == close {
            reader.scanner.skip_byte();
            self.ended = true;
            return Ok(false);
        }
        if !std::mem::take(&mut self.first) {
            if next != b',' {
                return Err(Unread);
            }
            reader.scanner.skip_byte();
        }
        Ok(true)
    }

    /// Reads the end, if that was not asked for.
    fn end(&mut self, reader: &mut Reader<'_>, close: u8) -> Result<(), Unread> {
        match self.another(reader, close)? {
            true => Err(Unread),
            false => Ok(()),
        }
    }
}

// === impl Members ===

impl<'a, 'de> Members<'a, 'de> {
    pub(super) fn new(reader: &'a mut Reader<'de>) -> Self {
        Self { reader, between: Between::START }
    }

    pub(super) fn end(&mut self) -> Result<(), Unread> {
        self.between.end(self.reader, b'}')
    }
}

impl<'de> MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unread> {
        if !self.between.another(self.reader, b'}')? {
            return Ok(None);
        }
        let scanner = &mut self.reader.scanner;
        if scanner.next()? != b'"' {
            return Err(Unread);
        }
        match scanner.string()?.read().ok_or(Unread)? {
            Cow::Borrowed(name) => seed.deserialize(borrowed(name)),
            Cow::Owned(name) => seed.deserialize(name.into_deserializer()),
        }
        .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unread> {
        self.reader.scanner.colon()?;
        seed.deserialize(&mut *self.reader)
    }
}

// === impl Elements ===

impl<'a, 'de> Elements<'a, 'de> {
    pub(super) fn new(reader: &'a mut Reader<'de>) -> Self {
        Self { reader, between: Between::START }
    }

    pub(super) fn end(&mut self) -> Result<(), Unread> {
        self.between.end(self.reader, b']')
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Unread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unread> {
        match self.between.another(self.reader, b']')? {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }
}

// === impl Raw ===

impl<'de> Raw<'de> {
    pub(super) fn new(name: &'static str, json: &'de str) -> Self {
        Self { name, json: Some(json) }
    }
}

impl<'de> MapAccess<'de> for Raw<'de> {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unread> {
        match self.json {
            Some(_) => seed.deserialize(borrowed(self.name)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unread> {
        seed.deserialize(borrowed(self.json.take().ok_or(Unread)?))
    }
}
