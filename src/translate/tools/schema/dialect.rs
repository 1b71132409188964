//! Keywords that a family of models refuses: they move into the description, where the model still reads them.

use super::tree::{Members, Tree, get, set};

/// Keywords that no grammar is made of, be it for a strict tool or for a structured answer (translation reference §2.2,
/// row of `response_format`).
pub(in crate::translate) const UNENFORCED: [&str; 8] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
];

/// Unions at the root, which Claude refuses (trycua/cua#3303: "input_schema does not support oneOf, allOf, or anyOf
/// at the top level").
const UNIONS: [&str; 3] = ["anyOf", "oneOf", "allOf"];

/// `contains` and what belongs to it.
pub(in crate::translate) const CONTAINS: [&str; 3] = ["contains", "minContains", "maxContains"];

/// Moves the unions at the root; whether there were any.
pub(super) fn without_root_unions(root: &mut Tree<'_>) -> bool {
    match root {
        Tree::Object(members) => describe(members, |keyword, _| UNIONS.contains(&keyword)),
        _ => false,
    }
}

/// Moves `contains`; whether there was one.
pub(super) fn without_contains(root: &mut Tree<'_>) -> bool {
    let mut found = false;
    root.change(&mut |members| {
        found |= describe(members, |keyword, _| CONTAINS.contains(&keyword));
    });
    found
}

/// Moves patterns that look around or back; whether there were any.
pub(super) fn without_lookaround(root: &mut Tree<'_>) -> bool {
    let mut found = false;
    root.change(&mut |members| found |= describe(members, looks_around));
    found
}

/// Whether a schema's keyword holds a pattern that looks around or back.
pub(in crate::translate) fn looks_around(keyword: &str, value: &Tree<'_>) -> bool {
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
pub(in crate::translate) fn describe(
    members: &mut Members<'_>,
    moves: impl Fn(&str, &Tree<'_>) -> bool,
) -> bool {
    let moved: Vec<_> = members.extract_if(.., |(keyword, value)| moves(keyword, value)).collect();
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
    set(members, "description", Tree::Text(description.into()));
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
        let text = schema.to_string();
        let mut tree: Tree<'_> = serde_json::from_str(&text).unwrap();
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
