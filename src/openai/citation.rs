//! What an answer carries besides its text: the sources of what it says, pictures, and the tools that
//! Bedrock ran for it.

use serde::Serialize;
use serde_json::Value;

/// An entry of `annotations`: a source on the web.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// Always `url_citation`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The source.
    pub url_citation: UrlCitation,
}

/// A source on the web, and the words that it stands for.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct UrlCitation {
    /// Where in `content` they begin, in characters.
    pub start_index: usize,
    /// Where they have ended.
    pub end_index: usize,
    /// The title of the page; its address where it has none.
    pub title: String,
    /// The address.
    pub url: String,
}

/// An entry of `citations` (an extension): a source that is not on the web.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SourceCitation {
    /// Where in `content` the words begin that it stands for, in characters.
    pub start_index: usize,
    /// Where they have ended.
    pub end_index: usize,
    /// The citation as Bedrock has it: `title`, `source`, `sourceContent`, `location`.
    pub citation: Value,
}

/// An entry of `images` (an extension, in the shape that LiteLLM and OpenRouter use).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageOutput {
    /// Position among the pictures of one answer.
    pub index: u32,
    /// Always `image_url`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The picture.
    pub image_url: ImageUrl,
}

/// A picture.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ImageUrl {
    /// A data URL.
    pub url: String,
}

/// An entry of `server_tools` (an extension): a tool that Bedrock ran itself, or what it gave. For reading only.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ServerTool {
    /// Position among the entries of one answer.
    pub index: u32,
    /// `server_tool_use`, or the kind of result.
    #[serde(rename = "type")]
    pub kind: String,
    /// Ties a result to its call.
    pub id: String,
    /// Of a call: which tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of a call: a JSON object, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Of a result: `success` or `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Of a result: what it is, as Bedrock has it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Value>,
}

private_debug!(UrlCitation, SourceCitation, ImageUrl, ServerTool);
