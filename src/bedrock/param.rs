//! Which parameter of the client's request a validation text of Bedrock's speaks of.
//!
//! Bedrock names a place in three dialects: its own (`messages.3.content.0`, or
//! `toolConfig.tools.1.member.toolSpec.name`, which counts from 1), a JSON pointer
//! (`#/inferenceConfig/temperature`), and the model's (`tools.0.custom.input_schema`). The guess is the first
//! place in the text, in Chat Completions words. Indices stay those of the request that Bedrock saw, where
//! neighbours may have been merged; they are counted from 0.

/// The parameter that `text` names, if it names one that a client can know.
pub(super) fn guess(text: &str) -> Option<String> {
    // `Value '…' at 'PLACE'`: what precedes the place is the client's own value.
    let text = match text.split_once(" at '") {
        Some((before, after)) if before.contains("Value ") => after,
        _ => text,
    };
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')')).find_map(|word| {
        let named = word.ends_with(':') || word.starts_with(['`', '\'', '"']) || word.contains("#/");
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != ']');
        place(word, named || word.contains(['.', '[', '/']))
    })
}

/// `word` as a place. Words of plain English count only where the text marks them as a name.
fn place(word: &str, named: bool) -> Option<String> {
    let mut steps = word.split(['.', '/', '[', ']']).filter(|step| !step.is_empty()).peekable();
    let one_based = word.contains(".member");
    let index = move |step: Option<&&str>| -> Option<usize> {
        let number: usize = step?.parse().ok()?;
        Some(if one_based { number.saturating_sub(1) } else { number })
    };
    let root = steps.next()?;
    match root {
        "messages" if named => {
            let Some(message) = index(steps.peek()) else { return Some("messages".to_owned()) };
            let mut inner = steps.skip(1).filter(|step| *step != "member");
            Some(match (inner.next(), index(inner.next().as_ref())) {
                (Some("content"), Some(part)) => format!("messages[{message}].content[{part}]"),
                (Some(member @ ("content" | "role")), _) => format!("messages[{message}].{member}"),
                _ => format!("messages[{message}]"),
            })
        }
        "system" if named => Some("messages".to_owned()),
        "inferenceConfig" => steps.next().and_then(sampling).map(str::to_owned),
        "toolConfig" => match steps.next() {
            Some("toolChoice") => Some("tool_choice".to_owned()),
            Some("tools") => Some(tools(index(steps.peek()))),
            _ => Some(tools(None)),
        },
        "tools" if named => Some(tools(index(steps.peek()))),
        "toolChoice" | "tool_choice" => Some("tool_choice".to_owned()),
        "outputConfig" | "output_config" => Some(match steps.next() {
            Some("effort") => "reasoning_effort".to_owned(),
            _ => "response_format".to_owned(),
        }),
        "modelId" => Some("model".to_owned()),
        _ => sampling(root).map(str::to_owned),
    }
}

fn tools(index: Option<usize>) -> String {
    index.map_or_else(|| "tools".to_owned(), |index| format!("tools[{index}]"))
}

/// The members of `inferenceConfig` in Bedrock's and in the models' spelling.
fn sampling(name: &str) -> Option<&'static str> {
    match name {
        "temperature" => Some("temperature"),
        "topP" | "top_p" => Some("top_p"),
        "maxTokens" | "max_tokens" => Some("max_tokens"),
        "stopSequences" | "stop_sequences" => Some("stop"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::guess;

    /// Texts as Bedrock and the models behind it write them, and the parameter that each names.
    #[test]
    fn names_the_first_place_in_the_text() {
        let cases = [
            (
                "The text field in the ContentBlock object at messages.15.content.0 is blank.",
                "messages[15].content[0]",
            ),
            (
                "The content field in the Message object at messages.355 is empty. Add a ContentBlock.",
                "messages[355]",
            ),
            ("messages.3.content.0.tool_result.tool_use_id: unexpected value", "messages[3].content[0]"),
            (
                "The model returned the following errors: messages.1.role: Input should be 'user'",
                "messages[1].role",
            ),
            ("messages: at least one message is required", "messages"),
            ("messages.2.content: field required", "messages[2].content"),
            ("messages[4].content[2].image.source: invalid", "messages[4].content[2]"),
            ("system: text content blocks must be non-empty", "messages"),
            ("system.0.text: too short", "messages"),
            (
                "1 validation error detected: Value at 'messages.73.member.content.2.member.toolUse.name' failed to \
                 satisfy constraint: Member must have length less than or equal to 64",
                "messages[72].content[1]",
            ),
            (
                "1 validation error detected: Value 'temperature' at 'toolConfig.tools.1.member.toolSpec.name' failed",
                "tools[0]",
            ),
            ("Value at 'toolConfig.tools' failed to satisfy constraint: Member must have length", "tools"),
            ("Value at 'inferenceConfig.temperature' failed to satisfy constraint", "temperature"),
            ("Value at 'inferenceConfig.topP' failed to satisfy constraint", "top_p"),
            ("Value at 'inferenceConfig.maxTokens' failed to satisfy constraint", "max_tokens"),
            ("Value at 'inferenceConfig.stopSequences.1.member' failed to satisfy constraint", "stop"),
            (
                "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
                "tools",
            ),
            ("toolConfig.tools.2.toolSpec.inputSchema.json.type must be one of: object", "tools[2]"),
            ("toolConfig.toolChoice.any: this model does not support it", "tool_choice"),
            ("tools.0.custom.input_schema: JSON schema is invalid", "tools[0]"),
            ("tools: Tool names must be unique.", "tools"),
            (
                "Malformed input request: #/inferenceConfig/temperature: 1.5 is not less or equal to 1",
                "temperature",
            ),
            ("Malformed input request: #/temperature: 1.5 is not less or equal to 1", "temperature"),
            ("`temperature` and `top_p` cannot both be specified for this model.", "temperature"),
            ("outputConfig.effort: not supported", "reasoning_effort"),
            ("output_config.format.schema: unsupported keyword", "response_format"),
            ("stop_sequences: each stop sequence must contain non-whitespace", "stop"),
            ("Value at 'modelId' failed to satisfy constraint", "model"),
        ];
        for (text, expected) in cases {
            assert_eq!(guess(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn plain_english_names_nothing() {
        for text in [
            "",
            "This model does not support tools in streaming messages, and no system prompt.",
            "The model returned the following errors.",
            "Malformed input request: #: extraneous key [top_k] is not permitted",
            "additionalModelRequestFields.top_k: unknown",
            "messages.99999999999999999999999 and tools.x",
        ] {
            assert!(guess(text).is_none_or(|found| found == "messages"), "{text}: {:?}", guess(text));
        }
    }
}
