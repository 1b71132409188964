//! What an answer needs of its request to be read back into the client's terms.

use super::format::{AnswerTool, Expected};

/// Made with the request, used on its answer.
#[derive(Debug, Clone, Default)]
pub struct Restore {
    /// The client chose a service tier, and shall hear which one it got.
    pub tier: bool,
    /// What the answer must be.
    pub(super) format: Option<Expected>,
    /// The tool that carries the answer if Bedrock refuses the schema, and what the answer must be then.
    pub(super) fallback: Option<Box<(AnswerTool, Expected)>>,
}

// === impl Restore ===

impl Restore {
    /// Whether a call of this tool is the answer itself.
    pub(super) fn is_answer(&self, tool: &str) -> bool {
        self.format.as_ref().is_some_and(|expected| expected.tool.as_deref() == Some(tool))
    }
}
