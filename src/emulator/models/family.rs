//! What each model family refuses: the translation reference §1.6 and §5.1, as data.
//!
//! Where the sources conflict the stricter one is taken, so that what the emulator lets through is safe.

/// What a family of models takes in a Converse request. `true` is permission.
pub(in crate::emulator) struct Family {
    /// System prompts.
    pub(in crate::emulator) system: bool,
    /// `system`-role messages in mid-conversation.
    pub(in crate::emulator) system_role: bool,
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
    /// Other content beside tool results in one user turn.
    pub(in crate::emulator) content_beside_results: bool,
    /// The `status` of a tool result.
    pub(in crate::emulator) result_status: bool,
    /// A tool result without content.
    pub(in crate::emulator) empty_result: bool,
    /// `toolSpec.strict`.
    pub(in crate::emulator) strict_tools: bool,
    /// Look-around and back-references in the patterns of tool schemas.
    pub(in crate::emulator) lookaround: bool,
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
    pub(in crate::emulator) cache: bool,
    /// Readable reasoning blocks in the history.
    pub(in crate::emulator) reasoning_history: bool,
    /// Redacted reasoning blocks in the history.
    pub(in crate::emulator) redacted_history: bool,
    /// Anthropic's own members in `additionalModelRequestFields`.
    pub(in crate::emulator) anthropic: bool,
    /// The smallest `maxTokens`.
    pub(in crate::emulator) min_max_tokens: u64,
}

/// Which sampling parameters a family takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum Sampling {
    Free,
    /// Temperature or topP, not both.
    OneOf,
    None,
}

/// Refuses nothing of its own, since nobody can tell which family it is.
pub(super) static OPEN: Family = Family {
    system_role: true,
    strict_tools: true,
    leading_assistant: true,
    cache: true,
    redacted_history: true,
    anthropic: true,
    ..BASE
};

const BASE: Family = Family {
    system: true,
    system_role: false,
    tools: true,
    tools_in_stream: true,
    choice_auto: true,
    choice_any: true,
    choice_tool: true,
    content_beside_results: true,
    result_status: true,
    empty_result: true,
    strict_tools: false,
    lookaround: true,
    leading_assistant: false,
    prefill: true,
    text_after_call: true,
    sampling: Sampling::Free,
    stop: true,
    blank_stop: true,
    cache: false,
    reasoning_history: true,
    redacted_history: false,
    anthropic: false,
    min_max_tokens: 1,
};

const NO_TOOLS: Family = Family { tools: false, ..BASE };

pub(super) static CLAUDE_3: Family = CLAUDE;
pub(super) static CLAUDE_4: Family = CLAUDE;
const CLAUDE: Family = Family {
    leading_assistant: true,
    text_after_call: false,
    blank_stop: false,
    cache: true,
    redacted_history: true,
    anthropic: true,
    ..BASE
};
/// Opus 4.1 too: from it on temperature and topP exclude each other.
pub(super) static CLAUDE_4_5: Family = CLAUDE_4_5_RULES;
const CLAUDE_4_5_RULES: Family = Family { sampling: Sampling::OneOf, strict_tools: true, ..CLAUDE };
pub(super) static CLAUDE_4_6: Family = Family { prefill: false, ..CLAUDE_4_5_RULES };
pub(super) static CLAUDE_4_7: Family = CLAUDE_4_7_RULES;
const CLAUDE_4_7_RULES: Family =
    Family { sampling: Sampling::None, strict_tools: false, prefill: false, ..CLAUDE_4_5_RULES };
pub(super) static CLAUDE_4_8: Family = CLAUDE_4_8_RULES;
const CLAUDE_4_8_RULES: Family = Family { system_role: true, ..CLAUDE_4_7_RULES };
pub(super) static CLAUDE_5: Family = CLAUDE_4_8_RULES;
pub(super) static CLAUDE_5_5: Family = Family { choice_any: false, choice_tool: false, ..CLAUDE_4_8_RULES };

pub(super) static NOVA: Family = Family { cache: true, reasoning_history: false, ..BASE };
pub(super) static TITAN_TEXT: Family = Family { system: false, ..NO_TOOLS };

pub(super) static LLAMA: Family = Family {
    tools_in_stream: false,
    choice_any: false,
    choice_tool: false,
    content_beside_results: false,
    reasoning_history: false,
    ..BASE
};
pub(super) static LLAMA_3: Family = Family { reasoning_history: false, ..NO_TOOLS };

pub(super) static MISTRAL_7B: Family = Family { system: false, ..NO_TOOLS };
const MISTRAL: Family =
    Family { tools_in_stream: false, content_beside_results: false, reasoning_history: false, ..BASE };
pub(super) static MISTRAL_LARGE: Family = Family { choice_tool: false, ..MISTRAL };
pub(super) static PIXTRAL: Family = Family { choice_any: false, choice_tool: false, ..MISTRAL };
pub(super) static MINISTRAL: Family = Family { reasoning_history: false, strict_tools: true, ..BASE };

pub(super) static DEEPSEEK_R1: Family = NO_TOOLS;
pub(super) static DEEPSEEK_V3: Family = Family { choice_tool: false, ..BASE };
pub(super) static QWEN: Family =
    Family { leading_assistant: true, strict_tools: true, reasoning_history: false, ..BASE };
pub(super) static GPT_OSS: Family = Family { choice_any: false, choice_tool: false, ..BASE };
pub(super) static GPT: Family = Family {
    sampling: Sampling::None,
    stop: false,
    reasoning_history: false,
    redacted_history: true,
    min_max_tokens: 16,
    ..BASE
};
pub(super) static GROK: Family = Family {
    sampling: Sampling::None,
    lookaround: false,
    stop: false,
    reasoning_history: false,
    min_max_tokens: 16,
    ..BASE
};
pub(super) static COHERE: Family = NO_CHOICE;
pub(super) static JAMBA: Family = NO_CHOICE;
const NO_CHOICE: Family = Family { choice_auto: false, choice_any: false, choice_tool: false, ..BASE };
pub(super) static PALMYRA: Family = Family {
    tools_in_stream: false,
    content_beside_results: false,
    result_status: false,
    reasoning_history: false,
    ..BASE
};
pub(super) static KIMI: Family = KIMI_RULES;
const KIMI_RULES: Family = Family { leading_assistant: true, strict_tools: true, choice_tool: false, ..BASE };
pub(super) static KIMI_K3: Family = Family { lookaround: false, min_max_tokens: 16, ..KIMI_RULES };
pub(super) static MINIMAX: Family = Family { strict_tools: true, ..BASE };
pub(super) static GLM: Family =
    Family { leading_assistant: true, strict_tools: true, choice_tool: false, ..BASE };
pub(super) static NEMOTRON: Family =
    Family { empty_result: false, reasoning_history: false, strict_tools: true, ..BASE };
pub(super) static GEMMA: Family = Family { reasoning_history: false, strict_tools: true, ..BASE };
