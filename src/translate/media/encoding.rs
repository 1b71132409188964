//! Base64 as Bedrock wants it: the standard alphabet, padded, in one piece. Clients also send the URL-safe alphabet,
//! line ends, and no padding.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use std::borrow::Cow;

/// For the last group: padded or not, and with stray bits behind its end.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Letters of base64 that are looked at to learn what the bytes are: 768 bytes.
const HEAD: usize = 1024;

/// Makes any spelling of base64 the standard one, in place where it already is. `None`: it is no base64.
pub(super) fn standard(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let letters = text.trim_end_matches(|letter: char| letter == '=' || letter.is_ascii_whitespace());
    if !all_standard(letters) {
        let letters: String = letters.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
        let letters = letters.replace('-', "+").replace('_', "/");
        return if all_standard(&letters) { padded(&letters).map(Cow::Owned) } else { None };
    }
    // Mostly it is as it should be.
    let whole = letters.len() - letters.len() % 4;
    match STANDARD.encode(TOLERANT.decode(&letters[whole..]).ok()?) == text[whole..] {
        true => Some(text),
        false => padded(letters).map(Cow::Owned),
    }
}

/// Letters of the standard alphabet with the padding that belongs to them.
fn padded(letters: &str) -> Option<String> {
    let (whole, last) = letters.split_at(letters.len() - letters.len() % 4);
    Some([whole, &STANDARD.encode(TOLERANT.decode(last).ok()?)].concat())
}

/// The first bytes of standard base64.
pub(super) fn head(base64: &str) -> Vec<u8> {
    let head = base64.get(..HEAD).unwrap_or(base64);
    STANDARD.decode(head).unwrap_or_default()
}

/// Bytes as base64.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Without a way out in the middle of a chunk, which the compiler makes many letters at once of.
fn all_standard(text: &str) -> bool {
    let standard = |letter: u8| letter.is_ascii_alphanumeric() | (letter == b'+') | (letter == b'/');
    text.as_bytes().chunks(1024).all(|chunk| chunk.iter().fold(true, |all, letter| all & standard(*letter)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_becomes_the_standard_one() {
        for (given, standard_one) in [
            ("", Some("")),
            ("aGk=", Some("aGk=")),
            ("aGk", Some("aGk=")),
            ("aGl=", Some("aGk=")),
            (" aG\r\nk=\n", Some("aGk=")),
            ("-_-_", Some("+/+/")),
            ("aGk==", Some("aGk=")),
            ("a", None),
            ("aGk=aGk=", None),
            ("aG!k", None),
            ("ä", None),
        ] {
            assert_eq!(standard(given.into()).as_deref(), standard_one, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn bytes_survive_every_spelling(bytes: Vec<u8>, url_safe: bool, padded: bool, broken: bool) {
            let plain = STANDARD.encode(&bytes);
            let mut given = plain.clone();
            if url_safe {
                given = given.replace('+', "-").replace('/', "_");
            }
            if !padded {
                given.truncate(given.trim_end_matches('=').len());
            }
            if broken {
                given = given.chars().flat_map(|letter| [letter, '\n']).collect();
            }
            prop_assert_eq!(standard(given.into()), Some(plain.into()));
        }

        #[test]
        fn whatever_is_taken_can_be_read(text: String) {
            if let Some(text) = standard(text.into()) {
                prop_assert!(STANDARD.decode(&*text).is_ok());
                head(&text);
            }
        }
    }
}
