//! What a strict tool's schema may not hold (translation reference §2.2, row of `response_format`).

use super::{
    dialect::{UNENFORCED, looks_around},
    refs,
    tree::{Members, Tree, get},
};
use serde_json::Value;
use std::borrow::Cow;

/// Why a tool with this schema cannot be strict.
pub(in crate::translate) fn obstacle(schema: &str) -> Option<Cow<'static, str>> {
    let Ok(root) = serde_json::from_str::<Tree<'_>>(schema) else {
        return Some("its schema is too deep".into());
    };
    let found = root.find(&mut |members| in_schema(members));
    let references = || schema.contains("$ref").then(|| refs::obstacle(&root)).flatten();
    found.or_else(|| references().map(Cow::Borrowed))
}

fn in_schema(members: &Members<'_>) -> Option<Cow<'static, str>> {
    if let Some(keyword) = UNENFORCED.into_iter().find(|keyword| get(members, keyword).is_some()) {
        return Some(format!("strict schemas have no `{keyword}`").into());
    }
    if matches!(get(members, "minItems"), Some(Tree::Scalar(least)) if least.as_u64().is_none_or(|least| least > 1))
    {
        return Some("strict schemas have no `minItems` above 1".into());
    }
    if members.iter().any(|(keyword, value)| looks_around(keyword, value)) {
        return Some("strict schemas have no look-around in patterns".into());
    }
    let is_object = match get(members, "type") {
        Some(Tree::List(kinds)) => kinds.iter().any(|kind| kind.as_str() == Some("object")),
        Some(kind) => kind.as_str() == Some("object"),
        None => get(members, "properties").is_some(),
    };
    let closed = matches!(get(members, "additionalProperties"), Some(Tree::Scalar(Value::Bool(false))));
    (is_object && !closed).then(|| "every object needs `additionalProperties: false`".into())
}

#[cfg(test)]
mod tests {

    #[test]
    fn obstacles_are_found_and_named() {
        for (schema, obstacle) in [
            (r#"{"type":"object","properties":{},"additionalProperties":false}"#, None),
            (
                r#"{"type":"object","properties":{"minimum":{"type":"string"}},"additionalProperties":false}"#,
                None,
            ),
            (r#"{"type":"object"}"#, Some("additionalProperties")),
            (r#"{"type":"object","additionalProperties":{}}"#, Some("additionalProperties")),
            (r#"{"anyOf":[{"properties":{}}]}"#, Some("additionalProperties")),
            (r#"{"type":["object","null"]}"#, Some("additionalProperties")),
            (r#"{"items":{"type":"number","minimum":1}}"#, Some("`minimum`")),
            (r#"{"items":{"minItems":2}}"#, Some("minItems")),
            (r#"{"items":{"minItems":1}}"#, None),
            (r#"{"$defs":{"a":{"pattern":"(?=a)"}}}"#, Some("look-around")),
            (r##"{"items":{"$ref":"#"}}"##, Some("recursive")),
            (r#"{"items":{"$ref":"https://a.b"}}"#, Some("outside")),
            (r##"{"items":{"$ref":"#/$defs/a"},"$defs":{"a":{"type":"string"}}}"##, None),
        ] {
            let found = super::obstacle(schema);
            match obstacle {
                None => assert_eq!(found, None, "{schema}"),
                Some(part) => assert!(found.unwrap_or_default().contains(part), "{schema}"),
            }
        }
    }
}
