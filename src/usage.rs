//! What a call used.

/// Token counts as Bedrock meters them (`TokenUsage` of the Converse API).
///
/// The four kinds do not overlap: `input` leaves out what was read from or written to the prompt cache
/// (translation reference §3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Prompt tokens that were neither read from nor written to the cache.
    pub input: u64,
    /// Generated tokens, reasoning included.
    pub output: u64,
    /// Prompt tokens read from the cache.
    pub cache_read: u64,
    /// Prompt tokens written to the cache.
    pub cache_write: u64,
}

// === impl Tokens ===

impl Tokens {
    /// All tokens; at the type's end it stays there, so that a nonsensical count cannot wrap to a small one.
    pub fn total(self) -> u64 {
        self.prompt().saturating_add(self.output)
    }

    /// Everything that went in: OpenAI's `prompt_tokens`.
    pub fn prompt(self) -> u64 {
        self.input.saturating_add(self.cache_read).saturating_add(self.cache_write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_add_up() {
        let tokens = Tokens { input: 1, output: 20, cache_read: 300, cache_write: 4000 };
        assert_eq!(tokens.prompt(), 4301);
        assert_eq!(tokens.total(), 4321);
    }

    #[test]
    fn a_sum_never_wraps() {
        let tokens = Tokens { input: u64::MAX, output: 2, ..Tokens::default() };
        assert_eq!(tokens.total(), u64::MAX);
    }
}
