//! Rules about JSON schemas: those that become grammars (user guide, structured outputs) and those of tools.

use std::collections::HashSet;

use serde_json::Value;

use super::{Conversation, Refusal, Rule, ensure};

pub(super) const RULES: &[Rule] =
    &[strict_is_supported, structured_output_is_supported, schemas_suit_the_family];

/// Strict tools of one request to Claude.
const MAX_STRICT_TOOLS: usize = 20;

/// What no grammar can express.
const UNSUPPORTED: [&str; 8] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
];

fn strict_is_supported(c: &Conversation<'_>) -> Result<(), Refusal> {
    let strict: Vec<usize> = (0..c.specs.len()).filter(|tool| c.specs[*tool]["strict"] == true).collect();
    let Some(first) = strict.first() else { return Ok(()) };
    ensure(c.family.strict_tools, || format!("tools.{first}.custom.strict: Extra inputs are not permitted"))?;
    ensure(!c.family.anthropic || strict.len() <= MAX_STRICT_TOOLS, || {
        format!("Too many strict tools ({}). The maximum number of strict tools is 20.", strict.len())
    })?;
    for tool in strict {
        grammar(&c.specs[tool]["inputSchema"]["json"])
            .map_err(|why| Refusal::validation(format!("tools.{tool}.custom: {why}")))?;
    }
    Ok(())
}

fn structured_output_is_supported(c: &Conversation<'_>) -> Result<(), Refusal> {
    let format = &c.request["outputConfig"]["textFormat"];
    if format.is_null() {
        return Ok(());
    }
    ensure(c.family.structured, || {
        "This model doesn't support the outputConfig.textFormat field. Remove outputConfig.textFormat and try again."
            .to_owned()
    })?;
    let prefilled = c.turns.last().is_some_and(|turn| turn.role == "assistant");
    ensure(!prefilled, || "Structured output cannot be used together with a prefill.".to_owned())?;
    let text = format["structure"]["jsonSchema"]["schema"].as_str().unwrap_or_default();
    let schema: Value = serde_json::from_str(text).unwrap_or_default();
    ensure(schema.is_object(), || {
        "The value at outputConfig.textFormat.structure.jsonSchema.schema is not a valid JSON schema."
            .to_owned()
    })?;
    grammar(&schema).map_err(|why| Refusal::validation(format!("output_config.format.schema: {why}")))
}

fn schemas_suit_the_family(c: &Conversation<'_>) -> Result<(), Refusal> {
    let roots = ["anyOf", "oneOf", "allOf"];
    for (tool, spec) in c.specs.iter().enumerate() {
        let schema = &spec["inputSchema"]["json"];
        let union = roots.iter().any(|keyword| schema.get(*keyword).is_some());
        ensure(c.family.root_unions || !union, || {
            format!(
                "tools.{tool}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
            )
        })?;
        if c.family.lookaround && c.family.contains && c.family.references {
            continue;
        }
        let suits = every(schema, &mut |part| {
            if !c.family.lookaround && has_lookaround(part) {
                return Err("Invalid regex: look-around and back-references are not supported".to_owned());
            }
            if !c.family.contains && part.get("contains").is_some() {
                return Err("the keyword contains is not supported".to_owned());
            }
            if !c.family.references && part.get("$ref").is_some() {
                return Err("PointerToNowhere: $ref cannot be resolved by this model".to_owned());
            }
            Ok(())
        });
        suits.map_err(|why| Refusal::validation(format!("tools.{tool}.input_schema: {why}")))?;
    }
    Ok(())
}

/// Why a schema cannot become a grammar.
fn grammar(schema: &Value) -> Result<(), String> {
    every(schema, &mut |part| {
        let kind = &part["type"];
        let is =
            |name: &str| kind == name || kind.as_array().is_some_and(|kinds| kinds.contains(&name.into()));
        if (is("object") || part.get("properties").is_some()) && part["additionalProperties"] != false {
            return Err(
                "For 'object' type, 'additionalProperties' must be explicitly set to false".to_owned()
            );
        }
        if let Some(keyword) = UNSUPPORTED.iter().find(|keyword| part.get(**keyword).is_some()) {
            return Err(format!("For {kind} type, property '{keyword}' is not supported"));
        }
        if part["minItems"].as_u64().is_some_and(|least| least > 1) {
            return Err("For 'array' type, 'minItems' values other than 0 or 1 are not supported".to_owned());
        }
        if has_lookaround(part) {
            return Err("Invalid regex: look-around and back-references are not supported".to_owned());
        }
        Ok(())
    })?;
    follow(schema, schema, &mut Vec::new(), &mut HashSet::new())
}

/// Follows the references: each must lead somewhere in the schema, and none back to itself.
fn follow<'a>(
    root: &'a Value,
    schema: &'a Value,
    above: &mut Vec<&'a str>,
    done: &mut HashSet<&'a str>,
) -> Result<(), String> {
    if let Some(target) = schema["$ref"].as_str() {
        if above.contains(&target) || target == "#" {
            return Err(format!("Circular reference detected in schema definitions: {target}"));
        }
        let pointer = target.strip_prefix('#').ok_or("External schema references are not supported")?;
        let found =
            root.pointer(pointer).ok_or_else(|| format!("PointerToNowhere: '{pointer}' does not exist"))?;
        if done.insert(target) {
            above.push(target);
            follow(root, found, above, done)?;
            above.pop();
        }
    }
    let inside = parts(schema).filter(|(keyword, _)| !["$defs", "definitions"].contains(keyword));
    inside.map(|(_, part)| part).try_for_each(|part| follow(root, part, above, done))
}

/// Calls `check` with a schema and all schemas in it.
fn every(schema: &Value, check: &mut dyn FnMut(&Value) -> Result<(), String>) -> Result<(), String> {
    check(schema)?;
    parts(schema).try_for_each(|(_, part)| every(part, check))
}

/// The schemas directly inside of one, with the keyword that has them.
fn parts(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = schema.as_object().into_iter().flatten();
    members.flat_map(|(keyword, value)| {
        let inside: Vec<&Value> = match (keyword.as_str(), value) {
            ("properties" | "patternProperties" | "$defs" | "definitions", Value::Object(named)) => {
                named.values().collect()
            }
            ("anyOf" | "allOf" | "oneOf" | "prefixItems" | "items", Value::Array(listed)) => {
                listed.iter().collect()
            }
            (
                "items"
                | "additionalProperties"
                | "contains"
                | "not"
                | "if"
                | "then"
                | "else"
                | "propertyNames",
                Value::Object(_),
            ) => vec![value],
            _ => Vec::new(),
        };
        inside.into_iter().map(|part| (keyword.as_str(), part))
    })
}

fn has_lookaround(part: &Value) -> bool {
    const MARKS: [&str; 6] = ["(?=", "(?!", "(?<=", "(?<!", r"\1", r"\2"];
    part["pattern"].as_str().is_some_and(|pattern| MARKS.iter().any(|mark| pattern.contains(mark)))
}
