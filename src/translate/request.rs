//! A chat completion request becomes a Converse request.

use super::{Judge, Refusal, Unsupported, Warning, messages, params, shown, tools, unmapped};
use crate::{
    catalog::{Defaults, ModelId},
    converse,
    openai::chat::ChatRequest,
};
use serde_json::Value;

/// OpenAI's effort words.
const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// A request in Bedrock's terms.
#[derive(Debug)]
pub struct Translated {
    /// The body of the call.
    pub body: converse::Request,
    /// What was left out or changed.
    pub warnings: Vec<Warning>,
}

/// Translates a request for a model.
///
/// # Errors
/// When a member is wrong or cannot be honoured; the refusal names it.
pub fn request(
    mut request: ChatRequest,
    model: &ModelId,
    defaults: Defaults,
    policy: Unsupported,
) -> Result<Translated, Refusal> {
    let mut judge = Judge::new(policy);
    unmapped::judge(&mut request.rest, &mut judge)?;
    stream_options(&request, &mut judge)?;
    answer_shape(&request, &mut judge)?;
    let inference_config = params::inference_config(&mut request, model, defaults, &mut judge)?;
    let conversation = messages::conversation(std::mem::take(&mut request.messages), &mut judge)?;
    let tools = tools::tools(&mut request, model, &conversation.tool_names, &mut judge)?;
    let body = converse::Request {
        messages: conversation.messages,
        system: conversation.system,
        inference_config,
        tool_config: tools.config,
        additional_model_request_fields: tools.additional,
    };
    Ok(Translated { body, warnings: judge.warnings })
}

fn stream_options(request: &ChatRequest, judge: &mut Judge) -> Result<(), Refusal> {
    let Some(options) = &request.stream_options else { return Ok(()) };
    if request.stream != Some(true) {
        let message = "`stream_options` is only allowed when `stream` is true.";
        return Err(Refusal::invalid("stream_options", message));
    }
    judge.unknown("stream_options.", &options.rest)
}

/// `n`, `response_format` and `reasoning_effort`.
fn answer_shape(request: &ChatRequest, judge: &mut Judge) -> Result<(), Refusal> {
    if let Some(n) = request.n.filter(|n| *n != 1) {
        let message = format!("`n` must be 1, not {n}: Bedrock's Converse gives one answer.");
        return Err(Refusal::unsupported_value("n", message));
    }
    match request.response_format.as_ref().map(|format| &format["type"]) {
        None => {}
        Some(Value::String(kind)) if kind == "text" => {}
        Some(kind) => {
            let message = format!(
                "`response_format.type` must be \"text\"; {} is not supported by this version.",
                kind.as_str()
                    .map_or_else(|| "anything else".to_owned(), |kind| format!("\"{}\"", shown(kind)))
            );
            return Err(Refusal::unsupported_value("response_format", message));
        }
    }
    match request.reasoning_effort.as_deref() {
        None => Ok(()),
        Some(effort) if EFFORTS.contains(&effort) => {
            judge.leave_out("reasoning_effort", "not supported by this version")
        }
        Some(effort) => {
            let message = format!(
                "`reasoning_effort` must be one of {}, not \"{}\".",
                EFFORTS.join(", "),
                shown(effort)
            );
            Err(Refusal::invalid("reasoning_effort", message))
        }
    }
}
