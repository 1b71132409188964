//! What the answer must be: read from the text or the call that carries it.

use super::check;
use crate::{
    converse::{Nothing, ToolChoice, ToolInputSchema, ToolName, ToolSpec, ToolWrapper},
    translate::{ReplyError, Restore, Warning},
};
use serde::{Deserialize, Serialize};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};
use std::{collections::BTreeMap, sync::Arc};

/// The tool whose input is the answer. A client's tool of this name gives it another one.
const NAME: &str = "json_answer";

const PURPOSE: &str = "Gives the final answer to the user. Its input is the answer itself.";

/// What the answer must be.
#[derive(Clone)]
pub(in crate::translate) struct Expected {
    /// The tool whose input is the answer. The answer may still come as text: not every model does as it is told.
    pub(in crate::translate) tool: Option<String>,
    pub(super) rule: Rule,
}

/// What is checked.
#[derive(Clone)]
pub(super) enum Rule {
    /// Any JSON object.
    Object,
    /// Any JSON.
    Json,
    /// JSON of this schema.
    Schema(Arc<Value>),
}

/// The declaration of the tool whose input is the answer.
#[derive(Clone)]
pub(in crate::translate) struct AnswerTool {
    name: String,
    description: String,
    schema: Box<RawValue>,
    named: bool,
}

private_debug!(Expected, AnswerTool);

// === impl Expected ===

impl Expected {
    /// The document in a text: what stands between code fences where there are some.
    ///
    /// # Errors
    /// When there is none, or it is another one than was asked for.
    pub(in crate::translate) fn read<'a>(&self, text: &'a str) -> Result<&'a str, ReplyError> {
        let document = unfenced(text.trim());
        let value: Value = serde_json::from_str(document).map_err(|_| ReplyError::NotJson)?;
        let fits = match &self.rule {
            Rule::Object => value.is_object(),
            Rule::Json => true,
            Rule::Schema(schema) => check::matches(schema, &value).unwrap_or(false),
        };
        if fits { Ok(document) } else { Err(ReplyError::OffSchema) }
    }
}

/// Models like to fence their JSON, some with a word ahead of it.
fn unfenced(text: &str) -> &str {
    const FENCE: &str = "```";
    if text.starts_with(['{', '[', '"']) {
        return text;
    }
    let inner = text.split_once(FENCE).and_then(|(_, rest)| rest.rsplit_once(FENCE)).map(|(inner, _)| inner);
    let Some(inner) = inner else { return text };
    // The first line names the language.
    inner.split_once('\n').map_or(inner, |(_, document)| document).trim()
}

// === impl AnswerTool ===

impl AnswerTool {
    pub(super) fn new(taken: &[&str], purpose: Option<&str>, schema: Box<RawValue>, named: bool) -> Self {
        let mut name = NAME.to_owned();
        while taken.contains(&name.as_str()) {
            name.push('_');
        }
        let description =
            purpose.map_or_else(|| PURPOSE.to_owned(), |purpose| format!("{PURPOSE} {purpose}"));
        Self { name, description, schema, named }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn into_parts(self) -> (ToolSpec, ToolChoice) {
        let Self { name, description, schema, named } = self;
        let choice = match named {
            true => ToolChoice::Tool(ToolName { name: name.clone() }),
            false => ToolChoice::Any(Nothing {}),
        };
        let input_schema = ToolInputSchema::Json(schema);
        (ToolSpec { name, description: Some(description), input_schema, strict: None }, choice)
    }
}

/// The body of a call whose schema Bedrock refused, with the forced tool in its place; none where that is impossible.
/// For one more attempt: the answer then has to be read with the changed `restore`.
pub fn as_tool(body: &[u8], restore: &mut Restore) -> Option<(Vec<u8>, Warning)> {
    #[derive(Default, Deserialize, Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Config {
        tools: Vec<Box<RawValue>>,
        tool_choice: Option<Box<RawValue>>,
    }
    const FIELDS: &str = "additionalModelRequestFields";
    let (tool, expected) = *restore.fallback.take()?;
    let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body).ok()?;
    members.remove("outputConfig")?;
    let mut config = match members.get("toolConfig") {
        Some(config) => serde_json::from_str(config.get()).ok()?,
        None => Config::default(),
    };
    let (spec, choice) = tool.into_parts();
    config.tools.push(to_raw_value(&ToolWrapper::ToolSpec(spec)).ok()?);
    config.tool_choice = Some(to_raw_value(&choice).ok()?);
    members.insert("toolConfig".to_owned(), to_raw_value(&config).ok()?);
    if let Some(fields) = members.remove(FIELDS) {
        let mut fields: Map<String, Value> = serde_json::from_str(fields.get()).ok()?;
        untyped(&mut fields);
        if !fields.is_empty() {
            members.insert(FIELDS.to_owned(), to_raw_value(&fields).ok()?);
        }
    }
    let body = serde_json::to_vec(&members).ok()?;
    restore.format = Some(expected);
    let (why, done) = ("Bedrock refused the schema", "asked for by a tool instead");
    Some((body, Warning { param: "response_format".to_owned(), why: why.into(), done: done.into() }))
}

/// Converse's tool choice and a type in Anthropic's own exclude each other.
pub(super) fn untyped(fields: &mut Map<String, Value>) {
    if let Some(Value::Object(choice)) = fields.get_mut("tool_choice") {
        choice.remove("type");
        if choice.is_empty() {
            fields.remove("tool_choice");
        }
    }
}
