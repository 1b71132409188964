//! Tools and the choice among them.

use super::{CacheControl, Rest};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde_json::value::RawValue;
use std::fmt;

/// Something the model may call.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct Tool {
    /// `function` or `custom`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The function.
    pub function: Option<FunctionDefinition>,
    /// Anthropic's mark that the prompt up to here shall be cached (an extension).
    pub cache_control: Option<CacheControl>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A function that the client can run.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct FunctionDefinition {
    /// Its name.
    pub name: String,
    /// What it does, for the model.
    pub description: Option<String>,
    /// The JSON schema of its arguments, untouched.
    pub parameters: Option<Box<RawValue>>,
    /// Whether arguments must match the schema exactly.
    pub strict: Option<bool>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `tool_choice`.
pub enum ToolChoice {
    /// `none`, `auto`, `required`, or a word that OpenAI does not know.
    Mode(String),
    /// One function by name, or a newer form that is told by its `type`.
    Named {
        /// `function`, `custom`, `allowed_tools`.
        kind: String,
        /// The function, when `type` is `function`.
        function: Option<NamedFunction>,
        /// Everything else, by name.
        rest: Rest,
    },
}

/// A function by name.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct NamedFunction {
    /// Its name.
    pub name: String,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

private_debug!(Tool, FunctionDefinition, ToolChoice, NamedFunction);

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
        #[derive(Deserialize)]
        #[serde(expecting = "an object")]
        struct Named {
            #[serde(rename = "type")]
            kind: String,
            function: Option<NamedFunction>,
            #[serde(flatten)]
            rest: Rest,
        }
        let Named { kind, function, rest } = Named::deserialize(MapAccessDeserializer::new(map))?;
        Ok(ToolChoice::Named { kind, function, rest })
    }
}
