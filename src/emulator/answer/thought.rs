//! Reasoning before an answer.

use serde_json::Value;

use super::super::models::{Family, Shown};
use super::super::script::{Block, Script};
use super::super::seal::{self, Prefix};
use super::chunks;

/// What every emulated model thinks.
pub(in super::super) const THOUGHT: &str = "No model is thinking here, so there is nothing to weigh.";

/// Puts reasoning before the answer if the model reasons, in the form in which its family shows it.
pub(super) fn before(mut script: Script, request: &Value, family: &Family) -> Script {
    let fields = &request["additionalModelRequestFields"];
    if !family.reasoning.wanted(fields) {
        return script;
    }
    let prefix = Prefix::of(request, usize::MAX);
    let signed = |text: &str| Block::Reasoning {
        chunks: if text.is_empty() { Vec::new() } else { chunks(text) },
        signature: Some(seal::sign(prefix, text)),
    };
    let display = fields["thinking"]["display"].as_str();
    let block = match (family.reasoning.shown, display) {
        (Shown::Plain, _) => Block::Reasoning { chunks: chunks(THOUGHT), signature: None },
        (Shown::Redacted, _) => Block::Redacted { data_base64: seal::redact(prefix, THOUGHT) },
        (Shown::Signed, None) | (Shown::Signed | Shown::Omitted, Some("summarized")) => signed(THOUGHT),
        (Shown::Signed | Shown::Omitted, _) => signed(""),
    };
    script.blocks.insert(0, block);
    script
}
