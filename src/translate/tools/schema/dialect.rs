//! Keywords that a family of models refuses: they move into the description, where the model still reads them.

use super::tree::{Members, Tree, get, set};
use serde_json::Value;

/// Unions at the root, which Claude refuses (trycua/cua#3303: "input_schema does not support oneOf, allOf, or anyOf
/// at the top level").
pub(super) const UNIONS: [&str; 3] = ["anyOf", "oneOf", "allOf"];

/// `contains` and what belongs to it.
const CONTAINS: [&str; 3] = ["contains", "minContains", "maxContains"];

/// Moves the unions at the root; whether there were any.
pub(super) fn without_root_unions(root: &mut Tree) -> bool {
    match root {
        Tree::Object(members) => describe(members, |(keyword, _)| UNIONS.contains(&keyword.as_str())),
        _ => false,
    }
}

/// Moves `contains`; whether there was one.
pub(super) fn without_contains(root: &mut Tree) -> bool {
    let mut found = false;
    root.change(&mut |members| {
        found |= describe(members, |(keyword, _)| CONTAINS.contains(&keyword.as_str()));
    });
    found
}

/// Moves patterns that look around or back; whether there were any.
pub(super) fn without_lookaround(root: &mut Tree) -> bool {
    let mut found = false;
    root.change(&mut |members| found |= describe(members, |(keyword, value)| looks_around(keyword, value)));
    found
}

/// Whether a schema's keyword holds a pattern that looks around or back.
pub(super) fn looks_around(keyword: &str, value: &Tree) -> bool {
    match (keyword, value) {
        ("pattern", value) => value.as_str().is_some_and(is_lookaround),
        ("patternProperties", Tree::Object(named)) => named.iter().any(|(pattern, _)| is_lookaround(pattern)),
        _ => false,
    }
}

/// Look-around and back-references of a regular expression.
pub(super) fn is_lookaround(pattern: &str) -> bool {
    ["(?=", "(?!", "(?<=", "(?<!", r"\k<"].iter().any(|mark| pattern.contains(mark))
        || (1..=9).any(|group| pattern.contains(&format!(r"\{group}")))
}

/// Moves members into the description.
fn describe(members: &mut Members, moves: impl Fn(&(String, Tree)) -> bool) -> bool {
    let moved: Vec<_> = members.extract_if(.., |member| moves(member)).collect();
    if moved.is_empty() {
        return false;
    }
    let mut description = get(members, "description").and_then(Tree::as_str).unwrap_or_default().to_owned();
    for (keyword, value) in moved {
        if !description.is_empty() {
            description.push('\n');
        }
        description.push_str(&format!("{keyword}: {value}"));
    }
    set(members, "description", Tree::Scalar(Value::String(description)));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_moves_is_still_read() {
        let schema = json!({"type": "object", "properties": {
            "tags": {"description": "Tags.", "type": "array", "contains": {"const": "a"}, "minContains": 2},
            "contains": {"type": "string", "pattern": "^(?!x)"},
        }});
        let mut tree: Tree = serde_json::from_str(&schema.to_string()).unwrap();
        assert!(without_contains(&mut tree) && without_lookaround(&mut tree));
        assert!(!without_contains(&mut tree) && !without_lookaround(&mut tree));
        let expected = json!({"type": "object", "properties": {
            "tags": {"description": "Tags.\ncontains: {\"const\":\"a\"}\nminContains: 2", "type": "array"},
            "contains": {"type": "string", "description": "pattern: \"^(?!x)\""},
        }});
        assert_eq!(serde_json::to_value(&tree).unwrap(), expected);
    }

    #[test]
    fn lookaround_is_told_from_plain_patterns() {
        for pattern in ["^(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", r"(a)\1", r"(?<n>a)\k<n>"] {
            assert!(is_lookaround(pattern), "{pattern}");
        }
        for pattern in ["^(?:a|b)$", "(?<name>a)", r"\d+\.\d", ""] {
            assert!(!is_lookaround(pattern), "{pattern}");
        }
    }
}
