//! What stands around the conversation: guardrail, service tier, latency, metadata, web search, and fields in the
//! model's own terms (translation reference §2.2).

mod fields;
mod guardrail;
mod labels;
mod service;

pub use fields::AdditionalFields;
pub use guardrail::{Guardrail, GuardrailPolicy};

use super::{Context, Judge, Refusal, Restore, cut, shown};
use crate::{
    converse::Request,
    openai::chat::{ChatRequest, ExtraBody, Rest},
    text::without_position,
};
use serde_json::Value;

/// Members that have had their say before anything is translated: they cannot come from `extra_body`.
const TOP_LEVEL: [&str; 5] = ["model", "messages", "stream", "stream_options", "extra_body"];

/// A literal `extra_body`, of clients that do not merge it into the body: what it holds counts as if it stood at the top
/// level, where that is silent. What OpenAI and this gateway do not know are fields in the model's own terms. Comes
/// before anything else is read.
pub(super) fn unpack(request: &mut ChatRequest<'_>, judge: &mut Judge) -> Result<(), Refusal> {
    let Some(ExtraBody { members, json }) = request.extra_body.take() else { return Ok(()) };
    if let Some(name) = TOP_LEVEL.into_iter().find(|name| members.contains_key(*name)) {
        let param = format!("extra_body.{name}");
        let message = format!("`{param}` must stand at the top level of the body.");
        return Err(Refusal::unsupported(param, message));
    }
    let mut more: ChatRequest<'_> = serde_path_to_error::deserialize(json).map_err(|error| {
        let param = format!("extra_body.{}", cut(&error.path().to_string()));
        let message = format!("`{param}` is invalid: {}.", cut(&without_position(error.inner())));
        Refusal::invalid(param, message)
    })?;
    let (known, own): (Rest, Rest) =
        std::mem::take(&mut more.rest).into_iter().partition(|(name, _)| super::unmapped::knows(name));
    more.rest = known;
    if !own.is_empty() {
        // What is said by its full name is meant most.
        let mut fields = own;
        merge(&mut fields, more.additional_model_request_fields.take().unwrap_or_default());
        more.additional_model_request_fields = Some(fields);
    }
    for name in request.fill(more) {
        judge.leave_out(format!("extra_body.{name}"), "the top level of the body says it too")?;
    }
    Ok(())
}

/// Reads what the request says about them into the finished body. `restore` learns what the answer shall show of it.
pub(super) fn extras(
    request: &mut ChatRequest<'_>,
    body: &mut Request<'_>,
    cx: Context<'_>,
    restore: &mut Restore,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    service::web_search(request, body, cx, judge)?;
    fields::fields(request, body, cx, restore)?;
    labels::labels(request, body, cx, judge)?;
    restore.tier = request.service_tier.is_some();
    body.service_tier = service::tier(request.service_tier.take())?;
    body.performance_config = service::latency(request, cx, judge)?;
    body.guardrail_config = guardrail::guardrail(request, body, cx, judge)?;
    Ok(())
}

/// Adds fields in the model's own terms to those that are there. Objects are merged member by member; where both say
/// something, `over` wins.
pub(super) fn merge(fields: &mut Rest, over: Rest) {
    for (name, value) in over {
        match (fields.get_mut(&name), value) {
            (Some(Value::Object(below)), Value::Object(over)) => merge(below, over),
            (_, value) => {
                fields.insert(name, value);
            }
        }
    }
}

/// The refusal of a word that is none of those allowed.
fn none_of(param: &str, word: &str, allowed: &[&str]) -> Refusal {
    let message = format!("`{param}` must be one of {}, not \"{}\".", allowed.join(", "), shown(word));
    Refusal::invalid(param, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Rest {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn objects_are_merged_to_any_depth_and_the_later_word_wins() {
        let mut fields = object(json!({"a": {"b": {"c": 1, "d": 2}}, "list": [1, 2], "e": {"f": 1}, "g": 1}));
        merge(&mut fields, object(json!({"a": {"b": {"c": 3, "x": 4}}, "list": [3], "e": 5, "g": {"h": 6}})));
        let expected = json!({"a": {"b": {"c": 3, "d": 2, "x": 4}}, "list": [3], "e": 5, "g": {"h": 6}});
        assert_eq!(Value::Object(fields), expected);
    }
}
