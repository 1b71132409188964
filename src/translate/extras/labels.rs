//! Labels for Bedrock's invocation log: `requestMetadata` (translation reference §1.2, §2.2).

use crate::{
    converse::Request,
    openai::chat::ChatRequest,
    translate::{Context, Judge, Refusal, shown},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Bedrock's own bounds.
const MAX_LABELS: usize = 16;
const MAX_LENGTH: usize = 256;

/// The label that says who the user is.
const USER: &str = "user";

/// Labels that start so are the gateway's own.
const RESERVED_PREFIX: &str = "gateway";

/// `metadata`, `requestMetadata`, `user` and `safety_identifier` become labels where the operator wants them. Who can
/// write labels can write on somebody's bill: without `policy.metadata` none are passed on.
pub(super) fn labels(
    request: &mut ChatRequest<'_>,
    body: &mut Request<'_>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let metadata = request.metadata.take().filter(|metadata| !metadata.is_empty());
    let own = request.request_metadata.take().filter(|own| !own.is_empty());
    let user = request.safety_identifier.take().or(request.user.take());
    if !cx.policy.metadata {
        for (param, asked) in [("metadata", metadata.is_some()), ("requestMetadata", own.is_some())] {
            if asked {
                judge.leave_out(param, "not passed on to Bedrock")?;
            }
        }
        return Ok(());
    }
    if let Some(Value::String(user)) = user.filter(|user| user != "") {
        body.request_metadata.insert(USER.to_owned(), hex::encode(Sha256::digest(user)));
    }
    for (key, value) in own.into_iter().flatten() {
        let param = format!("requestMetadata.{}", shown(&key));
        if [&key, &value].into_iter().any(|text| !fits(text)) || key.is_empty() {
            let message = format!(
                "`{param}`: keys and values must have at most {MAX_LENGTH} characters of a-z, A-Z, 0-9, spaces and \
                 `:_@$#=/+,-.`, and a key at least one."
            );
            return Err(Refusal::invalid(param, message));
        }
        add(param, key, value, body, judge)?;
    }
    for (key, value) in metadata.into_iter().flatten() {
        let param = format!("metadata.{}", shown(&key));
        let Value::String(value) = value else {
            return Err(Refusal::invalid(&param, format!("`{param}` must be a string.")));
        };
        let (legal_key, legal_value) = (legal(&key), legal(&value));
        if legal_key.is_empty() {
            judge.leave_out(param, "a label needs a name")?;
            continue;
        }
        if legal_key != key || legal_value != value {
            let done = "other characters replaced by _, cut to 256";
            judge.warn(&param, "Bedrock takes letters, digits, spaces and :_@$#=/+,-.", done);
        }
        add(param, legal_key, legal_value, body, judge)?;
    }
    Ok(())
}

/// What comes first stays: the gateway's labels, then the explicit ones.
fn add(
    param: String,
    key: String,
    value: String,
    body: &mut Request<'_>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let labels = &mut body.request_metadata;
    if key == USER || key.starts_with(RESERVED_PREFIX) {
        return judge.leave_out(param, "this label is the gateway's own");
    }
    if labels.contains_key(&key) {
        return judge.leave_out(param, "there is such a label already");
    }
    if labels.len() == MAX_LABELS {
        return judge.leave_out(param, "Bedrock takes 16 labels");
    }
    labels.insert(key, value);
    Ok(())
}

fn fits(text: &str) -> bool {
    text.chars().count() <= MAX_LENGTH && text.chars().all(is_legal)
}

/// The nearest text that Bedrock takes; the same text gives the same label.
fn legal(text: &str) -> String {
    text.chars().take(MAX_LENGTH).map(|c| if is_legal(c) { c } else { '_' }).collect()
}

fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '\t' | '\n' | '\r') || ":_@$#=/+,-.".contains(c)
}
