//! A chat completion request becomes a Converse request, in the order of the translation reference §2.3.

use super::{
    Context, Judge, Refusal, Restore, Warning, cache, extras, families,
    format::{self, Format},
    media, messages, params, reasoning, tools, unmapped,
};
use crate::{converse, openai::chat::ChatRequest};

/// A request in Bedrock's terms.
#[derive(Debug)]
pub struct Translated<'a> {
    /// The body of the call.
    pub body: converse::Request<'a>,
    /// The answer must be asked for as a whole, though the client wants a stream.
    pub whole: bool,
    /// What was left out or changed.
    pub warnings: Vec<Warning>,
    /// What the answer needs to be read back.
    pub restore: Restore,
}

/// Translates a request for a model.
///
/// # Errors
/// When a member is wrong or cannot be honoured; the refusal names it.
pub fn request<'a>(mut request: ChatRequest<'a>, cx: Context<'_>) -> Result<Translated<'a>, Refusal> {
    let mut judge = Judge::new(cx.policy.unsupported);
    let stream = request.stream == Some(true);
    let mut restore = Restore::default();
    extras::unpack(&mut request, &mut judge)?;
    unmapped::judge(&mut request.rest, &mut judge)?;
    stream_options(&request, &mut judge)?;
    one_answer(&request)?;
    let limit = params::limit(&request, cx, &mut judge)?;
    restore.limit = limit.param;
    let caching = cache::caching(&mut request, cx, &mut judge)?;
    tools::modernise(&mut request.messages, &mut judge)?;
    tools::past_names(&request, &mut restore);
    let mut conversation = messages::conversation(std::mem::take(&mut request.messages), cx, &mut judge)?;
    let mut reasoning = reasoning::reasoning(&mut request, &conversation.messages, limit, cx, &mut judge)?;
    let format = format::format(&mut request, &mut judge)?;
    let mut additional = std::mem::take(&mut reasoning.additional);
    let inference_config =
        params::inference_config(&mut request, limit, cx, &reasoning, &mut additional, &mut judge)?;
    let history = &conversation.messages;
    let tools = tools::tools(&mut request, cx, history, &reasoning, &mut restore, &mut judge)?;
    if tools.neutral {
        tools::neutralise(&mut conversation.messages);
    }
    let no_prefill = reasoning.on || !matches!(format, Format::Text);
    families::fit(&mut conversation, cx, no_prefill, &mut judge)?;
    media::settle(&mut conversation.messages, &mut judge)?;
    extras::merge(&mut additional, tools.additional);
    let mut body = converse::Request {
        messages: conversation.messages,
        system: conversation.system,
        inference_config,
        tool_config: tools.config,
        additional_model_request_fields: additional,
        additional_model_response_field_paths: reasoning.response_field_paths,
        ..converse::Request::default()
    };
    format::shape(format, &mut body, cx, reasoning.on, &mut restore, &mut judge)?;
    extras::extras(&mut request, &mut body, cx, &mut restore, &mut judge)?;
    cache::points(&mut body, caching, cx, &mut judge)?;
    let whole = stream && !streams(&body, cx, &mut judge);
    // A flaw of streams.
    restore.inclusive_input_tokens = cx.can.inclusive_input_tokens && !whole;
    Ok(Translated { body, whole, warnings: judge.warnings, restore })
}

/// Whether the model can stream an answer to this request.
fn streams(body: &converse::Request<'_>, cx: Context<'_>, judge: &mut Judge) -> bool {
    let why = match (cx.can.streaming, &body.tool_config) {
        (false, _) => "this model does not stream",
        (true, Some(_)) if !cx.can.tools_in_stream => "this model does not stream with tools",
        _ => return true,
    };
    judge.warn("stream", why, "answered in one piece");
    false
}

fn stream_options(request: &ChatRequest<'_>, judge: &mut Judge) -> Result<(), Refusal> {
    let Some(options) = &request.stream_options else { return Ok(()) };
    if request.stream != Some(true) {
        let message = "`stream_options` is only allowed when `stream` is true.";
        return Err(Refusal::invalid("stream_options", message));
    }
    judge.unknown("stream_options.", &options.rest)
}

fn one_answer(request: &ChatRequest<'_>) -> Result<(), Refusal> {
    match request.n.filter(|n| *n != 1) {
        None => Ok(()),
        Some(n) => {
            let message = format!("`n` must be 1, not {n}: Bedrock's Converse gives one answer.");
            Err(Refusal::unsupported_value("n", message))
        }
    }
}
