//! What each model family refuses: the translation reference §1.6 and §5, as data.
//!
//! Where the sources conflict, or nobody has verified that a family takes something, the stricter reading is taken,
//! so that what the emulator lets through is safe.

mod anthropic;
mod open_weights;
mod proprietary;
mod reasoning;

pub(super) use anthropic::*;
pub(super) use open_weights::*;
pub(super) use proprietary::*;
pub(in crate::emulator) use reasoning::{Habit, Knob, Reasoning, Shown};

/// What a family of models takes in a Converse request. `true` is permission.
pub(in crate::emulator) struct Family {
    /// System prompts.
    pub(in crate::emulator) system: bool,
    /// `system`-role messages in mid-conversation.
    pub(in crate::emulator) system_role: bool,
    /// Image blocks.
    pub(in crate::emulator) images: bool,
    /// Document blocks.
    pub(in crate::emulator) documents: bool,
    /// Video blocks.
    pub(in crate::emulator) video: bool,
    /// Audio blocks.
    pub(in crate::emulator) audio: bool,
    /// Media that lie in S3.
    pub(in crate::emulator) s3: bool,
    /// Which media a tool's result can hold.
    pub(in crate::emulator) result_media: ResultMedia,
    /// Documents with citations, and search results.
    pub(in crate::emulator) citations: bool,
    /// Tools at all.
    pub(in crate::emulator) tools: bool,
    /// Tools in ConverseStream.
    pub(in crate::emulator) tools_in_stream: bool,
    /// `toolChoice.auto`.
    pub(in crate::emulator) choice_auto: bool,
    /// `toolChoice.any`.
    pub(in crate::emulator) choice_any: bool,
    /// `toolChoice.tool`.
    pub(in crate::emulator) choice_tool: bool,
    /// Both of these while it reasons.
    pub(in crate::emulator) forced_while_thinking: bool,
    /// The tools that run on the server.
    pub(in crate::emulator) system_tools: &'static [&'static str],
    /// Ids of tool calls are nine letters or digits.
    pub(in crate::emulator) nine_character_ids: bool,
    /// Other content beside tool results in one user turn.
    pub(in crate::emulator) content_beside_results: bool,
    /// The `status` of a tool result (API reference, ToolResultBlock: Nova and Claude alone).
    pub(in crate::emulator) result_status: bool,
    /// A tool result without content.
    pub(in crate::emulator) empty_result: bool,
    /// `toolSpec.strict`.
    pub(in crate::emulator) strict_tools: bool,
    /// `outputConfig.textFormat`.
    pub(in crate::emulator) structured: bool,
    /// Look-around and back-references in the patterns of schemas.
    pub(in crate::emulator) lookaround: bool,
    /// The keyword `contains` in schemas.
    pub(in crate::emulator) contains: bool,
    /// `anyOf`, `oneOf` or `allOf` at the root of a tool's schema.
    pub(in crate::emulator) root_unions: bool,
    /// `$ref` in schemas; without it the model does not see what is referred to.
    pub(in crate::emulator) references: bool,
    /// A conversation that an assistant message opens.
    pub(in crate::emulator) leading_assistant: bool,
    /// A conversation that an assistant message closes.
    pub(in crate::emulator) prefill: bool,
    /// Text after a tool call in one assistant message.
    pub(in crate::emulator) text_after_call: bool,
    /// Temperature, topP and topK.
    pub(in crate::emulator) sampling: Sampling,
    /// Stop sequences.
    pub(in crate::emulator) stop: bool,
    /// Stop sequences of nothing but white space.
    pub(in crate::emulator) blank_stop: bool,
    /// Cache points.
    pub(in crate::emulator) cache: Option<Cache>,
    /// How it reasons and what steers that.
    pub(in crate::emulator) reasoning: Reasoning,
    /// Readable reasoning blocks in the history.
    pub(in crate::emulator) reasoning_history: bool,
    /// Redacted reasoning blocks in the history.
    pub(in crate::emulator) redacted_history: bool,
    /// Reasoning blocks are refused when what was before them has changed.
    pub(in crate::emulator) binds_prefix: bool,
    /// Members of `additionalModelRequestFields` beside those that steer the reasoning; `None` is any.
    pub(in crate::emulator) native: Option<&'static [&'static str]>,
    /// Anthropic's own checks.
    pub(in crate::emulator) anthropic: bool,
    /// The smallest `maxTokens`.
    pub(in crate::emulator) min_max_tokens: u64,
    /// The tokens that the input and `maxTokens` may sum up to, where more is refused beforehand.
    pub(in crate::emulator) window: Option<u64>,
}

/// Which sampling parameters a family takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum Sampling {
    Free,
    /// Temperature or topP, not both.
    OneOf,
    None,
}

/// Which media a tool's result can hold (translation reference §5.3), as far as the family takes them at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum ResultMedia {
    Nothing,
    Documents,
    /// Images, and documents that are text.
    ImagesAndText,
    Everything,
}

/// How a family caches prompts at cache points (user guide, prompt caching).
#[derive(Clone, Copy)]
pub(in crate::emulator) struct Cache {
    /// The tokens that a prefix needs to be cached.
    pub(in crate::emulator) minimum: u64,
    /// The tokens that are cached at most.
    pub(in crate::emulator) maximum: u64,
    /// Points that last an hour.
    pub(in crate::emulator) long: bool,
    /// Points between tools.
    pub(in crate::emulator) tools: bool,
}

/// Refuses nothing of its own, since nobody can tell which family it is.
pub(super) static OPEN: Family = Family {
    system_role: true,
    images: true,
    documents: true,
    video: true,
    audio: true,
    s3: true,
    citations: true,
    system_tools: NOVA_TOOLS,
    strict_tools: true,
    structured: true,
    result_status: true,
    leading_assistant: true,
    cache: Some(Cache { minimum: 1024, maximum: u64::MAX, long: true, tools: true }),
    reasoning: Reasoning { knob: Knob::Any, habit: Habit::Off, shown: Shown::Signed },
    redacted_history: true,
    native: None,
    ..BASE
};

/// The tools of Nova 2 (user guide, Nova grounding and code interpreter).
const NOVA_TOOLS: &[&str] = &["nova_grounding", "nova_code_interpreter"];

/// A model of text and tools that refuses little of that.
const BASE: Family = Family {
    system: true,
    system_role: false,
    images: false,
    documents: false,
    video: false,
    audio: false,
    s3: false,
    result_media: ResultMedia::Everything,
    citations: false,
    tools: true,
    tools_in_stream: true,
    choice_auto: true,
    choice_any: true,
    choice_tool: true,
    forced_while_thinking: true,
    system_tools: &[],
    nine_character_ids: false,
    content_beside_results: true,
    result_status: false,
    empty_result: true,
    strict_tools: false,
    structured: false,
    lookaround: true,
    contains: true,
    root_unions: true,
    references: true,
    leading_assistant: false,
    prefill: true,
    text_after_call: true,
    sampling: Sampling::Free,
    stop: true,
    blank_stop: true,
    cache: None,
    reasoning: Reasoning::NONE,
    reasoning_history: true,
    redacted_history: false,
    binds_prefix: false,
    native: Some(&[]),
    anthropic: false,
    min_max_tokens: 1,
    window: None,
};

/// The same without `toolChoice.any` and `.tool`.
const AUTO_ONLY: Family = Family { choice_any: false, choice_tool: false, ..BASE };

const NO_TOOLS: Family = Family { tools: false, ..BASE };
