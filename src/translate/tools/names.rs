//! Names and ids that Bedrock takes, made of whatever the client uses (translation reference §2.2, §2.1).
//!
//! A name or id that is legal stays as it is. Any other becomes a legal one that depends on nothing but itself, so
//! that it is the same in each request of a conversation: prompt caching and the pairing of calls rest on that.
//! Names come back through [`Restore`](super::Restore); ids need not, for Bedrock makes those of an answer.

use super::Refusal;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt::Arguments};

/// The longest name or id that Bedrock takes.
const MAX: usize = 64;

/// How many digits of the hash make a name or id its own: 48 bits.
const DIGITS: usize = 12;

/// The name of a tool as Bedrock takes it: 1–64 of `[a-zA-Z0-9_-]`, a letter first, which some families insist on.
pub(in crate::translate) fn legal_name<'a>(
    path: Arguments<'_>,
    name: Cow<'a, str>,
) -> Result<Cow<'a, str>, Refusal> {
    if name.is_empty() {
        return Err(Refusal::invalid(path.to_string(), format!("`{path}` must not be empty.")));
    }
    let first = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if first && name.len() <= MAX && name.bytes().all(is_in_name) {
        return Ok(name);
    }
    let readable = name.chars().map(|c| if u8::try_from(c).is_ok_and(is_in_name) { c } else { '_' });
    let lead = if first { "" } else { "t_" };
    let start: String = lead.chars().chain(readable).take(MAX - DIGITS - 1).collect();
    Ok(Cow::Owned(format!("{start}_{}", &hash(&name)[..DIGITS])))
}

/// The id of a tool call as Bedrock takes it: 1–64 of `[a-zA-Z0-9_.:-]`; `short`: nine letters and digits.
pub(in crate::translate) fn legal_id<'a>(
    path: Arguments<'_>,
    id: Cow<'a, str>,
    short: bool,
) -> Result<Cow<'a, str>, Refusal> {
    if id.is_empty() {
        return Err(Refusal::invalid(path.to_string(), format!("`{path}` must not be empty.")));
    }
    let fits = match short {
        true => id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        false => id.len() <= MAX && id.bytes().all(|byte| is_in_name(byte) || matches!(byte, b'.' | b':')),
    };
    Ok(match (fits, short) {
        (true, _) => id,
        (false, true) => nine(&id).into(),
        (false, false) => format!("call_{}", &hash(&id)[..2 * DIGITS]).into(),
    })
}

fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Nine letters and digits: as many bits of the hash as they hold.
fn nine(text: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    Sha256::digest(text).iter().take(9).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(name: &str) -> String {
        legal_name(format_args!("name"), name.into()).unwrap().into_owned()
    }

    fn id(id: &str, short: bool) -> String {
        legal_id(format_args!("id"), id.into(), short).unwrap().into_owned()
    }

    #[test]
    fn what_is_legal_stays() {
        for legal in ["f", "get-weather_2", &"x".repeat(64)] {
            assert_eq!(name(legal), legal);
        }
        for legal in ["call_1", "tooluse_a.b:c-d", &"1".repeat(64)] {
            assert_eq!(id(legal, false), legal);
        }
        assert_eq!(id("AbCdEf019", true), "AbCdEf019");
    }

    #[test]
    fn the_forms_are_stable_over_versions() {
        assert_eq!(name("fs.read/all"), "fs_read_all_beaeb2d0f7d5");
        assert_eq!(id("call|1", false), "call_c26e9779d73a23c7a5729c9b");
        assert_eq!(id("call_1", true), "uzphom4t4");
    }

    #[test]
    fn names_that_differ_late_differ() {
        let long = "mcp__server__".repeat(6);
        assert_ne!(name(&format!("{long}a")), name(&format!("{long}b")));
        assert_ne!(name("a.b"), name("a/b"));
        assert_ne!(name("1a"), name("t_1a"));
    }

    #[test]
    fn nothing_is_no_name() {
        assert_eq!(legal_name(format_args!("a"), "".into()).unwrap_err().param, "a");
        assert_eq!(legal_id(format_args!("a"), "".into(), true).unwrap_err().param, "a");
    }

    proptest! {
        #[test]
        fn every_name_and_id_becomes_legal_and_stays_the_same(word in "\\PC{1,90}") {
            let legal = name(&word);
            prop_assert!((1..=MAX).contains(&legal.len()) && legal.bytes().all(is_in_name), "{}", legal);
            prop_assert!(legal.as_bytes()[0].is_ascii_alphabetic());
            prop_assert_eq!(&name(&word), &legal);
            prop_assert_eq!(&name(&legal), &legal, "a legal name is left alone");
            for short in [false, true] {
                let legal = id(&word, short);
                let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || !short && b"_.:-".contains(&byte);
                prop_assert!((1..=MAX).contains(&legal.len()) && legal.bytes().all(alphabet), "{}", legal);
                prop_assert!(!short || legal.len() == 9);
                prop_assert_eq!(&id(&word, short), &legal);
                prop_assert_eq!(&id(&legal, short), &legal, "a legal id is left alone");
            }
        }
    }
}
