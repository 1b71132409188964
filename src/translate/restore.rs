//! What an answer needs of its request to be read back into the client's terms.

use super::format::{AnswerTool, Expected};
use crate::{
    converse::ModelFields,
    openai::completion::{FinishReason, ResponseFields},
};
use serde_json::Value;
use std::collections::HashMap;

/// Made with the request, used on its answer.
#[derive(Clone, Default)]
pub struct Restore {
    /// What the answer must be.
    pub(super) format: Option<Expected>,
    /// The tool that carries the answer if Bedrock refuses the schema, and what the answer must be then.
    pub(super) fallback: Option<Box<(AnswerTool, Expected)>>,
    /// The tools that the model can call, by the names under which Bedrock has them.
    tools: HashMap<String, Declared>,
    /// The client declared `functions` and reads `function_call`.
    pub(super) functions: bool,
    /// The model's streams count cached tokens in `inputTokens`, against the rule.
    pub(super) inclusive_input_tokens: bool,
    /// The member by which the client limited the answer.
    pub(super) limit: Option<&'static str>,
    /// The client chose a service tier, and shall hear which one it got.
    pub(super) tier: bool,
    /// The client asked for members of the model's own answer; those at these pointers only the gateway did.
    pub(super) fields: Option<Vec<String>>,
}

/// A tool as the client declared it.
#[derive(Clone)]
struct Declared {
    /// Its name, where Bedrock has another.
    name: Option<String>,
    custom: bool,
}

/// A tool that the model called, in the client's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Called<'a> {
    /// The name that the client declared.
    pub(super) name: &'a str,
    /// A custom tool: its input is text.
    pub(super) custom: bool,
}

private_debug!(Restore);

// === impl Restore ===

impl Restore {
    /// Whether a call of this tool is the answer itself.
    pub(super) fn is_answer(&self, tool: &str) -> bool {
        self.format.as_ref().is_some_and(|expected| expected.tool.as_deref() == Some(tool))
    }

    /// So many tools are to be remembered.
    pub(super) fn expect(&mut self, tools: usize) {
        self.tools.reserve(tools);
    }

    /// Remembers a tool; false when Bedrock would know two tools by this name.
    pub(super) fn remember(&mut self, sent: &str, name: &str, custom: bool) -> bool {
        let name = (sent != name).then(|| name.to_owned());
        self.tools.insert(sent.to_owned(), Declared { name, custom }).is_none()
    }

    /// The tool that the model means. gpt-oss has been seen to add the channel in which it writes to the name
    /// (`json`, `<|channel|>commentary`; translation reference §5.1): no name can hold that.
    pub(super) fn called<'a>(&'a self, sent: &'a str) -> Called<'a> {
        let bare = sent.split("<|").next().unwrap_or(sent).trim_end();
        let candidates = [Some(sent), Some(bare), bare.strip_suffix("json").filter(|_| bare != sent)];
        let known = candidates.into_iter().flatten().find_map(|name| self.tools.get_key_value(name));
        match known {
            Some((sent, Declared { name, custom })) => {
                Called { name: name.as_ref().unwrap_or(sent), custom: *custom }
            }
            None => Called { name: sent, custom: false },
        }
    }

    /// The members of the model's own answer that the client asked for.
    pub(super) fn fields(&self, fields: Option<ModelFields>) -> Option<ResponseFields> {
        let (own, ModelFields(mut fields)) = self.fields.as_ref().zip(fields)?;
        own.iter().for_each(|pointer| remove(&mut fields, pointer));
        let nothing = fields.as_object().is_some_and(|fields| fields.is_empty());
        (!nothing).then_some(ResponseFields(fields))
    }

    /// The reason in the words of the API that the client uses.
    pub(super) fn finish_reason(&self, reason: FinishReason) -> FinishReason {
        match reason {
            FinishReason::ToolCalls if self.functions => FinishReason::FunctionCall,
            reason => reason,
        }
    }
}

/// Takes away what a pointer selected, with the objects that held nothing else.
fn remove(fields: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(members) = fields.pointer_mut(parent).and_then(Value::as_object_mut)
        && members.remove(name).is_some()
        && members.is_empty()
    {
        remove(fields, parent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_client_sees_the_fields_that_it_asked_for() {
        let details =
            json!({"usage": {"output_tokens_details": {"thinking_tokens": 7}}, "stop_sequence": "END"});
        let counts = json!({"usage": {"output_tokens_details": {"thinking_tokens": 7}, "input_tokens": 1}});
        let only = json!({"usage": {"output_tokens_details": {"thinking_tokens": 7}}});
        let own = || Some(vec!["/usage/output_tokens_details".to_owned()]);
        for (asked, given, seen) in [
            (None, details.clone(), None),
            (Some(Vec::new()), details.clone(), Some(details.clone())),
            (own(), details, Some(json!({"stop_sequence": "END"}))),
            (own(), counts, Some(json!({"usage": {"input_tokens": 1}}))),
            (own(), only, None),
            (own(), json!({"usage": 5}), Some(json!({"usage": 5}))),
            (own(), json!({}), None),
        ] {
            let restore = Restore { fields: asked, ..Restore::default() };
            assert_eq!(restore.fields(Some(ModelFields(given))).map(|fields| fields.0), seen);
        }
    }

    #[test]
    fn a_channel_behind_a_declared_name_is_cut() {
        let mut restore = Restore::default();
        assert!(restore.remember("weather", "weather", false));
        assert!(restore.remember("json", "json", false));
        assert!(restore.remember("fs_read_0123", "fs.read", true));
        assert!(!restore.remember("json", "json", false), "the second of a name");
        for (sent, name, custom) in [
            ("weather", "weather", false),
            ("weather<|channel|>commentary", "weather", false),
            ("weatherjson<|channel|>commentary", "weather", false),
            ("weather <|channel|>json", "weather", false),
            ("json<|channel|>commentary", "json", false),
            ("fs_read_0123<|channel|>commentary", "fs.read", true),
            ("weatherjson", "weatherjson", false),
            ("news<|channel|>commentary", "news<|channel|>commentary", false),
        ] {
            assert_eq!(restore.called(sent), Called { name, custom }, "{sent}");
        }
    }
}
