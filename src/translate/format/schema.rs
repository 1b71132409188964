//! The client's schema: is it one, and in which forms can it be sent?

use super::{SCHEMA, check::resolve};
use crate::translate::{
    Context, Judge, Refusal, shown,
    tools::{
        self,
        schema::{
            dialect::{self, CONTAINS, UNENFORCED},
            refs,
            tree::{Holds, Members, Tree, get, holds},
        },
    },
};
use serde_json::{Map, Value, value::RawValue};
use std::{borrow::Cow, collections::BTreeSet};

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

const KINDS: [&str; 7] = ["object", "array", "string", "number", "integer", "boolean", "null"];

/// What else Bedrock's structured output cannot enforce, besides [`UNENFORCED`] and [`CONTAINS`]; the model reads it in
/// the description instead (AWS user guide, structured output).
const MOVED: [&str; 3] = ["uniqueItems", "minProperties", "maxProperties"];
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
pub(super) struct Schema<'a> {
    /// As the client wrote it.
    text: &'a RawValue,
    /// The same, to be read.
    pub(super) value: Value,
}

/// Keywords that were moved into descriptions.
pub(super) type Moved = BTreeSet<String>;

private_debug!(Schema<'a>);

// === impl Schema ===

impl<'a> Schema<'a> {
    /// Reads a schema; the error says where it is none, and why.
    pub(super) fn parse(text: &'a RawValue) -> Result<Self, String> {
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
        let (mut tree, mut moved) = (self.tree()?, Moved::new());
        if refs::obstacle(&tree).is_some() {
            return None;
        }
        let mut fits = true;
        tree.change(&mut |members| fits &= close(members, &mut moved));
        fits.then(|| (tree.to_string(), moved))
    }

    /// The schema as the input of a tool; none where its root is no object.
    pub(super) fn tool(&self, cx: Context<'_>, judge: &mut Judge) -> Result<Option<Box<RawValue>>, Refusal> {
        if self.value.get("type").is_some_and(|kind| kind != "object") {
            return Ok(None);
        }
        tools::schema::schema(format_args!("{SCHEMA}"), Some(self.text), cx, judge)
            .map(|schema| Some(schema.into_owned()))
    }

    /// The schema without white space, for the model to read.
    pub(super) fn compact(&self) -> String {
        self.tree().map_or_else(|| self.text.get().to_owned(), |tree| tree.to_string())
    }

    fn tree(&self) -> Option<Tree<'_>> {
        serde_json::from_str(self.text.get()).ok()
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
    shown(&format!("#{path}"))
}

/// Makes an object closed and moves what cannot be enforced; false where the schema would become another one.
fn close(members: &mut Members<'_>, moved: &mut Moved) -> bool {
    let is_unfit = |(name, value): &(Cow<'_, str>, Tree<'_>)| match (&**name, value) {
        ("enum", Tree::List(items)) => {
            items.iter().any(|item| matches!(item, Tree::Object(_) | Tree::List(_)))
        }
        ("items", Tree::List(_)) => true,
        ("additionalProperties", value) => !is_bool(value, false),
        (name, value) => UNFIT.contains(&name) || has_bools(name, value),
    };
    let cannot_enforce = |name: &str, value: &Tree<'_>| match name {
        "minItems" => !matches!(value, Tree::Scalar(count) if *count == 0 || *count == 1),
        "format" => value.as_str().is_none_or(|format| !FORMATS.contains(&format)),
        "pattern" => dialect::looks_around(name, value),
        name => [&UNENFORCED[..], &CONTAINS, &MOVED].iter().any(|moved| moved.contains(&name)),
    };
    if members.iter().any(is_unfit) {
        return false;
    }
    let words = members.iter().filter(|(name, value)| cannot_enforce(name, value));
    moved.extend(words.map(|(name, _)| name.clone().into_owned()));
    dialect::describe(members, cannot_enforce);
    // The model is to choose one of them; that no other one fits is beyond what can be enforced.
    for (name, _) in members.iter_mut().filter(|(name, _)| name == "oneOf") {
        *name = "anyOf".into();
    }
    members.retain(|(name, _)| name != "discriminator");
    let has_properties = get(members, "properties").is_some();
    if get(members, "additionalProperties").is_none() {
        if has_properties {
            members.push(("additionalProperties".into(), Tree::Scalar(false.into())));
        } else if get(members, "type").is_some_and(names_object) {
            // An object of whatever members.
            return false;
        }
    }
    true
}

fn is_bool(value: &Tree<'_>, wanted: bool) -> bool {
    matches!(value, Tree::Scalar(Value::Bool(found)) if *found == wanted)
}

/// Whether one of a keyword's schemas is `true` or `false`.
fn has_bools(keyword: &str, value: &Tree<'_>) -> bool {
    let is_any = |schema: &Tree<'_>| matches!(schema, Tree::Scalar(Value::Bool(_)));
    match (holds(keyword), value) {
        (Holds::Data, _) => false,
        (Holds::Named, Tree::Object(named)) => named.iter().any(|(_, schema)| is_any(schema)),
        (Holds::Schemas, Tree::List(schemas)) => schemas.iter().any(is_any),
        (_, schema) => is_any(schema),
    }
}

fn names_object(kind: &Tree<'_>) -> bool {
    match kind {
        Tree::List(kinds) => kinds.iter().any(names_object),
        kind => kind.as_str() == Some("object"),
    }
}

#[cfg(test)]
mod tests;
