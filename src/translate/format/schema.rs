//! The client's schema: is it one, and in which forms can it be sent?

use super::{check::resolve, tree::Tree};
use serde_json::{Map, Value, value::RawValue};
use std::collections::{BTreeSet, HashSet};

/// References that follow one another.
const MAX_REFERENCES: usize = 64;

/// The most values that a schema may grow to when its references are replaced.
const MAX_INLINED: usize = 20_000;

/// Keywords whose value is a schema, a list of schemas, and named schemas.
const ONE: [&str; 9] = [
    "items",
    "additionalProperties",
    "contains",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
    "unevaluatedProperties",
];
const LIST: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED: [&str; 5] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

const KINDS: [&str; 7] = ["object", "array", "string", "number", "integer", "boolean", "null"];

/// What Bedrock's structured output cannot enforce; the model reads it in the description instead (AWS user guide,
/// structured output).
const MOVED: [&str; 14] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "contains",
    "minContains",
    "maxContains",
];
/// What says something of an object's shape that Bedrock's structured output has no words for.
const UNFIT: [&str; 10] = [
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "not",
    "if",
    "prefixItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "$dynamicRef",
];
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// A schema that is one.
pub(super) struct Schema {
    /// As the client wrote it.
    text: Box<RawValue>,
    /// The same, to be read.
    pub(super) value: Value,
}

/// What the model's family refuses in the schema of a tool.
#[derive(Debug, Clone, Copy)]
pub(super) struct ToolRules {
    /// `$defs` are not seen.
    pub(super) inline: bool,
    /// `contains`.
    pub(super) no_contains: bool,
    /// Look-around and back-references.
    pub(super) no_lookaround: bool,
}

/// Keywords that were moved into descriptions.
pub(super) type Moved = BTreeSet<String>;

private_debug!(Schema);

// === impl Schema ===

impl Schema {
    /// Reads a schema; the error says where it is none, and why.
    pub(super) fn parse(text: Box<RawValue>) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(text.get()).map_err(|_| "it is nested too deeply".to_owned())?;
        if !value.is_object() {
            return Err("it must be an object".to_owned());
        }
        well_formed(&value, &value, &mut String::new())?;
        Ok(Self { text, value })
    }

    /// The schema as Bedrock's structured output takes it: closed objects, plain keywords, no recursion. None where
    /// that would be another schema.
    pub(super) fn native(&self) -> Option<(String, Moved)> {
        if self.is_recursive() {
            return None;
        }
        let (mut tree, mut moved) = (self.tree()?, Moved::new());
        close(&mut tree, &mut moved).then(|| (tree.to_string(), moved))
    }

    /// The schema as the input of a tool: the root is an object. None where it cannot be one.
    pub(super) fn tool(&self, rules: ToolRules) -> Option<(Box<RawValue>, Moved)> {
        let kind = self.value.get("type");
        let [no_contains, no_lookaround] = [rules.no_contains, rules.no_lookaround];
        let inline = rules.inline && self.text.get().contains("\"$ref\"");
        if kind.is_some_and(|kind| kind != "object") || inline && self.is_recursive() {
            return None;
        }
        if kind.is_some() && !inline && !no_contains && !no_lookaround {
            return Some((self.text.clone(), Moved::new()));
        }
        let (mut tree, mut moved) = (self.tree()?, Moved::new());
        if inline {
            tree = inlined(&tree, &tree, &mut 0)?;
        }
        let members = tree.members()?;
        if kind.is_none() {
            members.insert(0, ("type".to_owned(), Value::from("object").into()));
        }
        relax(&mut tree, &mut moved, &|name, value| match name {
            "contains" | "minContains" | "maxContains" => no_contains,
            "pattern" => no_lookaround && looks_around(value),
            _ => false,
        });
        Some((RawValue::from_string(tree.to_string()).ok()?, moved))
    }

    /// The schema without white space, for the model to read.
    pub(super) fn compact(&self) -> String {
        self.tree().map_or_else(|| self.text.get().to_owned(), |tree| tree.to_string())
    }

    fn tree(&self) -> Option<Tree> {
        serde_json::from_str(self.text.get()).ok()
    }

    fn is_recursive(&self) -> bool {
        recursive(&self.value, &self.value, &mut vec!["#"], &mut HashSet::new())
    }
}

/// The schemas directly within a schema.
fn parts(schema: &Map<String, Value>) -> impl Iterator<Item = (&str, Option<&str>, &Value)> {
    schema.iter().flat_map(|(keyword, value)| {
        let keyword = keyword.as_str();
        let (list, named) = (value.as_array(), value.as_object());
        let list = list.filter(|_| LIST.contains(&keyword) || keyword == "items");
        let named = named.filter(|_| NAMED.contains(&keyword));
        let one = (ONE.contains(&keyword) && list.is_none()).then_some((keyword, None, value));
        let list = list.into_iter().flatten().map(move |schema| (keyword, None, schema));
        let named = named.into_iter().flatten();
        one.into_iter()
            .chain(list)
            .chain(named.map(move |(name, schema)| (keyword, Some(name.as_str()), schema)))
    })
}

/// The error says where the schema is none, and why.
fn well_formed(root: &Value, schema: &Value, path: &mut String) -> Result<(), String> {
    let members = match schema {
        Value::Object(members) => members,
        Value::Bool(_) => return Ok(()),
        _ => return Err(format!("{}: a schema must be an object", at(path))),
    };
    for (keyword, value) in members {
        let wrong = |why: &str| Err(format!("{}/{keyword}: {why}", at(path)));
        let is_kind = |kind: &Value| kind.as_str().is_some_and(|kind| KINDS.contains(&kind));
        let texts = |list: &Value| list.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        match keyword.as_str() {
            "type" if !is_kind(value) && !value.as_array().is_some_and(|kinds| kinds.iter().all(is_kind)) => {
                return wrong("there is no such type");
            }
            "required" if !texts(value) => return wrong("it must be a list of names"),
            "enum" if !value.is_array() => return wrong("it must be a list"),
            "pattern" | "description" if !value.is_string() => return wrong("it must be a string"),
            "$ref" if value.as_str().and_then(|reference| resolve(root, reference)).is_none() => {
                return wrong("it must refer to something within the schema");
            }
            name if NAMED.contains(&name) && !value.is_object() => return wrong("it must be an object"),
            name if LIST.contains(&name) && value.as_array().is_none_or(Vec::is_empty) => {
                return wrong("it must be a list of schemas");
            }
            _ => {}
        }
    }
    for (keyword, name, part) in parts(members) {
        let length = path.len();
        path.extend(["/", keyword]);
        path.extend(name.iter().flat_map(|name| ["/", name]));
        well_formed(root, part, path)?;
        path.truncate(length);
    }
    Ok(())
}

fn at(path: &str) -> String {
    crate::translate::shown(&format!("#{path}"))
}

/// Whether a reference leads back to where it stands.
fn recursive<'a>(
    root: &'a Value,
    schema: &'a Value,
    trail: &mut Vec<&'a str>,
    done: &mut HashSet<&'a str>,
) -> bool {
    let Value::Object(members) = schema else { return false };
    if let Some(reference) = members.get("$ref").and_then(Value::as_str)
        && !done.contains(reference)
    {
        if trail.contains(&reference) || trail.len() > MAX_REFERENCES {
            return true;
        }
        trail.push(reference);
        let leads_back = resolve(root, reference).is_some_and(|schema| recursive(root, schema, trail, done));
        trail.pop();
        if leads_back {
            return true;
        }
        done.insert(reference);
    }
    parts(members)
        .filter(|(keyword, ..)| !DEFINITIONS.contains(keyword))
        .any(|(_, _, part)| recursive(root, part, trail, done))
}

/// Makes every object closed and moves what cannot be enforced; false where the schema would become another one.
fn close(schema: &mut Tree, moved: &mut Moved) -> bool {
    relax_one(schema, moved, &|name, value| match name {
        "minItems" => !matches!(value, Tree::Scalar(count) if count == 0 || count == 1),
        "format" => value.as_str().is_none_or(|format| !FORMATS.contains(&format)),
        "pattern" => looks_around(value),
        name => MOVED.contains(&name),
    });
    let Some(members) = schema.members() else { return false };
    if members.iter().any(|(name, value)| {
        UNFIT.contains(&name.as_str())
            || name == "enum" && has_parts(value)
            || name == "items" && is_list(value)
    }) {
        return false;
    }
    // The model is to choose one of them; that no other one fits is beyond what can be enforced.
    for (name, _) in members.iter_mut().filter(|(name, _)| name == "oneOf") {
        "anyOf".clone_into(name);
    }
    members.retain(|(name, _)| name != "discriminator");
    let find = |name: &str| members.iter().position(|(found, _)| found == name);
    let properties = find("properties");
    let is_object = members.iter().any(|(name, value)| name == "type" && names_object(value));
    match find("additionalProperties").map(|at| members[at].1 == Value::Bool(false).into()) {
        Some(true) => {}
        Some(false) => return false,
        None if properties.is_some() => {
            members.push(("additionalProperties".to_owned(), Value::Bool(false).into()));
        }
        // An object of whatever members.
        None if is_object => return false,
        None => {}
    }
    members.iter_mut().all(|(name, value)| match value {
        Tree::Array(list) if LIST.contains(&name.as_str()) => list.iter_mut().all(|part| close(part, moved)),
        Tree::Object(named) if NAMED.contains(&name.as_str()) => {
            named.iter_mut().all(|(_, part)| close(part, moved))
        }
        part if name == "items" => close(part, moved),
        _ => true,
    })
}

fn has_parts(list: &Tree) -> bool {
    matches!(list, Tree::Array(items) if items.iter().any(|item| !matches!(item, Tree::Scalar(_))))
}

fn is_list(value: &Tree) -> bool {
    matches!(value, Tree::Array(_))
}

fn names_object(kind: &Tree) -> bool {
    match kind {
        Tree::Array(kinds) => kinds.iter().any(names_object),
        kind => kind.as_str() == Some("object"),
    }
}

fn looks_around(pattern: &Tree) -> bool {
    let pattern = pattern.as_str().unwrap_or_default();
    ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|mark| pattern.contains(mark))
        || pattern.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && (b'1'..=b'9').contains(&pair[1]))
}

/// Moves keywords into the descriptions, everywhere.
fn relax(schema: &mut Tree, moved: &mut Moved, refused: &impl Fn(&str, &Tree) -> bool) {
    relax_one(schema, moved, refused);
    for (name, value) in schema.members().into_iter().flatten() {
        match value {
            Tree::Array(list) if LIST.contains(&name.as_str()) => {
                list.iter_mut().for_each(|part| relax(part, moved, refused));
            }
            Tree::Object(named) if NAMED.contains(&name.as_str()) => {
                named.iter_mut().for_each(|(_, part)| relax(part, moved, refused));
            }
            part if ONE.contains(&name.as_str()) => relax(part, moved, refused),
            _ => {}
        }
    }
}

/// Moves keywords of one schema into its description.
fn relax_one(schema: &mut Tree, moved: &mut Moved, refused: &impl Fn(&str, &Tree) -> bool) {
    let Some(members) = schema.members() else { return };
    let mut said = Vec::new();
    members.retain(|(name, value)| {
        let keep = !refused(name, value);
        if !keep {
            said.push(format!("{name}: {value}"));
            moved.insert(name.clone());
        }
        keep
    });
    if said.is_empty() {
        return;
    }
    let said = said.join(", ");
    match members.iter_mut().find(|(name, _)| name == "description") {
        Some((_, description)) => {
            *description =
                Value::from(format!("{} ({said})", description.as_str().unwrap_or_default())).into();
        }
        None => members.push(("description".to_owned(), Value::from(said).into())),
    }
}

/// The schema with its references replaced by what they refer to; none when it grows too large. It must not be
/// recursive.
fn inlined(root: &Tree, schema: &Tree, size: &mut usize) -> Option<Tree> {
    *size += 1;
    if *size > MAX_INLINED {
        return None;
    }
    Some(match schema {
        Tree::Scalar(value) => Tree::Scalar(value.clone()),
        Tree::Array(items) => {
            Tree::Array(items.iter().map(|item| inlined(root, item, size)).collect::<Option<_>>()?)
        }
        Tree::Object(members) => {
            let mut out = Vec::with_capacity(members.len());
            for (name, value) in members {
                if DEFINITIONS.contains(&name.as_str()) {
                    continue;
                }
                let target = value.as_str().filter(|_| name == "$ref").and_then(|path| pointed(root, path));
                match target.map(|target| inlined(root, target, size)) {
                    Some(target) => out.extend(target?.members().into_iter().flat_map(std::mem::take)),
                    None => out.push((name.clone(), inlined(root, value, size)?)),
                }
            }
            // What stands beside a reference overrules what it refers to.
            let mut seen = HashSet::new();
            out.reverse();
            out.retain(|(name, _)| seen.insert(name.clone()));
            out.reverse();
            Tree::Object(out)
        }
    })
}

/// What a reference means.
fn pointed<'a>(root: &'a Tree, reference: &str) -> Option<&'a Tree> {
    let names = reference.strip_prefix('#')?.split('/').skip(1);
    names.map(|name| name.replace("~1", "/").replace("~0", "~")).try_fold(root, |tree, name| match tree {
        Tree::Array(items) => items.get(name.parse::<usize>().ok()?),
        tree => tree.get(&name),
    })
}

#[cfg(test)]
mod tests;
