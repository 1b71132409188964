//! Rules about what stands around the messages: guardrails, latency, prompts, tools of the server, response fields.

use serde_json::Value;

use super::{Conversation, Refusal, Rule, ensure};

pub(super) const RULES: &[Rule] = &[
    guardrails_are_named,
    latency_is_available,
    prompts_have_variables,
    system_tools_are_known,
    field_paths_are_pointers,
];

fn guardrails_are_named(c: &Conversation<'_>) -> Result<(), Refusal> {
    let config = &c.request["guardrailConfig"];
    if config.is_null() {
        return Ok(());
    }
    let text = |member: &str| config[member].as_str().unwrap_or_default();
    let (id, version) = (text("guardrailIdentifier"), text("guardrailVersion"));
    ensure(!id.is_empty() && !version.is_empty(), || {
        "The guardrailConfig field needs both guardrailIdentifier and guardrailVersion.".to_owned()
    })?;
    let named = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let arn = id.starts_with("arn:") && id.rsplit_once(":guardrail/").is_some_and(|(_, name)| named(name));
    let numbered = (1..=8).contains(&version.len())
        && version.bytes().all(|b| b.is_ascii_digit())
        && !version.starts_with('0');
    ensure((named(id) || arn) && (version == "DRAFT" || numbered), || {
        "The guardrail identifier or version provided in the request is not valid.".to_owned()
    })
}

fn latency_is_available(c: &Conversation<'_>) -> Result<(), Refusal> {
    let optimized = c.request["performanceConfig"]["latency"] == "optimized";
    ensure(!optimized || c.model.optimized || c.family.native.is_none(), || {
        format!("Latency performance configuration is not supported for {}.", c.model.id)
    })
}

/// No prompt of Prompt management can be called here, so nothing has variables.
fn prompts_have_variables(c: &Conversation<'_>) -> Result<(), Refusal> {
    ensure(c.request["promptVariables"].is_null(), || {
        "The promptVariables field can only be used with a prompt resource in modelId.".to_owned()
    })
}

fn system_tools_are_known(c: &Conversation<'_>) -> Result<(), Refusal> {
    let tools = c.request["toolConfig"]["tools"].as_array().into_iter().flatten();
    for name in tools.filter_map(|tool| tool["systemTool"]["name"].as_str()) {
        ensure(c.family.system_tools.contains(&name), || {
            format!("This model doesn't support the system tool {name}. Remove it and try again.")
        })?;
    }
    Ok(())
}

/// RFC 6901: each token behind a slash, with `~` as `~0` and `/` as `~1`.
fn field_paths_are_pointers(c: &Conversation<'_>) -> Result<(), Refusal> {
    let paths = c.request["additionalModelResponseFieldPaths"].as_array().into_iter().flatten();
    let sound = |path: &str| {
        path.starts_with('/') && path.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
    };
    match paths.filter_map(Value::as_str).find(|path| !sound(path)) {
        Some(bad) => Err(Refusal::validation(format!(
            "The value '{bad}' in additionalModelResponseFieldPaths is not a valid JSON Pointer."
        ))),
        None => Ok(()),
    }
}
