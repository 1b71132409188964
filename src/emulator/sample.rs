//! A value that a JSON schema allows, as simple as can be: what an emulated model calls a tool with, or answers in a
//! format.

use serde_json::{Map, Value, json};

mod pattern;

/// How deep nested or recursive schemas are followed.
const MAX_DEPTH: usize = 12;

/// Down to which depth objects have what they need not have, and lists more than they must.
const RICH_DEPTH: usize = 3;

/// A value for `schema`. Only required members of an object are filled in, or all when none is required.
pub(super) fn of(schema: &Value) -> Value {
    Sampler { root: schema }.sample(schema, 0, 0)
}

/// Walks through a schema with its definitions.
struct Sampler<'a> {
    root: &'a Value,
}

// === impl Sampler ===

impl Sampler<'_> {
    /// The value number `nth` for a schema; values of different numbers differ where the schema lets them.
    fn sample(&self, schema: &Value, depth: usize, nth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        let schema = &self.flat(schema, depth);
        if let Some(value) = given(schema, nth) {
            return value;
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "string" => text(schema, nth).into(),
            "integer" | "number" => number(schema, nth),
            "boolean" => nth.is_multiple_of(2).into(),
            _ => Value::Null,
        }
    }

    /// The schema with what it refers to, all that it must be, and one of what it can be.
    fn flat(&self, schema: &Value, depth: usize) -> Value {
        let mut flat = schema.clone();
        for _ in 0..MAX_DEPTH {
            let Some(members) = flat.as_object_mut() else { break };
            if let Some(target) = members.remove("$ref") {
                let pointer = target.as_str().and_then(|target| target.strip_prefix('#'));
                merge(members, pointer.and_then(|pointer| self.root.pointer(pointer)));
            } else if let Some(parts) = members.remove("allOf") {
                parts.as_array().into_iter().flatten().for_each(|part| merge(members, Some(part)));
            } else if let Some(options) = members.remove("anyOf").or_else(|| members.remove("oneOf")) {
                // What refers to something may come back to it, so deep down the others go first.
                let refers = |option: &&Value| depth >= RICH_DEPTH && option.to_string().contains("\"$ref\"");
                let options = options.as_array().map_or(&[][..], Vec::as_slice);
                merge(members, options.iter().find(|option| !refers(option)).or(options.first()));
            } else {
                break;
            }
        }
        flat
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let none = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let all = required.is_empty() && depth < RICH_DEPTH;
        let wanted = properties.iter().filter(|(name, _)| all || required.contains(&name.as_str()));
        let members = wanted.map(|(name, schema)| (name.clone(), self.sample(schema, depth + 1, 0)));
        let mut members: Map<_, _> = members.collect();
        // Required without being described: anything will do.
        for name in required {
            members.entry(name).or_insert_with(|| "example".into());
        }
        members.into()
    }

    fn array(&self, schema: &Value, depth: usize) -> Value {
        let bound = |member: &str| schema[member].as_u64().and_then(|count| usize::try_from(count).ok());
        let first = schema["prefixItems"].as_array().map_or(&[][..], Vec::as_slice);
        let usual = if depth < RICH_DEPTH { first.len().max(1) } else { 0 };
        let count = usual.max(bound("minItems").unwrap_or(0)).min(bound("maxItems").unwrap_or(16)).min(1_000);
        let item = |n| match first.get(n).or(schema.get("items")) {
            Some(items) => self.sample(items, depth + 1, n),
            None => "example".into(),
        };
        (0..count).map(item).collect()
    }
}

/// Adds what another schema says to what is there.
fn merge(members: &mut Map<String, Value>, other: Option<&Value>) {
    for (name, value) in other.and_then(Value::as_object).into_iter().flatten() {
        match (members.get_mut(name), value) {
            (Some(Value::Object(own)), Value::Object(more)) => {
                more.iter().for_each(|(name, value)| {
                    own.entry(name.clone()).or_insert_with(|| value.clone());
                });
            }
            (Some(Value::Array(own)), Value::Array(more)) if name == "required" => {
                own.extend(more.iter().cloned());
            }
            (Some(_), _) => {}
            (None, _) => {
                members.insert(name.clone(), value.clone());
            }
        }
    }
}

/// A value that the schema itself names.
fn given(schema: &Value, nth: usize) -> Option<Value> {
    let own = |member: &str| schema.get(member).cloned();
    let listed = |member: &str| {
        let list = schema.get(member)?.as_array().filter(|list| !list.is_empty())?;
        list.get(nth % list.len()).cloned()
    };
    own("const").or_else(|| listed("enum")).or_else(|| own("default")).or_else(|| listed("examples"))
}

/// The schema's type, the first of several, or the one that its members hint at.
fn kind(schema: &Value) -> &str {
    let declared = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    let hint = || match schema {
        _ if schema["properties"].is_object() => "object",
        _ if schema["items"].is_object() => "array",
        _ => "string",
    };
    declared.unwrap_or_else(hint)
}

fn text(schema: &Value, nth: usize) -> String {
    if let Some(text) = schema["pattern"].as_str().and_then(pattern::sample) {
        return text;
    }
    let text = match schema["format"].as_str().unwrap_or_default() {
        "date" => "2026-01-31",
        "date-time" => "2026-01-31T12:00:00Z",
        "time" => "12:00:00Z",
        "duration" => "P1D",
        "email" => "someone@example.com",
        "hostname" => "example.com",
        "uri" | "url" => "https://example.com/",
        "uuid" => "00000000-0000-4000-8000-000000000000",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        _ if nth > 0 => return bounded(schema, &format!("{nth}example")),
        _ => "example",
    };
    bounded(schema, text)
}

/// The text, made as long as it must and as short as it may be.
fn bounded(schema: &Value, text: &str) -> String {
    let bound = |member: &str| schema[member].as_u64().and_then(|n| usize::try_from(n).ok());
    let least = bound("minLength").unwrap_or(0).min(4096);
    let most = bound("maxLength").unwrap_or(usize::MAX);
    let filled = text.chars().chain(std::iter::repeat('x')).take(text.len().max(least));
    filled.take(most).collect()
}

fn number(schema: &Value, nth: usize) -> Value {
    let bound = |member: &str| schema[member].as_f64();
    let whole = kind(schema) == "integer";
    // Between two bounds there may be less room than one.
    let room = bound("maximum").or(bound("exclusiveMaximum")).zip(bound("exclusiveMinimum"));
    let step = room.map_or(1.0, |(most, least)| if whole { 1.0 } else { ((most - least) / 2.0).min(1.0) });
    let above = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|least| least + step));
    let below = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|most| most - step));
    let mut number = above.unwrap_or(1.0).min(below.unwrap_or(f64::INFINITY));
    if let Some(step) = bound("multipleOf").filter(|step| *step > 0.0) {
        number = (number / step).ceil() * step;
    }
    #[expect(clippy::cast_precision_loss, reason = "lists are short")]
    let more = number + bound("multipleOf").unwrap_or(1.0) * nth as f64;
    let number = if below.is_none_or(|most| more <= most) { more } else { number };
    let number = if whole { number.ceil() } else { number };
    if number.fract() == 0.0 && number.abs() < 1e15 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and small, as was just checked")]
        return (number as i64).into();
    }
    json!(number)
}

#[cfg(test)]
mod tests;
