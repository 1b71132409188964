//! OpenAI's chat completions ⇄ Bedrock's Converse. Pure: no I/O, no clock, no randomness; the same input gives
//! the same bytes, which is what prompt caching needs.
//!
//! Nothing that a client asked for is dropped in silence. Each member of a request is mapped, or is a documented
//! no-op, or is refused with its name ([`Refusal`]), or is left out with a [`Warning`] that the client gets back
//! in `x-gateway-warnings`. Nothing is added that the client or the operator did not ask for.
//! `docs/translation.md` has the table.

mod cache;
mod citations;
mod content;
mod cost;
mod extras;
mod families;
mod format;
mod media;
mod messages;
mod params;
mod reasoning;
mod repair;
mod replay;
mod reply;
mod request;
mod restore;
mod server;
mod stop;
mod stream;
mod tools;
mod turns;
mod unfold;
mod unmapped;
mod usage;

pub use cache::PromptCache;
pub use cost::cost;
pub use extras::{AdditionalFields, Guardrail, GuardrailPolicy};
pub use format::as_tool;
pub use media::{Fetched, Remote, remote_media};
pub use repair::repair;
pub use reply::{ReplyError, ReplyHead, reply};
pub use request::{Translated, request};
pub use restore::Restore;
pub use stop::unknown_stop;
pub use stream::{ChunkMachine, StreamError};
pub use unfold::{check, unfold};

use crate::{
    catalog::{Capabilities, Defaults},
    usage::Tokens,
};
use std::{borrow::Cow, fmt};

/// They travel in a header: a client with a thousand odd members gets the first few by name.
const MAX_WARNINGS: usize = 24;

/// The most characters of a client's word that are said back to it.
const MAX_SHOWN: usize = 64;

/// What to do with a member that Bedrock cannot honour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unsupported {
    /// Leave it out and say so, where the answer is still what the client wanted.
    #[default]
    Lenient,
    /// Refuse the request.
    Strict,
}

/// What the operator decided about translation: the `policy` section.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy {
    /// What to do with members that cannot be honoured.
    pub unsupported: Unsupported,
    /// Where the prompt is cached without the client's doing.
    pub prompt_cache: PromptCache,
    /// What judges requests and answers.
    pub guardrail: GuardrailPolicy,
    /// Clients' labels are passed on to Bedrock's invocation log.
    pub metadata: bool,
    /// Which fields in the model's own terms clients may set.
    pub additional_fields: AdditionalFields,
    /// Where media may come from, besides the request itself.
    pub media: MediaPolicy,
}

/// Where media may come from: `policy.media`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MediaPolicy {
    /// From other hosts, by `https:`.
    pub https: bool,
    /// If any, from these hosts only: `HOST`, or `*.SUFFIX` for every host below it. In lower case.
    pub allow_hosts: Vec<String>,
    /// From S3, by Bedrock itself.
    pub s3: bool,
}

/// What a request is translated for.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What the model can do.
    pub can: &'a Capabilities,
    /// What is sent when the client is silent.
    pub defaults: Defaults,
    /// What the operator decided.
    pub policy: &'a Policy,
    /// What was fetched of the [`remote_media`] of the request.
    pub media: &'a Fetched,
}

/// The request cannot be translated: HTTP 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The path of the member, as the client wrote it.
    pub param: String,
    /// What kind of refusal.
    pub code: RefusalCode,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// OpenAI's codes for a bad member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCode {
    /// The value is out of range or contradicts another one.
    InvalidValue,
    /// A member that must be there is not.
    MissingRequiredParameter,
    /// The member cannot be honoured at all.
    UnsupportedParameter,
    /// The member can be honoured, this value cannot.
    UnsupportedValue,
    /// No such member.
    UnknownParameter,
}

/// A member that was left out or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The path of the member, in printable ASCII.
    pub param: String,
    /// What is the matter with it, in printable ASCII.
    pub why: Cow<'static, str>,
    /// What was done with it, in printable ASCII.
    pub done: Cow<'static, str>,
}

/// How a request is judged while it is translated: what to do with the unsupported, and what was left out.
#[derive(Debug)]
struct Judge {
    policy: Unsupported,
    warnings: Vec<Warning>,
}

// === impl Refusal ===

impl Refusal {
    fn new(code: RefusalCode, param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { param: param.into(), code, message: message.into() }
    }

    fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(RefusalCode::InvalidValue, param, message)
    }

    fn missing(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(RefusalCode::MissingRequiredParameter, param, message)
    }

    fn unsupported(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(RefusalCode::UnsupportedParameter, param, message)
    }

    fn unsupported_value(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(RefusalCode::UnsupportedValue, param, message)
    }
}

impl RefusalCode {
    /// The word in `error.code`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidValue => "invalid_value",
            Self::MissingRequiredParameter => "missing_required_parameter",
            Self::UnsupportedParameter => "unsupported_parameter",
            Self::UnsupportedValue => "unsupported_value",
            Self::UnknownParameter => "unknown_parameter",
        }
    }
}

// === impl Warning ===

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}, {}", self.param, self.why, self.done)
    }
}

// === impl Judge ===

impl Judge {
    fn new(policy: Unsupported) -> Self {
        Self { policy, warnings: Vec::new() }
    }

    /// Something is done differently from what the client wrote; it is told, whatever the policy.
    fn warn(
        &mut self,
        param: impl Into<String>,
        why: impl Into<Cow<'static, str>>,
        done: impl Into<Cow<'static, str>>,
    ) {
        match self.warnings.len() {
            ..MAX_WARNINGS => {
                self.warnings.push(Warning { param: param.into(), why: why.into(), done: done.into() });
            }
            MAX_WARNINGS => {
                let (param, why) = ("others".to_owned(), "there are more than fit here".into());
                self.warnings.push(Warning { param, why, done: "not listed".into() });
            }
            _ => {}
        }
    }

    /// A hint that cannot be honoured: left out with a warning, or refused when the policy is strict.
    fn leave_out(
        &mut self,
        param: impl Into<String>,
        why: impl Into<Cow<'static, str>>,
    ) -> Result<(), Refusal> {
        self.unless_strict(RefusalCode::UnsupportedParameter, param.into(), why.into(), "left out".into())
    }

    /// A value that cannot be honoured: the nearest one is taken with a warning, or it is refused when the policy
    /// is strict.
    fn change(
        &mut self,
        param: impl Into<String>,
        why: impl Into<Cow<'static, str>>,
        done: impl Into<Cow<'static, str>>,
    ) -> Result<(), Refusal> {
        self.unless_strict(RefusalCode::UnsupportedValue, param.into(), why.into(), done.into())
    }

    fn unless_strict(
        &mut self,
        code: RefusalCode,
        param: String,
        why: Cow<'static, str>,
        done: Cow<'static, str>,
    ) -> Result<(), Refusal> {
        match self.policy {
            Unsupported::Lenient => self.warn(param, why, done),
            Unsupported::Strict => {
                let message = format!("`{param}` cannot be honoured: {why}.");
                return Err(Refusal::new(code, param, message));
            }
        }
        Ok(())
    }

    /// Members that no reference knows: left out with a warning, or refused when the policy is strict. A null
    /// says nothing and is ignored.
    fn unknown(
        &mut self,
        prefix: impl fmt::Display,
        rest: &crate::openai::chat::Rest,
    ) -> Result<(), Refusal> {
        for (name, value) in rest {
            if !value.is_null() {
                let param = format!("{prefix}{}", shown(name));
                match self.policy {
                    Unsupported::Lenient => self.warn(param, "unknown member", "left out"),
                    Unsupported::Strict => {
                        let message = format!("Unknown member: `{param}`.");
                        return Err(Refusal::new(RefusalCode::UnknownParameter, param, message));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The service refuses text that is only white space.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// A client's word as it may stand in a message or a header: short, printable ASCII.
fn shown(word: &str) -> String {
    word.chars().take(MAX_SHOWN).flat_map(char::escape_default).collect()
}

/// A text that quotes a client, as it may stand in a message: not longer than it helps.
fn cut(text: &str) -> String {
    const MAX: usize = 200;
    text.chars().take(MAX).collect()
}

/// Bedrock's counters in the gateway's own words.
pub fn tokens(usage: &crate::converse::TokenUsage) -> Tokens {
    Tokens {
        input: usage.input_tokens,
        output: usage.output_tokens,
        cache_read: usage.cache_read(),
        cache_write: usage.cache_write(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::{Catalog, ModelId},
        converse::{Answer, StreamEvent},
        openai::chat::ChatRequest,
    };

    /// Stands wherever a person or a model may have written something.
    const SECRET: &str = "s3cret";

    fn head() -> ReplyHead {
        ReplyHead { id: "chatcmpl-1".into(), created: 1, model: "m".into() }
    }

    fn shows_nothing(shown: &str) {
        assert!(!shown.contains(SECRET), "{shown}");
    }

    #[test]
    fn debug_output_of_a_request_holds_no_content() {
        let body = r#"{"model":"m","stop":"s3cret","odd":{"s3cret":"s3cret"},"messages":[
            {"role":"system","content":"s3cret"},
            {"role":"user","content":[{"type":"text","text":"s3cret","odd":"s3cret"}],"name":"s3cret"},
            {"role":"assistant","content":null,"refusal":"s3cret",
             "thinking_blocks":[{"type":"thinking","thinking":"s3cret","signature":"s3cret"}],
             "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"a\":\"s3cret\"}"}}]},
            {"role":"tool","tool_call_id":"a","content":"s3cret"}],
            "tools":[{"type":"function","function":{"name":"f","description":"s3cret",
             "parameters":{"type":"object","title":"s3cret"}}}]}"#;
        let parsed: ChatRequest = serde_json::from_str(body).unwrap();
        shows_nothing(&format!("{parsed:?} {:?}", parsed.messages));
        let model = ModelId::parse("amazon.nova-lite-v1:0").unwrap();
        let model = Catalog::built_in().unwrap().model(&model);
        let policy = Policy::default();
        let media = Fetched::default();
        let cx = Context { can: &model.can, defaults: Defaults::default(), policy: &policy, media: &media };
        let translated = request(parsed, cx).unwrap();
        assert!(serde_json::to_string(&translated.body).unwrap().contains(SECRET));
        shows_nothing(&format!(
            "{:?} {:?} {:?}",
            translated.body, translated.body.messages, translated.body.system
        ));
    }

    #[test]
    fn debug_output_of_an_answer_holds_no_content() {
        let answer = r#"{"output":{"message":{"role":"assistant","content":[{"text":"s3cret"},
            {"reasoningContent":{"reasoningText":{"text":"s3cret","signature":"s3cret"}}},
            {"citationsContent":{"content":[{"text":"s3cret"}],"citations":[{"title":"s3cret","location":
                {"web":{"url":"https://s3cret"}}},{"source":"s3cret"}]}},
            {"image":{"format":"png","source":{"bytes":"s3cret"}}},
            {"toolUse":{"toolUseId":"a","name":"f","input":{"a":"s3cret"}}}]}},
            "stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1},
            "trace":{"guardrail":{"modelOutput":["s3cret"]},"promptRouter":{"invokedModelId":"s3cret"}}}"#;
        let answer: Answer = serde_json::from_str(answer).unwrap();
        shows_nothing(&format!("{answer:?}"));
        let completion = reply(answer, head(), &Restore::default()).unwrap();
        assert!(serde_json::to_string(&completion).unwrap().contains(SECRET));
        shows_nothing(&format!("{completion:?}"));
    }

    #[test]
    fn debug_output_of_a_stream_holds_no_content() {
        let mut machine = ChunkMachine::new(head(), true, Restore::default());
        for delta in [
            r#"{"reasoningContent":{"text":"s3cret"}}"#,
            r#"{"reasoningContent":{"signature":"s3cret"}}"#,
            r#"{"citation":{"title":"s3cret"}}"#,
        ] {
            let payload = format!(r#"{{"contentBlockIndex":0,"delta":{delta}}}"#);
            let event = StreamEvent::decode("contentBlockDelta", payload.as_bytes()).unwrap();
            shows_nothing(&format!("{event:?}"));
            machine.on(event, &mut |chunk| shows_nothing(&format!("{chunk:?}"))).unwrap();
            shows_nothing(&format!("{machine:?}"));
        }
    }
}
