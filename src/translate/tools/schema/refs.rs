//! The references in a schema: checked, and written out for models that do not see `$defs` (translation reference
//! §7.3 rows 41 and 42).

use super::tree::{Holds, Members, Tree, get, holds};
use std::{borrow::Cow, collections::HashMap, ptr};

/// How much of a schema its references may add to it, in bytes.
const MAX_ADDED: usize = 256 * 1024;

/// How deep references are followed; what they add may be as deep as a body may be.
const MAX_DEPTH: usize = 64;

/// The first reference into the schema itself that leads nowhere. Others (to documents, to anchors) are not followed.
pub(super) fn dangling<'a>(root: &'a Tree<'_>) -> Option<&'a str> {
    let mut targets = Targets::new(root);
    root.find(&mut |members| {
        let reference = reference(members)?;
        (reference.starts_with("#/") && targets.find(reference).is_none()).then_some(reference)
    })
}

/// Why a schema's references cannot be written out.
pub(in crate::translate) fn obstacle(root: &Tree<'_>) -> Option<&'static str> {
    let mut inliner = Inliner::new(root);
    inliner.schema(root, 0);
    inliner.left_open
}

/// The schema with its references written out, and why some could not be: they were left open.
pub(super) fn inlined<'s>(root: &Tree<'s>) -> (Tree<'s>, Option<&'static str>) {
    let mut inliner = Inliner::new(root);
    let tree = inliner.schema(root, 0);
    (tree, inliner.left_open)
}

/// The reference of a schema.
fn reference<'a>(members: &'a Members<'_>) -> Option<&'a str> {
    get(members, "$ref").and_then(Tree::as_str)
}

/// What references into a schema mean. A schema may have as many definitions as references to them, so the members of
/// every object that one leads through are sorted once.
struct Targets<'a, 's> {
    root: &'a Tree<'s>,
    members: HashMap<*const Tree<'s>, HashMap<&'a str, &'a Tree<'s>>>,
}

// === impl Targets ===

impl<'a, 's> Targets<'a, 's> {
    fn new(root: &'a Tree<'s>) -> Self {
        Self { root, members: HashMap::new() }
    }

    /// What a reference means (RFC 6901).
    fn find(&mut self, reference: &str) -> Option<&'a Tree<'s>> {
        let pointer = reference.strip_prefix('#')?;
        if pointer.is_empty() {
            return Some(self.root);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self.root, |tree, segment| match tree {
            Tree::List(items) => items.get(segment.parse::<usize>().ok()?),
            tree => self.member(tree, &segment.replace("~1", "/").replace("~0", "~")).or_else(|| {
                let decoded = percent_decoded(segment)?;
                self.member(tree, &decoded.replace("~1", "/").replace("~0", "~"))
            }),
        })
    }

    fn member(&mut self, tree: &'a Tree<'s>, name: &str) -> Option<&'a Tree<'s>> {
        let Tree::Object(members) = tree else { return None };
        // Of members of one name the first counts.
        let sorted = || members.iter().rev().map(|(name, value)| (&**name, value)).collect();
        self.members.entry(ptr::from_ref(tree)).or_insert_with(sorted).get(name).copied()
    }
}

/// A segment as it stands in a URL.
fn percent_decoded(segment: &str) -> Option<Cow<'_, str>> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut pieces = segment.split('%');
    bytes.extend(pieces.next()?.bytes());
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend(piece[2..].bytes());
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// Writes references out, within bounds: what is added is charged before it is made.
struct Inliner<'a, 's> {
    targets: Targets<'a, 's>,
    /// What is being written out: a reference to one of these would never end.
    open: Vec<&'a Tree<'s>>,
    weights: HashMap<*const Tree<'s>, usize>,
    added: usize,
    left_open: Option<&'static str>,
}

/// These members, those of `over` in the place of what has the same name.
fn overlaid<'s>(mut all: Members<'s>, over: Members<'s>) -> Members<'s> {
    let places: HashMap<_, _> = all.iter().map(|(name, _)| name.clone()).zip(0..).collect();
    for (name, value) in over {
        match places.get(&name) {
            Some(place) => all[*place].1 = value,
            None => all.push((name, value)),
        }
    }
    all
}

// === impl Inliner ===

impl<'a, 's> Inliner<'a, 's> {
    fn new(root: &'a Tree<'s>) -> Self {
        let (targets, weights) = (Targets::new(root), HashMap::new());
        Self { targets, open: vec![root], weights, added: 0, left_open: None }
    }

    fn schema(&mut self, tree: &'a Tree<'s>, depth: usize) -> Tree<'s> {
        match tree {
            Tree::Text(_) | Tree::Scalar(_) => tree.clone(),
            Tree::List(items) => Tree::List(items.iter().map(|item| self.schema(item, depth + 1)).collect()),
            Tree::Object(members) => match reference(members) {
                None => Tree::Object(self.members(members, depth)),
                Some(reference) => {
                    let target = self.target(reference, depth);
                    // What stands beside a reference holds as well, and is nearer.
                    match target {
                        Tree::Object(all) => Tree::Object(overlaid(all, self.members(members, depth))),
                        other if members.len() == 1 => other,
                        _ => Tree::Object(self.members(members, depth)),
                    }
                }
            },
        }
    }

    /// The members of a schema, without its reference and its definitions.
    fn members(&mut self, members: &'a Members<'s>, depth: usize) -> Members<'s> {
        let mut all = Vec::with_capacity(members.len());
        for (keyword, value) in members {
            let value = match (&**keyword, holds(keyword), value) {
                ("$ref", _, value) if value.as_str().is_some() => continue,
                ("$defs" | "definitions", ..) => continue,
                (_, Holds::Named, Tree::Object(named)) => {
                    let named =
                        named.iter().map(|(name, schema)| (name.clone(), self.schema(schema, depth + 2)));
                    Tree::Object(named.collect())
                }
                (_, Holds::Schemas, value) => self.schema(value, depth + 1),
                (_, _, value) => value.clone(),
            };
            all.push((keyword.clone(), value));
        }
        all
    }

    /// What stands in the place of a reference.
    fn target(&mut self, reference: &str, depth: usize) -> Tree<'s> {
        let Some(target) = self.targets.find(reference) else {
            return self.leave_open("it refers to something outside of it", None);
        };
        if self.open.iter().any(|open| ptr::eq(*open, target)) {
            return self.leave_open("it is recursive", Some(target));
        }
        let weight = *self.weights.entry(ptr::from_ref(target)).or_insert_with(|| target.weight());
        if depth >= MAX_DEPTH || self.added + weight > MAX_ADDED {
            return self.leave_open("its references make it too large", Some(target));
        }
        self.added += weight;
        self.open.push(target);
        let tree = self.schema(target, depth + 1);
        self.open.pop();
        tree
    }

    /// A schema that takes everything of the target's type.
    fn leave_open(&mut self, why: &'static str, target: Option<&Tree<'s>>) -> Tree<'s> {
        self.left_open = self.left_open.or(Some(why));
        let kind = target.and_then(|target| target.get("type")).filter(|kind| kind.as_str().is_some());
        Tree::Object(kind.map(|kind| ("type".into(), kind.clone())).into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn written_out(schema: &Value) -> (Value, Option<&'static str>) {
        let text = schema.to_string();
        let (tree, left_open) = inlined(&serde_json::from_str(&text).unwrap());
        (serde_json::to_value(&tree).unwrap(), left_open)
    }

    #[test]
    fn references_are_replaced_by_what_they_mean() {
        let schema = json!({
            "type": "object",
            "properties": {
                "a": {"$ref": "#/$defs/A", "description": "near"},
                "b": {"type": "array", "items": {"$ref": "#/definitions/a~1b%20c"}},
                "$ref": {"type": "string"},
                "definitions": {"const": {"$ref": "#/$defs/A"}},
            },
            "$defs": {"A": {"type": "string", "description": "far"}},
            "definitions": {"a/b c": {"anyOf": [{"$ref": "#/$defs/A"}, true]}},
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "a": {"type": "string", "description": "near"},
                "b": {"type": "array", "items": {"anyOf": [{"type": "string", "description": "far"}, true]}},
                "$ref": {"type": "string"},
                "definitions": {"const": {"$ref": "#/$defs/A"}},
            },
        });
        assert_eq!(written_out(&schema), (expected, None));
    }

    #[test]
    fn a_recursive_reference_is_left_open() {
        let node = json!({"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}});
        let schema = json!({"$ref": "#/$defs/node", "$defs": {"node": node}});
        let expected = json!({"type": "object", "properties": {"next": {"type": "object"}}});
        assert_eq!(written_out(&schema), (expected, Some("it is recursive")));
        let schema = json!({"type": "object", "properties": {"self": {"$ref": "#"}}});
        assert_eq!(written_out(&schema).0["properties"]["self"], json!({"type": "object"}));
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_found() {
        for (reference, dangles) in [
            ("#/$defs/b", true),
            ("#/$defs/a/x", true),
            ("#/$defs/a", false),
            ("#", false),
            ("https://a.b/c", false),
        ] {
            let schema = json!({"properties": {"x": {"$ref": reference}}, "$defs": {"a": {"enum": [1]}}});
            let text = schema.to_string();
            assert_eq!(dangling(&serde_json::from_str(&text).unwrap()).is_some(), dangles, "{reference}");
        }
        let data: Tree<'_> = serde_json::from_str(r##"{"default":{"$ref":"#/nowhere"}}"##).unwrap();
        assert_eq!(dangling(&data), None);
    }

    /// Each definition refers twice to the next: 2^n copies without a bound.
    #[test]
    fn growth_is_bounded() {
        let mut defs = serde_json::Map::new();
        for n in 0..60 {
            let next = json!({"$ref": format!("#/$defs/{}", n + 1)});
            defs.insert(n.to_string(), json!({"type": "object", "properties": {"a": next, "b": next}}));
        }
        defs.insert("60".to_owned(), json!({"type": "string"}));
        let schema = json!({"$ref": "#/$defs/0", "$defs": defs});
        let text = schema.to_string();
        let (tree, left_open) = inlined(&serde_json::from_str(&text).unwrap());
        assert_eq!(left_open, Some("its references make it too large"));
        assert!(tree.weight() < 2 * MAX_ADDED, "{}", tree.weight());
    }

    /// Any definitions that refer to each other in any way.
    fn tangled() -> impl Strategy<Value = Value> {
        let reference = (0..6_usize).prop_map(|n| json!({"$ref": format!("#/$defs/{n}")}));
        let schema = prop_oneof![
            reference.clone(),
            prop::collection::vec(reference.clone(), 0..5).prop_map(|any| json!({"anyOf": any})),
            prop::collection::vec(reference, 0..5).prop_map(|list| {
                let named = list.into_iter().enumerate().map(|(n, schema)| (n.to_string(), schema));
                json!({"type": "object", "properties": named.collect::<serde_json::Map<_, _>>()})
            }),
        ];
        prop::collection::vec(schema, 6).prop_map(|defs| {
            let defs: serde_json::Map<_, _> =
                defs.into_iter().enumerate().map(|(n, schema)| (n.to_string(), schema)).collect();
            json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/0"}}, "$defs": defs})
        })
    }

    proptest! {
        #[test]
        fn it_ends_within_bounds_and_leaves_no_reference(schema in tangled()) {
            let text = schema.to_string();
            let (tree, _) = inlined(&serde_json::from_str(&text).unwrap());
            prop_assert!(tree.weight() < 2 * MAX_ADDED);
            let text = tree.to_string();
            prop_assert!(!text.contains("$ref") && !text.contains("$defs"), "{}", text);
        }
    }
}
