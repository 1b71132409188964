use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
use aws_smithy_types::DateTime;
use aws_smithy_types::event_stream::{Header, HeaderValue as OracleValue, Message as OracleMessage};
use proptest::prelude::*;

use super::*;

type Decoded = (Vec<(String, u8, Vec<u8>)>, Vec<u8>);

/// What our decoder makes of `chunks`, and whether it ended at a boundary.
fn decode_all(chunks: impl IntoIterator<Item = Bytes>) -> (Vec<Decoded>, Result<bool, FrameError>) {
    let (mut decoder, mut found) = (FrameDecoder::default(), Vec::new());
    for chunk in chunks {
        decoder.push(chunk);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => found.push(ours(&message)),
                Ok(None) => break,
                Err(error) => return (found, Err(error)),
            }
        }
    }
    (found, Ok(decoder.at_boundary()))
}

fn ours(message: &Message) -> Decoded {
    let header = |(name, value): (&str, HeaderValue<'_>)| match value {
        HeaderValue::Text(text) => (name.to_owned(), TEXT, text.as_bytes().to_vec()),
        HeaderValue::Other(kind, raw) => (name.to_owned(), kind, raw.to_vec()),
    };
    (message.headers().map(header).collect(), message.payload.to_vec())
}

fn theirs(message: &OracleMessage) -> Decoded {
    let value = |value: &OracleValue| match value {
        OracleValue::Bool(true) => (0, vec![]),
        OracleValue::Bool(false) => (1, vec![]),
        OracleValue::Byte(byte) => (2, byte.to_be_bytes().to_vec()),
        OracleValue::Int16(number) => (3, number.to_be_bytes().to_vec()),
        OracleValue::Int32(number) => (4, number.to_be_bytes().to_vec()),
        OracleValue::Int64(number) => (5, number.to_be_bytes().to_vec()),
        OracleValue::ByteArray(bytes) => (6, bytes.to_vec()),
        OracleValue::String(text) => (TEXT, text.as_str().as_bytes().to_vec()),
        OracleValue::Timestamp(time) => (8, time.to_millis().unwrap().to_be_bytes().to_vec()),
        OracleValue::Uuid(id) => (9, id.to_be_bytes().to_vec()),
        _ => unreachable!("a header type of the future"),
    };
    let header = |header: &Header| {
        let (kind, raw) = value(header.value());
        (header.name().as_str().to_owned(), kind, raw)
    };
    (message.headers().iter().map(header).collect(), message.payload().to_vec())
}

fn encode(messages: &[OracleMessage]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        write_message_to(message, &mut bytes).unwrap();
    }
    bytes
}

/// A frame with any headers bytes and a sound prelude and checksum.
fn frame_with_headers(headers: &[u8]) -> Vec<u8> {
    let mut frame = ((headers.len() + SMALLEST) as u32).to_be_bytes().to_vec();
    frame.extend((headers.len() as u32).to_be_bytes());
    frame.extend(crc32fast::hash(&frame).to_be_bytes());
    frame.extend(headers);
    frame.extend(crc32fast::hash(&frame).to_be_bytes());
    frame
}

fn any_value() -> impl Strategy<Value = OracleValue> {
    prop_oneof![
        any::<bool>().prop_map(OracleValue::Bool),
        any::<i8>().prop_map(OracleValue::Byte),
        any::<i16>().prop_map(OracleValue::Int16),
        any::<i32>().prop_map(OracleValue::Int32),
        any::<i64>().prop_map(OracleValue::Int64),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| OracleValue::ByteArray(bytes.into())),
        "\\PC{0,20}".prop_map(|text| OracleValue::String(text.into())),
        (-1_000_000_000_000_i64..1_000_000_000_000)
            .prop_map(|millis| OracleValue::Timestamp(DateTime::from_millis(millis))),
        any::<u128>().prop_map(OracleValue::Uuid),
    ]
}

fn any_messages() -> impl Strategy<Value = Vec<OracleMessage>> {
    let header = ("\\PC{0,12}", any_value()).prop_map(|(name, value)| Header::new(name, value));
    let message = (prop::collection::vec(header, 0..5), prop::collection::vec(any::<u8>(), 0..300))
        .prop_map(|(headers, payload)| OracleMessage::new_from_parts(headers, Bytes::from(payload)));
    prop::collection::vec(message, 0..8)
}

proptest! {
    /// For any frames and any split of their bytes, the decoder gives what the AWS decoder gives.
    #[test]
    fn row_08_any_split_gives_what_the_oracle_gives(
        messages in any_messages(),
        cuts in prop::collection::vec(1_usize..200, 0..60),
    ) {
        let bytes = Bytes::from(encode(&messages));
        let mut whole = bytes.clone();
        let mut expected = Vec::new();
        while !whole.is_empty() {
            expected.push(theirs(&read_message_from(&mut whole).unwrap()));
        }
        let mut rest = bytes;
        let mut chunks: Vec<Bytes> = cuts.iter().map(|cut| rest.split_to((*cut).min(rest.len()))).collect();
        chunks.push(rest);
        prop_assert_eq!(decode_all(chunks), (expected, Ok(true)));
    }

    /// Pushing several reads before asking changes nothing.
    #[test]
    fn pushing_ahead_changes_nothing(messages in any_messages(), cut in 1_usize..50) {
        let mut rest = Bytes::from(encode(&messages));
        let expected = decode_all([rest.clone()]).0;
        let mut decoder = FrameDecoder::default();
        while !rest.is_empty() {
            decoder.push(rest.split_to(cut.min(rest.len())));
        }
        let mut found = Vec::new();
        while let Some(message) = decoder.next_message().unwrap() {
            found.push(ours(&message));
        }
        prop_assert_eq!(found, expected);
        prop_assert!(decoder.at_boundary());
    }

    /// One flipped bit is an error, never a different message.
    #[test]
    fn a_flipped_bit_never_passes(messages in any_messages(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut bytes = encode(&messages);
        prop_assume!(!bytes.is_empty());
        let sound = decode_all([Bytes::from(bytes.clone())]).0;
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        let (found, ending) = decode_all([Bytes::from(bytes)]);
        prop_assert!(ending.is_err(), "{ending:?}");
        prop_assert_eq!(&found[..], &sound[..found.len()]);
    }

    #[test]
    fn random_bytes_never_panic(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..16)) {
        let _ = decode_all(chunks.into_iter().map(Bytes::from));
    }

    /// Header bytes behind sound checksums: we and the oracle agree on what they are, or that they are
    /// nothing.
    #[test]
    fn random_headers_are_read_as_the_oracle_reads_them(
        headers in prop::collection::vec(prop_oneof![0_u8..12, any::<u8>()], 0..40),
    ) {
        let frame = frame_with_headers(&headers);
        let oracle = read_message_from(&mut &frame[..]).ok().map(|message| theirs(&message));
        let (found, ending) = decode_all([Bytes::from(frame)]);
        prop_assert_eq!(found.into_iter().next(), oracle.clone());
        prop_assert_eq!(ending.is_ok(), oracle.is_some());
    }
}

#[test]
fn errors_are_told_apart_and_as_early_as_they_can_be() {
    let sound = encode(&[OracleMessage::new(&b"{}"[..])]);
    let flipped = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        bytes
    };
    let ending = |bytes: Vec<u8>| decode_all([Bytes::from(bytes)]).1;
    assert_eq!(ending(flipped(0)), Err(FrameError::PreludeChecksum));
    assert_eq!(
        ending(flipped(11)[..12].to_vec()),
        Err(FrameError::PreludeChecksum),
        "known from the prelude alone"
    );
    assert_eq!(ending(flipped(12)), Err(FrameError::MessageChecksum));
    assert_eq!(ending(flipped(sound.len() - 1)), Err(FrameError::MessageChecksum));
    assert_eq!(ending(frame_with_headers(&[1, b'a', 99])), Err(FrameError::Headers));
    for (total, headers) in [(15_u32, 0_u32), (16, 1), (LARGEST as u32 + 1, 0), (u32::MAX, u32::MAX)] {
        let mut prelude = total.to_be_bytes().to_vec();
        prelude.extend(headers.to_be_bytes());
        prelude.extend(crc32fast::hash(&prelude).to_be_bytes());
        assert_eq!(ending(prelude), Err(FrameError::Length), "{total} {headers}");
    }
}

#[test]
fn an_incomplete_frame_is_no_boundary() {
    let bytes = Bytes::from(encode(&[OracleMessage::new(&b"{}"[..])]));
    for length in 1..bytes.len() {
        assert_eq!(decode_all([bytes.slice(..length)]), (vec![], Ok(false)), "{length}");
    }
    assert_eq!(decode_all([]).1, Ok(true));
}

#[test]
fn a_frame_that_lies_whole_in_a_read_is_not_copied() {
    let bytes = Bytes::from(encode(&[OracleMessage::new(&b"payload"[..])]));
    let mut decoder = FrameDecoder::default();
    decoder.push(bytes.clone());
    let message = decoder.next_message().unwrap().unwrap();
    assert!(bytes.as_ptr_range().contains(&message.payload.as_ptr()));
}

#[test]
fn debug_prints_no_payload() {
    let message = OracleMessage::new(&b"a secret"[..])
        .add_header(Header::new(":event-type", OracleValue::String("x".into())));
    let mut decoder = FrameDecoder::default();
    decoder.push(Bytes::from(encode(&[message])));
    let message = decoder.next_message().unwrap().unwrap();
    assert_eq!(format!("{message:?}"), r#"{":event-type": Text("x"), "payload": 8 bytes}"#);
}
