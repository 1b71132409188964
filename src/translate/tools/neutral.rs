//! Tool calls and their results told as text: for a conversation whose model must not be given tools, because
//! Bedrock refuses tool blocks without them (translation reference §2.2).

use crate::converse::{ContentBlock, Message, ToolResult, ToolResultBlock, ToolUseBlock};
use std::collections::HashMap;

/// Turns every tool block into text; what else a result holds goes beside it.
pub(in crate::translate) fn neutralise(messages: &mut [Message]) {
    let mut names = HashMap::new();
    for message in messages {
        let blocks = std::mem::take(&mut message.content);
        message.content.reserve(blocks.len());
        for block in blocks {
            match block {
                ContentBlock::ToolUse(ToolUseBlock { tool_use_id, name, input }) => {
                    let text = format!("<tool_call name=\"{name}\">\n{}\n</tool_call>", input.get());
                    message.content.push(ContentBlock::Text(text));
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

fn told(name: &str, result: ToolResult, blocks: &mut Vec<ContentBlock>) {
    let (mut texts, mut others) = (Vec::new(), Vec::new());
    for block in result.content {
        match block {
            ToolResultBlock::Text(text) => texts.push(text),
            ToolResultBlock::Image(image) => others.push(ContentBlock::Image(image)),
            ToolResultBlock::Document(document) => others.push(ContentBlock::Document(document)),
            ToolResultBlock::Video(video) => others.push(ContentBlock::Video(video)),
        }
    }
    let status = if result.status.is_some() { " status=\"error\"" } else { "" };
    let text = texts.join("\n");
    blocks.push(ContentBlock::Text(format!("<tool_result name=\"{name}\"{status}>\n{text}\n</tool_result>")));
    blocks.extend(others);
}
