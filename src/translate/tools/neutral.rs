//! Tool calls and their results told as text: for a conversation whose model must not be given tools, because
//! Bedrock refuses tool blocks without them (translation reference §2.2).

use crate::converse::{ContentBlock, Message, ToolResult, ToolResultBlock, ToolUseBlock};
use std::collections::HashMap;

/// Turns every tool block into text; what else a result holds goes beside it.
pub(in crate::translate) fn neutralise(messages: &mut [Message<'_>]) {
    let mut names = HashMap::new();
    for message in messages {
        let blocks = std::mem::take(&mut message.content);
        message.content.reserve(blocks.len());
        for block in blocks {
            match block {
                ContentBlock::ToolUse(ToolUseBlock { tool_use_id, name, input }) => {
                    let text = format!("<tool_call name=\"{name}\">\n{}\n</tool_call>", input.get());
                    message.content.push(ContentBlock::Text(text.into()));
                    names.insert(tool_use_id, name);
                }
                ContentBlock::ToolResult(result) => {
                    let name = names.remove(&result.tool_use_id).unwrap_or_default();
                    told(&name, result, &mut message.content);
                }
                block => message.content.push(block),
            }
        }
    }
}

fn told<'a>(name: &str, result: ToolResult<'a>, blocks: &mut Vec<ContentBlock<'a>>) {
    let (mut texts, mut others) = (Vec::new(), Vec::new());
    for block in result.content {
        match block {
            ToolResultBlock::Text(text) => texts.push(text.into_cow()),
            ToolResultBlock::Image(image) => others.push(ContentBlock::Image(image)),
            ToolResultBlock::Document(document) => others.push(ContentBlock::Document(document)),
            ToolResultBlock::Video(video) => others.push(ContentBlock::Video(video)),
        }
    }
    let status = if result.status.is_some() { " status=\"error\"" } else { "" };
    let text = texts.join("\n");
    let told = format!("<tool_result name=\"{name}\"{status}>\n{text}\n</tool_result>");
    blocks.push(ContentBlock::Text(told.into()));
    blocks.extend(others);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converse::{CachePoint, CachePointKind, Image, Role, Source, ToolResultStatus};
    use serde_json::json;

    #[test]
    fn blocks_become_text_and_what_else_a_result_holds_stays() {
        let input = serde_json::value::to_raw_value(&json!({"a": 1})).unwrap();
        let call = ToolUseBlock { tool_use_id: "1".into(), name: "f".into(), input: input.into() };
        let image = Image { format: "png", source: Source::Bytes("AA==".into()) };
        let result = ToolResult {
            tool_use_id: "1".into(),
            content: vec![ToolResultBlock::Image(image), ToolResultBlock::Text("x\ny".into())],
            status: Some(ToolResultStatus::Error),
        };
        let point = CachePoint { kind: CachePointKind::Default, ttl: None };
        let mut messages = [
            Message { role: Role::Assistant, content: vec![ContentBlock::ToolUse(call)] },
            Message {
                role: Role::User,
                content: vec![
                    ContentBlock::ToolResult(result),
                    ContentBlock::CachePoint(point),
                    ContentBlock::Text("Go on.".into()),
                ],
            },
        ];
        neutralise(&mut messages);
        let expected = json!([
            {"role": "assistant", "content": [{"text": "<tool_call name=\"f\">\n{\"a\":1}\n</tool_call>"}]},
            {"role": "user", "content": [
                {"text": "<tool_result name=\"f\" status=\"error\">\nx\ny\n</tool_result>"},
                {"image": {"format": "png", "source": {"bytes": "AA=="}}},
                {"cachePoint": {"type": "default"}},
                {"text": "Go on."},
            ]},
        ]);
        assert_eq!(serde_json::to_value(&messages).unwrap(), expected);
    }
}
