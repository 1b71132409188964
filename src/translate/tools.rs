//! Tools and the choice among them: `toolConfig` (translation reference §2.2).

mod choice;
mod declare;
mod functions;
mod input;
mod names;
mod neutral;
pub(super) mod schema;

pub(super) use functions::modernise;
pub(super) use input::{InputText, unwrapped, wrapped};
pub(super) use names::{legal_id, legal_name};
pub(super) use neutral::neutralise;

use super::{Context, Judge, Refusal, Restore, reasoning::Reasoning};
use crate::{
    converse::{ContentBlock, Message, ToolConfig, ToolInputSchema, ToolSpec, ToolWrapper},
    openai::chat::ChatRequest,
};
use choice::Wanted;
use declare::Declaration;
use serde_json::{Map, Value, json};
use std::{borrow::Cow, collections::HashSet, fmt::Arguments};

/// Why an anonymous tool of the conversation is declared although the request declares none.
const FROM_HISTORY: &str = "A tool of this conversation's past; it is not available any more.";

/// How past calls are told to a model that must not be given tools.
const AS_TEXT: &str = "past tool calls sent as text";

/// The request's tools in Bedrock's terms.
#[derive(Default)]
pub(super) struct Tools<'a> {
    /// `toolConfig`.
    pub(super) config: Option<ToolConfig<'a>>,
    /// What Converse itself has no member for, as additional model fields.
    pub(super) additional: Map<String, Value>,
    /// The conversation's tool blocks must become text ([`neutralise`]).
    pub(super) neutral: bool,
}

/// Maps `tools`, `tool_choice` and `parallel_tool_calls`, and the deprecated `functions` and `function_call`.
/// `history` is the conversation, which may have used tools already.
pub(super) fn tools<'a>(
    request: &mut ChatRequest<'a>,
    cx: Context<'_>,
    history: &[Message<'a>],
    reasoning: &Reasoning,
    restore: &mut Restore,
    judge: &mut Judge,
) -> Result<Tools<'a>, Refusal> {
    let mut declared = declare::declarations(request, cx, restore, judge)?;
    let path = if restore.functions { "function_call" } else { "tool_choice" };
    let wanted = choice::wanted(request, restore.functions, &mut declared, judge)?;
    if wanted == Wanted::Nothing {
        return uncalled(path, declared, cx, history, judge);
    }
    if declared.is_empty() {
        return past_tools(cx, history, judge);
    }
    if !cx.can.tools {
        let name = if restore.functions { "functions" } else { "tools" };
        return Err(Refusal::unsupported(
            name,
            format!("`{name}` is not supported: this model takes no tools."),
        ));
    }
    let mut additional = Map::new();
    let choice = choice::tool_choice((path, wanted), &declared, cx, reasoning, judge)?;
    // `function_call` has room for one call.
    if request.parallel_tool_calls == Some(false) || restore.functions && cx.can.tool_choice_native {
        one_call_at_most(choice.is_none(), cx, &mut additional, judge)?;
    }
    let config = Some(ToolConfig { tools: wrapped_specs(declared), tool_choice: choice });
    Ok(Tools { config, additional, neutral: false })
}

/// Learns the names of the tools that a conversation used if its request declares none: the model may call them.
pub(super) fn past_names(request: &ChatRequest<'_>, restore: &mut Restore) {
    let declares = |tools: Option<usize>| tools.is_some_and(|count| count > 0);
    if declares(request.tools.as_ref().map(Vec::len)) || declares(request.functions.as_ref().map(Vec::len)) {
        return;
    }
    for call in request.messages.iter().filter_map(|message| message.tool_calls.as_ref()).flatten() {
        let name = match (&call.function, &call.custom) {
            (Some(function), _) => &function.name,
            (None, Some(custom)) => &custom.name,
            (None, None) => continue,
        };
        if let Ok(sent) = legal_name(format_args!("name"), Cow::Borrowed(name)) {
            restore.remember(&sent, name, call.function.is_none());
        }
    }
}

/// `custom` in what is of the type `function`, or the other way round.
pub(super) fn stray(
    path: Arguments<'_>,
    kind: &str,
    function: bool,
    custom: bool,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    for (name, is_there) in [("function", function), ("custom", custom)] {
        if is_there && name != kind {
            judge.leave_out(format!("{path}.{name}"), "it does not belong to this type")?;
        }
    }
    Ok(())
}

/// The declarations with the cache points behind them.
fn wrapped_specs(declared: Vec<Declaration<'_>>) -> Vec<ToolWrapper<'_>> {
    let mut tools = Vec::with_capacity(declared.len());
    for Declaration { spec, mark, .. } in declared {
        tools.push(ToolWrapper::ToolSpec(spec));
        tools.extend(mark.map(|mark| ToolWrapper::CachePoint(mark.point())));
    }
    tools
}

/// `none` has no member in Converse. Without tool blocks in the conversation the tools can stay at home; with them
/// they must be declared, and only Claude has a parameter of its own that keeps it from calling.
fn uncalled<'a>(
    path: &str,
    declared: Vec<Declaration<'a>>,
    cx: Context<'_>,
    history: &[Message<'a>],
    judge: &mut Judge,
) -> Result<Tools<'a>, Refusal> {
    if called(history).next().is_none() {
        return Ok(Tools::default());
    }
    if cx.can.tool_choice_native {
        return match declared.is_empty() {
            true => past_tools(cx, history, judge),
            false => Ok(not_to_be_called(wrapped_specs(declared))),
        };
    }
    judge.change(path, "this model cannot be kept from calling tools that it is given", AS_TEXT)?;
    Ok(Tools { neutral: true, ..Tools::default() })
}

/// No tools are declared. Bedrock refuses tool blocks in the conversation unless their tools are, so they are, with
/// as little as possible; and Claude has a parameter that keeps it from calling them.
fn past_tools<'a>(cx: Context<'_>, history: &[Message<'a>], judge: &mut Judge) -> Result<Tools<'a>, Refusal> {
    if called(history).next().is_none() {
        return Ok(Tools::default());
    }
    if !cx.can.tools {
        judge.change("tools", "this model takes no tools", AS_TEXT)?;
        return Ok(Tools { neutral: true, ..Tools::default() });
    }
    judge.warn("tools", "Bedrock insists on the tools of past calls", "declared by name");
    let mut seen = HashSet::new();
    let tools = called(history).filter(|name| seen.insert(*name)).cloned().map(past_tool).collect();
    Ok(match cx.can.tool_choice_native {
        true => not_to_be_called(tools),
        false => Tools { config: Some(ToolConfig { tools, tool_choice: None }), ..Tools::default() },
    })
}

/// The names of the tools that were called, call by call.
fn called<'b, 'a>(history: &'b [Message<'a>]) -> impl Iterator<Item = &'b Cow<'a, str>> {
    history.iter().flat_map(|message| &message.content).filter_map(|block| match block {
        ContentBlock::ToolUse(call) => Some(&call.name),
        _ => None,
    })
}

/// Tools that Claude must not call.
fn not_to_be_called(tools: Vec<ToolWrapper<'_>>) -> Tools<'_> {
    let additional = Map::from_iter([("tool_choice".to_owned(), json!({"type": "none"}))]);
    Tools { config: Some(ToolConfig { tools, tool_choice: None }), additional, neutral: false }
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
fn past_tool(name: Cow<'_, str>) -> ToolWrapper<'_> {
    let schema = serde_json::value::to_raw_value(&json!({"type": "object"})).unwrap_or_default();
    ToolWrapper::ToolSpec(ToolSpec {
        name,
        description: Some(FROM_HISTORY.into()),
        input_schema: ToolInputSchema::Json(Cow::Owned(schema)),
        strict: None,
    })
}
