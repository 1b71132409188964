use super::*;
use crate::text::Text;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// Both ways to read one text: values made, and values as they stand.
fn agree(text: &str) -> Result<(), TestCaseError> {
    let ours = read::<Value>(text);
    if let Ok(ours) = &ours {
        prop_assert_eq!(
            &Ok(ours.clone()),
            &serde_json::from_str::<Value>(text).map_err(|_| Unread),
            "{}",
            text
        );
    }
    let raw = read::<&RawValue>(text).map(RawValue::get);
    let theirs = serde_json::from_str::<&RawValue>(text).map(RawValue::get).map_err(|_| Unread);
    prop_assert_eq!(raw, theirs, "{}", text);
    prop_assert_eq!(read::<serde::de::IgnoredAny>(text).is_ok(), raw.is_ok(), "{}", text);
    // Numbers apart, which may be too large, what can be carried can be read, unless it holds half a character.
    prop_assert!(
        ours.is_ok() || raw.is_err() || text.contains("\\u") || text.contains(char::is_numeric),
        "{}",
        text
    );
    Ok(())
}

fn any_string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(r"\n".to_owned()),
        Just(r#"\""#.to_owned()),
        Just(r"\\".to_owned()),
        Just(r"\/\b\f\r\t".to_owned()),
        any::<u16>().prop_map(|unit| format!("\\u{unit:04x}")),
        any::<char>().prop_map(|character| match character {
            '"' | '\\' | '\0'..'\u{20}' => "x".to_owned(),
            character => character.to_string(),
        }),
        "[ -!#-\\[\\]-~]{1,40}",
        Just(r"\ud83d\ude00".to_owned()),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn any_space() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(String::new()), 1 => "[ \n\r\t]{1,3}"]
}

/// Text of JSON, spelt in any way that there is.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any_string(),
        "-?(0|[1-9][0-9]{0,19})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| if number.is_finite() {
            format!("{number:?}")
        } else {
            "-0".to_owned()
        }),
        "true|false|null",
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), any_space()).prop_map(|(items, space)| format!(
                "[{space}{}{space}]",
                items.join(&format!("{space},{space}"))
            )),
            (prop::collection::vec((any_string(), inner), 0..5), any_space()).prop_map(|(members, space)| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("{name}{space}:{space}{value}")).collect();
                format!("{{{space}{}}}", members.join(&format!(",{space}")))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_json_is_read_as_serde_json_reads_it(text in any_json(), space in any_space()) {
        agree(&format!("{space}{text}{space}"))?;
    }

    /// And what is not quite.
    #[test]
    fn what_is_no_json_is_left_alone(
        text in any_json(),
        at in any::<prop::sample::Index>(),
        change in prop_oneof![
            Just(String::new()),
            "[\\[\\]{}:,\"\\\\0-9.eE+ntf \n\u{0}\u{1f}-]{1,2}",
            any::<char>().prop_map(String::from),
        ],
        cut in any::<bool>(),
    ) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let at = places[at.index(places.len())];
        let rest = if cut { text[at..].chars().skip(1).collect() } else { text[at..].to_owned() };
        agree(&format!("{}{change}{rest}", &text[..at]))?;
    }

    #[test]
    fn any_text_will_do(text in ".{0,60}") {
        agree(&text)?;
    }
}

#[test]
fn odd_texts() {
    for text in [
        "",
        " ",
        "01",
        "-",
        "-0",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "1E5",
        "1e400",
        "-1e400",
        "0x1",
        "+1",
        "1 2",
        "nul",
        "nulls",
        "tru",
        "True",
        "NaN",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\" 1}",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\t\"",
        "\"\u{7f}\"",
        "\"\u{feff}\"",
        "\u{feff}1",
        "{\"a\":1,\"a\":2}",
        "[[[]]]",
        "[]]",
        "1//",
        "\"a\" \"b\"",
        "{\"\\u0061\":1}",
        "[1,2",
        "{\"a\":1",
        "\"a",
        "{\"$serde_json::private::RawValue\":\"[1]\"}",
    ] {
        agree(text).unwrap();
    }
}

#[test]
fn depth_is_bounded_where_values_are_made_and_only_there() {
    for depth in [1, 100, 126, 127, 128, 129, 1_000, 200_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let made = read::<Value>(&text).is_ok();
            assert_eq!(made, depth <= 127, "{depth}");
            assert_eq!(made, serde_json::from_str::<Value>(&text).is_ok(), "{depth}");
            assert_eq!(read::<&RawValue>(&text).unwrap().get(), text);
        }
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Typed<'a> {
    #[serde(borrow)]
    borrowed: Cow<'a, str>,
    number: Option<f64>,
    whole: Option<i64>,
    kind: Option<Kind>,
    list: Option<(u8, bool)>,
    map: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    One,
}

#[test]
fn types_are_filled_as_serde_json_fills_them() {
    for text in [
        r#"{"borrowed":"a","number":1,"whole":-1,"kind":"one","list":[1,true],"map":{"a":"b"},"more":[1.5,null]}"#,
        r#"{"borrowed":"\u0061","number":null,"more":{"x":"\n"}}"#,
        r#"{"borrowed":"a","whole":1.0}"#,
        r#"{"borrowed":"a","kind":"two"}"#,
        r#"{"borrowed":"a","kind":{"one":null}}"#,
        r#"{"borrowed":"a","borrowed":"b"}"#,
        r#"{"borrowed":1}"#,
        r#"{"borrowed":"a","list":[1]}"#,
        r#"{"borrowed":"a","list":[1,true,2]}"#,
        r#"{}"#,
        r#"["a"]"#,
    ] {
        let theirs: Result<Typed<'_>, Unread> = serde_json::from_str(text).map_err(|_| Unread);
        let ours = read::<Typed<'_>>(text);
        // What is left to `serde_json` may be sound.
        assert!(ours == theirs || (ours == Err(Unread) && text.contains(r#"{"one":"#)), "{text}");
    }
}

/// If `serde_json` asked for raw values in another way, everything would be left to it, and nothing else would show that.
#[test]
fn texts_are_carried_without_its_help() {
    let json = r#"{"text":"a\nb","schema":{"type":  "object"}}"#;
    #[derive(Deserialize)]
    struct Carried<'a> {
        #[serde(borrow)]
        text: Text<'a>,
        #[serde(borrow)]
        schema: &'a RawValue,
    }
    let carried: Carried<'_> = read(json).unwrap();
    assert_eq!(carried.text.as_cow(), "a\nb");
    assert_eq!(carried.schema.get(), r#"{"type":  "object"}"#);
    assert!(json.as_bytes().as_ptr_range().contains(&carried.schema.get().as_ptr()));
    assert_eq!(serde_json::to_string(&carried.text).unwrap(), r#""a\nb""#);
    let token: Result<&RawValue, serde_json::Error> = raw(r#""x""#);
    assert_eq!(token.unwrap().get(), r#""x""#);
}
