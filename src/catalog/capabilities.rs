//! What a model can do: one list of traits that the built-in data, the configuration and the translation share.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A row of the table of traits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trait {
    /// Its name in the data and in the configuration.
    pub name: &'static str,
    /// What it may hold.
    pub holds: Holds,
    /// What it means.
    pub about: &'static str,
}

/// What a trait may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Whole,
    /// One of these words.
    Word(&'static [&'static str]),
    /// For each effort, a whole number or a word.
    Levels,
}

/// A type that a trait can have.
trait Held {
    const HOLDS: Holds;
}

impl Held for bool {
    const HOLDS: Holds = Holds::Switch;
}

impl Held for u32 {
    const HOLDS: Holds = Holds::Whole;
}

impl Held for BTreeMap<Effort, Level> {
    const HOLDS: Holds = Holds::Levels;
}

/// Makes the types whose values are words, as the data spells them.
macro_rules! words {
    ($($(#[$meta:meta])+ $name:ident { $($(#[$about:meta])+ $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$meta])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
        pub enum $name {
            $($(#[$about])+ #[serde(rename = $word)] $variant,)+
        }

        impl Held for $name {
            const HOLDS: Holds = Holds::Word(&[$($word),+]);
        }
    )+};
}

/// Makes the struct that the translation reads, and beside it the one that an entry of the data is read into, in
/// which every trait may be missing.
macro_rules! traits {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty,)+) => {
        /// What a model can do, with every trait known.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct Capabilities {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        /// What one entry of the data says; the rest is what it builds on.
        #[derive(Debug, Clone, PartialEq, Default, Deserialize)]
        #[serde(default)]
        pub struct Traits {
            $($(#[doc = $doc])+ pub $name: Option<$type>,)+
        }

        impl Traits {
            /// The names that an entry may use.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// The same with what each may hold and what it means, for the reference and for checks.
            pub const TABLE: &'static [Trait] =
                &[$(Trait { name: stringify!($name), holds: <$type as Held>::HOLDS, about: concat!($($doc),+) }),+];

            /// These traits, and where they say nothing those of `below`.
            #[must_use]
            pub fn over(&self, below: &Self) -> Self {
                Self { $($name: self.$name.clone().or_else(|| below.$name.clone()),)+ }
            }

            /// Every trait; what was never said is the type's own default, the most careful value.
            pub fn complete(self) -> Capabilities {
                Capabilities { $($name: self.$name.unwrap_or_default(),)+ }
            }
        }
    };
}

traits! {
    /// Converse and ConverseStream serve it at all.
    converse: bool,
    /// System prompts.
    system: bool,
    /// Messages of the role `system` in mid-conversation.
    system_in_conversation: bool,
    /// A conversation that an assistant message opens.
    leading_assistant: bool,
    /// A conversation that an assistant message closes.
    prefill: bool,
    /// ConverseStream at all.
    streaming: bool,
    /// Image blocks of the user.
    images: bool,
    /// Document blocks of the user.
    documents: bool,
    /// Audio blocks of the user.
    audio: bool,
    /// Video blocks of the user.
    video: bool,
    /// Media by `s3://`.
    s3: bool,
    /// Citations of documents.
    citations: bool,
    /// Tools.
    tools: bool,
    /// Tools in ConverseStream.
    tools_in_stream: bool,
    /// `toolChoice.any`.
    tool_choice_any: bool,
    /// `toolChoice.tool`.
    tool_choice_tool: bool,
    /// Anthropic's own `tool_choice` among the additional fields: `none`, `disable_parallel_tool_use`.
    tool_choice_native: bool,
    /// `toolSpec.strict`.
    strict_tools: bool,
    /// Tool calls, and tool results, must be alone in their turn.
    tool_results_alone: bool,
    /// Documents and films of the user in the turn of a tool result.
    documents_beside_results: bool,
    /// The `status` of a tool result.
    tool_result_status: bool,
    /// Where media go that a tool returned.
    tool_result_media: ToolResultMedia,
    /// Tool call ids of nine letters and digits only.
    short_tool_ids: bool,
    /// The model does not see `$defs`: references are replaced by what they refer to.
    inline_schema_refs: bool,
    /// The schema keyword `contains` is refused.
    no_contains: bool,
    /// A union (`anyOf`, `oneOf`, `allOf`) at the root of a tool's schema is refused.
    no_root_union: bool,
    /// Look-around and back-references in the patterns of schemas are refused.
    no_lookaround: bool,
    /// How an answer of a given shape is had.
    structured_output: StructuredOutput,
    /// Most cache points in a request; 0: none may be sent.
    cache_points: u32,
    /// Cache points among the tools.
    cache_tools: bool,
    /// Cache points that live for an hour.
    cache_1h: bool,
    /// Tokens below which nothing is cached.
    cache_min_tokens: u32,
    /// Which of temperature and topP may be sent.
    sampling: Sampling,
    /// The model's own temperature and topP are 1: leaving a 1 out means the same.
    sampling_default_one: bool,
    /// How `top_k` is spelled.
    top_k: TopK,
    /// Stop sequences.
    stop_sequences: bool,
    /// Stop sequences of nothing but white space.
    blank_stop_sequences: bool,
    /// In which words the model is asked to reason.
    reasoning: ReasoningShape,
    /// What each effort becomes in those words; an effort that is missing is left out with a warning.
    reasoning_levels: BTreeMap<Effort, Level>,
    /// The model reasons unless it is told not to.
    reasoning_by_default: bool,
    /// Forced tool choice also while it reasons.
    forced_choice_while_reasoning: bool,
    /// Readable reasoning in the history.
    reasoning_history: bool,
    /// Encrypted reasoning in the history.
    redacted_history: bool,
    /// The counter of reasoning tokens can be asked for.
    reasoning_tokens: bool,
    /// Grounding with the web as a tool that Bedrock runs.
    web_search: bool,
    /// `performanceConfig.latency` `optimized`.
    optimized_latency: bool,
    /// `inputTokens` has the cached tokens in it, against the rule.
    inclusive_input_tokens: bool,
    /// The smallest `maxTokens`.
    min_max_tokens: u32,
    /// The largest `maxTokens`; 0: unknown.
    max_output: u32,
    /// `maxTokens` must stay below `max_output` (translation reference §1.6).
    max_output_exclusive: bool,
    /// Tokens of input and output together; 0: unknown.
    context_window: u32,
}

// === impl Capabilities ===

impl Capabilities {
    /// The largest `maxTokens` that may be sent, where it is known.
    pub fn most_output(&self) -> Option<u32> {
        let most = self.max_output.saturating_sub(u32::from(self.max_output_exclusive));
        (most > 0).then_some(most)
    }
}

words! {
    /// Where an image or document goes that a tool returned (translation reference §5.3).
    ToolResultMedia {
        /// Into the result.
        #[default]
        Inside = "inside",
        /// Images and documents of plain text into the result, everything else into its turn, after it.
        ImagesAndTexts = "images_and_texts",
        /// Documents into the result, images nowhere.
        DocumentsOnly = "documents_only",
        /// Into the turn of the result, after it.
        Beside = "beside",
        /// Into a user turn of their own, after the results.
        NextTurn = "next_turn",
    }

    /// How an answer of a given shape is had.
    StructuredOutput {
        /// `outputConfig.textFormat`.
        Native = "native",
        /// A tool that the model is made to call, whose input is the answer.
        Tool = "tool",
        /// An instruction, and a check of what comes.
        #[default]
        Instruction = "instruction",
    }

    /// Which of temperature and topP may be sent.
    Sampling {
        /// Both.
        #[default]
        Free = "free",
        /// One of them.
        OneOf = "one_of",
        /// None.
        None = "none",
    }

    /// How `top_k` is spelled among the additional fields.
    TopK {
        /// Not at all.
        #[default]
        None = "none",
        /// `top_k`.
        TopK = "top_k",
        /// `inferenceConfig.topK`.
        Nested = "nested",
    }

    /// In which words a model is asked to reason, among the additional fields (translation reference §5.2).
    ReasoningShape {
        /// In none: it does not reason, or cannot be steered.
        #[default]
        None = "none",
        /// `thinking: {type: enabled, budget_tokens}`.
        Budget = "budget",
        /// `thinking: {type: adaptive}` and `output_config: {effort}`.
        Adaptive = "adaptive",
        /// `reasoningConfig: {type: enabled, maxReasoningEffort}`.
        ReasoningConfig = "reasoning_config",
        /// `reasoning_effort: word`.
        Effort = "effort",
        /// `reasoning: {effort: word}`.
        EffortObject = "effort_object",
        /// `reasoning_config: word`.
        EffortConfig = "effort_config",
    }
}

/// OpenAI's efforts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// No reasoning.
    None,
    /// As little as possible.
    Minimal,
    /// Little.
    Low,
    /// The usual.
    Medium,
    /// Much.
    High,
    /// More.
    Xhigh,
    /// As much as possible.
    Max,
}

impl Effort {
    /// Their names, from none to all.
    pub const NAMES: [&'static str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
}

/// What an effort becomes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Level {
    /// Tokens to reason with.
    Budget(u32),
    /// A word of the model's: an effort; or `omit` (nothing is sent, which means the same), `disabled`,
    /// `between_tools` (kinds of `thinking`).
    Word(String),
}
