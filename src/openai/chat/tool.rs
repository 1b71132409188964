//! Tools and the choice among them.

use super::{CacheControl, Rest};
use crate::text::{Text, Word, carried};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde_json::value::RawValue;
use std::fmt;

/// Something the model may call.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct Tool<'a> {
    /// `function` or `custom`.
    #[serde(borrow, rename = "type")]
    pub kind: Word<'a>,
    /// The function.
    #[serde(borrow)]
    pub function: Option<FunctionDefinition<'a>>,
    /// The custom tool.
    #[serde(borrow)]
    pub custom: Option<Box<CustomDefinition<'a>>>,
    /// Anthropic's mark that the prompt up to here shall be cached (an extension).
    pub cache_control: Option<Box<CacheControl>>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A function that the client can run.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct FunctionDefinition<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Word<'a>,
    /// What it does, for the model.
    #[serde(borrow)]
    pub description: Option<Text<'a>>,
    /// The JSON schema of its arguments, untouched.
    #[serde(borrow, default, deserialize_with = "carried")]
    pub parameters: Option<&'a RawValue>,
    /// Whether arguments must match the schema exactly.
    pub strict: Option<bool>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A tool that takes text in place of arguments.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct CustomDefinition<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Word<'a>,
    /// What it does, for the model.
    #[serde(borrow)]
    pub description: Option<Text<'a>>,
    /// What its text looks like.
    pub format: Option<CustomFormat>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What the text of a custom tool looks like.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct CustomFormat {
    /// `text` or `grammar`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `tool_choice`.
pub enum ToolChoice {
    /// `none`, `auto`, `required`, or a word that OpenAI does not know.
    Mode(String),
    /// One tool by name, or several of which the model may choose.
    Named(Box<NamedChoice>),
}

/// `tool_choice` as an object.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct NamedChoice {
    /// `function`, `custom`, `allowed_tools`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The function, when `type` is `function`.
    pub function: Option<Named>,
    /// The custom tool, when `type` is `custom`.
    pub custom: Option<Named>,
    /// The tools, when `type` is `allowed_tools`.
    pub allowed_tools: Option<AllowedTools>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A name.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct Named {
    /// The name.
    pub name: String,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The tools of which the model may choose.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct AllowedTools {
    /// `auto` or `required`.
    pub mode: String,
    /// The tools, each with its `type`.
    pub tools: Vec<AllowedTool>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One of them.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct AllowedTool {
    /// `function` or `custom`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The function, when `type` is `function`.
    pub function: Option<Named>,
    /// The custom tool, when `type` is `custom`.
    pub custom: Option<Named>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

private_debug!(
    Tool<'a>,
    FunctionDefinition<'a>,
    CustomDefinition<'a>,
    CustomFormat,
    ToolChoice,
    NamedChoice,
    Named,
    AllowedTools,
    AllowedTool
);

// === impl ToolChoice ===

impl<'de> Deserialize<'de> for ToolChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ToolChoiceVisitor)
    }
}

struct ToolChoiceVisitor;

impl<'de> Visitor<'de> for ToolChoiceVisitor {
    type Value = ToolChoice;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("`none`, `auto`, `required` or an object that names a function")
    }

    fn visit_str<E>(self, value: &str) -> Result<ToolChoice, E> {
        Ok(ToolChoice::Mode(value.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ToolChoice, A::Error> {
        NamedChoice::deserialize(MapAccessDeserializer::new(map))
            .map(|named| ToolChoice::Named(Box::new(named)))
    }
}
