//! How many values a JSON text holds, told before any of them is made: text of a few bytes becomes a structure of
//! hundreds (`{"":0}` a map of 600), so a limit in bytes alone would let one body take a hundred times its size.

use memchr::memchr2;

/// Whether the text holds more values than `limit`. Cheap, and for a text that is shorter than that free: every value
/// takes a byte. Of text that is no JSON anything may be said, its parser will refuse it.
pub(super) fn exceed(json: &[u8], limit: usize) -> bool {
    json.len() > limit && most(json) > limit && exactly(json, limit)
}

/// No fewer values than there are: what strings hold is counted as well, which takes no looking for their ends.
fn most(json: &[u8]) -> usize {
    // As many bytes as a sum of one byte can count, so that many are compared at once.
    let chunks = json.chunks(usize::from(u8::MAX));
    let counts = chunks.map(|chunk| chunk.iter().map(|byte| u8::from(begins_value(*byte))).sum::<u8>());
    1 + counts.map(usize::from).sum::<usize>()
}

/// What opens has a first value, unless it is empty, and each further one follows a comma.
fn begins_value(byte: u8) -> bool {
    (byte == b'{') | (byte == b'[') | (byte == b',')
}

fn exactly(json: &[u8], limit: usize) -> bool {
    let (mut rest, mut values) = (json, 1);
    while let Some((first, after)) = rest.split_first() {
        rest = if *first == b'"' { after_string(after) } else { after };
        values += usize::from(begins_value(*first));
        if values > limit {
            return true;
        }
    }
    false
}

/// What follows the string whose first character `text` begins with.
fn after_string(mut text: &[u8]) -> &[u8] {
    while let Some(at) = memchr2(b'"', b'\\', text) {
        let width = if text[at] == b'"' { 1 } else { 2 };
        let rest = text.get(at + width..).unwrap_or_default();
        if width == 1 {
            return rest;
        }
        text = rest;
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::exceed;
    use proptest::prelude::*;
    use serde_json::Value;

    /// Values of a tree, members counted by their value.
    fn count(value: &Value) -> usize {
        1 + match value {
            Value::Array(items) => items.iter().map(count).sum(),
            Value::Object(members) => members.values().map(count).sum(),
            _ => 0,
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            r#"[a\\"\[\]{},:ü]{0,6}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(r#"[a\\",]{0,4}"#, inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Never fewer than there are; at most one more for each list or object that is empty.
        #[test]
        fn nothing_that_strings_hold_counts(value in any_value()) {
            let (text, values) = (value.to_string(), count(&value));
            // A text this short is let through uncounted.
            let padded = format!("{text}{}", " ".repeat(2 * values + text.len()));
            prop_assert!(exceed(padded.as_bytes(), values - 1));
            let empty = text.matches("[]").count() + text.matches("{}").count();
            prop_assert!(!exceed(padded.as_bytes(), values + empty));
        }
    }

    #[test]
    fn any_bytes_will_do() {
        for bytes in [&b""[..], b"\"", b"\"\\", b"\"\\\"", b"}\xff,", b"\\,,"] {
            exceed(bytes, 0);
        }
    }
}
