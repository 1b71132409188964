//! What Bedrock refuses of a Converse request: first by shape, then as a conversation, then for the model.
//!
//! The rules are the translation reference §1.2, §1.3, §1.6 and §5. Texts are close to Bedrock's, since clients (and the
//! gateway) read them.

use serde_json::Value;

use super::models::{Family, Kind, Model};
use super::recent::Recent;
use super::reply::Refusal;

mod cache;
mod conversation;
mod media;
mod model;
mod options;
mod pairing;
mod request;
mod schema;
mod shape;
mod sniff;
mod thinking;
mod thoughts;
mod tools;

/// A request of sound shape, taken apart for the rules.
struct Conversation<'a> {
    request: &'a Value,
    turns: Vec<Turn<'a>>,
    /// The specifications of the client's tools.
    specs: Vec<&'a Value>,
    model: &'a Model,
    family: &'a Family,
    streams: bool,
    /// Whether the model will reason before it answers.
    thinks: bool,
    /// The signatures and opaque blobs that scripts sent.
    spoken: &'a Recent<String>,
}

/// One message.
struct Turn<'a> {
    role: &'a str,
    blocks: &'a [Value],
}

/// One rule.
type Rule = fn(&Conversation<'_>) -> Result<(), Refusal>;

/// Checks a request body for a call of `model`. The first thing wrong is what the refusal is about. `spoken` has the
/// signatures that are sound because a script sent them.
pub(super) fn check(
    model: &Model,
    body: &Value,
    streams: bool,
    spoken: &Recent<String>,
) -> Result<(), Refusal> {
    let shape = if streams { &request::CONVERSE_STREAM } else { &request::CONVERSE };
    shape::check(shape, body)?;
    let Kind::Chat(family) = model.kind else {
        return Err(Refusal::validation("This action doesn't support the model that you provided."));
    };
    let conversation = Conversation::new(model, family, body, streams, spoken);
    let rules = [
        conversation::RULES,
        pairing::RULES,
        cache::RULES,
        tools::RULES,
        schema::RULES,
        media::RULES,
        model::RULES,
        options::RULES,
        thinking::RULES,
        thoughts::RULES,
    ];
    rules.into_iter().flatten().try_for_each(|rule| rule(&conversation))
}

// === impl Conversation ===

impl<'a> Conversation<'a> {
    fn new(
        model: &'a Model,
        family: &'a Family,
        request: &'a Value,
        streams: bool,
        spoken: &'a Recent<String>,
    ) -> Self {
        let turn = |message: &'a Value| Turn {
            role: message["role"].as_str().unwrap_or_default(),
            blocks: message["content"].as_array().map_or(&[], Vec::as_slice),
        };
        let tools = request["toolConfig"]["tools"].as_array().into_iter().flatten();
        Self {
            request,
            turns: request["messages"].as_array().into_iter().flatten().map(turn).collect(),
            specs: tools.filter_map(|tool| tool.get("toolSpec")).collect(),
            model,
            family,
            streams,
            thinks: family.reasoning.wanted(&request["additionalModelRequestFields"]),
            spoken,
        }
    }

    /// All blocks of all messages with their places, e.g. `messages.0.content.1`.
    fn blocks(&self) -> impl Iterator<Item = (String, &Turn<'a>, &'a Value)> {
        self.turns.iter().enumerate().flat_map(|(m, turn)| {
            turn.blocks
                .iter()
                .enumerate()
                .map(move |(b, block)| (format!("messages.{m}.content.{b}"), turn, block))
        })
    }

    /// A member of `additionalModelRequestFields`; `Null` when it is not there.
    fn additional(&self, member: &str) -> &'a Value {
        &self.request["additionalModelRequestFields"][member]
    }
}

// === impl Turn ===

impl<'a> Turn<'a> {
    /// The contents of the blocks of one kind, e.g. `toolUse`.
    fn all(&self, kind: &'static str) -> impl Iterator<Item = &'a Value> {
        self.blocks.iter().filter_map(move |block| block.get(kind))
    }
}

/// Refuses with a text unless all is well.
fn ensure(fine: bool, message: impl FnOnce() -> String) -> Result<(), Refusal> {
    if fine { Ok(()) } else { Err(Refusal::validation(message())) }
}
