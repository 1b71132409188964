//! Which class of service, how fast, and whether the web may be asked (translation reference §2.2).

use super::none_of;
use crate::{
    converse::{PerformanceConfig, Request, ServiceTier, ToolConfig, ToolName, ToolWrapper},
    openai::chat::{ChatRequest, PerformanceOptions, WebSearchOptions},
    translate::{Context, Judge, Refusal},
};

/// The words that are understood; `scale` is OpenAI's own.
const TIERS: [&str; 6] = ["auto", "default", "flex", "priority", "fast", "reserved"];
const LATENCIES: [&str; 2] = ["standard", "optimized"];
const CONTEXT_SIZES: [&str; 3] = ["low", "medium", "high"];

/// The tool of Nova 2 that asks the web.
const GROUNDING: &str = "nova_grounding";

/// `service_tier`.
pub(super) fn tier(word: Option<String>) -> Result<Option<ServiceTier>, Refusal> {
    let kind = match word.as_deref() {
        None | Some("auto") => return Ok(None),
        Some("fast") => "priority",
        Some(kind @ ("default" | "flex" | "priority" | "reserved")) => kind,
        Some("scale") => {
            let message = format!(
                "`service_tier` \"scale\" is not a tier of Bedrock's; allowed: {}.",
                TIERS.join(", ")
            );
            return Err(Refusal::unsupported_value("service_tier", message));
        }
        Some(word) => return Err(none_of("service_tier", word, &TIERS)),
    };
    Ok(Some(ServiceTier { kind: kind.to_owned() }))
}

/// `performanceConfig`; `standard` is what Bedrock does without one.
pub(super) fn latency(
    request: &mut ChatRequest<'_>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Option<PerformanceConfig>, Refusal> {
    let Some(PerformanceOptions { latency, rest }) = request.performance_config.take() else {
        return Ok(None);
    };
    judge.unknown("performanceConfig.", &rest)?;
    match latency.as_str() {
        "standard" => Ok(None),
        "optimized" if cx.can.optimized_latency => Ok(Some(PerformanceConfig { latency })),
        "optimized" => {
            judge.leave_out("performanceConfig", "this model has no optimized latency")?;
            Ok(None)
        }
        word => Err(none_of("performanceConfig.latency", word, &LATENCIES)),
    }
}

/// `web_search_options`: a tool that Bedrock runs, where the model has one.
pub(super) fn web_search(
    request: &mut ChatRequest<'_>,
    body: &mut Request<'_>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let Some(WebSearchOptions { search_context_size, user_location, rest }) =
        request.web_search_options.take()
    else {
        return Ok(());
    };
    if !cx.can.web_search {
        let message = "`web_search_options` is not supported: this model cannot ask the web.";
        return Err(Refusal::unsupported("web_search_options", message));
    }
    judge.unknown("web_search_options.", &rest)?;
    match search_context_size.as_deref() {
        None | Some("medium") => {}
        Some("low" | "high") => {
            judge.leave_out("web_search_options.search_context_size", "not supported by Bedrock")?;
        }
        Some(word) => {
            return Err(none_of("web_search_options.search_context_size", word, &CONTEXT_SIZES));
        }
    }
    if user_location.is_some() {
        judge.leave_out("web_search_options.user_location", "not supported by Bedrock")?;
    }
    let config = body.tool_config.get_or_insert_with(|| ToolConfig { tools: Vec::new(), tool_choice: None });
    config.tools.push(ToolWrapper::SystemTool(ToolName { name: GROUNDING.to_owned() }));
    Ok(())
}
