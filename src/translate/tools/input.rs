//! The input of a custom tool: text for the client, `{"input": text}` for Bedrock, whose tools take objects.

use crate::translate::reply::compact;
use serde::Deserialize;
use serde_json::{json, value::RawValue};

/// The schema of every custom tool.
pub(super) fn schema() -> Box<RawValue> {
    let schema = json!({
        "type": "object",
        "properties": {"input": {"type": "string"}},
        "required": ["input"],
        "additionalProperties": false,
    });
    serde_json::value::to_raw_value(&schema).unwrap_or_default()
}

/// The client's text as a tool's input.
pub(in crate::translate) fn wrapped(text: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(&json!({"input": text})).unwrap_or_default()
}

/// The text of a whole input; what the model wrote against the schema comes as its JSON.
pub(in crate::translate) fn unwrapped(input: &RawValue) -> String {
    #[derive(Deserialize)]
    struct Wrapped {
        input: String,
    }
    serde_json::from_str(input.get()).map_or_else(|_| compact(input), |Wrapped { input }| input)
}

/// Takes the text out of an input that comes in pieces, cut anywhere.
pub(in crate::translate) struct InputText {
    state: State,
    /// What is not understood yet: the beginning, an escape that is cut, or all of an input that keeps its text
    /// elsewhere than in the first place.
    kept: String,
}

private_debug!(InputText);

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Text,
    Done,
    /// No text comes first: nothing can be said before the end.
    Other,
}

/// What the beginning of an input is.
enum Head {
    More,
    /// The text begins here.
    Text(usize),
    Other,
}

/// What a backslash begins.
enum Escape {
    More,
    /// A character, written in so many bytes.
    Character(char, usize),
}

// === impl InputText ===

impl InputText {
    pub(in crate::translate) fn new() -> Self {
        Self { state: State::Head, kept: String::new() }
    }

    /// The text that a piece of the input brings; may be empty.
    pub(in crate::translate) fn push(&mut self, piece: &str) -> String {
        if self.state != State::Done {
            self.kept.push_str(piece);
        }
        if self.state == State::Head {
            match head(&self.kept) {
                Head::More => {}
                Head::Other => self.state = State::Other,
                Head::Text(at) => {
                    self.state = State::Text;
                    self.kept.drain(..at);
                }
            }
        }
        match self.state {
            State::Text => self.text(),
            _ => String::new(),
        }
    }

    /// The input has ended: the rest of its text.
    pub(in crate::translate) fn finish(self) -> String {
        match self.state {
            State::Text | State::Done => String::new(),
            State::Head | State::Other => match serde_json::from_str::<&RawValue>(&self.kept) {
                Ok(input) => unwrapped(input),
                Err(_) => self.kept,
            },
        }
    }

    /// The text in what is kept, up to its end or to an escape that is cut.
    fn text(&mut self) -> String {
        let mut text = String::with_capacity(self.kept.len());
        let mut rest = self.kept.as_str();
        while let Some(at) = rest.find(['"', '\\']) {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with('"') {
                self.state = State::Done;
                self.kept.clear();
                return text;
            }
            match escape(rest) {
                Escape::Character(character, length) => {
                    text.push(character);
                    rest = &rest[length..];
                }
                Escape::More => {
                    self.kept = rest.to_owned();
                    return text;
                }
            }
        }
        text.push_str(rest);
        self.kept.clear();
        text
    }
}

/// Whether an input begins with `{"input":"`, whatever the white space.
fn head(kept: &str) -> Head {
    let mut rest = kept;
    for token in ["{", "\"input\"", ":", "\""] {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        match rest.strip_prefix(token) {
            Some(after) => rest = after,
            None if token.starts_with(rest) => return Head::More,
            None => return Head::Other,
        }
    }
    Head::Text(kept.len() - rest.len())
}

/// Reads the escape at the beginning. What JSON does not know stands for itself; half a surrogate pair becomes the
/// replacement character.
fn escape(text: &str) -> Escape {
    const LITERAL: Escape = Escape::Character('\\', 1);
    let character = match text.as_bytes().get(1) {
        None => return Escape::More,
        Some(b'u') => return unicode(text),
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(_) => return LITERAL,
    };
    Escape::Character(character, 2)
}

fn unicode(text: &str) -> Escape {
    const LOST: Escape = Escape::Character(char::REPLACEMENT_CHARACTER, 6);
    let unit = |text: &str| text.get(2..6).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    if text.len() < 6 {
        return Escape::More;
    }
    let Some(first) = unit(text) else { return Escape::Character('\\', 1) };
    if let Some(character) = char::from_u32(first.into()) {
        return Escape::Character(character, 6);
    }
    let second = text.get(6..).unwrap_or_default();
    if !(0xD800..0xDC00).contains(&first) || !(second.starts_with("\\u") || "\\u".starts_with(second)) {
        return LOST;
    }
    if second.len() < 6 {
        return Escape::More;
    }
    match unit(second).map(|second| char::decode_utf16([first, second]).next()) {
        Some(Some(Ok(character))) => Escape::Character(character, 12),
        _ => LOST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The pieces of an input that is cut at these places.
    fn read(input: &str, cuts: &[usize]) -> String {
        let mut reader = InputText::new();
        let mut text = String::new();
        let mut from = 0;
        for cut in cuts.iter().copied().chain([input.len()]) {
            if from <= cut && input.is_char_boundary(cut) {
                text += &reader.push(&input[from..cut]);
                from = cut;
            }
        }
        text + &reader.finish()
    }

    fn everywhere(input: &str) -> Vec<usize> {
        (1..input.len()).collect()
    }

    #[test]
    fn escapes_are_read_wherever_they_are_cut() {
        for (input, text) in [
            (r#"{"input":"a\nb\"c\\d\/\u0041\ud83d\ude00e"}"#, "a\nb\"c\\d/A\u{1f600}e"),
            (" {\n \"input\" : \"x\" , \"more\": 1}", "x"),
            (r#"{"input":""}"#, ""),
            (r#"{"input":"\ud83dx\ude00\ud83d\ud83d\ude00"}"#, "\u{fffd}x\u{fffd}\u{fffd}\u{1f600}"),
            (r#"{"input":"\x\u12g4é"}"#, r"\x\u12g4é"),
            (r#"{"input":"cut \ud83d\u"#, "cut "),
            (r#"{"other": 1, "input":"late"}"#, "late"),
            (r#"{"input": [1, 2]}"#, r#"{"input":[1,2]}"#),
            (r#"{"inputs": "x"}"#, r#"{"inputs":"x"}"#),
            ("{}", "{}"),
            (r#"{"inp"#, r#"{"inp"#),
            ("", ""),
        ] {
            assert_eq!(read(input, &[]), text, "{input}");
            assert_eq!(read(input, &everywhere(input)), text, "{input}");
        }
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_writes(text in any::<String>(), cuts in prop::collection::vec(0..200_usize, 0..8)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let input = wrapped(&text);
            prop_assert_eq!(&unwrapped(&input), &text);
            prop_assert_eq!(&read(input.get(), &cuts), &text);
            prop_assert_eq!(&read(input.get(), &everywhere(input.get())), &text);
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            let input = format!(r#"{{"input":"{escaped}"}}"#);
            prop_assert_eq!(&read(&input, &everywhere(&input)), &text);
        }
    }
}
