//! Tools and the choice among them: `toolConfig` (translation reference §2.2).

use super::{
    Context, Judge, Refusal, Restore, cache::Mark, format::Format, is_blank, reasoning::Reasoning, shown,
};
use crate::{
    converse::{Nothing, ToolChoice, ToolConfig, ToolInputSchema, ToolName, ToolSpec, ToolWrapper},
    openai::chat::{ChatRequest, Tool, ToolChoice as Asked},
};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use std::{collections::HashMap, fmt::Arguments};

/// Why an anonymous tool of the conversation is declared although the request declares none.
const FROM_HISTORY: &str = "A tool of this conversation's past; it is not available any more.";

/// `tool_choice` as a word.
const MODES: [&str; 3] = ["none", "auto", "required"];

/// The request's tools in Bedrock's terms.
pub(super) struct Tools {
    /// `toolConfig`.
    pub(super) config: Option<ToolConfig>,
    /// What Converse itself has no member for, as additional model fields.
    pub(super) additional: Map<String, Value>,
}

/// Maps `tools`, `tool_choice` and `parallel_tool_calls`. `history` has the names of the tools that the
/// conversation already used.
pub(super) fn tools(
    request: &mut ChatRequest,
    cx: Context<'_>,
    history: &[String],
    (_reasoning, _format): (&Reasoning, &Format),
    _restore: &mut Restore,
    judge: &mut Judge,
) -> Result<Tools, Refusal> {
    legacy(request)?;
    let mut specs = Vec::new();
    let mut marks = HashMap::new();
    for (index, mut tool) in request.tools.take().unwrap_or_default().into_iter().enumerate() {
        let mark = Mark::of(format_args!("tools[{index}]."), tool.cache_control.take(), None, judge)?;
        let spec = spec(index, tool, judge)?;
        marks.extend(mark.map(|mark| (spec.name.clone(), mark)));
        specs.push(spec);
    }
    if specs.is_empty() {
        return past_tools(request.tool_choice.take(), cx, history, judge);
    }
    let mut additional = Map::new();
    let asked = request.tool_choice.take();
    let Some(choice) = choice(asked, &specs, cx, history, &mut additional, judge)? else {
        return Ok(Tools { config: None, additional });
    };
    if request.parallel_tool_calls == Some(false) && !additional.contains_key("tool_choice") {
        one_call_at_most(choice.is_none(), cx, &mut additional, judge)?;
    }
    let tools = specs.into_iter().flat_map(|spec| {
        let mark = marks.remove(&spec.name).map(|mark| ToolWrapper::CachePoint(mark.point()));
        std::iter::once(ToolWrapper::ToolSpec(spec)).chain(mark)
    });
    let tools = tools.collect();
    Ok(Tools { config: Some(ToolConfig { tools, tool_choice: choice }), additional })
}

/// `functions` and `function_call`, which `tools` and `tool_choice` have replaced.
fn legacy(request: &mut ChatRequest) -> Result<(), Refusal> {
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    if request.functions.take().is_some_and(|functions| !empty(&functions)) {
        let message = "`functions` is not supported: deprecated: use `tools`.";
        return Err(Refusal::unsupported("functions", message));
    }
    if request.function_call.take().is_some_and(|call| call != "none" && call != "auto") {
        let message = "`function_call` is not supported: deprecated: use `tool_choice`.";
        return Err(Refusal::unsupported("function_call", message));
    }
    Ok(())
}

/// No tools are declared. Bedrock refuses tool blocks in the conversation unless their tools are, so they are, with
/// as little as possible; and Claude has a parameter that keeps it from calling them.
fn past_tools(
    asked: Option<Asked>,
    cx: Context<'_>,
    history: &[String],
    judge: &mut Judge,
) -> Result<Tools, Refusal> {
    match asked {
        Some(Asked::Mode(mode)) if !MODES.contains(&mode.as_str()) => return Err(unknown_mode(&mode)),
        Some(Asked::Mode(mode)) if mode != "required" => {}
        Some(_) => judge.leave_out("tool_choice", "there are no `tools` to choose from")?,
        None => {}
    }
    let mut additional = Map::new();
    if history.is_empty() {
        return Ok(Tools { config: None, additional });
    }
    judge.warn("tools", "Bedrock insists on the tools of past calls", "declared by name");
    if cx.can.tool_choice_native {
        additional.insert("tool_choice".into(), json!({"type": "none"}));
    }
    let tools = history.iter().map(|name| past_tool(name)).collect();
    Ok(Tools { config: Some(ToolConfig { tools, tool_choice: None }), additional })
}

/// One tool's declaration.
fn spec(index: usize, tool: Tool, judge: &mut Judge) -> Result<ToolSpec, Refusal> {
    let path = format!("tools[{index}]");
    if tool.kind != "function" {
        let message =
            format!("`{path}.type` must be \"function\"; \"{}\" is not supported.", shown(&tool.kind));
        return Err(Refusal::unsupported_value(format!("{path}.type"), message));
    }
    judge.unknown(format_args!("{path}."), &tool.rest)?;
    let Some(function) = tool.function else {
        return Err(Refusal::missing(format!("{path}.function"), format!("`{path}.function` is required.")));
    };
    judge.unknown(format_args!("{path}.function."), &function.rest)?;
    check_name(format_args!("{path}.function.name"), &function.name)?;
    if function.strict == Some(true) {
        judge.leave_out(format!("{path}.function.strict"), "not supported by this version")?;
    }
    let schema = schema(format_args!("{path}.function.parameters"), function.parameters)?;
    Ok(ToolSpec {
        name: function.name,
        description: function.description.filter(|text| !is_blank(text)),
        input_schema: ToolInputSchema::Json(schema),
        strict: None,
    })
}

/// Bedrock's rule for tool names.
pub(super) fn check_name(path: Arguments<'_>, name: &str) -> Result<(), Refusal> {
    let fits = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if fits {
        return Ok(());
    }
    let message = format!("`{path}` must have 1 to 64 characters of a-z, A-Z, 0-9, `_` and `-`.");
    Err(Refusal::invalid(path.to_string(), message))
}

/// A schema whose root is an object, with the client's bytes untouched wherever they can be.
fn schema(path: Arguments<'_>, parameters: Option<Box<RawValue>>) -> Result<Box<RawValue>, Refusal> {
    #[derive(Deserialize)]
    struct Root<'a> {
        #[serde(borrow, rename = "type")]
        kind: Option<&'a RawValue>,
    }
    let Some(parameters) = parameters else {
        return raw(path, r#"{"type":"object","properties":{}}"#.to_owned());
    };
    let not_a_schema =
        || Refusal::invalid(path.to_string(), format!("`{path}` must be a JSON schema object."));
    let text = parameters.get();
    let Some(members) = text.strip_prefix('{').map(str::trim_start) else { return Err(not_a_schema()) };
    let root: Root<'_> = serde_json::from_str(text).map_err(|_| not_a_schema())?;
    if root.kind.is_some_and(|kind| kind.get() == r#""object""#) {
        return Ok(parameters);
    }
    let mut tree: Map<String, Value> = serde_json::from_str(text).map_err(|_| not_a_schema())?;
    match tree.get("type") {
        // No type at all says "anything"; a tool's arguments are always an object.
        None => {
            let separator = if members.starts_with('}') { "" } else { "," };
            raw(path, format!(r#"{{"type":"object"{separator}{members}"#))
        }
        Some(kind) if allows_object(kind) => {
            tree.insert("type".to_owned(), "object".into());
            raw(path, Value::Object(tree).to_string())
        }
        Some(_) => {
            let message = format!("`{path}.type` must be \"object\": Bedrock takes no other root type.");
            Err(Refusal::invalid(format!("{path}.type"), message))
        }
    }
}

/// Whether a schema's `type`, in one of its rarer spellings, lets an object through.
fn allows_object(kind: &Value) -> bool {
    match kind {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "object"),
        kind => kind == "object",
    }
}

fn raw(path: Arguments<'_>, json: String) -> Result<Box<RawValue>, Refusal> {
    RawValue::from_string(json)
        .map_err(|_| Refusal::invalid(path.to_string(), format!("`{path}` is not JSON.")))
}

/// `tool_choice`: the outer option says whether tools are sent at all, the inner one which choice.
fn choice(
    asked: Option<Asked>,
    specs: &[ToolSpec],
    cx: Context<'_>,
    history: &[String],
    additional: &mut Map<String, Value>,
    judge: &mut Judge,
) -> Result<Option<Option<ToolChoice>>, Refusal> {
    let (kind, function, rest) = match asked {
        None => return Ok(Some(None)),
        Some(Asked::Mode(mode)) => match mode.as_str() {
            // Leaving it out means auto everywhere; saying it is an error on models without the member.
            "auto" => return Ok(Some(None)),
            "required" => return Ok(Some(Some(ToolChoice::Any(Nothing {})))),
            "none" => return none(cx, history, additional),
            other => return Err(unknown_mode(other)),
        },
        Some(Asked::Named { kind, function, rest }) => (kind, function, rest),
    };
    if kind != "function" {
        let message =
            format!("`tool_choice.type` must be \"function\"; \"{}\" is not supported.", shown(&kind));
        return Err(Refusal::unsupported_value("tool_choice.type", message));
    }
    judge.unknown("tool_choice.", &rest)?;
    let Some(function) = function else {
        return Err(Refusal::missing("tool_choice.function", "`tool_choice.function` is required."));
    };
    judge.unknown("tool_choice.function.", &function.rest)?;
    if !specs.iter().any(|spec| spec.name == function.name) {
        let message =
            format!("`tool_choice.function.name` is not one of `tools`: \"{}\".", shown(&function.name));
        return Err(Refusal::invalid("tool_choice.function.name", message));
    }
    Ok(Some(Some(ToolChoice::Tool(ToolName { name: function.name }))))
}

fn unknown_mode(mode: &str) -> Refusal {
    let message = format!(
        "`tool_choice` must be \"none\", \"auto\", \"required\" or a function, not \"{}\".",
        shown(mode)
    );
    Refusal::invalid("tool_choice", message)
}

/// `none` has no member in Converse. Without tool blocks in the conversation the tools can stay at home; with
/// them they must be declared, and only Claude has a parameter of its own that keeps it from calling.
fn none(
    cx: Context<'_>,
    history: &[String],
    additional: &mut Map<String, Value>,
) -> Result<Option<Option<ToolChoice>>, Refusal> {
    if history.is_empty() {
        return Ok(None);
    }
    if cx.can.tool_choice_native {
        additional.insert("tool_choice".into(), json!({"type": "none"}));
        return Ok(Some(None));
    }
    let message = "`tool_choice` \"none\" is not possible on this model once the conversation holds tool calls: \
                   Bedrock would let the model call tools.";
    Err(Refusal::unsupported_value("tool_choice", message))
}

/// `parallel_tool_calls: false`: only Claude has a parameter for it.
fn one_call_at_most(
    auto: bool,
    cx: Context<'_>,
    additional: &mut Map<String, Value>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    if !cx.can.tool_choice_native {
        return judge.leave_out("parallel_tool_calls", "not supported by this model");
    }
    // Together with Converse's own toolChoice the type must not be said twice.
    let value = match auto {
        true => json!({"type": "auto", "disable_parallel_tool_use": true}),
        false => json!({"disable_parallel_tool_use": true}),
    };
    additional.insert("tool_choice".into(), value);
    Ok(())
}

/// A declaration for a tool that only the conversation knows.
fn past_tool(name: &str) -> ToolWrapper {
    let schema = serde_json::value::to_raw_value(&json!({"type": "object"})).unwrap_or_default();
    ToolWrapper::ToolSpec(ToolSpec {
        name: name.to_owned(),
        description: Some(FROM_HISTORY.to_owned()),
        input_schema: ToolInputSchema::Json(schema),
        strict: None,
    })
}
