//! Strings of a request's JSON, borrowed from its bytes. Those that are passed on keep the client's escapes: to read
//! them and to write them again would cost more than all else that a large request takes.

use memchr::{memchr, memmem};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, cell::Cell, fmt, iter, ops::Deref, sync::LazyLock};

thread_local!(static LOOKED_INTO: Cell<bool> = const { Cell::new(false) });

/// What is wrong with a string that is no text.
const HALF: &str = "half a surrogate pair";

/// A string that is passed on, and seldom read.
#[derive(Clone)]
pub struct Text<'a>(Form<'a>);

#[derive(Clone)]
enum Form<'a> {
    /// A JSON string, quotes and escapes included. Each escape means a character, or half of one beside its other half.
    Token(&'a RawValue),
    /// The string itself.
    Plain(Cow<'a, str>),
    /// The string itself, of megabytes and without a character that needs an escape.
    Verbatim(Cow<'a, str>),
}

/// A string that is read.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word<'a>(Cow<'a, str>);

private_debug!(Text<'a>, Word<'a>);

// === impl Text ===

impl<'a> Text<'a> {
    /// The string that this JSON is.
    ///
    /// # Errors
    /// When it is no string, or holds half a surrogate pair. What exactly is wrong, [`looked_into`] tells.
    pub fn from_json<E: Error>(json: &'a RawValue) -> Result<Self, E> {
        if !json.get().starts_with('"') {
            return Err(E::custom("not a string"));
        }
        match holds_half(json.get()) {
            true => Err(E::custom(HALF)),
            false => Ok(Self(Form::Token(json))),
        }
    }

    /// A long string of which no character is thought to need an escape.
    pub fn verbatim(text: Cow<'a, str>) -> Self {
        Self(Form::Verbatim(text))
    }

    /// What the string says.
    pub fn as_cow(&self) -> Cow<'_, str> {
        match &self.0 {
            Form::Plain(text) | Form::Verbatim(text) => Cow::Borrowed(text),
            Form::Token(json) => read(json),
        }
    }

    /// What the string says, borrowed from the request where nothing in it is escaped.
    pub fn into_cow(self) -> Cow<'a, str> {
        match self.0 {
            Form::Plain(text) | Form::Verbatim(text) => text,
            Form::Token(json) => read(json),
        }
    }

    /// Nothing but white space.
    pub fn is_blank(&self) -> bool {
        match &self.0 {
            Form::Plain(text) | Form::Verbatim(text) => text.trim().is_empty(),
            Form::Token(json) => {
                characters(inner(json)).all(|character| character.is_some_and(char::is_whitespace))
            }
        }
    }

    /// Nothing at all.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Form::Plain(text) | Form::Verbatim(text) => text.is_empty(),
            Form::Token(json) => inner(json).is_empty(),
        }
    }

    /// Bytes of UTF-8.
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Plain(text) | Form::Verbatim(text) => text.len(),
            Form::Token(json) => match inner(json) {
                token if memchr(b'\\', token.as_bytes()).is_none() => token.len(),
                token => characters(token).flatten().map(char::len_utf8).sum(),
            },
        }
    }
}

/// The JSON of a string without escapes; none where it needs one.
fn token(text: &str) -> Option<Box<RawValue>> {
    match memchr(b'\\', text.as_bytes()) {
        None => RawValue::from_string(["\"", text, "\""].concat()).ok(),
        Some(_) => None,
    }
}

/// What stands between the quotes.
fn inner(json: &RawValue) -> &str {
    let token = json.get();
    &token[1..token.len() - 1]
}

/// What a token says, which was looked through when it was taken in.
fn read(json: &RawValue) -> Cow<'_, str> {
    unescape(inner(json)).unwrap_or_default()
}

/// What a string of JSON says, given what stands between its quotes; `None` if it holds half a surrogate pair.
pub fn unescape(token: &str) -> Option<Cow<'_, str>> {
    let Some(mut at) = memchr(b'\\', token.as_bytes()) else { return Some(Cow::Borrowed(token)) };
    let mut rest = token;
    // Of bytes, and looked at byte by byte: nearly all that is unescaped has an escape every few bytes.
    let mut text = Vec::with_capacity(rest.len());
    loop {
        text.extend_from_slice(&rest.as_bytes()[..at]);
        let (character, width) = escape(&rest[at..]);
        match character? {
            character if character.is_ascii() => text.push(character as u8),
            character => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = rest.get(at + width..).unwrap_or_default();
        match rest.bytes().position(|byte| byte == b'\\') {
            Some(next) => at = next,
            None => break,
        }
    }
    text.extend_from_slice(rest.as_bytes());
    String::from_utf8(text).ok().map(Cow::Owned)
}

/// Whether there may be an escape by number, such as half a surrogate pair.
fn may_hold_numbers(token: &str) -> bool {
    static ESCAPE: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(br"\u"));
    ESCAPE.find(token.as_bytes()).is_some()
}

/// The characters of a string between its quotes; `None` for half a surrogate pair.
fn characters(token: &str) -> impl Iterator<Item = Option<char>> {
    let mut rest = token;
    iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (character, width) = match first {
            '\\' => escape(rest),
            character => (Some(character), character.len_utf8()),
        };
        rest = rest.get(width..).unwrap_or_default();
        Some(character)
    })
}

/// The character of the escape at the beginning, and how many bytes it takes.
#[inline]
fn escape(rest: &str) -> (Option<char>, usize) {
    let character = match rest.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return by_number(rest),
        Some(itself) => char::from(*itself),
        None => return (None, 1),
    };
    (Some(character), 2)
}

/// The character of an escape by number, or of two for a surrogate pair, and how many bytes it takes.
fn by_number(rest: &str) -> (Option<char>, usize) {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 6)?.strip_prefix(r"\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(0).unwrap_or(0xdfff);
    let pair = [first, unit(6).unwrap_or_default()];
    match (char::from_u32(first.into()), char::decode_utf16(pair).next()) {
        (Some(character), _) => (Some(character), 6),
        (None, Some(Ok(character))) => (Some(character), 12),
        (None, _) => (None, 6),
    }
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self(Form::Plain(Cow::Borrowed("")))
    }
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Text<'a> {
    fn from(text: T) -> Self {
        Self(Form::Plain(text.into()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    /// From JSON text alone, not from a tree: there is nothing to borrow in one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match is_looked_into() {
            true => Ok(Self(Form::Plain(Word::deserialize(deserializer)?.0))),
            false => Self::from_json(<&RawValue>::deserialize(deserializer)?),
        }
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Token(json) => json.serialize(serializer),
            Form::Plain(text) => serializer.serialize_str(text),
            // A copy that lives this long costs less than to look for an escape character by character.
            Form::Verbatim(text) => match token(text) {
                Some(json) => json.serialize(serializer),
                None => serializer.serialize_str(text),
            },
        }
    }
}

// === JSON that is carried ===

/// Takes in a value that is passed on as it stands, and refuses one with half a surrogate pair, as any string is refused
/// that is read: Bedrock would refuse the whole request for it, and name nothing.
///
/// # Errors
/// Half a surrogate pair.
pub fn carried<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    let json = Option::<&RawValue>::deserialize(deserializer)?;
    match json.is_some_and(|json| holds_half(json.get())) {
        true => Err(D::Error::custom(HALF)),
        false => Ok(json),
    }
}

/// Whether there is half a surrogate pair in any string of a text of JSON.
pub fn holds_half(json: &str) -> bool {
    // Backslashes stand in strings only, so it need not be known where those are.
    may_hold_numbers(json) && characters(json).any(|character| character.is_none())
}

// === impl Word ===

impl<'a> Word<'a> {
    /// The string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The string, borrowed from the request where nothing in it is escaped.
    pub fn into_cow(self) -> Cow<'a, str> {
        self.0
    }
}

impl Deref for Word<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Word<'a> {
    fn from(word: T) -> Self {
        Self(word.into())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(WordVisitor)
    }
}

struct WordVisitor;

impl<'de> Visitor<'de> for WordVisitor {
    type Value = Word<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, word: &'de str) -> Result<Word<'de>, E> {
        Ok(Word(Cow::Borrowed(word)))
    }

    fn visit_str<E>(self, word: &str) -> Result<Word<'de>, E> {
        Ok(Word(Cow::Owned(word.to_owned())))
    }

    fn visit_string<E>(self, word: String) -> Result<Word<'de>, E> {
        Ok(Word(Cow::Owned(word)))
    }
}

// === errors ===

/// Lets strings be read that would else be carried, in whatever is deserialised meanwhile. It takes longer and gives the
/// same, but for errors: those are the library's own, with the place where they are.
pub fn looked_into<T>(deserialize: impl FnOnce() -> T) -> T {
    struct Until;
    impl Drop for Until {
        fn drop(&mut self) {
            LOOKED_INTO.set(false);
        }
    }
    let _until = Until;
    LOOKED_INTO.set(true);
    deserialize()
}

/// Whether JSON is deserialised for its errors' sake.
pub fn is_looked_into() -> bool {
    LOOKED_INTO.get()
}

/// What an error says besides its position.
pub fn without_position(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    text.truncate(text.rfind(" at line ").unwrap_or(text.len()));
    text
}

#[cfg(test)]
mod tests;
