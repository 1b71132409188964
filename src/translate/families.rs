//! What single families of models insist on, done to the finished turns (translation reference §1.6, §2.3 step 8).
//! Nothing that the client wrote is lost here; what is put beside it is reported.

use super::{Context, Judge, Refusal, messages::Conversation};
use crate::{
    catalog::{Capabilities, ToolResultMedia},
    converse::{ContentBlock, Message, Role, SystemBlock},
};

/// What the other side says where a family wants a turn and nobody said anything; Bedrock refuses blank text.
const FILLER: &str = ".";

/// What the user says where the model would not go on from its own last words.
const CONTINUE: &str = "Continue.";

/// Fits the conversation to the model. `no_prefill`: the model is asked to reason, or for a document, which
/// leaves no room for words put into its mouth.
pub(super) fn fit(
    conversation: &mut Conversation<'_>,
    cx: Context<'_>,
    no_prefill: bool,
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
        if !cx.can.prefill || no_prefill {
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

fn is_assistant(message: &Message<'_>) -> bool {
    message.role == Role::Assistant
}

fn said(role: Role, text: &'static str) -> Message<'static> {
    Message { role, content: vec![ContentBlock::Text(text.into())] }
}

/// Instructions as the first words of the user.
fn system_as_text<'a>(system: Vec<SystemBlock<'a>>, messages: &mut Vec<Message<'a>>) {
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
fn split(messages: &mut Vec<Message<'_>>, cx: Context<'_>, judge: &mut Judge) {
    let must_part = |message: &Message<'_>| {
        let tools = message.content.iter().filter(|block| is_tool(block)).count();
        let mut others = message.content.iter().filter(|block| !is_tool(block) && !is_mark(block));
        tools > 0
            && match cx.can.tool_results_alone {
                true => others.next().is_some(),
                false => others.any(|block| stands_apart(block, cx.can)),
            }
    };
    if !messages.iter().any(must_part) {
        return;
    }
    let why = match cx.can.tool_results_alone {
        true => "this model takes tool calls and results in turns of their own",
        false => "this model takes no such media beside a tool result",
    };
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

fn is_tool(block: &ContentBlock<'_>) -> bool {
    matches!(block, ContentBlock::ToolUse(_) | ContentBlock::ToolResult(_))
}

fn is_mark(block: &ContentBlock<'_>) -> bool {
    matches!(block, ContentBlock::CachePoint(_))
}

/// Whether a medium may not share a turn with tool results (translation reference §1.6, §5.3).
fn stands_apart(block: &ContentBlock<'_>, can: &Capabilities) -> bool {
    match block {
        ContentBlock::Document(_) | ContentBlock::Video(_) => !can.documents_beside_results,
        ContentBlock::Image(_) => {
            matches!(can.tool_result_media, ToolResultMedia::NextTurn | ToolResultMedia::DocumentsOnly)
        }
        _ => false,
    }
}

/// Cuts the white space off the end of the last text; whether there was any.
fn trim_end(message: &mut Message<'_>) -> bool {
    let last = message.content.iter_mut().rev().find_map(|block| match block {
        ContentBlock::Text(text) => Some(text),
        _ => None,
    });
    let Some(text) = last else { return false };
    let whole = text.as_cow();
    let kept = whole.trim_end();
    if kept.len() == whole.len() {
        return false;
    }
    *text = kept.to_owned().into();
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::Defaults,
        converse::{CachePoint, CachePointKind, Source, ToolResult, ToolUseBlock, Video},
        translate::{Fetched, Policy, Unsupported},
    };
    use serde_json::{Value, json, value::to_raw_value};

    fn text(text: &str) -> ContentBlock<'_> {
        ContentBlock::Text(text.into())
    }

    fn mark() -> ContentBlock<'static> {
        ContentBlock::CachePoint(CachePoint { kind: CachePointKind::Default, ttl: None })
    }

    fn result() -> ContentBlock<'static> {
        ContentBlock::ToolResult(ToolResult { tool_use_id: "c".into(), content: Vec::new(), status: None })
    }

    fn call() -> ContentBlock<'static> {
        let input = to_raw_value(&json!({})).unwrap();
        ContentBlock::ToolUse(ToolUseBlock { tool_use_id: "c".into(), name: "f".into(), input: input.into() })
    }

    /// The kinds of blocks of each turn, behind the first letter of its role.
    fn fitted(can: &Capabilities, reasons: bool, messages: Vec<Message<'_>>) -> (Vec<String>, usize) {
        let policy = Policy::default();
        let media = Fetched::default();
        let cx = Context { can, defaults: Defaults::default(), policy: &policy, media: &media };
        let mut judge = Judge::new(Unsupported::Lenient);
        let mut conversation = Conversation { system: Vec::new(), messages };
        fit(&mut conversation, cx, reasons, &mut judge).unwrap();
        let turns = conversation.messages.iter().map(|message| {
            let json = serde_json::to_value(message).unwrap();
            let kind = |block: &Value| match block["text"].as_str() {
                Some(text) => text.to_owned(),
                None => block.as_object().unwrap().keys().next().unwrap().clone(),
            };
            let blocks: Vec<_> = json["content"].as_array().unwrap().iter().map(kind).collect();
            format!("{} {}", &json["role"].as_str().unwrap()[..1], blocks.join(" "))
        });
        (turns.collect(), judge.warnings.len())
    }

    fn turn(role: Role, content: Vec<ContentBlock<'_>>) -> Message<'_> {
        Message { role, content }
    }

    #[test]
    fn row_24_marks_stay_with_their_blocks_when_turns_are_parted() {
        let can = Capabilities { tool_results_alone: true, ..Capabilities::default() };
        let messages = vec![
            turn(Role::User, vec![text("a"), mark()]),
            turn(Role::Assistant, vec![text("b"), call(), mark()]),
            turn(Role::User, vec![result(), mark(), text("c"), mark()]),
        ];
        let (turns, warnings) = fitted(&can, false, messages);
        let expected = [
            "u a cachePoint",
            "a b",
            "u .",
            "a toolUse cachePoint",
            "u toolResult cachePoint",
            "a .",
            "u c cachePoint",
        ];
        assert_eq!((turns, warnings), (expected.map(str::to_owned).to_vec(), 1));
    }

    #[test]
    fn a_film_is_parted_from_a_result_where_it_may_not_stand_beside_it() {
        for (documents_beside_results, expected) in [(true, "u toolResult b video"), (false, "u b video")] {
            let can = Capabilities { documents_beside_results, ..Capabilities::default() };
            let video = Video { format: "mp4", source: Source::Bytes("".into()) };
            let last = vec![result(), text("b"), ContentBlock::Video(video)];
            let messages = vec![
                turn(Role::User, vec![text("a")]),
                turn(Role::Assistant, vec![call()]),
                turn(Role::User, last),
            ];
            let (turns, warnings) = fitted(&can, false, messages);
            assert_eq!(turns.last().unwrap(), expected);
            assert_eq!(warnings, usize::from(!documents_beside_results));
        }
    }

    #[test]
    fn a_model_that_reasons_takes_no_prefill() {
        let can = Capabilities { prefill: true, ..Capabilities::default() };
        let messages =
            || vec![turn(Role::User, vec![text("a")]), turn(Role::Assistant, vec![text("b"), mark()])];
        assert_eq!(fitted(&can, false, messages()).0.len(), 2);
        assert_eq!(fitted(&can, true, messages()).0.last().unwrap(), "u Continue.");
    }
}
