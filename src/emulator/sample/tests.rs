use super::*;

#[test]
fn required_members_are_filled_by_their_type() {
    let schema = json!({
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer", "minimum": 3},
            "note": {"type": "string"},
        },
        "required": ["city", "unit", "days", "other"],
    });
    assert_eq!(of(&schema), json!({"city": "example", "unit": "celsius", "days": 3, "other": "example"}));
}

#[test]
fn references_combiners_and_bounds_are_followed() {
    let schema = json!({
        "type": "object",
        "properties": {
            "who": {"$ref": "#/$defs/person"},
            "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            "tags": {"type": ["array", "null"], "items": {"type": "string", "maxLength": 2}, "minItems": 2},
            "share": {"type": "number", "maximum": 0.5},
            "step": {"type": "integer", "minimum": 1.5, "multipleOf": 4},
            "part": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "code": {"type": "string", "pattern": "^[A-Z]{2}-\\d+$"},
        },
        "$defs": {"person": {"properties": {"age": {"type": "integer"}}}},
    });
    let expected = json!({
        "who": {"age": 1}, "when": "2026-01-31", "tags": ["ex", "1e"], "share": 0.5, "step": 4, "part": 0.5,
        "code": "AA-0",
    });
    assert_eq!(of(&schema), expected);
}

#[test]
fn what_a_value_must_be_all_at_once_is_put_together() {
    let schema = json!({
        "allOf": [
            {"$ref": "#/definitions/named"},
            {"type": "object", "properties": {"age": {"const": 7}}, "required": ["age"]},
        ],
        "required": ["kind"],
        "properties": {"kind": {"enum": ["cat", "dog"]}},
        "definitions": {"named": {"properties": {"name": {"type": "string"}}, "required": ["name"]}},
    });
    assert_eq!(of(&schema), json!({"kind": "cat", "name": "example", "age": 7}));
}

#[test]
fn lists_are_as_long_as_they_must_and_their_items_differ() {
    let unique =
        |items: Value| of(&json!({"type": "array", "items": items, "minItems": 3, "uniqueItems": true}));
    assert_eq!(unique(json!({"enum": ["a", "b", "c"]})), json!(["a", "b", "c"]));
    assert_eq!(unique(json!({"type": "integer"})), json!([1, 2, 3]));
    assert_eq!(unique(json!({"type": "string"})), json!(["example", "1example", "2example"]));
    assert_eq!(of(&json!({"type": "array", "maxItems": 0})), json!([]));
    let pair = json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "boolean"}]});
    assert_eq!(of(&pair), json!(["example", false]));
}

#[test]
fn recursive_schemas_come_to_a_valid_end() {
    let schema = json!({"type": "object", "properties": {"child": {"$ref": "#"}}});
    assert_eq!(of(&schema), json!({"child": {"child": {"child": {}}}}));
    let list = json!({
        "$ref": "#/$defs/node",
        "$defs": {"node": {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
            "required": ["next"],
        }},
    });
    assert_eq!(of(&list), json!({"next": {"next": {"next": null}}}));
    let tree = json!({
        "$ref": "#/$defs/tree",
        "$defs": {"tree": {
            "type": "object",
            "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
            "required": ["kids"],
        }},
    });
    assert_eq!(of(&tree), json!({"kids": [{"kids": []}]}));
}

#[test]
fn an_empty_schema_gives_an_empty_object() {
    assert_eq!(of(&json!({"type": "object", "properties": {}})), json!({}));
}
