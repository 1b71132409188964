//! What single families of models insist on, done to the finished turns (translation reference §1.6, §2.3 step 8).
//! Nothing that the client wrote is lost here; what is put beside it is reported.

use super::{Context, Judge, Refusal, messages::Conversation};
use crate::converse::{ContentBlock, Message, Role, SystemBlock};

/// What the other side says where a family wants a turn and nobody said anything; Bedrock refuses blank text.
const FILLER: &str = ".";

/// What the user says where the model would not go on from its own last words.
const CONTINUE: &str = "Continue.";

/// Fits the conversation to the model. `reasons`: the model is asked to reason, which leaves no room for a prefill.
pub(super) fn fit(
    conversation: &mut Conversation,
    cx: Context<'_>,
    reasons: bool,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let Conversation { system, messages, .. } = conversation;
    if !cx.can.system && !system.is_empty() {
        let why = "this model takes no system instructions";
        judge.warn("messages", why, "put ahead of the user's first words");
        system_as_text(std::mem::take(system), messages);
    }
    if messages.first().is_some_and(is_assistant) && !cx.can.leading_assistant {
        let why = "a conversation with this model begins with the user";
        judge.change("messages", why, "a \".\" of the user put ahead")?;
        messages.insert(0, said(Role::User, FILLER));
    }
    split(messages, cx, judge);
    if messages.last().is_some_and(is_assistant) {
        if !cx.can.prefill || reasons {
            let why = "this model does not go on from a last message of the assistant";
            judge.change("messages", why, "a \"Continue.\" of the user put behind it")?;
            messages.push(said(Role::User, CONTINUE));
        } else if messages.last_mut().is_some_and(trim_end) {
            let why = "Bedrock takes no white space at the end of a last message of the assistant";
            judge.warn("messages", why, "cut off");
        }
    }
    Ok(())
}

fn is_assistant(message: &Message) -> bool {
    message.role == Role::Assistant
}

fn said(role: Role, text: &str) -> Message {
    Message { role, content: vec![ContentBlock::Text(text.to_owned())] }
}

/// Instructions as the first words of the user.
fn system_as_text(system: Vec<SystemBlock>, messages: &mut Vec<Message>) {
    let blocks = system.into_iter().map(|block| match block {
        SystemBlock::Text(text) => ContentBlock::Text(text),
        SystemBlock::CachePoint(point) => ContentBlock::CachePoint(point),
    });
    match messages.first_mut() {
        Some(first) if first.role == Role::User => drop(first.content.splice(..0, blocks)),
        _ => messages.insert(0, Message { role: Role::User, content: blocks.collect() }),
    }
}

/// Parts turns in which something may not stand beside tool calls or results, with a filler of the other side.
fn split(messages: &mut Vec<Message>, cx: Context<'_>, judge: &mut Judge) {
    let must_part = |message: &Message| {
        let tools = message.content.iter().filter(|block| is_tool(block)).count();
        let mut others = message.content.iter().filter(|block| !is_tool(block) && !is_mark(block));
        tools > 0
            && match cx.can.tool_results_alone {
                true => others.next().is_some(),
                false => !cx.can.documents_beside_results && others.any(is_document),
            }
    };
    if !messages.iter().any(must_part) {
        return;
    }
    let why = "this model takes tool calls and results in turns of their own";
    judge.warn("messages", why, "turns parted by a \".\" of the other side");
    for mut message in std::mem::take(messages) {
        if !must_part(&message) {
            messages.push(message);
            continue;
        }
        // Calls stand last in their turn, results first; a mark belongs to the block before it.
        let (role, other) = match message.role {
            Role::Assistant => (Role::Assistant, Role::User),
            role => (role, Role::Assistant),
        };
        let tool_first = message.content.first().is_some_and(is_tool);
        let border = message.content.iter().position(|block| !is_mark(block) && is_tool(block) != tool_first);
        let behind = message.content.split_off(border.unwrap_or(message.content.len()));
        messages.extend([message, said(other, FILLER), Message { role, content: behind }]);
    }
}

fn is_tool(block: &ContentBlock) -> bool {
    matches!(block, ContentBlock::ToolUse(_) | ContentBlock::ToolResult(_))
}

fn is_mark(block: &ContentBlock) -> bool {
    matches!(block, ContentBlock::CachePoint(_))
}

fn is_document(block: &ContentBlock) -> bool {
    matches!(block, ContentBlock::Document(_) | ContentBlock::Video(_))
}

/// Cuts the white space off the end of the last text; whether there was any.
fn trim_end(message: &mut Message) -> bool {
    let last = message.content.iter_mut().rev().find_map(|block| match block {
        ContentBlock::Text(text) => Some(text),
        _ => None,
    });
    let Some(text) = last else { return false };
    let (before, kept) = (text.len(), text.trim_end().len());
    text.truncate(kept);
    kept < before
}
