//! The schema of a tool's arguments as Bedrock and the model's family take it, with the client's bytes untouched
//! wherever they can be: prompt caching compares bytes.

pub(in crate::translate) mod dialect;
pub(in crate::translate) mod refs;
pub(super) mod strict;
pub(in crate::translate) mod tree;

use super::super::{Context, Judge, Refusal, shown};
use crate::json;
use memchr::{memchr, memmem};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};
use std::{borrow::Cow, fmt::Arguments, sync::LazyLock};
use tree::{Members, Tree, get, set};

/// The schema of a tool without arguments.
const EMPTY: &str = r#"{"type":"object","properties":{}}"#;

/// A schema whose root is an object, without what the model does not take.
pub(in crate::translate) fn schema<'a>(
    path: Arguments<'_>,
    parameters: Option<&'a RawValue>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Cow<'a, RawValue>, Refusal> {
    let Some(parameters) = parameters else { return raw(path, EMPTY.to_owned()) };
    let text = parameters.get();
    let escapes = memchr(b'\\', text.as_bytes()).is_some();
    let (rooted, is_union) = match escapes || may_be_union(text) || !begins_as_object(text) {
        true => rooted(path, parameters)?,
        false => (Cow::Borrowed(parameters), false),
    };
    let text = rooted.get();
    // By number any keyword may be spelt.
    let numbered = escapes && text.contains(r"\u");
    let refers = numbered || memchr(b'$', text.as_bytes()).is_some() && text.contains("\"$ref\"");
    let unions = cx.can.no_root_union && is_union;
    let contains = cx.can.no_contains && (numbered || text.contains("\"contains\""));
    let patterns =
        cx.can.no_lookaround && (numbered || text.contains("(?") || escapes && text.contains(r"\\"));
    if !(refers || contains || patterns || unions) {
        return Ok(rooted);
    }
    let mut tree: Tree<'_> = match serde_json::from_str(text) {
        Ok(tree) => tree,
        // Too deep to be looked at, which it mostly need not be.
        Err(_) if numbered => return Ok(rooted),
        Err(_) => return Err(not_a_schema(path)),
    };
    if let Some(reference) = refs::dangling(&tree) {
        let message = format!("`{path}` refers to \"{}\", which it does not define.", shown(reference));
        return Err(Refusal::invalid(path.to_string(), message));
    }
    let mut changed = false;
    let refers = refers && tree.find(&mut |members| get(members, "$ref")).is_some();
    if refers && cx.can.inline_schema_refs {
        let (inlined, left_open) = refs::inlined(&tree);
        (tree, changed) = (inlined, true);
        if let Some(why) = left_open {
            let why = format!("this model does not see definitions, and {why}");
            judge.change(path.to_string(), why, "left open there")?;
        }
    }
    for (asked, without, why) in [
        (
            unions,
            dialect::without_root_unions as fn(&mut Tree<'_>) -> bool,
            "this model takes no union at the root",
        ),
        (contains, dialect::without_contains, "this model takes no `contains`"),
        (patterns, dialect::without_lookaround, "this model takes no look-around in patterns"),
    ] {
        if asked && without(&mut tree) {
            changed = true;
            judge.change(path.to_string(), why, "moved to the description")?;
        }
    }
    if changed { raw(path, tree.to_string()) } else { Ok(rooted) }
}

/// Whether a union may be somewhere: `anyOf`, `oneOf`, `allOf`.
fn may_be_union(text: &str) -> bool {
    static UNION: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("Of\""));
    UNION.find(text.as_bytes()).is_some()
}

/// Whether the root type `object` is the first thing that a schema says, which spares a look at all the others.
fn begins_as_object(text: &str) -> bool {
    let mut tokens = ["{", "\"type\"", ":", "\"object\""].into_iter();
    tokens.try_fold(text, |rest, token| rest.trim_ascii_start().strip_prefix(token)).is_some()
}

/// The schema with the root type `object`, the only one that Bedrock takes, and whether there is a union at its root.
fn rooted<'a>(path: Arguments<'_>, parameters: &'a RawValue) -> Result<(Cow<'a, RawValue>, bool), Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Root<'a> {
        #[serde(borrow, rename = "type")]
        kind: Option<&'a RawValue>,
        any_of: Option<IgnoredAny>,
        one_of: Option<IgnoredAny>,
        all_of: Option<IgnoredAny>,
    }
    let text = parameters.get();
    if text == "true" {
        // Anything goes, and the arguments of a tool are an object.
        return Ok((raw(path, r#"{"type":"object"}"#.to_owned())?, false));
    }
    let Some(members) = text.strip_prefix('{').map(str::trim_start) else { return Err(not_a_schema(path)) };
    let root: Root<'_> = json::from_str(text).map_err(|_| not_a_schema(path))?;
    let is_union = root.any_of.or(root.one_of).or(root.all_of).is_some();
    if root.kind.is_some_and(|kind| kind.get() == r#""object""#) {
        return Ok((Cow::Borrowed(parameters), is_union));
    }
    let mut tree: Members<'_> = match serde_json::from_str(text) {
        Ok(Tree::Object(members)) => members,
        _ => return Err(not_a_schema(path)),
    };
    let rooted = match get(&tree, "type") {
        // No type at all says "anything".
        None => {
            let separator = if members.starts_with('}') { "" } else { "," };
            raw(path, format!(r#"{{"type":"object"{separator}{members}"#))
        }
        Some(kind) if allows_object(kind) => {
            set(&mut tree, "type", Tree::Text("object".into()));
            raw(path, Tree::Object(tree).to_string())
        }
        Some(_) => {
            let message = format!("`{path}.type` must be \"object\": Bedrock takes no other root type.");
            Err(Refusal::invalid(format!("{path}.type"), message))
        }
    };
    Ok((rooted?, is_union))
}

/// Whether a schema's `type`, in one of its rarer spellings, lets an object through.
fn allows_object(kind: &Tree<'_>) -> bool {
    match kind {
        Tree::List(kinds) => kinds.iter().any(|kind| kind.as_str() == Some("object")),
        kind => *kind == Tree::Scalar(Value::Null) || kind.as_str() == Some("object"),
    }
}

fn not_a_schema(path: Arguments<'_>) -> Refusal {
    Refusal::invalid(path.to_string(), format!("`{path}` must be a JSON schema object."))
}

fn raw(path: Arguments<'_>, json: String) -> Result<Cow<'static, RawValue>, Refusal> {
    RawValue::from_string(json).map(Cow::Owned).map_err(|_| not_a_schema(path))
}
