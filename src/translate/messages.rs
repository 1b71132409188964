//! Messages become system blocks and turns (translation reference §2.1 and §2.3).

use super::{
    Context, Judge, Refusal,
    cache::Mark,
    content::{self, Allowed, Piece},
    media, replay, shown,
    tools::{legal_id, legal_name, stray, wrapped},
    turns::{Place, Turns},
};
use crate::{
    converse::{
        ContentBlock, Message, Object, Role as Side, SystemBlock, ToolResult, ToolResultBlock,
        ToolResultStatus, ToolUseBlock,
    },
    openai::chat::{AssistantToolCall, Message as ChatMessage, Role},
    text::{Text, Word, holds_half},
};
use std::fmt::Arguments;

/// What stands for a tool result without text: Bedrock refuses blank text, and some families an empty result.
const EMPTY_RESULT: &str = "(empty)";

/// What stands for a tool result all of which had to be put after the results.
const RESULT_FOLLOWS: &str = "(attached)";

/// The conversation in Bedrock's terms.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    /// The instructions ahead of it.
    pub(super) system: Vec<SystemBlock<'a>>,
    /// Alternating turns.
    pub(super) messages: Vec<Message<'a>>,
}

/// Translates all messages.
pub(super) fn conversation<'a>(
    mut messages: Vec<ChatMessage<'a>>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Conversation<'a>, Refusal> {
    let mut system = Vec::new();
    let mut turns = Turns::of(messages.len());
    let mut leading = true;
    for (index, message) in messages.iter_mut().enumerate() {
        let path = format_args!("messages[{index}]");
        members(path, message, judge)?;
        leading &= matches!(message.role, Role::System | Role::Developer);
        match message.role {
            Role::System | Role::Developer if leading => {
                for Piece { block, mark } in content::pieces(path, message, Allowed::TEXT, cx, judge)? {
                    let ContentBlock::Text(text) = block else { continue };
                    system.push(SystemBlock::Text(text));
                    system.extend(mark.map(|mark| SystemBlock::CachePoint(mark.point())));
                }
            }
            Role::System | Role::Developer => {
                let pieces = content::pieces(path, message, Allowed::TEXT, cx, judge)?;
                turns.instructions(index, pieces);
            }
            Role::User => {
                turns.content(Side::User, content::pieces(path, message, Allowed::USER, cx, judge)?);
            }
            Role::Assistant => assistant(index, message, cx, &mut turns, judge)?,
            Role::Tool | Role::Function => tool(index, message, cx, &mut turns, judge)?,
        }
    }
    let messages = turns.finish(cx.can.system_in_conversation, judge)?;
    if messages.is_empty() {
        let message = "`messages` must hold at least one user or assistant message that is not blank.";
        return Err(Refusal::invalid("messages", message));
    }
    Ok(Conversation { system, messages })
}

/// Members that do not belong to the message's role, and those that nobody knows. `name` has no counterpart,
/// `annotations` and the like are our own output coming back: no-ops.
fn members(path: Arguments<'_>, message: &ChatMessage<'_>, judge: &mut Judge) -> Result<(), Refusal> {
    judge.unknown(format_args!("{path}."), &message.rest)?;
    if message.content.is_none() && matches!(message.role, Role::System | Role::Developer | Role::User) {
        let param = format!("{path}.content");
        let text = format!("`{param}` is required in a message of this role.");
        return Err(Refusal::missing(param, text));
    }
    if message.audio.is_some() {
        let param = format!("{path}.audio");
        let text = format!("`{param}` is not supported: the gateway keeps no spoken answers.");
        return Err(Refusal::unsupported(param, text));
    }
    let assistant = message.role == Role::Assistant;
    for (name, misplaced) in [
        ("tool_calls", message.tool_calls.is_some() && !assistant),
        ("function_call", message.function_call.is_some()),
        ("refusal", message.refusal.is_some() && !assistant),
        ("reasoning_content", message.reasoning_content.is_some() && !assistant),
        ("reasoning", message.reasoning.is_some() && !assistant),
        ("reasoning_signature", message.reasoning_signature.is_some() && !assistant),
        ("reasoning_details", message.reasoning_details.is_some() && !assistant),
        ("thinking_blocks", message.thinking_blocks.is_some() && !assistant),
        ("annotations", message.annotations.is_some() && !assistant),
        ("citations", message.citations.is_some() && !assistant),
        ("images", message.images.is_some() && !assistant),
        ("server_tools", message.server_tools.is_some() && !assistant),
        ("tool_call_id", message.tool_call_id.is_some() && message.role != Role::Tool),
        ("is_error", message.is_error.is_some() && message.role != Role::Tool),
    ] {
        if misplaced {
            judge.leave_out(format!("{path}.{name}"), "it does not belong to this role")?;
        }
    }
    Ok(())
}

fn assistant<'a>(
    index: usize,
    message: &mut ChatMessage<'a>,
    cx: Context<'_>,
    turns: &mut Turns<'a>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let path = format_args!("messages[{index}]");
    turns.reasoning(replay::replayed(path, message, cx, judge)?);
    let calls = message.tool_calls.take().unwrap_or_default();
    // A message ends with its calls.
    let control = if calls.is_empty() { None } else { message.cache_control.take() };
    let mark = Mark::of(format_args!("{path}."), control, None, judge)?;
    let mut pieces = content::pieces(path, message, Allowed::ASSISTANT, cx, judge)?;
    let refusal = message.refusal.take().filter(|text| !text.is_blank());
    pieces.extend(refusal.map(|text| Piece { block: ContentBlock::Text(text), mark: None }));
    turns.content(Side::Assistant, pieces);
    let last = calls.len().saturating_sub(1);
    for (number, call) in calls.into_iter().enumerate() {
        let place = Place { message: index, call: Some(number) };
        let block = tool_use(format_args!("{place}"), call, cx, judge)?;
        turns.tool_use(place, block, mark.filter(|_| number == last));
    }
    Ok(())
}

/// A call of an earlier turn.
fn tool_use<'a>(
    path: Arguments<'_>,
    call: AssistantToolCall<'a>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<ToolUseBlock<'a>, Refusal> {
    judge.unknown(format_args!("{path}."), &call.rest)?;
    let missing = |member: &str| {
        let param = format!("{path}.{member}");
        Refusal::missing(&param, format!("`{param}` is required in a call of this type."))
    };
    let kind = call.kind.as_ref().map(Word::as_str).unwrap_or(if call.custom.is_some() {
        "custom"
    } else {
        "function"
    });
    stray(path, kind, call.function.is_some(), call.custom.is_some(), judge)?;
    let (name, input) = match kind {
        "function" => {
            let function = call.function.ok_or_else(|| missing("function"))?;
            judge.unknown(format_args!("{path}.function."), &function.rest)?;
            let name = legal_name(format_args!("{path}.function.name"), function.name.into_cow())?;
            let text = function.arguments.unwrap_or_default();
            (name, arguments(format_args!("{path}.function.arguments"), text)?)
        }
        "custom" => {
            let custom = call.custom.ok_or_else(|| missing("custom"))?;
            judge.unknown(format_args!("{path}.custom."), &custom.rest)?;
            let name = legal_name(format_args!("{path}.custom.name"), custom.name.into_cow())?;
            (name, wrapped(&custom.input.as_cow()).into())
        }
        other => {
            let message =
                format!("`{path}.type` must be \"function\" or \"custom\", not \"{}\".", shown(other));
            return Err(Refusal::unsupported_value(format!("{path}.type"), message));
        }
    };
    let tool_use_id = legal_id(format_args!("{path}.id"), call.id.into_cow(), cx.can.short_tool_ids)?;
    Ok(ToolUseBlock { tool_use_id, name, input })
}

/// Bedrock takes a JSON object; clients send "" for a call without arguments.
fn arguments<'a>(path: Arguments<'_>, text: Text<'a>) -> Result<Object<'a>, Refusal> {
    let text = if text.is_blank() { "{}".into() } else { text.into_cow() };
    if holds_half(&text) {
        let message = format!("`{path}` must not hold half a surrogate pair.");
        return Err(Refusal::invalid(path.to_string(), message));
    }
    Object::read(text).ok_or_else(|| {
        Refusal::invalid(path.to_string(), format!("`{path}` must be the text of a JSON object."))
    })
}

/// The result of a call.
fn tool<'a>(
    index: usize,
    message: &mut ChatMessage<'a>,
    cx: Context<'_>,
    turns: &mut Turns<'a>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let path = format_args!("messages[{index}]");
    let place = Place { message: index, call: None };
    let tool_use_id = message.tool_call_id.take().ok_or_else(|| {
        Refusal::missing(place.to_string(), format!("`{place}` is required in a tool message."))
    })?;
    let tool_use_id = legal_id(format_args!("{place}"), tool_use_id.into_cow(), cx.can.short_tool_ids)?;
    let failed = message.is_error == Some(true);
    if failed && !cx.can.tool_result_status {
        judge.leave_out(format!("{path}.is_error"), "not supported by this model")?;
    }
    let status = (failed && cx.can.tool_result_status).then_some(ToolResultStatus::Error);
    let pieces = content::pieces(path, message, Allowed::TOOL_RESULT, cx, judge)?;
    let mut content = Vec::with_capacity(pieces.len().max(1));
    let (mut beside, mut mark, mut marked_within) = (Vec::new(), None, false);
    for piece in pieces {
        if media::fits_result(&piece.block, cx.can.tool_result_media) {
            // Any mark before this one, or before a piece without one.
            marked_within |= mark.is_some();
            mark = piece.mark.or(mark);
            content.extend(in_result(piece.block));
        } else {
            beside.push(piece);
        }
    }
    if marked_within {
        let why = "Bedrock takes no cache point within a tool result";
        judge.change(format!("{path}.content"), why, "one set after it")?;
    }
    if content.is_empty() && !beside.is_empty() {
        content.push(ToolResultBlock::Text(RESULT_FOLLOWS.into()));
    } else if content.is_empty() {
        judge.warn(format!("{path}.content"), "Bedrock takes no blank result", "sent as \"(empty)\"");
        content.push(ToolResultBlock::Text(EMPTY_RESULT.into()));
    }
    turns.tool_result(place, ToolResult { tool_use_id, content, status }, mark);
    if !beside.is_empty() {
        judge.warn(
            format!("{path}.content"),
            "this model takes no such media in a tool result",
            "sent after it",
        );
        turns.content(Side::User, beside);
    }
    Ok(())
}

/// A block of a tool's result.
fn in_result(block: ContentBlock<'_>) -> Option<ToolResultBlock<'_>> {
    match block {
        ContentBlock::Text(text) => Some(ToolResultBlock::Text(text)),
        ContentBlock::Image(image) => Some(ToolResultBlock::Image(image)),
        ContentBlock::Document(document) => Some(ToolResultBlock::Document(document)),
        ContentBlock::Video(video) => Some(ToolResultBlock::Video(video)),
        _ => None,
    }
}
