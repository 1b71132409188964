//! The shape of the answer: `response_format`.

use super::Rest;
use serde::Deserialize;
use serde_json::value::RawValue;

/// `response_format`.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct ResponseFormat<'a> {
    /// `text`, `json_object` or `json_schema`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The schema, when `type` is `json_schema`.
    #[serde(borrow)]
    pub json_schema: Option<NamedSchema<'a>>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `response_format.json_schema`.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct NamedSchema<'a> {
    /// 1 to 64 of `a-zA-Z0-9_-`.
    pub name: Option<String>,
    /// What the answer is for, for the model.
    pub description: Option<String>,
    /// The JSON schema, untouched: the order of its properties is the order in which models write them.
    #[serde(borrow, default, deserialize_with = "crate::text::carried")]
    pub schema: Option<&'a RawValue>,
    /// Whether the answer must match the schema exactly.
    pub strict: Option<bool>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

private_debug!(ResponseFormat<'a>, NamedSchema<'a>);
