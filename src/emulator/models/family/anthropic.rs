//! The Claude families.

use super::{BASE, Cache, Family, Habit, Knob, Reasoning, Sampling, Shown};

/// What every Claude knows of Anthropic's own members.
const NATIVE: &[&str] =
    &["anthropic_beta", "context_management", "metadata", "tool_choice", "top_k", "top_p"];

/// Cache points that last five minutes.
const fn short(minimum: u64) -> Option<Cache> {
    Some(Cache { minimum, maximum: u64::MAX, long: false, tools: true })
}

/// Cache points that last five minutes or an hour.
const fn long(minimum: u64) -> Option<Cache> {
    Some(Cache { minimum, maximum: u64::MAX, long: true, tools: true })
}

const fn thinking(
    types: &'static [&'static str],
    efforts: &'static [&'static str],
    habit: Habit,
    shown: Shown,
) -> Reasoning {
    Reasoning { knob: Knob::Thinking { types, efforts, beta: "" }, habit, shown }
}

const BUDGET: &[&str] = &["enabled", "disabled"];
const NO_EFFORT: &[&str] = &[];
const UP_TO_HIGH: &[&str] = &["low", "medium", "high"];
const WITH_MAX: &[&str] = &["low", "medium", "high", "max"];
const EVERY_EFFORT: &[&str] = &["low", "medium", "high", "xhigh", "max"];

/// Claude 3 and 3.5, which do not think.
pub(in super::super) static CLAUDE_3: Family = CLAUDE;
/// Claude 3.5 Sonnet v2.
pub(in super::super) static CLAUDE_3_5: Family = CLAUDE_3_5_RULES;
const CLAUDE_3_5_RULES: Family = Family { cache: short(1024), ..CLAUDE };
/// Claude 3.5 Haiku, which sees no images.
pub(in super::super) static CLAUDE_3_5_HAIKU: Family = Family { images: false, cache: short(2048), ..CLAUDE };
/// Claude 3.7, Sonnet 4 and Opus 4.
pub(in super::super) static CLAUDE_4: Family = CLAUDE_4_RULES;
const CLAUDE_4_RULES: Family =
    Family { reasoning: thinking(BUDGET, NO_EFFORT, Habit::Off, Shown::Signed), ..CLAUDE_3_5_RULES };
/// From Opus 4.1 on, temperature and topP exclude each other.
pub(in super::super) static CLAUDE_4_1: Family = Family { sampling: Sampling::OneOf, ..CLAUDE_4_RULES };

/// Haiku 4.5 and Sonnet 4.5.
pub(in super::super) static CLAUDE_4_5: Family = CLAUDE_4_5_RULES;
const CLAUDE_4_5_RULES: Family = Family {
    sampling: Sampling::OneOf,
    strict_tools: true,
    structured: true,
    cache: long(4096),
    window: None,
    ..CLAUDE_4_RULES
};
pub(in super::super) static CLAUDE_OPUS_4_5: Family = Family {
    reasoning: Reasoning {
        knob: Knob::Thinking { types: BUDGET, efforts: UP_TO_HIGH, beta: "effort-" },
        habit: Habit::Off,
        shown: Shown::Signed,
    },
    ..CLAUDE_4_5_RULES
};

pub(in super::super) static CLAUDE_OPUS_4_6: Family = CLAUDE_4_6_RULES;
/// Its documented minimum is 1024, but about 2048 was measured.
pub(in super::super) static CLAUDE_SONNET_4_6: Family = Family { cache: long(2048), ..CLAUDE_4_6_RULES };
const CLAUDE_4_6_RULES: Family = Family {
    prefill: false,
    reasoning: thinking(&["enabled", "adaptive", "disabled"], WITH_MAX, Habit::Off, Shown::Signed),
    ..CLAUDE_4_5_RULES
};

pub(in super::super) static CLAUDE_4_7: Family = CLAUDE_4_7_RULES;
const CLAUDE_4_7_RULES: Family = Family {
    sampling: Sampling::None,
    strict_tools: false,
    structured: false,
    prefill: false,
    cache: long(2048),
    reasoning: thinking(&["adaptive"], EVERY_EFFORT, Habit::Off, Shown::Omitted),
    ..CLAUDE_4_5_RULES
};
pub(in super::super) static CLAUDE_4_8: Family = CLAUDE_4_8_RULES;
const CLAUDE_4_8_RULES: Family = Family { system_role: true, cache: long(1024), ..CLAUDE_4_7_RULES };

/// Opus 5, Sonnet 5 and Haiku 5.5, which think unless told not to.
pub(in super::super) static CLAUDE_5: Family = Family {
    reasoning: thinking(&["adaptive", "disabled"], EVERY_EFFORT, Habit::On, Shown::Omitted),
    ..CLAUDE_4_8_RULES
};
const CLAUDE_5_5_RULES: Family =
    Family { choice_any: false, choice_tool: false, binds_prefix: true, ..CLAUDE_4_8_RULES };
pub(in super::super) static CLAUDE_SONNET_5_5: Family = Family {
    reasoning: thinking(&["adaptive", "between_tools"], EVERY_EFFORT, Habit::On, Shown::Omitted),
    ..CLAUDE_5_5_RULES
};
/// Opus 5.5 and Fable, which cannot but think.
pub(in super::super) static CLAUDE_5_5: Family = ALWAYS;
const ALWAYS: Family = Family {
    reasoning: thinking(&["adaptive"], EVERY_EFFORT, Habit::Always, Shown::Omitted),
    ..CLAUDE_5_5_RULES
};
pub(in super::super) static CLAUDE_MYTHOS: Family = Family { structured: true, ..ALWAYS };

const CLAUDE: Family = Family {
    images: true,
    documents: true,
    citations: true,
    forced_while_thinking: false,
    root_unions: false,
    result_status: true,
    leading_assistant: true,
    text_after_call: false,
    blank_stop: false,
    redacted_history: true,
    native: Some(NATIVE),
    anthropic: true,
    window: Some(200_000),
    ..BASE
};
