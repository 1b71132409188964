//! A whole Converse answer becomes a chat completion (translation reference §3.1–3.4).

use super::{
    Restore,
    citations::Sources,
    restore::Called,
    server,
    stop::{finish_reason, is_the_end},
    tools::unwrapped,
    usage::usage,
};
use crate::{
    converse::{
        Answer, AnswerBlock, AnswerImage, CitationsContent, ImageBytes, Reasoning, ServerResult, ToolUse,
    },
    openai::citation::{ImageOutput, ImageUrl},
    openai::completion::{
        AssistantMessage, ChatCompletion, Choice, CustomCall, FunctionCall, ThinkingBlock, ToolCall, Trace,
    },
};
use serde_json::value::RawValue;

/// What all pieces of an answer have in common.
#[derive(Debug, Clone)]
pub struct ReplyHead {
    /// `chatcmpl-…`.
    pub id: String,
    /// Unix seconds at which the request arrived.
    pub created: u64,
    /// The name that the client asked for.
    pub model: String,
}

/// Bedrock's answer is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// `malformed_model_output`.
    #[error("The model's output was malformed.")]
    MalformedModelOutput,
    /// `malformed_tool_use`.
    #[error("The model wrote a malformed tool call.")]
    MalformedToolUse,
    /// `response_format` asks for JSON.
    #[error("The model's answer is not JSON, which `response_format` asks for.")]
    NotJson,
    /// `response_format` asks for a document of another shape.
    #[error("The model's answer is JSON, but not what `response_format` asks for.")]
    OffSchema,
    /// There is no message, or no usage, in it.
    #[error("Bedrock's answer lacks its message or its usage.")]
    Incomplete,
}

/// Translates a whole answer.
///
/// # Errors
/// When the answer is malformed, incomplete, or not what `response_format` asks for.
pub fn reply(answer: Answer, head: ReplyHead, restore: &Restore) -> Result<ChatCompletion, ReplyError> {
    let counters = answer.usage.ok_or(ReplyError::Incomplete)?;
    let fields = answer.additional_model_response_fields;
    let reasoning_tokens = fields.as_ref().and_then(|fields| fields.reasoning_tokens());
    let mut message = AssistantMessage::default();
    let mut document = None;
    for mut block in answer.output.message.ok_or(ReplyError::Incomplete)?.content {
        if let Some(call) = block.tool_use.take_if(|call| restore.is_answer(&call.name)) {
            // A second answer would make one text of two documents.
            document.get_or_insert(arguments(call.input));
            continue;
        }
        add(&mut message, block, restore);
    }
    if message.tool_calls.is_empty() {
        // Null would mean that the answer is a tool call.
        message.content.get_or_insert_default();
    }
    let finish_reason =
        restore.finish_reason(finish_reason(&answer.stop_reason, !message.tool_calls.is_empty())?);
    if restore.functions {
        // The first: there is room for one, and the model repeats what stays unanswered.
        message.function_call = message.tool_calls.drain(..).next().and_then(|call| call.function);
    }
    // The words around the document are not part of it.
    message.content = document.or(message.content);
    if let Some((expected, content)) = restore.format.as_ref().zip(message.content.as_mut())
        && is_the_end(&answer.stop_reason, finish_reason)
    {
        *content = expected.read(content)?.to_owned();
    }
    let ReplyHead { id, created, model } = head;
    Ok(ChatCompletion {
        id,
        object: "chat.completion",
        created,
        model,
        choices: [Choice { index: 0, message, logprobs: None, finish_reason }],
        usage: usage(&counters, reasoning_tokens),
        service_tier: answer.service_tier.and_then(|tier| tier.kind).filter(|_| restore.tier),
        trace: answer.trace.and_then(|trace| trace.guardrail).map(|guardrail| Trace { guardrail }),
        response_fields: restore.fields(fields),
    })
}

fn add(message: &mut AssistantMessage, block: AnswerBlock, restore: &Restore) {
    let AnswerBlock { text, tool_use, tool_result, reasoning_content, citations_content, image } = block;
    if let Some(text) = text {
        message.content.get_or_insert_default().push_str(&text);
    }
    if let Some(cited) = citations_content {
        add_cited(message, cited);
    }
    if let Some(AnswerImage { format, source: Some(ImageBytes { bytes: Some(bytes) }) }) = image {
        message.images.push(picture(message.images.len(), &format, &bytes));
    }
    let before = message.server_tools.len();
    match tool_use {
        // What Bedrock runs itself is not the client's to run.
        Some(call) if call.is_server_side() => {
            let ToolUse { tool_use_id: id, name, input, .. } = call;
            message.server_tools.push(server::call(before, id, name, arguments(input)));
        }
        Some(call) => message.tool_calls.push(tool_call(call, restore)),
        None => {}
    }
    if let Some(ServerResult { tool_use_id: id, kind, status, content }) = tool_result {
        message.server_tools.push(server::result(before, id, kind, status, content.0));
    }
    if let Some(reasoning) = reasoning_content {
        add_reasoning(message, reasoning);
    }
}

/// Text with its sources.
fn add_cited(message: &mut AssistantMessage, cited: CitationsContent) {
    let content = message.content.get_or_insert_default();
    let before = content.len();
    content.extend(cited.content.into_iter().filter_map(|cited| cited.text));
    if cited.citations.is_empty() {
        return;
    }
    let start = content[..before].chars().count();
    let end = start + content[before..].chars().count();
    let mut sources = Sources::default();
    for citation in cited.citations {
        sources.add(citation, start..end);
    }
    message.annotations.append(&mut sources.annotations);
    message.citations.append(&mut sources.citations);
}

/// A picture, as a data URL. `before`: how many there are already.
pub(super) fn picture(before: usize, format: &str, base64: &str) -> ImageOutput {
    let url = format!("data:image/{format};base64,{base64}");
    let index = u32::try_from(before).unwrap_or(u32::MAX);
    ImageOutput { index, kind: "image_url", image_url: ImageUrl { url } }
}

/// A call for the client.
fn tool_call(call: ToolUse, restore: &Restore) -> ToolCall {
    let ToolUse { tool_use_id: id, input, .. } = call;
    let Called { name, custom } = restore.called(&call.name);
    let name = name.to_owned();
    match custom {
        true => {
            let input = input.map_or_else(String::new, |input| unwrapped(&input));
            ToolCall { id, kind: "custom", function: None, custom: Some(CustomCall { name, input }) }
        }
        false => {
            let function = Some(FunctionCall { name, arguments: arguments(input) });
            ToolCall { id, kind: "function", function, custom: None }
        }
    }
}

fn arguments(input: Option<Box<RawValue>>) -> String {
    input.map_or_else(|| "{}".to_owned(), |input| compact(&input))
}

fn add_reasoning(message: &mut AssistantMessage, reasoning: Reasoning) {
    let index = |message: &AssistantMessage| u32::try_from(message.thinking_blocks.len()).unwrap_or(u32::MAX);
    if let Some(data) = reasoning.redacted_content {
        let index = index(message);
        message.thinking_blocks.push(ThinkingBlock::RedactedThinking { index, data });
    }
    if let Some(readable) = reasoning.reasoning_text {
        if !readable.text.is_empty() {
            message.reasoning_content.get_or_insert_default().push_str(&readable.text);
        }
        if let Some(signature) = readable.signature {
            let (index, thinking) = (index(message), readable.text);
            message.thinking_blocks.push(ThinkingBlock::Thinking { index, thinking, signature });
        }
    }
}

/// The JSON without white space between its tokens. On the text, not a tree: numbers keep all their digits and
/// members their order.
pub(super) fn compact(json: &RawValue) -> String {
    let mut out = String::with_capacity(json.get().len());
    let (mut in_string, mut escaped) = (false, false);
    for character in json.get().chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if character.is_ascii_whitespace() {
            continue;
        } else {
            in_string = character == '"';
        }
        out.push(character);
    }
    out
}
