//! Does a document match its schema?
//!
//! The schema is the client's and the document is the model's: either may be made to take for ever, so every step is
//! counted, references lead nowhere but into the schema itself, and patterns run in linear time. What JSON Schema
//! calls annotations (`format`, `default`) is not checked, nor are `unevaluated…`, `$dynamicRef` and patterns that
//! `regex-lite` does not know (look-around).

use regex_lite::{Regex, RegexBuilder};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Comparisons in one check. A document of 100,000 values takes some 300,000 against a plain schema.
const MAX_STEPS: usize = 2_000_000;

/// Schemas within schemas, references included. A document itself is at most 128 deep.
const MAX_DEPTH: usize = 300;

/// Memory of a compiled pattern, in bytes.
const MAX_PATTERN: usize = 64 * 1024;

/// Patterns in one check.
const MAX_PATTERNS: usize = 200;

/// Values next to each other, or bytes of text, that are looked at in one step.
const AT_ONCE: usize = 16;

/// The check would take too long.
#[derive(Debug)]
pub(super) struct TooComplex;

struct Check<'a> {
    root: &'a Value,
    steps: usize,
    depth: usize,
    patterns: HashMap<&'a str, Option<Regex>>,
}

type Holds = Result<bool, TooComplex>;

/// Whether `document` matches `schema`.
pub(super) fn matches(schema: &Value, document: &Value) -> Holds {
    Check { root: schema, steps: 0, depth: 0, patterns: HashMap::new() }.holds(schema, document)
}

/// The schema that a reference means: only those within the schema mean anything.
pub(super) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

// === impl Check ===

impl<'a> Check<'a> {
    fn holds(&mut self, schema: &'a Value, value: &Value) -> Holds {
        let Value::Object(keywords) = schema else { return Ok(*schema != Value::Bool(false)) };
        self.step(1)?;
        if self.depth == MAX_DEPTH {
            return Err(TooComplex);
        }
        self.depth += 1;
        for (name, argument) in keywords {
            self.step(width(value) / AT_ONCE)?;
            let holds = match value {
                Value::Object(members) => self.object((name, argument), keywords, members, value)?,
                Value::Array(items) => self.array(name, argument, keywords, items)?,
                Value::String(text) => self.text(name, argument, text)?,
                Value::Number(number) => bounded(name, argument, number.as_f64()),
                Value::Null | Value::Bool(_) => true,
            };
            if !(holds && self.any_kind(name, argument, keywords, value)?) {
                return Ok(false);
            }
        }
        self.depth -= 1;
        Ok(true)
    }

    fn step(&mut self, steps: usize) -> Result<(), TooComplex> {
        self.steps += steps;
        if self.steps > MAX_STEPS { Err(TooComplex) } else { Ok(()) }
    }

    /// Keywords for values of every kind.
    fn any_kind(
        &mut self,
        name: &str,
        argument: &'a Value,
        keywords: &'a Map<String, Value>,
        value: &Value,
    ) -> Holds {
        let schemas = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match name {
            "type" => Ok(match argument {
                Value::Array(kinds) => kinds.iter().any(|kind| is_a(kind, value)),
                kind => is_a(kind, value),
            }),
            "const" => self.same(argument, value),
            "enum" => self.among(schemas, value),
            "$ref" => match argument.as_str().and_then(|reference| resolve(self.root, reference)) {
                Some(schema) => self.holds(schema, value),
                None => Ok(false),
            },
            "allOf" => Ok(self.count(schemas, value)? == schemas.len()),
            "anyOf" => Ok(self.count(schemas, value)? > 0),
            "oneOf" => Ok(self.count(schemas, value)? == 1),
            "not" => Ok(!self.test(argument, value)?),
            "if" => {
                let branch = if self.test(argument, value)? { "then" } else { "else" };
                keywords.get(branch).map_or(Ok(true), |schema| self.holds(schema, value))
            }
            _ => Ok(true),
        }
    }

    /// Whether a schema holds that need not.
    fn test(&mut self, schema: &'a Value, value: &Value) -> Holds {
        let depth = self.depth;
        let holds = self.holds(schema, value);
        self.depth = depth;
        holds
    }

    /// How many of the schemas hold.
    fn count(&mut self, schemas: &'a [Value], value: &Value) -> Result<usize, TooComplex> {
        schemas.iter().try_fold(0, |count, schema| Ok(count + usize::from(self.test(schema, value)?)))
    }

    fn object(
        &mut self,
        (name, argument): (&str, &'a Value),
        keywords: &'a Map<String, Value>,
        members: &Map<String, Value>,
        whole: &Value,
    ) -> Holds {
        match (name, argument) {
            ("properties", Value::Object(properties)) => {
                self.step(properties.len())?;
                for (name, schema) in properties {
                    if let Some(value) = members.get(name)
                        && !self.holds(schema, value)?
                    {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            ("patternProperties" | "additionalProperties", _) => {
                self.other_members(name, argument, keywords, members)
            }
            ("propertyNames", schema) => self.all(members.keys().map(|name| (schema, name.as_str().into()))),
            ("required", Value::Array(names)) => {
                self.step(names.len())?;
                Ok(names.iter().filter_map(Value::as_str).all(|name| members.contains_key(name)))
            }
            ("dependentRequired", Value::Object(rules)) => {
                self.step(names(rules))?;
                let met = |needed: &Value| {
                    let mut needed = needed.as_array().into_iter().flatten().filter_map(Value::as_str);
                    needed.all(|name| members.contains_key(name))
                };
                Ok(rules.iter().all(|(name, needed)| !members.contains_key(name) || met(needed)))
            }
            ("dependentSchemas", Value::Object(rules)) => {
                self.step(rules.len())?;
                for (_, schema) in rules.iter().filter(|(name, _)| members.contains_key(*name)) {
                    if !self.holds(schema, whole)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            ("maxProperties", limit) => Ok(at_most(members.len(), limit)),
            ("minProperties", limit) => Ok(at_least(members.len(), limit)),
            _ => Ok(true),
        }
    }

    /// `patternProperties`, or `additionalProperties`: the members that neither has its own schema nor a pattern.
    fn other_members(
        &mut self,
        name: &str,
        argument: &'a Value,
        keywords: &'a Map<String, Value>,
        members: &Map<String, Value>,
    ) -> Holds {
        let named = keywords.get("properties").and_then(Value::as_object);
        let patterns = keywords.get("patternProperties").and_then(Value::as_object);
        for (member, value) in members {
            let mut matched = named.is_some_and(|named| named.contains_key(member));
            for (pattern, schema) in patterns.into_iter().flatten() {
                self.step(1)?;
                if self.is_match(pattern, member)? {
                    matched = true;
                    if name == "patternProperties" && !self.holds(schema, value)? {
                        return Ok(false);
                    }
                }
            }
            if name == "additionalProperties" && !matched && !self.holds(argument, value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn array(
        &mut self,
        name: &str,
        argument: &'a Value,
        keywords: &'a Map<String, Value>,
        items: &[Value],
    ) -> Holds {
        let prefix = keywords.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
        match (name, argument) {
            ("items" | "prefixItems", Value::Array(schemas)) => {
                self.step(schemas.len().min(items.len()))?;
                for (schema, item) in schemas.iter().zip(items) {
                    if !self.holds(schema, item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            ("items", schema) => {
                for item in items.iter().skip(prefix) {
                    if !self.holds(schema, item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            ("contains", schema) => {
                let mut found = 0;
                for item in items {
                    found += usize::from(self.test(schema, item)?);
                }
                let least = keywords.get("minContains").unwrap_or(&Value::Null);
                let least = if least.is_null() { found > 0 } else { at_least(found, least) };
                Ok(least && keywords.get("maxContains").is_none_or(|limit| at_most(found, limit)))
            }
            ("uniqueItems", Value::Bool(true)) => {
                for (index, item) in items.iter().enumerate() {
                    if self.among(&items[..index], item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            ("maxItems", limit) => Ok(at_most(items.len(), limit)),
            ("minItems", limit) => Ok(at_least(items.len(), limit)),
            _ => Ok(true),
        }
    }

    fn text(&mut self, name: &str, argument: &'a Value, text: &str) -> Holds {
        match name {
            "maxLength" => Ok(at_most(text.chars().count(), argument)),
            "minLength" => Ok(at_least(text.chars().count(), argument)),
            "pattern" => argument.as_str().map_or(Ok(true), |pattern| self.is_match(pattern, text)),
            _ => Ok(true),
        }
    }

    /// A pattern that cannot be compiled lets everything through.
    fn is_match(&mut self, pattern: &'a str, text: &str) -> Holds {
        self.step(1 + text.len())?;
        if self.patterns.len() == MAX_PATTERNS && !self.patterns.contains_key(pattern) {
            return Err(TooComplex);
        }
        let compiled = self
            .patterns
            .entry(pattern)
            .or_insert_with(|| RegexBuilder::new(pattern).size_limit(MAX_PATTERN).build().ok());
        Ok(compiled.as_ref().is_none_or(|regex| regex.is_match(text)))
    }

    /// Whether a value is one of these.
    fn among(&mut self, values: &[Value], value: &Value) -> Holds {
        for other in values {
            if self.same(other, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether two values are equal. JSON Schema knows one kind of number.
    fn same(&mut self, one: &Value, other: &Value) -> Holds {
        self.step(1 + width(one) / AT_ONCE)?;
        match (one, other) {
            (Value::Number(one_number), Value::Number(other_number)) => {
                Ok(one == other || one_number.as_f64() == other_number.as_f64())
            }
            (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
                for (one, other) in ones.iter().zip(others) {
                    if !self.same(one, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Object(ones), Value::Object(others)) if ones.len() == others.len() => {
                for (name, one) in ones {
                    let Some(other) = others.get(name) else { return Ok(false) };
                    if !self.same(one, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Array(_) | Value::Object(_), _) => Ok(false),
            _ => Ok(one == other),
        }
    }

    fn all(&mut self, mut pairs: impl Iterator<Item = (&'a Value, Value)>) -> Holds {
        pairs.try_fold(true, |all, (schema, value)| Ok(all && self.holds(schema, &value)?))
    }
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("integer") => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

/// How much a keyword may have to look at, not counting what is within it.
fn width(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        Value::String(text) => text.len(),
        _ => 0,
    }
}

/// The names in a rule for names.
fn names(rules: &Map<String, Value>) -> usize {
    rules.values().map(|needed| 1 + width(needed)).sum()
}

fn bounded(name: &str, argument: &Value, number: Option<f64>) -> bool {
    let (Some(limit), Some(number)) = (argument.as_f64(), number) else { return true };
    match name {
        "minimum" => number >= limit,
        "maximum" => number <= limit,
        "exclusiveMinimum" => number > limit,
        "exclusiveMaximum" => number < limit,
        "multipleOf" if limit > 0.0 => {
            let times = number / limit;
            (times - times.round()).abs() < 1e-9 * times.abs().max(1.0)
        }
        _ => true,
    }
}

fn at_most(count: usize, limit: &Value) -> bool {
    limit.as_f64().is_none_or(|limit| count as f64 <= limit)
}

fn at_least(count: usize, limit: &Value) -> bool {
    limit.as_f64().is_none_or(|limit| count as f64 >= limit)
}

#[cfg(test)]
mod tests;
