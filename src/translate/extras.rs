//! What stands around the conversation: guardrail, service tier, latency, metadata, web search, and fields in the
//! model's own terms (translation reference §2.2).

use super::{Context, Judge, Refusal};
use crate::{
    converse::Request,
    openai::chat::{ChatRequest, Rest},
};
use serde_json::{Map, Value};

const LATER: &str = "this version of the gateway does not support it";

/// Reads what the request says about them into the finished body.
pub(super) fn extras(
    request: &mut ChatRequest,
    _body: &mut Request,
    _cx: Context<'_>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    for (name, value) in [
        ("extra_body", request.extra_body.take().filter(|value| !empty(value))),
        // Left out, the answer would lack the protection that the client believes in.
        ("guardrailConfig", request.guardrail_config.take()),
        ("web_search_options", request.web_search_options.take()),
    ] {
        if value.is_some() {
            return Err(Refusal::unsupported(name, format!("`{name}` is not supported: {LATER}.")));
        }
    }
    if request.metadata.take().is_some_and(|metadata| !empty(&metadata)) {
        judge.leave_out("metadata", "not passed on to Bedrock")?;
    }
    if request.service_tier.take().is_some_and(|tier| tier != "auto" && tier != "default") {
        judge.leave_out("service_tier", "not supported by this version")?;
    }
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
