//! A JSON object that came as text.

use crate::json;
use serde::{
    Serialize, Serializer,
    de::{IgnoredAny, value},
    ser::Error,
};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A text of more bytes is worth a reader that only looks for ends.
const LONG: usize = 200;

/// The text of a JSON object, which is written as it stands: no tree is made of it, and no copy.
pub struct Object<'a>(Cow<'a, str>);

private_debug!(Object<'a>);

// === impl Object ===

impl<'a> Object<'a> {
    /// `None` if the text is another thing.
    pub fn read(text: Cow<'a, str>) -> Option<Self> {
        // What is short is sooner gone through byte by byte.
        let read = if text.len() > LONG { json::from_str::<IgnoredAny> } else { serde_json::from_str };
        let is_json = read(&text).is_ok();
        let object = text.trim_ascii();
        match is_json && object.starts_with('{') {
            false => None,
            true if object.len() == text.len() => Some(Self(text)),
            true => Some(Self(Cow::Owned(object.to_owned()))),
        }
    }

    /// The text.
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl From<Box<RawValue>> for Object<'_> {
    /// Of a value that is known to be an object.
    fn from(json: Box<RawValue>) -> Self {
        Self(Cow::Owned(Box::<str>::from(json).into_string()))
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json::raw::<value::Error>(&self.0).map_err(S::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_stays_as_it_stands() {
        for (text, object) in [
            ("{}", Some("{}")),
            (r#"{"b": 1.0, "a":"\u00e9"}"#, Some(r#"{"b": 1.0, "a":"\u00e9"}"#)),
            ("\n\t {\"a\": 1}\r ", Some("{\"a\": 1}")),
            ("\u{c}{}", None),
            ("[{}]", None),
            ("{}{}", None),
            ("{\"a\":}", None),
            ("\"{\"", None),
            ("", None),
        ] {
            for given in [Cow::Borrowed(text), Cow::Owned(text.to_owned())] {
                let read = Object::read(given);
                assert_eq!(read.as_ref().map(Object::get), object, "{text}");
                assert_eq!(read.map(|read| serde_json::to_string(&read).unwrap()).as_deref(), object);
            }
        }
    }
}
