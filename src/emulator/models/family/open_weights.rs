//! The families of Meta, Mistral AI, DeepSeek, Qwen, OpenAI (open weights), Moonshot, MiniMax, Z.AI, NVIDIA and Google.

use super::{AUTO_ONLY, BASE, Family, Habit, NO_TOOLS, Reasoning, ResultMedia};

/// Llama 3.1 and 3.3.
pub(in super::super) static LLAMA: Family = LLAMA_RULES;
/// Llama 3.2 11B and 90B, and Llama 4.
pub(in super::super) static LLAMA_VISION: Family = Family { images: true, ..LLAMA_RULES };
const LLAMA_RULES: Family = Family {
    documents: true,
    tools_in_stream: false,
    content_beside_results: false,
    reasoning_history: false,
    ..AUTO_ONLY
};
/// Llama 3, and Llama 3.2 1B and 3B.
pub(in super::super) static LLAMA_3: Family =
    Family { documents: true, reasoning_history: false, ..NO_TOOLS };

/// Mistral 7B and Mixtral.
pub(in super::super) static MISTRAL_7B: Family = Family { system: false, documents: true, ..NO_TOOLS };
const MISTRAL: Family = Family {
    documents: true,
    result_media: ResultMedia::Documents,
    tools_in_stream: false,
    nine_character_ids: true,
    content_beside_results: false,
    reasoning_history: false,
    ..AUTO_ONLY
};
/// Mistral Large 24.02 and 24.07, and Mistral Small.
pub(in super::super) static MISTRAL_LARGE: Family = Family { choice_any: true, ..MISTRAL };
pub(in super::super) static PIXTRAL: Family = Family { images: true, ..MISTRAL };

const MINISTRAL_RULES: Family = Family {
    images: true,
    result_media: ResultMedia::Documents,
    reasoning_history: false,
    strict_tools: true,
    structured: true,
    ..AUTO_ONLY
};
/// Ministral 3 and Mistral Large 3.
pub(in super::super) static MINISTRAL: Family = MINISTRAL_RULES;
pub(in super::super) static MAGISTRAL: Family =
    Family { reasoning: Reasoning::BY_NATURE, reasoning_history: true, ..MINISTRAL_RULES };
pub(in super::super) static DEVSTRAL: Family = Family { images: false, structured: false, ..MINISTRAL_RULES };
pub(in super::super) static VOXTRAL: Family =
    Family { images: false, audio: true, tools: false, ..MINISTRAL_RULES };

pub(in super::super) static DEEPSEEK_R1: Family =
    Family { documents: true, reasoning: Reasoning::BY_NATURE, ..NO_TOOLS };
pub(in super::super) static DEEPSEEK_V3: Family = Family {
    choice_tool: false,
    forced_while_thinking: false,
    structured: true,
    reasoning: Reasoning::word("reasoning_effort", &["none", "low", "medium", "high"], Habit::Off),
    ..BASE
};

const QWEN_RULES: Family = Family {
    leading_assistant: true,
    result_media: ResultMedia::Nothing,
    strict_tools: true,
    structured: true,
    contains: false,
    reasoning: Reasoning::word("reasoning_config", &["none", "low", "medium", "high"], Habit::Off),
    ..AUTO_ONLY
};
/// Qwen3 32B and Next.
pub(in super::super) static QWEN: Family = QWEN_RULES;
pub(in super::super) static QWEN_VL: Family = Family { images: true, ..QWEN_RULES };
pub(in super::super) static QWEN_235B: Family = Family { reasoning_history: false, ..QWEN_RULES };
const QWEN_CODER_RULES: Family =
    Family { reasoning: Reasoning::NONE, reasoning_history: false, ..QWEN_RULES };
pub(in super::super) static QWEN_CODER: Family = QWEN_CODER_RULES;
pub(in super::super) static QWEN_CODER_NEXT: Family = Family { structured: false, ..QWEN_CODER_RULES };

pub(in super::super) static GPT_OSS: Family = Family {
    references: false,
    reasoning: Reasoning::word("reasoning_effort", &["low", "medium", "high"], Habit::Always),
    ..AUTO_ONLY
};

const KIMI_RULES: Family = Family {
    leading_assistant: true,
    result_media: ResultMedia::Nothing,
    strict_tools: true,
    choice_tool: false,
    ..BASE
};
pub(in super::super) static KIMI_K2: Family =
    Family { structured: true, reasoning: Reasoning::BY_NATURE, ..KIMI_RULES };
pub(in super::super) static KIMI_K2_5: Family = Family { images: true, ..KIMI_RULES };
pub(in super::super) static KIMI_K3: Family = Family {
    images: true,
    lookaround: false,
    reasoning: Reasoning::BY_NATURE,
    min_max_tokens: 16,
    ..KIMI_RULES
};

/// MiniMax M2, of which the choice of tools is unknown.
pub(in super::super) static MINIMAX: Family =
    Family { structured: true, choice_any: false, choice_tool: false, ..MINIMAX_RULES };
pub(in super::super) static MINIMAX_2_1: Family = MINIMAX_RULES;
const MINIMAX_RULES: Family = Family { strict_tools: true, reasoning: Reasoning::BY_NATURE, ..BASE };

const GLM_RULES: Family = Family {
    leading_assistant: true,
    strict_tools: true,
    structured: true,
    choice_tool: false,
    reasoning: Reasoning::word("reasoning_effort", &["none", "low", "medium", "high"], Habit::Off),
    ..BASE
};
/// GLM 4.7 and 5. Native structured output is in doubt for 4.7.
pub(in super::super) static GLM: Family = Family { structured: false, ..GLM_RULES };
pub(in super::super) static GLM_5: Family = GLM_RULES;
pub(in super::super) static GLM_5_3: Family = Family {
    choice_tool: true,
    reasoning: Reasoning::word("reasoning_effort", &["low", "medium", "high", "xhigh", "max"], Habit::Always),
    ..GLM_RULES
};

const NEMOTRON_RULES: Family = Family { empty_result: false, strict_tools: true, ..AUTO_ONLY };
pub(in super::super) static NEMOTRON_9B: Family = Family { reasoning_history: false, ..NEMOTRON_RULES };
pub(in super::super) static NEMOTRON_12B: Family = Family { images: true, ..NEMOTRON_RULES };
pub(in super::super) static NEMOTRON_30B: Family =
    Family { choice_any: true, choice_tool: true, structured: true, ..NEMOTRON_RULES };
pub(in super::super) static NEMOTRON_SUPER: Family =
    Family { choice_any: true, choice_tool: true, reasoning_history: false, ..NEMOTRON_RULES };

/// Gemma 3 4B, 12B and 27B; only the larger two are constrained to a schema.
pub(in super::super) static GEMMA: Family = Family { structured: true, ..GEMMA_4B_RULES };
pub(in super::super) static GEMMA_4B: Family = GEMMA_4B_RULES;
const GEMMA_4B_RULES: Family =
    Family { images: true, reasoning_history: false, strict_tools: true, ..AUTO_ONLY };
