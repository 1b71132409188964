use super::*;
use proptest::prelude::*;

/// JSON strings in every spelling, halves of surrogate pairs among them.
fn any_token() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z ü€\u{1f600}\u{3000}]{0,4}",
        3 => r#"\\["\\/bfnrt]"#,
        2 => r"\\u00[0-7][0-9a-fA-F]",
        2 => r"\\u(0020|3000|2003|00e9|fffd|FFFF)",
        1 => r"\\ud83d\\ude0[0-9]",
        1 => r"\\u[dD][89a-fA-F][0-9a-f]{2}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_says_what_its_string_says(token in any_token()) {
        let read = serde_json::from_str::<Text<'_>>(&token);
        let Ok(string) = serde_json::from_str::<String>(&token) else {
            let told = looked_into(|| serde_json::from_str::<Text<'_>>(&token)).unwrap_err();
            prop_assert!(read.is_err() && told.is_syntax(), "{}", told);
            return Ok(());
        };
        let text = read.unwrap();
        prop_assert_eq!(text.as_cow(), string.as_str());
        prop_assert_eq!(text.is_blank(), string.trim().is_empty());
        prop_assert_eq!(text.is_empty(), string.is_empty());
        prop_assert_eq!(text.len(), string.len());
        prop_assert_eq!(serde_json::to_string(&text).unwrap(), token.as_str(), "written as it came");
        let same = |text: &Text<'_>| serde_json::to_value(text).unwrap() == string.as_str();
        prop_assert!(same(&text) && same(&Text::from(string.as_str())) && same(&Text::verbatim(string.as_str().into())));
        prop_assert_eq!(text.into_cow(), string.as_str());
        let word: Word<'_> = serde_json::from_str(&token).unwrap();
        prop_assert_eq!(word.as_str(), string.as_str());
    }
}

#[test]
fn nothing_is_copied_of_what_is_passed_on() {
    let body = format!(r#"["{}","{}\n"]"#, "a".repeat(1000), "b".repeat(1000));
    let within = body.as_bytes().as_ptr_range();
    let texts: Vec<Text<'_>> = serde_json::from_str(&body).unwrap();
    for text in &texts {
        let Form::Token(json) = &text.0 else { panic!("a copy") };
        assert!(within.contains(&json.get().as_ptr()));
    }
    assert!(within.contains(&texts[0].as_cow().as_ptr()), "without escapes it can be read where it stands");
    let words: Vec<Word<'_>> = serde_json::from_str(&body).unwrap();
    assert!(within.contains(&words[0].as_ptr()));
}

#[test]
fn what_is_no_string_is_said_in_the_words_of_the_library() {
    for json in ["7", "[]", "null", r#""\x""#, r#""\udc00""#, "\"\n\""] {
        let expected = serde_json::from_str::<String>(json).unwrap_err().to_string();
        assert!(serde_json::from_str::<Text<'_>>(json).is_err());
        let told = looked_into(|| serde_json::from_str::<Text<'_>>(json).unwrap_err().to_string());
        assert_eq!(told, expected);
    }
    assert!(!is_looked_into());
}

#[test]
fn half_a_character_is_carried_nowhere() {
    #[derive(Deserialize)]
    struct Carrier<'a> {
        #[serde(borrow, default, deserialize_with = "carried")]
        json: Option<&'a RawValue>,
    }
    for (json, is_sound) in [
        (r#"{"json":{"a":["\ud83d\ude00"],"b":1}}"#, true),
        (r#"{"json":{"a":["\\ud800"]}}"#, true),
        (r#"{"json":null}"#, true),
        (r#"{}"#, true),
        (r#"{"json":{"a":["\ud83d"]}}"#, false),
        (r#"{"json":{"\udc00":1}}"#, false),
    ] {
        let read = serde_json::from_str::<Carrier<'_>>(json);
        assert_eq!(read.is_ok(), is_sound, "{json}");
        assert_eq!(
            read.is_ok_and(|carrier| carrier.json.is_some()),
            is_sound && json.contains('['),
            "{json}"
        );
    }
}
