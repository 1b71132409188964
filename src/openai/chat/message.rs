//! Messages and their parts.

use super::{
    CacheBreakpoint, CacheControl, Rest,
    media::{Citations, FileObject, InputAudio, MediaSource, MediaUrl},
    string_or,
};
use crate::{
    json::{self, AS_IT_STANDS},
    text::{Text, Word, is_looked_into},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, IntoDeserializer, SeqAccess, Visitor, value::SeqAccessDeserializer},
};
use serde_json::{Value, value::RawValue};
use std::fmt;

/// One message. Which members make sense depends on the role; the translation checks that.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct Message<'a> {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    #[serde(borrow)]
    pub content: Option<Content<'a>>,
    /// A participant's name; Converse has no place for it.
    #[serde(borrow)]
    pub name: Option<Word<'a>>,
    /// The assistant's calls.
    #[serde(borrow)]
    pub tool_calls: Option<Vec<AssistantToolCall<'a>>>,
    /// Which call a tool message answers.
    #[serde(borrow)]
    pub tool_call_id: Option<Word<'a>>,
    /// The call that a tool message answers has failed (Anthropic's word, an extension).
    pub is_error: Option<bool>,
    /// What the assistant said in place of an answer.
    #[serde(borrow)]
    pub refusal: Option<Text<'a>>,
    /// Reasoning of an earlier turn, without proof of origin.
    #[serde(borrow)]
    pub reasoning_content: Option<Text<'a>>,
    /// The same in OpenRouter's and vLLM's spelling.
    #[serde(borrow)]
    pub reasoning: Option<Text<'a>>,
    /// The proof of origin of `reasoning_content` (agentgateway's dialect).
    #[serde(borrow)]
    pub reasoning_signature: Option<Text<'a>>,
    /// Reasoning of an earlier turn in OpenRouter's dialect.
    #[serde(borrow)]
    pub reasoning_details: Option<Vec<ReasoningDetail<'a>>>,
    /// Signed or encrypted reasoning of an earlier turn.
    #[serde(borrow)]
    pub thinking_blocks: Option<Vec<ReplayedThinking<'a>>>,
    /// LiteLLM's place for what OpenAI has no member for; may hold `thinking_blocks`.
    pub provider_specific_fields: Option<Value>,
    /// The deprecated form of one tool call.
    #[serde(borrow)]
    pub function_call: Option<Box<FunctionText<'a>>>,
    /// A reference to spoken output of an earlier turn.
    pub audio: Option<IgnoredAny>,
    /// Anthropic's mark that the prompt up to here shall be cached (an extension).
    pub cache_control: Option<Box<CacheControl>>,
    /// Citations of an earlier turn, which clients send back with the rest of the message.
    pub annotations: Option<IgnoredAny>,
    /// The same for sources that are not on the web (an extension).
    pub citations: Option<IgnoredAny>,
    /// Pictures of an earlier turn, which clients send back likewise (an extension).
    pub images: Option<IgnoredAny>,
    /// The tools that Bedrock ran in an earlier turn, which clients send back likewise (an extension).
    pub server_tools: Option<IgnoredAny>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", remote = "Self")]
pub enum Role {
    /// Instructions.
    System,
    /// Instructions, OpenAI's newer word.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
    /// The result of a function call (deprecated).
    Function,
}

/// A string, or parts.
pub enum Content<'a> {
    /// Plain text.
    Text(Text<'a>),
    /// Parts of several kinds.
    Parts(Vec<Part<'a>>),
}

/// One part of a message.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct Part<'a> {
    /// `text`, `refusal`, `image_url`, `input_audio`, `file`, …
    #[serde(borrow, rename = "type")]
    pub kind: Word<'a>,
    /// The text of a `text` part.
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
    /// The text of a `refusal` part.
    #[serde(borrow)]
    pub refusal: Option<Text<'a>>,
    /// The picture of an `image_url` part.
    #[serde(borrow)]
    pub image_url: Option<Box<MediaUrl<'a>>>,
    /// The film of a `video_url` part (an extension).
    #[serde(borrow)]
    pub video_url: Option<Box<MediaUrl<'a>>>,
    /// The sound of an `input_audio` part.
    #[serde(borrow)]
    pub input_audio: Option<Box<InputAudio<'a>>>,
    /// The file of a `file` part.
    #[serde(borrow)]
    pub file: Option<Box<FileObject<'a>>>,
    /// The medium of an `image` or `document` part (Anthropic's words, an extension).
    #[serde(borrow)]
    pub source: Option<Box<MediaSource<'a>>>,
    /// The name of the document of a `document` part (an extension).
    pub title: Option<String>,
    /// Whether the answer shall cite the document of this part (an extension).
    pub citations: Option<Box<Citations>>,
    /// Anthropic's mark that the prompt up to here shall be cached (an extension).
    pub cache_control: Option<Box<CacheControl>>,
    /// OpenAI's mark of the same.
    pub prompt_cache_breakpoint: Option<Box<CacheBreakpoint>>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A call that the assistant made in an earlier turn.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct AssistantToolCall<'a> {
    /// Ties the call to its result.
    #[serde(borrow)]
    pub id: Word<'a>,
    /// `function` or `custom`; some clients leave it out.
    #[serde(borrow, rename = "type")]
    pub kind: Option<Word<'a>>,
    /// The function's name and arguments.
    #[serde(borrow)]
    pub function: Option<FunctionText<'a>>,
    /// The custom tool's name and input.
    #[serde(borrow)]
    pub custom: Option<Box<CustomText<'a>>>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A function's name, and its arguments as JSON text.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct FunctionText<'a> {
    /// The name that the client declared.
    #[serde(borrow)]
    pub name: Word<'a>,
    /// A JSON object as text; empty, null or absent for a call without arguments.
    #[serde(borrow)]
    pub arguments: Option<Text<'a>>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A custom tool's name and its input.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct CustomText<'a> {
    /// The name that the client declared.
    #[serde(borrow)]
    pub name: Word<'a>,
    /// Any text.
    #[serde(borrow)]
    pub input: Text<'a>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A [`ThinkingBlock`](crate::openai::completion::ThinkingBlock) that comes back.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct ReplayedThinking<'a> {
    /// `thinking` or `redacted_thinking`.
    #[serde(borrow, rename = "type")]
    pub kind: Word<'a>,
    /// The reasoning of a `thinking` block; may be empty where the model shows none.
    #[serde(borrow)]
    pub thinking: Option<Text<'a>>,
    /// The proof of a `thinking` block that the text is the model's own.
    #[serde(borrow)]
    pub signature: Option<Text<'a>>,
    /// The content of a `redacted_thinking` block, base64.
    #[serde(borrow)]
    pub data: Option<Text<'a>>,
    /// Position among the blocks of one answer, from the stream; the list has the order.
    pub index: Option<u32>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// An entry of OpenRouter's `reasoning_details`.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct ReasoningDetail<'a> {
    /// `reasoning.text`, `reasoning.summary` or `reasoning.encrypted`.
    #[serde(borrow, rename = "type")]
    pub kind: Word<'a>,
    /// The reasoning of a `reasoning.text`.
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
    /// The proof that the text is the model's own.
    #[serde(borrow)]
    pub signature: Option<Text<'a>>,
    /// The content of a `reasoning.summary`.
    #[serde(borrow)]
    pub summary: Option<Text<'a>>,
    /// The content of a `reasoning.encrypted`, base64.
    #[serde(borrow)]
    pub data: Option<Text<'a>>,
    /// A name that OpenRouter gave it.
    pub id: Option<Value>,
    /// Whose format it has.
    pub format: Option<Value>,
    /// Position among the details of one answer; the list has the order.
    pub index: Option<Value>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

private_debug!(
    Message<'a>,
    Content<'a>,
    Part<'a>,
    AssistantToolCall<'a>,
    FunctionText<'a>,
    CustomText<'a>,
    ReplayedThinking<'a>,
    ReasoningDetail<'a>
);

// === impl Role ===

impl<'de> Deserialize<'de> for Role {
    /// By way of a string: `serde_json` calls a number in the place of an enum bad syntax, not a wrong type.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Word::deserialize(deserializer)?;
        Self::deserialize(IntoDeserializer::<D::Error>::into_deserializer(word.as_str()))
    }
}

// === impl Content ===

/// What is found wrong with content that is neither.
const EXPECTED: &str = "a string or a list of parts";

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if is_looked_into() {
            return Self::looked_into(deserializer);
        }
        deserializer.deserialize_newtype_struct(AS_IT_STANDS, ContentVisitor)
    }
}

impl<'a> Content<'a> {
    fn looked_into<'de: 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        string_or::deserialize(deserializer, EXPECTED, |text| Self::Text(text.to_owned().into()), Self::Parts)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(EXPECTED)
    }

    fn visit_borrowed_str<E: Error>(self, token: &'de str) -> Result<Content<'de>, E> {
        Text::from_json(json::raw(token)?).map(Content::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Content<'de>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(parts)).map(Content::Parts)
    }

    /// A string is kept as it stands, which `serde_json` can be asked for only without knowing that it is one: so a
    /// list is read a second time, apart.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content<'de>, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        match json.get().starts_with('"') {
            true => Text::from_json(json).map(Content::Text),
            false => Content::looked_into(json).map_err(D::Error::custom),
        }
    }
}
