//! The guardrail: the operator's, or the client's where it may choose (translation reference §1.2, §2.2).

use super::none_of;
use crate::{
    converse::{GuardrailConfig, Request},
    openai::chat::{ChatRequest, GuardrailOptions},
    translate::{Context, Judge, Refusal},
};

const PARAM: &str = "guardrailConfig";
const TRACES: [&str; 3] = ["enabled", "disabled", "enabled_full"];
const STREAM_MODES: [&str; 2] = ["sync", "async"];
const MAX_IDENTIFIER: usize = 2048;

/// `policy.guardrail`: what judges requests and answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuardrailPolicy {
    /// The one for every request.
    pub guardrail: Option<Guardrail>,
    /// Whether a client may choose another one.
    pub client_override: bool,
}

/// A guardrail, and how it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardrail {
    /// Its id or ARN.
    pub id: String,
    /// `DRAFT`, or a number.
    pub version: String,
    /// `enabled` or `enabled_full`: what it found comes with the answer. Nothing does when absent.
    pub trace: Option<String>,
    /// `async`: a stream does not wait for it. It does when absent.
    pub stream_mode: Option<String>,
}

// === impl Guardrail ===

impl Guardrail {
    /// Bedrock's rule for identifiers: an id of small letters and digits, or the ARN of one.
    pub fn is_id(id: &str) -> bool {
        let name = match id.strip_prefix("arn:").and_then(|arn| arn.rsplit_once(":guardrail/")) {
            Some((_, name)) => name,
            None => id,
        };
        let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        (1..=MAX_IDENTIFIER).contains(&id.len()) && !name.is_empty() && plain
    }

    /// Bedrock's rule for versions.
    pub fn is_version(version: &str) -> bool {
        let number = |version: &str| {
            (1..=8).contains(&version.len())
                && version.bytes().all(|byte| byte.is_ascii_digit())
                && !version.starts_with('0')
        };
        version == "DRAFT" || number(version)
    }
}

/// The guardrail of this request.
pub(super) fn guardrail(
    request: &mut ChatRequest<'_>,
    body: &Request<'_>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Option<GuardrailConfig>, Refusal> {
    let policy = &cx.policy.guardrail;
    let chosen = match request.guardrail_config.take() {
        None => policy.guardrail.clone(),
        // Left out, the answer would lack the protection that the client believes in.
        Some(_) if !policy.client_override => {
            let message = format!(
                "`{PARAM}` is not allowed: `policy.guardrail.client_override` is off in the gateway's configuration."
            );
            return Err(Refusal::unsupported(PARAM, message));
        }
        Some(options) => Some(read(options, judge)?),
    };
    // The mode is a member of ConverseStream's only, and not every stream is one.
    let streams = request.stream == Some(true)
        && cx.can.streaming
        && (body.tool_config.is_none() || cx.can.tools_in_stream);
    Ok(chosen.map(|Guardrail { id, version, trace, stream_mode }| GuardrailConfig {
        guardrail_identifier: id,
        guardrail_version: version,
        trace,
        stream_processing_mode: stream_mode.filter(|_| streams),
    }))
}

fn read(options: GuardrailOptions, judge: &mut Judge) -> Result<Guardrail, Refusal> {
    let GuardrailOptions { identifier, version, trace, stream_mode, rest } = options;
    judge.unknown("guardrailConfig.", &rest)?;
    let missing = |name: &str| {
        let param = format!("{PARAM}.{name}");
        Refusal::missing(&param, format!("`{param}` is required: a guardrail is named by id and version."))
    };
    let id = identifier.ok_or_else(|| missing("guardrailIdentifier"))?;
    let version = version.ok_or_else(|| missing("guardrailVersion"))?;
    if !Guardrail::is_id(&id) {
        let param = format!("{PARAM}.guardrailIdentifier");
        let message = format!("`{param}` must be the id of a guardrail (a-z, 0-9) or its ARN.");
        return Err(Refusal::invalid(param, message));
    }
    if !Guardrail::is_version(&version) {
        let param = format!("{PARAM}.guardrailVersion");
        let message = format!("`{param}` must be \"DRAFT\" or a number of at most 8 digits.");
        return Err(Refusal::invalid(param, message));
    }
    for (name, word, allowed) in
        [("trace", &trace, &TRACES[..]), ("streamProcessingMode", &stream_mode, &STREAM_MODES[..])]
    {
        if let Some(word) = word.as_deref().filter(|word| !allowed.contains(word)) {
            return Err(none_of(&format!("{PARAM}.{name}"), word, allowed));
        }
    }
    Ok(Guardrail { id, version, trace, stream_mode })
}
