use super::*;

fn schema(json: &str) -> Schema<'_> {
    Schema::parse(serde_json::from_str(json).unwrap()).unwrap()
}

fn problem(json: &str) -> String {
    Schema::parse(serde_json::from_str(json).unwrap()).unwrap_err()
}

#[test]
fn a_schema_that_is_none_says_where() {
    for (json, expected) in [
        ("[]", "it must be an object"),
        (r#"{"type":"string?"}"#, "#/type: there is no such type"),
        (r#"{"properties":{"a":{"type":5}}}"#, "#/properties/a/type: there is no such type"),
        (r#"{"properties":[]}"#, "#/properties: it must be an object"),
        (r#"{"properties":{"a":1}}"#, "#/properties/a: a schema must be an object"),
        (r#"{"items":{"anyOf":[]}}"#, "#/items/anyOf: it must be a list of schemas"),
        (r#"{"required":"a"}"#, "#/required: it must be a list of names"),
        (r##"{"$ref":"#/$defs/x"}"##, "#/$ref: it must refer to something within the schema"),
        (r#"{"$ref":"https://example.com/s.json"}"#, "#/$ref: it must refer to something within the schema"),
    ] {
        assert_eq!(problem(json), expected, "{json}");
    }
    let deep = format!("{}{{}}{}", r#"{"items":"#.repeat(200), "}".repeat(200));
    assert_eq!(problem(&deep), "it is nested too deeply");
}

#[test]
fn natively_every_object_is_closed_and_nothing_moves() {
    let json = r##"{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"array","items":{"$ref":"#/$defs/i"},"minItems":1}},"required":["z"],"$defs":{"i":{"type":"object","properties":{}}}}"##;
    let (native, moved) = schema(json).native().unwrap();
    assert_eq!(
        native,
        r##"{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"array","items":{"$ref":"#/$defs/i"},"minItems":1}},"required":["z"],"$defs":{"i":{"type":"object","properties":{},"additionalProperties":false}},"additionalProperties":false}"##
    );
    assert!(moved.is_empty());
}

#[test]
fn what_cannot_be_enforced_is_said_in_the_description() {
    let json = r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1,"description":"A count","maximum":5},"s":{"type":"string","pattern":"(?!x)y","format":"color"}},"additionalProperties":false}"#;
    let (native, moved) = schema(json).native().unwrap();
    assert_eq!(
        native,
        r#"{"type":"object","properties":{"n":{"type":"integer","description":"A count\nminimum: 1\nmaximum: 5"},"s":{"type":"string","description":"pattern: \"(?!x)y\"\nformat: \"color\""}},"additionalProperties":false}"#
    );
    assert_eq!(moved.into_iter().collect::<Vec<_>>(), ["format", "maximum", "minimum", "pattern"]);
}

#[test]
fn a_property_may_bear_the_name_of_a_keyword() {
    let json = r#"{"type":"object","properties":{"minimum":{"type":"string"},"not":{"type":"string"}}}"#;
    let (native, moved) = schema(json).native().unwrap();
    assert!(native.contains(r#""minimum":{"type":"string"},"not""#) && moved.is_empty(), "{native}");
}

#[test]
fn what_would_become_another_schema_is_not_sent_natively() {
    for json in [
        r#"{"type":"object"}"#,
        r#"{"type":"object","properties":{},"additionalProperties":true}"#,
        r#"{"type":"object","properties":{"a":{"type":"object","additionalProperties":{"type":"string"}}}}"#,
        r#"{"type":"object","properties":{"a":true}}"#,
        r#"{"type":"object","properties":{"a":{"enum":[{"b":1}]}}}"#,
        r#"{"type":"object","properties":{"a":{"not":{"type":"null"}}}}"#,
        r##"{"type":"object","properties":{"a":{"$ref":"#"}}}"##,
        r##"{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}}}}}"##,
    ] {
        assert!(schema(json).native().is_none(), "{json}");
    }
}
