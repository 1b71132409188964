//! Base64 as Bedrock wants it: the standard alphabet, padded, in one piece. Clients also send the URL-safe alphabet,
//! line ends, and no padding.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};

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
pub(super) fn standard(mut text: String) -> Option<String> {
    let unpadded = |text: &str| {
        text.trim_end_matches(|letter: char| letter == '=' || letter.is_ascii_whitespace()).len()
    };
    text.truncate(unpadded(&text));
    if !text.bytes().all(is_standard) {
        text.retain(|letter| !letter.is_ascii_whitespace());
        text = text.replace('-', "+").replace('_', "/");
        if !text.bytes().all(is_standard) {
            return None;
        }
    }
    let last = text.split_off(text.len() - text.len() % 4);
    STANDARD.encode_string(TOLERANT.decode(last).ok()?, &mut text);
    Some(text)
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

fn is_standard(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, b'+' | b'/')
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
            assert_eq!(standard(given.to_owned()).as_deref(), standard_one, "{given:?}");
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
            prop_assert_eq!(standard(given), Some(plain));
        }

        #[test]
        fn whatever_is_taken_can_be_read(text: String) {
            if let Some(text) = standard(text) {
                prop_assert!(STANDARD.decode(&text).is_ok());
                head(&text);
            }
        }
    }
}
