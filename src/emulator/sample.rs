//! A value that a JSON schema allows, as simple as can be: what an emulated model calls a tool with.

use serde_json::{Map, Value, json};

/// How deep nested or recursive schemas are followed.
const MAX_DEPTH: usize = 12;

/// A value for `schema`. Only required members of an object are filled in, or all when none is required.
pub(super) fn of(schema: &Value) -> Value {
    sample(schema, schema, 0)
}

fn sample(root: &Value, schema: &Value, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    if let Some(value) = given(schema) {
        return value;
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let found = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return found.map_or(Value::Null, |found| sample(root, found, depth + 1));
    }
    for combiner in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema.get(combiner).and_then(|options| options.get(0)) {
            return sample(root, first, depth + 1);
        }
    }
    match kind(schema) {
        "object" => object(root, schema, depth),
        "array" => array(root, schema, depth),
        "string" => text(schema).into(),
        "integer" | "number" => number(schema),
        "boolean" => true.into(),
        _ => Value::Null,
    }
}

/// A value that the schema itself names.
fn given(schema: &Value) -> Option<Value> {
    let first = |member: &str| schema.get(member).and_then(|list| list.get(0)).cloned();
    let own = |member: &str| schema.get(member).cloned();
    own("const").or_else(|| first("enum")).or_else(|| own("default")).or_else(|| first("examples"))
}

/// The schema's type, the first of several, or the one that its members hint at.
fn kind(schema: &Value) -> &str {
    let declared = schema.get("type").and_then(|kind| kind.as_str().or_else(|| kind.get(0)?.as_str()));
    let hinted = || if schema.get("properties").is_some() { "object" } else { "string" };
    declared.unwrap_or_else(hinted)
}

fn object(root: &Value, schema: &Value, depth: usize) -> Value {
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let wanted =
        properties.iter().filter(|(name, _)| required.is_empty() || required.contains(&name.as_str()));
    wanted.map(|(name, schema)| (name.clone(), sample(root, schema, depth + 1))).collect::<Map<_, _>>().into()
}

fn array(root: &Value, schema: &Value, depth: usize) -> Value {
    let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).clamp(1, 16);
    let item = schema.get("items").map_or(json!("example"), |items| sample(root, items, depth + 1));
    (0..least).map(|_| item.clone()).collect()
}

fn text(schema: &Value) -> String {
    let format = schema.get("format").and_then(Value::as_str);
    let text = match format.unwrap_or_default() {
        "date" => "2026-01-31",
        "date-time" => "2026-01-31T12:00:00Z",
        "time" => "12:00:00",
        "email" => "someone@example.com",
        "uri" | "url" => "https://example.com/",
        "uuid" => "00000000-0000-4000-8000-000000000000",
        "ipv4" => "192.0.2.1",
        _ => "example",
    };
    let bound =
        |member: &str| schema.get(member).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let least = bound("minLength").unwrap_or(0).min(4096);
    let most = bound("maxLength").unwrap_or(usize::MAX);
    let filled = text.chars().chain(std::iter::repeat('x')).take(text.len().max(least));
    filled.take(most).collect()
}

fn number(schema: &Value) -> Value {
    let bound = |member: &str| schema.get(member).and_then(Value::as_f64);
    let above = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|least| least + 1.0));
    let below = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|most| most - 1.0));
    let number = above.unwrap_or(1.0).min(below.unwrap_or(f64::INFINITY));
    if number.fract() == 0.0 && number.abs() < 1e15 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and small, as was just checked")]
        return (number as i64).into();
    }
    number.into()
}

#[cfg(test)]
mod tests {
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
            "required": ["city", "unit", "days"],
        });
        assert_eq!(of(&schema), json!({"city": "example", "unit": "celsius", "days": 3}));
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
            },
            "$defs": {"person": {"properties": {"age": {"type": "integer"}}}},
        });
        let expected = json!({
            "who": {"age": 1}, "when": "2026-01-31", "tags": ["ex", "ex"], "share": 0.5,
        });
        assert_eq!(of(&schema), expected);
    }

    #[test]
    fn a_recursive_schema_comes_to_an_end() {
        let schema = json!({"type": "object", "properties": {"child": {"$ref": "#"}}});
        assert!(of(&schema).pointer("/child/child/child").is_some());
    }

    #[test]
    fn an_empty_schema_gives_an_empty_object() {
        assert_eq!(of(&json!({"type": "object", "properties": {}})), json!({}));
    }
}
