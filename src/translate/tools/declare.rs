//! `tools` and `functions`: what the model may call.

use super::{
    super::{Context, Judge, Refusal, Restore, cache::Mark, shown},
    input, names, schema, stray,
};
use crate::{
    converse::{ToolInputSchema, ToolSpec},
    openai::chat::{ChatRequest, CustomDefinition, FunctionDefinition, Tool},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt::Arguments};

/// Bedrock's limit (translation reference §2.2).
const MAX_STRICT: usize = 20;

/// A declared tool.
pub(super) struct Declaration<'a> {
    pub(super) spec: ToolSpec<'a>,
    /// The client's mark that the prompt up to here shall be cached.
    pub(super) mark: Option<Mark>,
    /// The name that the client gave it.
    pub(super) name: Cow<'a, str>,
    pub(super) custom: bool,
}

/// Everything that the request declares, under names that Bedrock takes.
pub(super) fn declarations<'a>(
    request: &mut ChatRequest<'a>,
    cx: Context<'_>,
    restore: &mut Restore,
    judge: &mut Judge,
) -> Result<Vec<Declaration<'a>>, Refusal> {
    let tools = request.tools.take().unwrap_or_default();
    let functions = request.functions.take().unwrap_or_default();
    if !tools.is_empty() && !functions.is_empty() {
        let message = "`functions` is the deprecated form of `tools`: only one of them may be given.";
        return Err(Refusal::invalid("functions", message));
    }
    restore.functions = !functions.is_empty();
    let mut strict = 0;
    let mut all = Vec::with_capacity(tools.len() + functions.len());
    restore.expect(all.capacity());
    for (index, tool) in tools.into_iter().enumerate() {
        let path = format_args!("tools[{index}]");
        let declaration = declaration(path, tool, cx, &mut strict, judge)?;
        let member = if declaration.custom { "custom" } else { "function" };
        remember(format_args!("{path}.{member}"), &declaration, restore)?;
        all.push(declaration);
    }
    for (index, definition) in functions.into_iter().enumerate() {
        let path = format_args!("functions[{index}]");
        let declaration = function(path, definition, cx, &mut strict, judge)?;
        remember(path, &declaration, restore)?;
        all.push(declaration);
    }
    Ok(all)
}

fn remember(path: Arguments<'_>, tool: &Declaration<'_>, restore: &mut Restore) -> Result<(), Refusal> {
    if restore.remember(&tool.spec.name, &tool.name, tool.custom) {
        return Ok(());
    }
    let message = format!("`{path}.name` is the name of another tool as well.");
    Err(Refusal::invalid(format!("{path}.name"), message))
}

fn declaration<'a>(
    path: Arguments<'_>,
    tool: Tool<'a>,
    cx: Context<'_>,
    strict: &mut usize,
    judge: &mut Judge,
) -> Result<Declaration<'a>, Refusal> {
    judge.unknown(format_args!("{path}."), &tool.rest)?;
    stray(path, &tool.kind, tool.function.is_some(), tool.custom.is_some(), judge)?;
    let missing = |member: &str| {
        let param = format!("{path}.{member}");
        Refusal::missing(&param, format!("`{param}` is required in a tool of this type."))
    };
    let declaration = match tool.kind.as_str() {
        "function" => {
            let definition = tool.function.ok_or_else(|| missing("function"))?;
            function(format_args!("{path}.function"), definition, cx, strict, judge)?
        }
        "custom" => {
            let definition = tool.custom.ok_or_else(|| missing("custom"))?;
            custom(format_args!("{path}.custom"), *definition, judge)?
        }
        other => {
            let message =
                format!("`{path}.type` must be \"function\" or \"custom\", not \"{}\".", shown(other));
            return Err(Refusal::unsupported_value(format!("{path}.type"), message));
        }
    };
    let mark = Mark::of(format_args!("{path}."), tool.cache_control, None, judge)?;
    Ok(Declaration { mark, ..declaration })
}

fn function<'a>(
    path: Arguments<'_>,
    function: FunctionDefinition<'a>,
    cx: Context<'_>,
    strict: &mut usize,
    judge: &mut Judge,
) -> Result<Declaration<'a>, Refusal> {
    judge.unknown(format_args!("{path}."), &function.rest)?;
    let name = names::legal_name(format_args!("{path}.name"), function.name.clone().into_cow())?;
    let schema = schema::schema(format_args!("{path}.parameters"), function.parameters, cx, judge)?;
    let strict = match function.strict {
        Some(true) => is_strict(path, &schema, cx, strict, judge)?,
        _ => None,
    };
    let spec = ToolSpec {
        name,
        description: function.description.filter(|text| !text.is_blank()),
        input_schema: ToolInputSchema::Json(schema),
        strict,
    };
    Ok(Declaration { spec, mark: None, name: function.name.into_cow(), custom: false })
}

/// Whether a tool whose client wants it strict can be: what Bedrock would refuse is left out.
fn is_strict(
    path: Arguments<'_>,
    schema: &RawValue,
    cx: Context<'_>,
    strict: &mut usize,
    judge: &mut Judge,
) -> Result<Option<bool>, Refusal> {
    let obstacle = match cx.can.strict_tools {
        false => Some("not supported by this model".into()),
        true if *strict == MAX_STRICT => Some("Bedrock takes at most 20 strict tools".into()),
        true => schema::strict::obstacle(schema.get()),
    };
    match obstacle {
        None => {
            *strict += 1;
            Ok(Some(true))
        }
        Some(why) => judge.leave_out(format!("{path}.strict"), why).map(|()| None),
    }
}

/// A custom tool takes text, which Bedrock's do not: it gets an object with the text in it.
fn custom<'a>(
    path: Arguments<'_>,
    tool: CustomDefinition<'a>,
    judge: &mut Judge,
) -> Result<Declaration<'a>, Refusal> {
    judge.unknown(format_args!("{path}."), &tool.rest)?;
    let name = names::legal_name(format_args!("{path}.name"), tool.name.clone().into_cow())?;
    if let Some(format) = tool.format {
        if format.kind != "text" {
            let param = format!("{path}.format");
            let message = format!(
                "`{param}.type` must be \"text\": Bedrock cannot hold a tool's input to a grammar, \"{}\" is not \
                 supported.",
                shown(&format.kind)
            );
            return Err(Refusal::unsupported_value(param, message));
        }
        judge.unknown(format_args!("{path}.format."), &format.rest)?;
    }
    let spec = ToolSpec {
        name,
        description: tool.description.filter(|text| !text.is_blank()),
        input_schema: ToolInputSchema::Json(Cow::Owned(input::schema())),
        strict: None,
    };
    Ok(Declaration { spec, mark: None, name: tool.name.into_cow(), custom: true })
}
