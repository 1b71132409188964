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
    let fields = answer.additional_model_response_fields.clone();
    events.push(StreamEvent::MessageStop { stop_reason: answer.stop_reason.clone(), fields });
    let service_tier = answer.service_tier.as_ref().and_then(|tier| tier.kind.clone());
    events.push(StreamEvent::Metadata { usage: answer.usage, service_tier, trace: answer.trace.clone() });
    Ok(events)
}

fn start<'a>(block: u32, content: &'a AnswerBlock, events: &mut Vec<StreamEvent<'a>>) {
    events.extend(content.tool_use.iter().map(|call| StreamEvent::ToolStart {
        block,
        tool_use_id: Cow::Borrowed(&call.tool_use_id),
        name: Cow::Borrowed(&call.name),
        server_side: call.is_server_side(),
    }));
    events.extend(content.tool_result.iter().map(|result| StreamEvent::ResultStart {
        block,
        tool_use_id: Cow::Borrowed(&result.tool_use_id),
        kind: result.kind.as_deref().map(Cow::Borrowed),
        status: result.status.as_deref().map(Cow::Borrowed),
    }));
    let format = content.image.iter().map(|image| Cow::Borrowed(&*image.format));
    events.extend(format.map(|format| StreamEvent::ImageStart { block, format }));
}

fn deltas(content: &AnswerBlock) -> Vec<Delta<'_>> {
    let AnswerBlock { text, tool_use, tool_result, reasoning_content, citations_content, image } = content;
    let cited = citations_content.iter().flat_map(|cited| &cited.content);
    let texts = text.iter().chain(cited.filter_map(|cited| cited.text.as_ref()));
    let mut deltas: Vec<_> = texts.map(|text| Delta::Text(Cow::Borrowed(text))).collect();
    let sources = citations_content.iter().flat_map(|cited| &cited.citations);
    deltas.extend(sources.cloned().map(Delta::Citation));
    let bytes = image.iter().filter_map(|image| image.source.as_ref()?.bytes.as_deref());
    deltas.extend(bytes.map(|bytes| Delta::Image(Cow::Borrowed(bytes))));
    let input = tool_use.iter().filter_map(|call| call.input.as_ref());
    deltas.extend(input.map(|input| Delta::ToolInput(Cow::Owned(compact(input)))));
    let results = tool_result.iter().map(|result| Delta::ServerResult(result.content.clone()));
    deltas.extend(results);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::translate::{ChunkMachine, ReplyHead, Restore, reply};
    use serde_json::{Value, json};
    use std::{fs, path::Path};

    fn head() -> ReplyHead {
        ReplyHead { id: "chatcmpl-1".into(), created: 1, model: "m".into() }
    }

    /// The message that a client puts together from the chunks, the reason for its end, and the usage.
    fn streamed(answer: &Answer) -> Result<Value, ReplyError> {
        let mut machine = ChunkMachine::new(head(), true, Restore::default());
        let mut whole = json!({"content": "", "reasoning_content": "", "tool_calls": [], "thinking_blocks": [], "server_tools": []});
        let mut take = |chunk: &crate::openai::chunk::Chunk<'_>| {
            let chunk = serde_json::to_value(chunk).unwrap();
            let choice = &chunk["choices"][0];
            for name in ["content", "reasoning_content"] {
                let more = choice["delta"][name].as_str().unwrap_or_default();
                whole[name] = json!(format!("{}{more}", whole[name].as_str().unwrap()));
            }
            for name in ["finish_reason", "usage"] {
                let value = if name == "usage" { &chunk[name] } else { &choice[name] };
                if !value.is_null() {
                    whole[name] = value.clone();
                }
            }
            for name in ["thinking_blocks", "server_tools"] {
                let more = choice["delta"][name].as_array().into_iter().flatten().cloned();
                whole[name].as_array_mut().unwrap().extend(more);
            }
            for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
                let calls = whole["tool_calls"].as_array_mut().unwrap();
                if call["id"].is_string() {
                    assert_eq!(call["index"], calls.len());
                    calls.push(json!({"id": call["id"], "name": call["function"]["name"], "arguments": ""}));
                }
                let last = calls.last_mut().unwrap();
                let more = call["function"]["arguments"].as_str().unwrap();
                last["arguments"] = json!(format!("{}{more}", last["arguments"].as_str().unwrap()));
            }
        };
        for event in unfold(answer)? {
            machine.on(event, &mut take).unwrap();
        }
        machine.finish(&mut take).unwrap();
        Ok(whole)
    }

    /// The same of the whole completion.
    fn read_whole(answer: Answer) -> Result<Value, ReplyError> {
        let completion = serde_json::to_value(reply(answer, head(), &Restore::default())?).unwrap();
        let message = &completion["choices"][0]["message"];
        let calls = message["tool_calls"].as_array().into_iter().flatten().map(|call| {
            let function = &call["function"];
            json!({"id": call["id"], "name": function["name"], "arguments": function["arguments"]})
        });
        Ok(json!({
            "content": message["content"].as_str().unwrap_or_default(),
            "reasoning_content": message["reasoning_content"].as_str().unwrap_or_default(),
            "tool_calls": calls.collect::<Vec<_>>(),
            "thinking_blocks": message["thinking_blocks"].as_array().cloned().unwrap_or_default(),
            "server_tools": message["server_tools"].as_array().cloned().unwrap_or_default(),
            "finish_reason": completion["choices"][0]["finish_reason"],
            "usage": completion["usage"],
        }))
    }

    #[test]
    fn every_golden_answer_says_the_same_whole_and_in_pieces() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let mut compared = 0;
        for folder in fs::read_dir(root).unwrap() {
            let path = folder.unwrap().path().join("answer.json");
            let Ok(json) = fs::read(&path) else { continue };
            let read = || serde_json::from_slice::<Answer>(&json).unwrap();
            assert_eq!(streamed(&read()), read_whole(read()), "{}", path.display());
            compared += 1;
        }
        assert!(compared > 20, "{compared} answers were found");
    }
}
