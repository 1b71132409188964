//! What comes with an answer: a guardrail that steps in, fields that were asked for, the tier and latency it was served
//! at.

use serde_json::{Value, json};

use super::super::models::Family;
use super::super::script::{Block, Script};
use super::super::tokens;
use super::{MARK, THOUGHT};

/// The guardrail that lets nothing pass; all others let everything pass.
const BLOCKED: &str = "blocked";

/// What is said in place of an answer, when the guardrail steps in. Asynchronous guardrails come too late to keep all
/// of it back.
pub(super) fn intervention(request: &Value) -> Option<String> {
    let config = &request["guardrailConfig"];
    let id = config["guardrailIdentifier"].as_str()?.rsplit('/').next()?;
    let late = config["streamProcessingMode"] == "async";
    let before = if late { MARK } else { "" };
    (id == BLOCKED).then(|| format!("{before}Sorry, the guardrail blocked this."))
}

/// Adds the response fields, the trace, the tier and the latency that the request asks for.
pub(super) fn echoed(mut script: Script, request: &Value, family: &Family) -> Script {
    let stop = script.additional_fields.take();
    let fields = fields(&script, request, family, stop);
    script.additional_fields = fields.as_object().is_some_and(|fields| !fields.is_empty()).then_some(fields);
    let mut metadata = json!({});
    for member in ["serviceTier", "performanceConfig"] {
        if request[member].is_object() {
            metadata[member] = request[member].clone();
        }
    }
    let config = &request["guardrailConfig"];
    if matches!(config["trace"].as_str(), Some("enabled" | "enabled_full")) {
        metadata["trace"] = json!({"guardrail": trace(config, intervention(request).is_some())});
    }
    script.metadata = metadata.as_object().is_some_and(|members| !members.is_empty()).then_some(metadata);
    script
}

/// What the pointers select of an answer of Anthropic's own; other families have nothing there that is known.
fn fields(script: &Script, request: &Value, family: &Family, stop: Option<Value>) -> Value {
    let mut fields = json!({});
    let paths = request["additionalModelResponseFieldPaths"].as_array().into_iter().flatten();
    for path in paths.filter_map(Value::as_str).filter(|_| family.anthropic) {
        match path {
            "/stop_sequence" => fields["stop_sequence"] = stop.clone().unwrap_or_default(),
            "/usage/output_tokens_details" => {
                let thought =
                    |block: &Block| matches!(block, Block::Reasoning { .. } | Block::Redacted { .. });
                let thinks = script.blocks.iter().any(thought);
                let count = if thinks { tokens::of_text(THOUGHT) } else { 0 };
                fields["usage"]["output_tokens_details"]["thinking_tokens"] = count.into();
            }
            _ => {}
        }
    }
    fields
}

fn trace(config: &Value, intervened: bool) -> Value {
    if !intervened {
        return json!({"actionReason": "No action."});
    }
    let topic = json!({"name": "everything", "type": "DENY", "action": "BLOCKED"});
    let assessment = json!({"topicPolicy": {"topics": [topic]}});
    let id = config["guardrailIdentifier"].as_str().unwrap_or_default();
    json!({"actionReason": "Guardrail blocked.", "inputAssessment": {id: assessment}})
}
