//! The families of Amazon, OpenAI (hosted), xAI, Cohere, AI21 and Writer.

use super::{
    AUTO_ONLY, BASE, Cache, Family, Habit, Knob, NO_TOOLS, NOVA_TOOLS, Reasoning, ResultMedia, Sampling,
    Shown,
};

/// Nova Lite, Pro and Premier.
pub(in super::super) static NOVA: Family = NOVA_RULES;
const NOVA_RULES: Family = Family {
    images: true,
    documents: true,
    video: true,
    s3: true,
    result_media: ResultMedia::ImagesAndText,
    result_status: true,
    references: false,
    cache: Some(Cache { minimum: 1024, maximum: 20_000, long: false, tools: false }),
    reasoning_history: false,
    native: Some(&["inferenceConfig"]),
    ..BASE
};
pub(in super::super) static NOVA_MICRO: Family =
    Family { images: false, documents: false, video: false, s3: false, ..NOVA_RULES };
pub(in super::super) static NOVA_2: Family = Family {
    system_tools: NOVA_TOOLS,
    reasoning: Reasoning { knob: Knob::Config, habit: Habit::Off, shown: Shown::Plain },
    ..NOVA_RULES
};

pub(in super::super) static TITAN_TEXT: Family = Family { documents: true, ..TITAN_PREMIER_RULES };
pub(in super::super) static TITAN_PREMIER: Family = TITAN_PREMIER_RULES;
const TITAN_PREMIER_RULES: Family = Family { system: false, ..NO_TOOLS };

/// GPT-5.4 and later.
pub(in super::super) static GPT: Family = GPT_RULES;
/// GPT-5.4 and 5.5, which still stop where they are told to.
pub(in super::super) static GPT_5_5: Family = Family { stop: true, ..GPT_RULES };
/// Models that cannot be kept from reasoning.
pub(in super::super) static GPT_ALWAYS: Family = Family {
    reasoning: Reasoning {
        knob: Knob::Nested(&["low", "medium", "high", "xhigh", "max"]),
        habit: Habit::Always,
        shown: Shown::Redacted,
    },
    ..GPT_RULES
};
const GPT_RULES: Family = Family {
    images: true,
    result_media: ResultMedia::Nothing,
    sampling: Sampling::None,
    stop: false,
    reasoning: Reasoning {
        knob: Knob::Nested(&["none", "low", "medium", "high", "xhigh", "max"]),
        habit: Habit::On,
        shown: Shown::Redacted,
    },
    reasoning_history: false,
    redacted_history: true,
    min_max_tokens: 16,
    ..BASE
};

pub(in super::super) static GROK: Family = GROK_RULES;
pub(in super::super) static GROK_4_7: Family = Family { structured: true, ..GROK_RULES };
const GROK_RULES: Family = Family {
    images: true,
    sampling: Sampling::None,
    lookaround: false,
    stop: false,
    reasoning: Reasoning {
        knob: Knob::Nested(&["low", "medium", "high", "xhigh"]),
        habit: Habit::Always,
        shown: Shown::Plain,
    },
    reasoning_history: false,
    min_max_tokens: 16,
    ..BASE
};

pub(in super::super) static COHERE: Family = NO_CHOICE;
pub(in super::super) static JAMBA: Family = NO_CHOICE;
const NO_CHOICE: Family = Family { documents: true, tools_in_stream: false, choice_auto: false, ..AUTO_ONLY };

/// Palmyra X4 and X5.
pub(in super::super) static PALMYRA: Family = PALMYRA_RULES;
pub(in super::super) static PALMYRA_VISION: Family = Family { images: true, tools: false, ..PALMYRA_RULES };
const PALMYRA_RULES: Family = Family {
    documents: true,
    tools_in_stream: false,
    content_beside_results: false,
    reasoning_history: false,
    ..AUTO_ONLY
};
