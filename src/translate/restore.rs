//! What an answer needs of its request to be read back into the client's terms.

/// Made with the request, used on its answer.
#[derive(Debug, Clone, Default)]
pub struct Restore {
    /// The model's streams count cached tokens in `inputTokens`, against the rule.
    pub(super) inclusive_input_tokens: bool,
}
