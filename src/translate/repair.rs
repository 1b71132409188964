//! A smaller request, where Bedrock refused the first one for something that can be left out (translation reference
//! §7 rows 43, 51, 81): reasoning of earlier turns, `strict`, a `maxTokens` over the limit that the refusal names.
//!
//! It works on the bytes that were sent, so that nothing has to be kept for the case that it is needed. What is not
//! left out stays byte for byte.

use super::{Restore, Unsupported, Warning};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::{RawValue, to_raw_value};
use std::{borrow::Cow, fmt};

/// How Bedrock, and the models behind it, speak of reasoning in the conversation that they do not take.
const REASONING: [&str; 6] = [
    "signature",
    "thinking block",
    "thinking` block",
    "redacted_thinking",
    "reasoningcontent",
    "reasoning content",
];

/// How they speak of a member that they do not know.
const UNKNOWN: [&str; 6] =
    ["not permitted", "extraneous", "unknown", "unexpected", "not supported", "not support"];

/// Stands for a turn of nothing but reasoning; a turn must not be empty.
const FILLER: &str = r#"[{"text":"."}]"#;

/// The members of a JSON object in their order.
struct Members<'a>(Vec<(Cow<'a, str>, Cow<'a, RawValue>)>);

/// The request without what `refusal` complains of, and what the client is told; `None` when nothing can be left out.
/// A strict policy keeps what the client asked for: it loses no more than reasoning, which the client only passes on.
pub fn repair(
    body: &[u8],
    refusal: &str,
    policy: Unsupported,
    restore: &Restore,
) -> Option<(Vec<u8>, Warning)> {
    let refusal = refusal.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|part| refusal.contains(part));
    let mut body: Members<'_> = serde_json::from_slice(body).ok()?;
    let lenient = policy == Unsupported::Lenient;
    let warning = if says(&REASONING) && !says(&["but found"]) {
        without_reasoning(&mut body)?
    } else if lenient && says(&["strict:", "strict`", "strict'", "strict\"", " strict "]) && says(&UNKNOWN) {
        without_strict(&mut body)?
    } else if let Some(limit) = output_limit(&refusal).filter(|_| lenient) {
        with_max_tokens(&mut body, limit, restore.limit.unwrap_or("max_tokens"))?
    } else {
        return None;
    };
    Some((serde_json::to_vec(&body).ok()?, warning))
}

fn warning(param: &str, why: &'static str, done: impl Into<Cow<'static, str>>) -> Warning {
    Warning { param: param.to_owned(), why: why.into(), done: done.into() }
}

fn without_reasoning(body: &mut Members<'_>) -> Option<Warning> {
    const WHY: &str = "Bedrock refused the reasoning of earlier turns";
    let (mut found, mut in_loop) = (false, false);
    body.edit("messages", |messages| {
        let messages: Vec<Members<'_>> = serde_json::from_str(messages).ok()?;
        let stripped = messages.into_iter().map(|mut message| {
            message.edit("content", |content| {
                let blocks: Vec<&RawValue> = serde_json::from_str(content).ok()?;
                let is = |block: &RawValue, kind: &str| block.get().starts_with(&format!("{{\"{kind}\":"));
                in_loop = blocks.first().is_some_and(|first| is(first, "toolResult"));
                let before = blocks.len();
                let kept: Vec<_> =
                    blocks.into_iter().filter(|block| !is(block, "reasoningContent")).collect();
                found |= kept.len() < before;
                match kept.is_empty() {
                    true => RawValue::from_string(FILLER.to_owned()).ok(),
                    false => to_raw_value(&kept).ok(),
                }
            })?;
            Some(message)
        });
        to_raw_value(&stripped.collect::<Option<Vec<_>>>()?).ok()
    })?;
    if !found {
        return None;
    }
    // While tools run, a budget for thinking insists on the thinking that was just left out.
    if in_loop && body.remove_budget().is_some() {
        return Some(warning("messages", WHY, "sent again without it, and without thinking in this turn"));
    }
    Some(warning("messages", WHY, "sent again without it"))
}

fn without_strict(body: &mut Members<'_>) -> Option<Warning> {
    let mut found = false;
    body.edit("toolConfig", |config| {
        let mut config: Members<'_> = serde_json::from_str(config).ok()?;
        config.edit("tools", |tools| {
            let mut tools: Vec<Members<'_>> = serde_json::from_str(tools).ok()?;
            for tool in &mut tools {
                tool.edit("toolSpec", |spec| {
                    let mut spec: Members<'_> = serde_json::from_str(spec).ok()?;
                    found |= spec.remove("strict");
                    to_raw_value(&spec).ok()
                });
            }
            to_raw_value(&tools).ok()
        })?;
        to_raw_value(&config).ok()
    })?;
    found.then(|| warning("tools[].function.strict", "Bedrock refused it", "sent again without it"))
}

fn with_max_tokens(body: &mut Members<'_>, limit: u32, param: &str) -> Option<Warning> {
    body.edit("inferenceConfig", |config| {
        let mut config: Members<'_> = serde_json::from_str(config).ok()?;
        config.edit("maxTokens", |asked| {
            let asked: u32 = asked.parse().ok()?;
            (1..asked).contains(&limit).then(|| to_raw_value(&limit).ok())?
        })?;
        to_raw_value(&config).ok()
    })?;
    Some(warning(param, "over the model's limit", format!("lowered to {limit}")))
}

/// The most output tokens that the refusal allows. Some limits are themselves too high.
fn output_limit(refusal: &str) -> Option<u32> {
    if !refusal.contains("max") || !refusal.contains("token") {
        return None;
    }
    let behind = |words: &str| refusal.split_once(words).map(|(_, rest)| rest);
    let number = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..end].parse::<u32>().ok()
    };
    if let Some(limit) = behind("model limit of ").and_then(number) {
        let exclusive = refusal.contains("lower than") || refusal.contains("less than");
        return limit.checked_sub(u32::from(exclusive));
    }
    behind("is not less or equal to ").and_then(number).or_else(|| {
        let (before, _) = refusal.split_once(", which is the maximum allowed number of output tokens")?;
        before.rsplit(' ').next()?.parse().ok()
    })
}

// === impl Members ===

impl Members<'_> {
    /// Replaces the value of a member; `None`, and no change, when there is no such member or no new value.
    fn edit(&mut self, name: &str, change: impl FnOnce(&str) -> Option<Box<RawValue>>) -> Option<()> {
        let (_, value) = self.0.iter_mut().find(|(member, _)| member == name)?;
        *value = Cow::Owned(change(value.get())?);
        Some(())
    }

    /// Whether there was such a member.
    fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(member, _)| member != name);
        self.0.len() < before
    }

    /// Leaves out Claude's `thinking` with a budget.
    fn remove_budget(&mut self) -> Option<()> {
        #[derive(Deserialize)]
        struct Thinking<'a> {
            #[serde(rename = "type")]
            kind: &'a str,
        }
        self.edit("additionalModelRequestFields", |fields| {
            let mut fields: Members<'_> = serde_json::from_str(fields).ok()?;
            let (_, thinking) = fields.0.iter().find(|(member, _)| member == "thinking")?;
            let thinking: Thinking<'_> = serde_json::from_str(thinking.get()).ok()?;
            (thinking.kind == "enabled" && fields.remove("thinking")).then(|| to_raw_value(&fields).ok())?
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
                    members.push((name, Cow::Borrowed(value)));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests;
