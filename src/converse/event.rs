//! The events of a ConverseStream answer.
//!
//! The order is messageStart, then per block an optional start, deltas and an optional stop, then messageStop
//! and metadata (API reference, ConverseStream). Blocks may interleave, so each event names its block.

use super::answer::{Citation, ModelFields, ResultContent, StopReason, TokenUsage, Trace};
use serde::Deserialize;
use std::borrow::Cow;

/// One event. Text is borrowed from the payload where it holds no escapes.
#[derive(Debug, PartialEq, Eq)]
pub enum StreamEvent<'a> {
    /// The answer begins.
    MessageStart,
    /// A tool call begins. Text and reasoning blocks have no start.
    ToolStart {
        /// `contentBlockIndex`.
        block: u32,
        /// Ties the call to its result.
        tool_use_id: Cow<'a, str>,
        /// Which tool.
        name: Cow<'a, str>,
        /// Bedrock runs the tool itself: nothing for the client to do.
        server_side: bool,
    },
    /// The result of a tool begins that Bedrock ran.
    ResultStart {
        /// `contentBlockIndex`.
        block: u32,
        /// Ties it to its call.
        tool_use_id: Cow<'a, str>,
        /// The kind of result.
        kind: Option<Cow<'a, str>>,
        /// `success` or `error`.
        status: Option<Cow<'a, str>>,
    },
    /// A picture begins.
    ImageStart {
        /// `contentBlockIndex`.
        block: u32,
        /// `png`, `jpeg`, `gif` or `webp`.
        format: Cow<'a, str>,
    },
    /// A block grows.
    Delta {
        /// `contentBlockIndex`.
        block: u32,
        /// By what.
        delta: Delta<'a>,
    },
    /// A block is whole.
    BlockStop {
        /// `contentBlockIndex`.
        block: u32,
    },
    /// The answer is whole.
    MessageStop {
        /// Why the model stopped.
        stop_reason: StopReason,
        /// What `additionalModelResponseFieldPaths` selected.
        fields: Option<ModelFields>,
    },
    /// What it used.
    Metadata {
        /// Tokens.
        usage: Option<TokenUsage>,
        /// The class of service that the call had.
        service_tier: Option<String>,
        /// How the answer came about.
        trace: Option<Trace>,
    },
    /// Something newer than this program.
    Unknown,
}

/// What a block grows by.
#[derive(PartialEq, Eq)]
pub enum Delta<'a> {
    /// Text; the first one is often empty.
    Text(Cow<'a, str>),
    /// A piece of the JSON text of a tool's input; may be empty.
    ToolInput(Cow<'a, str>),
    /// Reasoning.
    Reasoning(ReasoningDelta<'a>),
    /// A source of what the block says.
    Citation(Citation),
    /// A piece of the result of a tool that Bedrock ran.
    ServerResult(ResultContent),
    /// A piece of a picture, base64.
    Image(Cow<'a, str>),
    /// Something newer than this program.
    Unknown,
}

/// What a reasoning block grows by.
#[derive(PartialEq, Eq)]
pub enum ReasoningDelta<'a> {
    /// Readable reasoning.
    Text(Cow<'a, str>),
    /// The model's proof that the text is its own.
    Signature(Cow<'a, str>),
    /// Encrypted reasoning, base64.
    Redacted(Cow<'a, str>),
}

private_debug!(Delta<'a>, ReasoningDelta<'a>);

// === impl StreamEvent ===

impl<'a> StreamEvent<'a> {
    /// Reads an event from its `:event-type` and payload.
    ///
    /// # Errors
    /// When the payload of a known event is not the JSON that the API reference describes.
    pub fn decode(event_type: &str, payload: &'a [u8]) -> serde_json::Result<Self> {
        Ok(match event_type {
            "contentBlockDelta" => {
                let wire: wire::BlockDelta<'a> = serde_json::from_slice(payload)?;
                Self::Delta { block: wire.content_block_index, delta: wire.delta.into() }
            }
            "contentBlockStop" => {
                let wire: wire::BlockStop = serde_json::from_slice(payload)?;
                Self::BlockStop { block: wire.content_block_index }
            }
            "contentBlockStart" => {
                let wire: wire::BlockStart<'a> = serde_json::from_slice(payload)?;
                let block = wire.content_block_index;
                match (wire.start.tool_use, wire.start.tool_result, wire.start.image) {
                    (Some(tool), ..) => Self::ToolStart {
                        block,
                        tool_use_id: tool.tool_use_id,
                        name: tool.name,
                        server_side: tool.kind.is_some_and(|kind| kind.0 == "server_tool_use"),
                    },
                    (None, Some(result), _) => Self::ResultStart {
                        block,
                        tool_use_id: result.tool_use_id,
                        kind: result.kind.map(|kind| kind.0),
                        status: result.status.map(|status| status.0),
                    },
                    (None, None, Some(image)) => Self::ImageStart { block, format: image.format },
                    (None, None, None) => Self::Unknown,
                }
            }
            "messageStart" => Self::MessageStart,
            "messageStop" => {
                let wire: wire::MessageStop = serde_json::from_slice(payload)?;
                let wire::MessageStop { stop_reason, additional_model_response_fields: fields } = wire;
                Self::MessageStop { stop_reason, fields }
            }
            "metadata" => {
                let wire: wire::Metadata = serde_json::from_slice(payload)?;
                let service_tier = wire.service_tier.and_then(|tier| tier.kind);
                Self::Metadata { usage: wire.usage, service_tier, trace: wire.trace }
            }
            _ => Self::Unknown,
        })
    }
}

/// The JSON as it comes.
mod wire {
    use super::{
        super::answer::ServedTier, Citation, Cow, Deserialize, ModelFields, ResultContent, StopReason,
        TokenUsage, Trace,
    };

    /// `Option<Cow<str>>` would copy always; through a newtype serde borrows where it can.
    #[derive(Deserialize)]
    pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct BlockDelta<'a> {
        #[serde(default)]
        pub(super) content_block_index: u32,
        #[serde(borrow)]
        pub(super) delta: DeltaUnion<'a>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct DeltaUnion<'a> {
        #[serde(borrow)]
        pub(super) text: Option<Text<'a>>,
        #[serde(borrow)]
        pub(super) tool_use: Option<ToolInput<'a>>,
        /// Apart: it is the largest and not the usual one, and every event is moved several times.
        #[serde(borrow)]
        pub(super) reasoning_content: Option<Box<Reasoning<'a>>>,
        pub(super) citation: Option<Citation>,
        pub(super) tool_result: Option<ResultContent>,
        #[serde(borrow)]
        pub(super) image: Option<Image<'a>>,
    }

    #[derive(Deserialize)]
    pub(super) struct Image<'a> {
        #[serde(borrow)]
        pub(super) source: Option<ImageBytes<'a>>,
    }

    #[derive(Deserialize)]
    pub(super) struct ImageBytes<'a> {
        #[serde(borrow)]
        pub(super) bytes: Option<Text<'a>>,
    }

    #[derive(Deserialize)]
    pub(super) struct ToolInput<'a> {
        #[serde(borrow)]
        pub(super) input: Cow<'a, str>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Reasoning<'a> {
        #[serde(borrow)]
        pub(super) text: Option<Text<'a>>,
        #[serde(borrow)]
        pub(super) signature: Option<Text<'a>>,
        #[serde(borrow)]
        pub(super) redacted_content: Option<Text<'a>>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct BlockStart<'a> {
        #[serde(default)]
        pub(super) content_block_index: u32,
        #[serde(borrow)]
        pub(super) start: StartUnion<'a>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct StartUnion<'a> {
        #[serde(borrow)]
        pub(super) tool_use: Option<ToolStart<'a>>,
        #[serde(borrow)]
        pub(super) tool_result: Option<ResultStart<'a>>,
        #[serde(borrow)]
        pub(super) image: Option<ImageStart<'a>>,
    }

    #[derive(Deserialize)]
    pub(super) struct ImageStart<'a> {
        #[serde(borrow)]
        pub(super) format: Cow<'a, str>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct ToolStart<'a> {
        #[serde(borrow)]
        pub(super) tool_use_id: Cow<'a, str>,
        #[serde(borrow)]
        pub(super) name: Cow<'a, str>,
        #[serde(borrow, rename = "type")]
        pub(super) kind: Option<Text<'a>>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct ResultStart<'a> {
        #[serde(borrow, default)]
        pub(super) tool_use_id: Cow<'a, str>,
        #[serde(borrow, rename = "type")]
        pub(super) kind: Option<Text<'a>>,
        #[serde(borrow)]
        pub(super) status: Option<Text<'a>>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct BlockStop {
        #[serde(default)]
        pub(super) content_block_index: u32,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct MessageStop {
        pub(super) stop_reason: StopReason,
        pub(super) additional_model_response_fields: Option<ModelFields>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Metadata {
        pub(super) usage: Option<TokenUsage>,
        pub(super) service_tier: Option<ServedTier>,
        pub(super) trace: Option<Trace>,
    }
}

impl<'a> From<wire::DeltaUnion<'a>> for Delta<'a> {
    fn from(union: wire::DeltaUnion<'a>) -> Self {
        if let Some(text) = union.text {
            Self::Text(text.0)
        } else if let Some(tool) = union.tool_use {
            Self::ToolInput(tool.input)
        } else if let Some(reasoning) = union.reasoning_content {
            let wire::Reasoning { text, signature, redacted_content } = *reasoning;
            (text.map(|text| ReasoningDelta::Text(text.0)))
                .or(signature.map(|signature| ReasoningDelta::Signature(signature.0)))
                .or(redacted_content.map(|data| ReasoningDelta::Redacted(data.0)))
                .map_or(Self::Unknown, Self::Reasoning)
        } else if let Some(citation) = union.citation {
            Self::Citation(citation)
        } else if let Some(result) = union.tool_result {
            Self::ServerResult(result)
        } else if let Some(bytes) = union.image.and_then(|image| image.source?.bytes) {
            Self::Image(bytes.0)
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_members_and_the_padding_are_passed_over() {
        let payload = br#"{"contentBlockIndex":3,"delta":{"text":"Hi","tone":"warm"},"p":"abcdef"}"#;
        let event = StreamEvent::decode("contentBlockDelta", payload).unwrap();
        assert_eq!(event, StreamEvent::Delta { block: 3, delta: Delta::Text("Hi".into()) });
        assert!(matches!(event, StreamEvent::Delta { delta: Delta::Text(Cow::Borrowed(_)), .. }));
    }

    #[test]
    fn unknown_events_deltas_and_starts_are_no_error() {
        for (kind, payload) in [
            ("futureEvent", &b"not even json"[..]),
            ("contentBlockStart", br#"{"contentBlockIndex":0,"start":{"hologram":{"format":"png"}}}"#),
        ] {
            assert_eq!(StreamEvent::decode(kind, payload).unwrap(), StreamEvent::Unknown);
        }
        let delta = br#"{"contentBlockIndex":0,"delta":{"smell":{"title":"x"}}}"#;
        let event = StreamEvent::decode("contentBlockDelta", delta).unwrap();
        assert_eq!(event, StreamEvent::Delta { block: 0, delta: Delta::Unknown });
    }

    #[test]
    fn both_spellings_of_the_cache_counters_are_read() {
        for payload in [
            r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":10,"cacheReadInputTokens":3,"cacheWriteInputTokens":4}}"#,
            r#"{"usage":{"inputTokens":1,"outputTokens":2,"cacheReadInputTokenCount":3,"cacheWriteInputTokenCount":4}}"#,
        ] {
            let StreamEvent::Metadata { usage: Some(usage), .. } =
                StreamEvent::decode("metadata", payload.as_bytes()).unwrap()
            else {
                panic!("no usage in {payload}");
            };
            assert_eq!((usage.cache_read(), usage.cache_write()), (3, 4));
        }
    }

    #[test]
    fn a_stop_reason_of_the_future_is_kept() {
        let event = StreamEvent::decode("messageStop", br#"{"stopReason":"bored"}"#).unwrap();
        assert_eq!(
            event,
            StreamEvent::MessageStop { stop_reason: StopReason::Other("bored".into()), fields: None }
        );
    }
}
