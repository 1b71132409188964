//! Reasoning of earlier turns on its way back to the model, in every dialect in which clients carry it (translation
//! reference §3.4).
//!
//! | dialect | carrier |
//! |---|---|
//! | the gateway's own, LiteLLM | `thinking_blocks`, also within `provider_specific_fields` |
//! | OpenRouter | `reasoning_details` |
//! | Anthropic | parts `thinking` and `redacted_thinking` of the content |
//! | agentgateway | `reasoning_content` with `reasoning_signature` |
//! | DeepSeek, vLLM | `reasoning_content`, `reasoning`: without proof |
//!
//! Clients repeat themselves: the first carrier with a proof in it counts. Only what the model can verify goes back, that
//! is what is signed or encrypted, and only to a model that takes it.

use super::{Context, Judge, Refusal, shown};
use crate::{
    catalog::{Capabilities, ReasoningShape},
    converse::{ReasoningContent, ReasoningText},
    openai::chat::{Content, Message, Part, ReasoningDetail, ReplayedThinking, Rest},
    text::Text,
};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use serde_json::Value;
use std::fmt::Arguments;

/// Why reasoning is not sent back.
const UNSIGNED: &str = "reasoning without its signature";
const NOT_TAKEN: &str = "this model takes no such reasoning back";

/// A block, and the path of the member that it stands in.
type Carried<'a> = (String, ReplayedThinking<'a>);

/// Takes the reasoning out of an assistant's message.
pub(super) fn replayed<'a>(
    path: Arguments<'_>,
    message: &mut Message<'a>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Vec<ReasoningContent<'a>>, Refusal> {
    if is_silent(message) {
        return Ok(Vec::new());
    }
    let in_fields = message.provider_specific_fields.take().and_then(provided);
    let carriers = [
        blocks(path, message.thinking_blocks.take()),
        blocks(format_args!("{path}.provider_specific_fields"), in_fields),
        details(path, message.reasoning_details.take(), judge)?,
        parts(path, message)?,
        text(path, message),
    ];
    let proven = |blocks: &Vec<Carried<'_>>| blocks.iter().any(|(_, block)| is_proven(block));
    let best = carriers.iter().position(proven).or_else(|| carriers.iter().position(|c| !c.is_empty()));
    let Some(blocks) = best.and_then(|best| carriers.into_iter().nth(best)) else { return Ok(Vec::new()) };
    let mut content = Vec::with_capacity(blocks.len());
    for (path, block) in blocks {
        content.extend(verifiable(path, block, cx.can, judge)?);
    }
    Ok(content)
}

/// Whether there is no carrier at all, as in nearly all messages.
fn is_silent(message: &Message<'_>) -> bool {
    message.thinking_blocks.is_none()
        && message.provider_specific_fields.is_none()
        && message.reasoning_details.is_none()
        && message.reasoning_content.is_none()
        && message.reasoning.is_none()
        && message.reasoning_signature.is_none()
        && !matches!(message.content, Some(Content::Parts(_)))
}

fn is_proven(block: &ReplayedThinking<'_>) -> bool {
    block.data.is_some() || block.signature.as_ref().is_some_and(|signature| !signature.is_empty())
}

/// The gateway's own dialect.
fn blocks<'a>(path: Arguments<'_>, blocks: Option<Vec<ReplayedThinking<'a>>>) -> Vec<Carried<'a>> {
    let blocks = blocks.unwrap_or_default().into_iter().enumerate();
    blocks.map(|(index, block)| (format!("{path}.thinking_blocks[{index}]"), block)).collect()
}

/// What is of use in LiteLLM's `provider_specific_fields`; the rest is its own bookkeeping.
fn provided(mut fields: Value) -> Option<Vec<ReplayedThinking<'static>>> {
    let Value::Array(blocks) = fields.get_mut("thinking_blocks")?.take() else { return None };
    let blocks = blocks.into_iter().map(|members| match members {
        Value::Object(members) => block(members),
        _ => None,
    });
    blocks.collect()
}

/// OpenRouter's. The pieces of a stream may stand in it one by one, the signature last.
fn details<'a>(
    path: Arguments<'_>,
    details: Option<Vec<ReasoningDetail<'a>>>,
    judge: &mut Judge,
) -> Result<Vec<Carried<'a>>, Refusal> {
    let mut blocks: Vec<Carried<'a>> = Vec::new();
    for (index, detail) in details.unwrap_or_default().into_iter().enumerate() {
        let path = format!("{path}.reasoning_details[{index}]");
        let ReasoningDetail { kind, text, summary, data, signature, rest, .. } = detail;
        judge.unknown(format_args!("{path}."), &rest)?;
        let block = match kind.as_str() {
            "reasoning.text" => ReplayedThinking { signature, ..thinking(text) },
            "reasoning.summary" => thinking(summary),
            "reasoning.encrypted" => {
                ReplayedThinking { kind: "redacted_thinking".into(), data, ..ReplayedThinking::default() }
            }
            other => {
                let why = format!("unknown kind of reasoning \"{}\"", shown(other));
                judge.leave_out(path, why)?;
                continue;
            }
        };
        match blocks.last_mut().filter(|_| &*kind == "reasoning.text").map(|(_, block)| block) {
            Some(open) if &*open.kind == "thinking" && !is_proven(open) => {
                let (so_far, more) =
                    (open.thinking.take().unwrap_or_default(), block.thinking.unwrap_or_default());
                open.thinking = Some((so_far.into_cow() + more.into_cow()).into());
                open.signature = block.signature;
            }
            _ => blocks.push((path, block)),
        }
    }
    Ok(blocks)
}

/// Anthropic's. A blank text stays in the place of each part, which keeps the others' paths and is not sent.
fn parts<'a>(path: Arguments<'_>, message: &mut Message<'a>) -> Result<Vec<Carried<'a>>, Refusal> {
    let Some(Content::Parts(parts)) = &mut message.content else { return Ok(Vec::new()) };
    let mut blocks = Vec::new();
    for (index, part) in parts.iter_mut().enumerate() {
        if !["thinking", "redacted_thinking"].contains(&part.kind.as_str()) {
            continue;
        }
        let blank = Part { kind: "text".into(), text: Some(Text::default()), ..Part::default() };
        let Part { kind, mut rest, .. } = std::mem::replace(part, blank);
        rest.insert("type".into(), kind.as_str().into());
        let path = format!("{path}.content[{index}]");
        let block = block(rest).ok_or_else(|| {
            let message = format!("`{path}` must have text in `thinking`, `signature` and `data`.");
            Refusal::invalid(&path, message)
        })?;
        blocks.push((path, block));
    }
    Ok(blocks)
}

/// A block that was read as a tree; none if it is another thing.
fn block(mut members: Rest) -> Option<ReplayedThinking<'static>> {
    let mut text = |name| match members.remove(name) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text)),
        Some(_) => None,
    };
    let kind = text("type")??.into();
    let (thinking, signature, data) = (text("thinking")?, text("signature")?, text("data")?);
    let (thinking, signature, data) =
        (thinking.map(Text::from), signature.map(Text::from), data.map(Text::from));
    let index = match members.remove("index") {
        None | Some(Value::Null) => None,
        Some(index) => Some(u32::try_from(index.as_u64()?).ok()?),
    };
    Some(ReplayedThinking { kind, thinking, signature, data, index, rest: members })
}

/// The text of the reasoning, with its signature beside it or without one.
fn text<'a>(path: Arguments<'_>, message: &mut Message<'a>) -> Vec<Carried<'a>> {
    let (content, reasoning) = (message.reasoning_content.take(), message.reasoning.take());
    let name = if content.is_some() { "reasoning_content" } else { "reasoning" };
    let signature = message.reasoning_signature.take().filter(|signature| !signature.is_empty());
    let text = content.or(reasoning).filter(|text| !text.is_empty());
    if text.is_none() && signature.is_none() {
        return Vec::new();
    }
    vec![(format!("{path}.{name}"), ReplayedThinking { signature, ..thinking(text) })]
}

fn thinking(text: Option<Text<'_>>) -> ReplayedThinking<'_> {
    ReplayedThinking { kind: "thinking".into(), thinking: text, ..ReplayedThinking::default() }
}

/// The block in Bedrock's terms, if the model can verify it and takes it.
fn verifiable<'a>(
    path: String,
    block: ReplayedThinking<'a>,
    can: &Capabilities,
    judge: &mut Judge,
) -> Result<Option<ReasoningContent<'a>>, Refusal> {
    judge.unknown(format_args!("{path}."), &block.rest)?;
    let signature = block.signature.filter(|signature| !signature.is_empty());
    let (content, taken) = match (block.kind.as_str(), signature, block.data) {
        ("thinking", Some(signature), _) => {
            let (text, signature) = (block.thinking.unwrap_or_default(), Some(signature));
            let content = ReasoningContent::ReasoningText(ReasoningText { text, signature });
            (content, can.reasoning_history)
        }
        ("thinking", None, _) => {
            // Models that sign their reasoning miss it. The others never sign, and nobody expects theirs back.
            if matches!(can.reasoning, ReasoningShape::Budget | ReasoningShape::Adaptive) {
                judge.warn(path, UNSIGNED, "left out");
            }
            return Ok(None);
        }
        ("redacted_thinking", _, Some(data)) => {
            if BASE64.decode(&*data.as_cow()).is_err() {
                let param = format!("{path}.data");
                return Err(Refusal::invalid(&param, format!("`{param}` must be base64.")));
            }
            (ReasoningContent::RedactedContent(data), can.redacted_history)
        }
        ("redacted_thinking", _, None) => {
            let param = format!("{path}.data");
            return Err(Refusal::missing(&param, format!("`{param}` is required in this kind of block.")));
        }
        (kind, ..) => {
            let message = format!(
                "`{path}.type` must be \"thinking\" or \"redacted_thinking\", not \"{}\".",
                shown(kind)
            );
            return Err(Refusal::unsupported_value(format!("{path}.type"), message));
        }
    };
    if !taken {
        judge.warn(path, NOT_TAKEN, "left out");
    }
    Ok(taken.then_some(content))
}
