//! The shape of the answer: `response_format` (translation reference §2.2).
//!
//! | means | where | the answer |
//! |---|---|---|
//! | `outputConfig.textFormat` | the model has it, and the schema is one that it can enforce | is the document |
//! | a tool that the model must call | tools can be forced | is the tool's input, unwrapped |
//! | an instruction | everywhere else, and for `json_object` | is checked before the client gets it |
//!
//! Whatever Bedrock does not enforce itself is checked against the client's schema: a document of another shape is an
//! error, never an answer.

mod check;
mod expected;
mod schema;

pub use expected::as_tool;
pub(super) use expected::{AnswerTool, Expected};

use super::{Context, Judge, Refusal, Restore, Unsupported, is_blank, shown};
use crate::{
    catalog::{Capabilities, StructuredOutput},
    converse::{
        ContentBlock, JsonSchema, JsonSchemaStructure, OutputConfig, Request, Role, SystemBlock, TextFormat,
        ToolChoice, ToolConfig, ToolWrapper,
    },
    openai::chat::{ChatRequest, NamedSchema},
};
use expected::{Rule, untyped};
use schema::{Moved, Schema};
use std::sync::Arc;

/// The path of the schema.
const SCHEMA: &str = "response_format.json_schema.schema";

/// The shape that the client wants.
#[derive(Default)]
pub(super) enum Format<'a> {
    /// Any text.
    #[default]
    Text,
    /// Any JSON object.
    Object,
    /// A JSON document of this schema.
    Schema(Box<Wanted<'a>>),
}

/// `response_format.json_schema`.
pub(super) struct Wanted<'a> {
    name: String,
    description: Option<String>,
    schema: Schema<'a>,
    /// The client says that the schema is a hint.
    loose: bool,
}

private_debug!(Format<'a>, Wanted<'a>);

/// Reads `response_format`.
pub(super) fn format<'a>(request: &mut ChatRequest<'a>, judge: &mut Judge) -> Result<Format<'a>, Refusal> {
    let Some(format) = request.response_format.take() else { return Ok(Format::Text) };
    judge.unknown("response_format.", &format.rest)?;
    if format.kind != "json_schema" && format.json_schema.is_some() {
        judge.leave_out("response_format.json_schema", "it belongs to the type \"json_schema\"")?;
    }
    match format.kind.as_str() {
        "text" => Ok(Format::Text),
        "json_object" => Ok(Format::Object),
        "json_schema" => wanted(format.json_schema, judge).map(Box::new).map(Format::Schema),
        other => {
            let message = format!(
                "`response_format.type` must be \"text\", \"json_object\" or \"json_schema\", not \"{}\".",
                shown(other)
            );
            Err(Refusal::unsupported_value("response_format.type", message))
        }
    }
}

fn wanted<'a>(named: Option<NamedSchema<'a>>, judge: &mut Judge) -> Result<Wanted<'a>, Refusal> {
    let missing = |param: &str| Refusal::missing(param, format!("`{param}` is required."));
    let named = named.ok_or_else(|| missing("response_format.json_schema"))?;
    judge.unknown("response_format.json_schema.", &named.rest)?;
    let name = named.name.ok_or_else(|| missing("response_format.json_schema.name"))?;
    check_name(&name)?;
    let schema = named.schema.ok_or_else(|| missing(SCHEMA))?;
    let schema = Schema::parse(schema)
        .map_err(|why| Refusal::invalid(SCHEMA, format!("`{SCHEMA}` is not a JSON schema: {why}.")))?;
    let description = named.description.filter(|text| !is_blank(text));
    Ok(Wanted { name, description, schema, loose: named.strict == Some(false) })
}

/// OpenAI's rule, and Bedrock's.
fn check_name(name: &str) -> Result<(), Refusal> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    let param = "response_format.json_schema.name";
    let message = format!("`{param}` must have 1 to 64 characters of a-z, A-Z, 0-9, `_` and `-`.");
    Err(Refusal::invalid(param, message))
}

/// Asks for the shape in the finished body, before cache points are set.
pub(super) fn shape(
    format: Format<'_>,
    body: &mut Request<'_>,
    cx: Context<'_>,
    reasoning: bool,
    restore: &mut Restore,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let wanted = match format {
        Format::Text => return Ok(()),
        Format::Object => {
            if !must_call(body) {
                instruct(body, cx, None, judge);
                restore.format = Some(Expected { tool: None, rule: Rule::Object });
            }
            return Ok(());
        }
        Format::Schema(wanted) => wanted,
    };
    let force = Force::new(body, cx.can, reasoning);
    if cx.can.structured_output == StructuredOutput::Native
        && !wanted.loose
        && let Some((schema, moved)) = wanted.schema.native()
    {
        uncited(body)?;
        tell_moved(&moved, judge)?;
        restore.fallback = fallback(&wanted, body, force, cx).map(Box::new);
        let Wanted { name, description, .. } = *wanted;
        let schema = JsonSchema { schema, name: Some(name), description };
        let format = TextFormat::JsonSchema(JsonSchemaStructure::JsonSchema(schema));
        body.output_config = Some(OutputConfig { text_format: format });
        return Ok(());
    }
    if must_call(body) {
        // The answer will be a call, which this format says nothing of.
        return Ok(());
    }
    let rule = wanted.rule();
    let by_tool = force.filter(|_| cx.can.structured_output != StructuredOutput::Instruction);
    let tool = match by_tool {
        Some(force) => answer_tool(&wanted, body, force, cx, judge)?,
        None => None,
    };
    match tool {
        Some(tool) => {
            restore.format = Some(Expected { tool: Some(tool.name().to_owned()), rule });
            force_tool(body, tool);
        }
        None => {
            instruct(body, cx, Some(&wanted), judge);
            restore.format = Some(Expected { tool: None, rule });
        }
    }
    Ok(())
}

/// How the model can be made to call the tool that carries the answer.
#[derive(Debug, Clone, Copy)]
enum Force {
    /// By its name.
    Named,
    /// Along with the client's own tools, of which it may call one instead.
    Any,
}

// === impl Force ===

impl Force {
    fn new(body: &Request<'_>, can: &Capabilities, reasoning: bool) -> Option<Self> {
        if reasoning && !can.forced_choice_while_reasoning || must_call(body) {
            return None;
        }
        let others = body.tool_config.is_some() && native_choice(body) != Some("none");
        match (others, can.tool_choice_tool, can.tool_choice_any) {
            (false, true, _) => Some(Self::Named),
            (true, _, true) => Some(Self::Any),
            // It is the only tool.
            (false, false, true) if body.tool_config.is_none() => Some(Self::Any),
            _ => None,
        }
    }
}

// === impl Wanted ===

impl Wanted<'_> {
    fn rule(&self) -> Rule {
        match self.loose {
            true => Rule::Json,
            false => Rule::Schema(Arc::new(self.schema.value.clone())),
        }
    }
}

/// The client wants a call of one of its own tools.
fn must_call(body: &Request<'_>) -> bool {
    body.tool_config.as_ref().is_some_and(|config| config.tool_choice.is_some())
}

/// The type of Anthropic's own tool choice.
fn native_choice<'a>(body: &'a Request<'_>) -> Option<&'a str> {
    body.additional_model_request_fields.get("tool_choice")?.get("type")?.as_str()
}

fn answer_tool(
    wanted: &Wanted<'_>,
    body: &Request<'_>,
    force: Force,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Option<AnswerTool>, Refusal> {
    let Some(schema) = wanted.schema.tool(cx, judge)? else { return Ok(None) };
    let declared = body.tool_config.iter().flat_map(|config| &config.tools);
    let taken: Vec<&str> = declared
        .filter_map(|tool| match tool {
            ToolWrapper::ToolSpec(spec) => Some(&*spec.name),
            ToolWrapper::SystemTool(tool) => Some(tool.name.as_str()),
            ToolWrapper::CachePoint(_) => None,
        })
        .collect();
    let named = matches!(force, Force::Named);
    Ok(Some(AnswerTool::new(&taken, wanted.description.as_deref(), schema, named)))
}

/// The tool that carries the answer if Bedrock refuses the schema.
fn fallback(
    wanted: &Wanted<'_>,
    body: &Request<'_>,
    force: Option<Force>,
    cx: Context<'_>,
) -> Option<(AnswerTool, Expected)> {
    let mut unheard = Judge::new(Unsupported::Lenient);
    let tool = answer_tool(wanted, body, force?, cx, &mut unheard).ok()??;
    let expected = Expected { tool: Some(tool.name().to_owned()), rule: wanted.rule() };
    Some((tool, expected))
}

fn force_tool(body: &mut Request<'_>, tool: AnswerTool) {
    let fields = &mut body.additional_model_request_fields;
    untyped(fields);
    let config = body.tool_config.get_or_insert_with(|| ToolConfig { tools: Vec::new(), tool_choice: None });
    let (spec, choice): (_, ToolChoice) = tool.into_parts();
    config.tools.push(ToolWrapper::ToolSpec(spec));
    config.tool_choice = Some(choice);
}

/// Claude refuses it, and an answer that is a document has no place for citations.
fn uncited(body: &Request<'_>) -> Result<(), Refusal> {
    let blocks = body.messages.iter().flat_map(|message| &message.content);
    let cited = blocks.into_iter().any(|block| match block {
        ContentBlock::Document(document) => document.citations.is_some_and(|citations| citations.enabled),
        _ => false,
    });
    match cited {
        false => Ok(()),
        true => {
            let message = "`response_format` and citations exclude each other: switch one of them off.";
            Err(Refusal::unsupported_value("response_format", message))
        }
    }
}

fn tell_moved(moved: &Moved, judge: &mut Judge) -> Result<(), Refusal> {
    if moved.is_empty() {
        return Ok(());
    }
    let words: Vec<String> = moved.iter().map(|word| shown(word)).collect();
    let why = format!("this model cannot enforce {}", words.join(" "));
    judge.change(SCHEMA, why, "moved to the description")
}

/// Tells the model in words.
fn instruct(body: &mut Request<'_>, cx: Context<'_>, wanted: Option<&Wanted<'_>>, judge: &mut Judge) {
    let text = match wanted {
        None => "Answer with one JSON object and nothing else: no explanation, no code fence.".to_owned(),
        Some(Wanted { name, description, schema, .. }) => {
            let purpose = description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
            format!(
                "Answer with one JSON document \"{name}\"{purpose} and nothing else: no explanation, no code fence. \
                 It must match this JSON schema:\n{}",
                schema.compact()
            )
        }
    };
    judge.warn("response_format", "this model cannot be made to keep to it", "an instruction was added");
    if cx.can.system {
        body.system.push(SystemBlock::Text(text.into()));
    } else if let Some(message) = body.messages.iter_mut().find(|message| message.role == Role::User) {
        let is_result = |block: &ContentBlock<'_>| matches!(block, ContentBlock::ToolResult(_));
        let place = message.content.iter().take_while(|block| is_result(block)).count();
        message.content.insert(place, ContentBlock::Text(text.into()));
    }
}
