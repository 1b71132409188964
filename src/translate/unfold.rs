//! A whole answer as the events that a stream of it would have had, for models that cannot stream it (translation
//! reference §2.2 `stream`). What becomes of the events is decided where those of real streams are.

use super::{ReplyError, reply::compact, stop::finish_reason};
use crate::converse::{Answer, AnswerBlock, Delta, ReasoningDelta, StreamEvent};
use std::borrow::Cow;

/// Checks that an answer is one, before anything of it is told.
///
/// # Errors
/// When it is malformed or incomplete.
pub fn check(answer: &Answer) -> Result<(), ReplyError> {
    finish_reason(&answer.stop_reason, false)?;
    match (&answer.output.message, &answer.usage) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err(ReplyError::Incomplete),
    }
}

/// The events, which borrow from the answer.
///
/// # Errors
/// When the answer is malformed or incomplete.
pub fn unfold(answer: &Answer) -> Result<Vec<StreamEvent<'_>>, ReplyError> {
    check(answer)?;
    let mut events = vec![StreamEvent::MessageStart];
    let blocks = answer.output.message.iter().flat_map(|message| &message.content);
    for (block, content) in (0..).zip(blocks) {
        start(block, content, &mut events);
        let deltas = deltas(content).into_iter().map(|delta| StreamEvent::Delta { block, delta });
        events.extend(deltas);
        events.push(StreamEvent::BlockStop { block });
    }
    events.push(StreamEvent::MessageStop { stop_reason: answer.stop_reason.clone() });
    events.push(StreamEvent::Metadata { usage: answer.usage });
    Ok(events)
}

fn start<'a>(block: u32, content: &'a AnswerBlock, events: &mut Vec<StreamEvent<'a>>) {
    events.extend(content.tool_use.iter().map(|call| StreamEvent::ToolStart {
        block,
        tool_use_id: Cow::Borrowed(&call.tool_use_id),
        name: Cow::Borrowed(&call.name),
        server_side: call.kind.as_deref() == Some("server_tool_use"),
    }));
}

fn deltas(content: &AnswerBlock) -> Vec<Delta<'_>> {
    let AnswerBlock { text, tool_use, reasoning_content, citations_content } = content;
    let cited = citations_content.iter().flat_map(|cited| &cited.content);
    let texts = text.iter().chain(cited.filter_map(|cited| cited.text.as_ref()));
    let mut deltas: Vec<_> = texts.map(|text| Delta::Text(Cow::Borrowed(text))).collect();
    let input = tool_use.iter().filter_map(|call| call.input.as_ref());
    deltas.extend(input.map(|input| Delta::ToolInput(Cow::Owned(compact(input)))));
    if let Some(reasoning) = reasoning_content {
        let data =
            reasoning.redacted_content.iter().map(|data| ReasoningDelta::Redacted(Cow::Borrowed(data)));
        let readable = reasoning.reasoning_text.iter().flat_map(|readable| {
            let text = ReasoningDelta::Text(Cow::Borrowed(&readable.text));
            let signature = readable.signature.iter();
            let signature = signature.map(|proof| ReasoningDelta::Signature(Cow::Borrowed(proof)));
            std::iter::once(text).chain(signature)
        });
        deltas.extend(data.chain(readable).map(Delta::Reasoning));
    }
    deltas
}
