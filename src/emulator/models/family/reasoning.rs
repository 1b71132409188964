//! How families reason: translation reference §5.2 (requests) and §3.4 (answers).

use serde_json::Value;

/// How a family reasons.
#[derive(Clone, Copy)]
pub(in crate::emulator) struct Reasoning {
    pub(in crate::emulator) knob: Knob,
    pub(in crate::emulator) habit: Habit,
    pub(in crate::emulator) shown: Shown,
}

/// What in `additionalModelRequestFields` steers the reasoning. Every other family's shape is refused.
#[derive(Clone, Copy)]
pub(in crate::emulator) enum Knob {
    /// Nothing.
    None,
    /// Whatever is there.
    Any,
    /// `thinking: {type}` of one of these types, and `output_config: {effort}` of one of these words.
    Thinking {
        types: &'static [&'static str],
        efforts: &'static [&'static str],
        /// What `anthropic_beta` must have an entry of for `output_config` to be known; empty for none.
        beta: &'static str,
    },
    /// `reasoningConfig: {type, maxReasoningEffort}`.
    Config,
    /// A member of this name that is one of these words.
    Word(&'static str, &'static [&'static str]),
    /// `reasoning: {effort}` of one of these words.
    Nested(&'static [&'static str]),
}

/// When a family reasons.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum Habit {
    /// When it is told to.
    Off,
    /// Unless it is told not to.
    On,
    Always,
}

/// What an answer shows of the reasoning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum Shown {
    /// The text without a signature.
    Plain,
    /// The text with a signature.
    Signed,
    /// The signature, and the text only when `thinking.display` is `summarized`.
    Omitted,
    /// An opaque blob.
    Redacted,
}

// === impl Reasoning ===

impl Reasoning {
    /// Whether the model reasons when `additionalModelRequestFields` is this.
    pub(in crate::emulator) fn wanted(&self, fields: &Value) -> bool {
        let told = match self.knob {
            Knob::None => None,
            Knob::Any | Knob::Thinking { .. } => fields["thinking"]["type"].as_str(),
            Knob::Config => fields["reasoningConfig"]["type"].as_str(),
            // The families of which this can be off reason at the highest word alone.
            Knob::Word(member, _) => {
                fields[member].as_str().map(|word| if word == "high" { word } else { "none" })
            }
            Knob::Nested(_) => fields["reasoning"]["effort"].as_str(),
        };
        match (self.habit, told) {
            (Habit::Always, _) => true,
            (Habit::On, None) => true,
            (Habit::Off, None) => false,
            (Habit::On | Habit::Off, Some(word)) => !["disabled", "none"].contains(&word),
        }
    }

    pub(super) const NONE: Self = Self { knob: Knob::None, habit: Habit::Off, shown: Shown::Plain };

    /// Reasons always, in the open, and nothing steers it.
    pub(super) const BY_NATURE: Self = Self { knob: Knob::None, habit: Habit::Always, shown: Shown::Plain };

    /// Reasons in the open, steered by one word.
    pub(super) const fn word(member: &'static str, words: &'static [&'static str], habit: Habit) -> Self {
        Self { knob: Knob::Word(member, words), habit, shown: Shown::Plain }
    }
}
