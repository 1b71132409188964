//! Fields in the model's own terms, both ways: `additionalModelRequestFields` and
//! `additionalModelResponseFieldPaths` (translation reference §1.2, §2.2).

use super::merge;
use crate::{
    converse::Request,
    openai::chat::{ChatRequest, Rest},
    translate::{Context, Refusal, Restore, shown},
};
use std::collections::BTreeSet;

const REQUEST: &str = "additionalModelRequestFields";
const RESPONSE: &str = "additionalModelResponseFieldPaths";

/// Bedrock's own bounds.
const MAX_PATHS: usize = 10;
const MAX_PATH: usize = 256;

/// What Converse, or this API, has members for, and the gateway answers for: no client sets it past them.
const GOVERNED: [&str; 9] = [
    "model",
    "modelId",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "max_tokens",
    "stream",
    "guardrailConfig",
];

/// Bedrock's own fields in a model's body: `amazon-bedrock-guardrailConfig` says what a guardrail looks at.
const GOVERNED_PREFIX: &str = "amazon-bedrock";

/// `policy.additional_fields`: which fields in the model's own terms a client may set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AdditionalFields {
    /// All but those that the gateway governs.
    #[default]
    All,
    /// These; an empty list allows none.
    Listed(BTreeSet<String>),
}

/// Merges the client's fields into those that the translation made of its other members; the client's own win.
/// `restore` learns which members of the model's answer the client shall see.
pub(super) fn fields(
    request: &mut ChatRequest<'_>,
    body: &mut Request<'_>,
    cx: Context<'_>,
    restore: &mut Restore,
) -> Result<(), Refusal> {
    let own = request.additional_model_request_fields.take().unwrap_or_default();
    allowed(&own, cx)?;
    merge(&mut body.additional_model_request_fields, own);
    let paths = request.additional_model_response_field_paths.take().unwrap_or_default();
    if !paths.is_empty() {
        let unasked = |own: &&String| !paths.iter().any(|path| overlap(path, own));
        let own = body.additional_model_response_field_paths.iter().filter(unasked).cloned();
        restore.fields = Some(own.collect());
    }
    for (index, path) in paths.into_iter().enumerate() {
        let param = format!("{RESPONSE}[{index}]");
        if !is_pointer(&path) {
            let message = format!(
                "`{param}` must be a JSON pointer of at most {MAX_PATH} characters, like \"/stop_sequence\"."
            );
            return Err(Refusal::invalid(param, message));
        }
        if !body.additional_model_response_field_paths.contains(&path) {
            body.additional_model_response_field_paths.push(path);
        }
    }
    if body.additional_model_response_field_paths.len() > MAX_PATHS {
        let message =
            format!("`{RESPONSE}` must hold at most {MAX_PATHS} paths, the gateway's own included.");
        return Err(Refusal::invalid(RESPONSE, message));
    }
    Ok(())
}

fn allowed(fields: &Rest, cx: Context<'_>) -> Result<(), Refusal> {
    for name in fields.keys() {
        let why = if GOVERNED.contains(&name.as_str()) || name.starts_with(GOVERNED_PREFIX) {
            "the gateway governs it"
        } else {
            match &cx.policy.additional_fields {
                AdditionalFields::Listed(names) if !names.contains(name) => {
                    "`policy.additional_fields` in the gateway's configuration does not name it"
                }
                _ => continue,
            }
        };
        let param = format!("{REQUEST}.{}", shown(name));
        let message = format!("`{param}` is not allowed: {why}.");
        return Err(Refusal::unsupported(param, message));
    }
    Ok(())
}

/// Whether one pointer selects what the other does, or something in it.
fn overlap(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}

/// RFC 6901, with at least one step.
fn is_pointer(path: &str) -> bool {
    let escapes = path.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    path.starts_with('/') && path.chars().count() <= MAX_PATH && escapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_overlap_at_the_ends_of_their_steps() {
        for (one, other, overlapping) in [
            ("/usage", "/usage/details", true),
            ("/usage/details/tokens", "/usage/details", true),
            ("/usage/details", "/usage/details", true),
            ("/usage/detail", "/usage/details", false),
            ("/stop_sequence", "/usage/details", false),
        ] {
            assert_eq!(overlap(one, other), overlapping, "{one} and {other}");
            assert_eq!(overlap(other, one), overlapping, "{other} and {one}");
        }
    }
}
