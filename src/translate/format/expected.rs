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
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

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

    pub(super) fn into_parts(self) -> (ToolSpec<'static>, ToolChoice) {
        let Self { name, description, schema, named } = self;
        let choice = match named {
            true => ToolChoice::Tool(ToolName { name: name.clone() }),
            false => ToolChoice::Any(Nothing {}),
        };
        let input_schema = ToolInputSchema::Json(Cow::Owned(schema));
        (
            ToolSpec { name: name.into(), description: Some(description.into()), input_schema, strict: None },
            choice,
        )
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn expected(rule: Rule) -> Expected {
        Expected { tool: None, rule }
    }

    #[test]
    fn a_document_is_found_in_what_models_put_around_it() {
        for text in [
            r#"{"a":1}"#,
            " \n{\"a\":1}\n",
            "```json\n{\"a\":1}\n```",
            "```\n{\"a\":1}```",
            "Here you are:\n\n```json\n{\"a\":1}\n```\nAnything else?",
        ] {
            assert_eq!(expected(Rule::Object).read(text), Ok(r#"{"a":1}"#), "{text}");
        }
        let fence_within = r#"{"a":"```\n1\n```"}"#;
        assert_eq!(expected(Rule::Object).read(fence_within), Ok(fence_within));
    }

    #[test]
    fn another_document_is_none() {
        for text in ["", "Sure!", r#"{"a":1"#, r#"{"a":1} and more"#, "```json\n{\"a\":\n```", "``````"] {
            assert_eq!(expected(Rule::Json).read(text), Err(ReplyError::NotJson), "{text}");
        }
        assert_eq!(expected(Rule::Object).read("[1]"), Err(ReplyError::OffSchema));
        assert_eq!(expected(Rule::Json).read("[1]"), Ok("[1]"));
        let schema = expected(Rule::Schema(Arc::new(json!({"type": "array"}))));
        assert_eq!((schema.read("[1]"), schema.read("{}")), (Ok("[1]"), Err(ReplyError::OffSchema)));
    }

    fn fallback() -> Restore {
        let schema = RawValue::from_string(r#"{"type":"object"}"#.to_owned()).unwrap();
        let tool = AnswerTool::new(&[], None, schema, false);
        let expected = Expected { tool: Some(NAME.to_owned()), rule: Rule::Object };
        let mut restore = Restore::default();
        restore.fallback = Some(Box::new((tool, expected)));
        restore
    }

    #[test]
    fn a_refused_schema_becomes_a_tool_beside_the_others() {
        let body = r#"{"messages":[{"n":1.10}],"outputConfig":{},"toolConfig":{"tools":[{"b":1,"a":2}]},
            "additionalModelRequestFields":{"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"x":1}}"#;
        let mut restore = fallback();
        let (body, warning) = as_tool(body.as_bytes(), &mut restore).unwrap();
        assert!(restore.is_answer(NAME) && restore.fallback.is_none());
        assert_eq!(warning.param, "response_format");
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(r#""messages":[{"n":1.10}]"#) && body.contains(r#"{"b":1,"a":2}"#), "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert!(body.get("outputConfig").is_none());
        assert_eq!(body["toolConfig"]["tools"][1]["toolSpec"]["name"], NAME);
        assert_eq!(body["toolConfig"]["toolChoice"], json!({"any": {}}));
        let fields = json!({"tool_choice": {"disable_parallel_tool_use": true}, "x": 1});
        assert_eq!(body["additionalModelRequestFields"], fields);
    }

    #[test]
    fn only_a_refused_schema_becomes_a_tool() {
        assert!(as_tool(br#"{"outputConfig":{}}"#, &mut Restore::default()).is_none());
        assert!(as_tool(br#"{"messages":[]}"#, &mut fallback()).is_none());
        let (body, _) = as_tool(br#"{"outputConfig":{}}"#, &mut fallback()).unwrap();
        assert!(serde_json::from_slice::<Value>(&body).unwrap()["toolConfig"]["tools"].is_array());
    }
}
