//! Answers in a form: JSON for a schema that the service enforces, or that a prompt asks for.

use serde_json::{Deserializer, Value, json};

use super::super::models::Family;
use super::super::sample;
use super::{last_of_user, quote, text_of};

/// How prompts ask for JSON when they do not show a schema.
const PHRASES: [&str; 7] =
    ["json object", "json document", "valid json", "only json", "json only", "in json", "as json"];

/// The text of the answer, if it is to be JSON. Asked for in a prompt it comes in a fence, as models have it.
pub(super) fn document(request: &Value, family: &Family) -> Option<String> {
    let enforced = request["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"].as_str();
    if let Some(schema) = enforced {
        let schema = serde_json::from_str(schema).unwrap_or_default();
        return Some(sample::of(&schema).to_string());
    }
    let prompt = prompt(request, family);
    if !prompt.contains("JSON") {
        return None;
    }
    let value = match schema_in(&prompt) {
        Some(schema) => sample::of(&schema),
        None => {
            let prompt = prompt.to_lowercase();
            PHRASES.iter().find(|phrase| prompt.contains(**phrase))?;
            json!({"emulated": true, "you_said": quote(&text_of(last_of_user(request)))})
        }
    };
    Some(format!("```json\n{}\n```", serde_json::to_string_pretty(&value).unwrap_or_default()))
}

/// What tells the model how to answer: the system prompt, or where there is none, the first message.
fn prompt(request: &Value, family: &Family) -> String {
    let messages = request["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let first = messages.first().filter(|_| !family.system);
    let later = messages.iter().filter(|message| message["role"] == "system");
    let messages = first.into_iter().chain(later).map(|message| &message["content"]);
    let contents = std::iter::once(&request["system"]).chain(messages);
    let texts = contents.filter_map(Value::as_array).map(|content| text_of(content));
    texts.collect::<Vec<_>>().join("\n")
}

/// The first JSON schema that stands in a text.
fn schema_in(text: &str) -> Option<Value> {
    const KEYWORDS: [&str; 5] = ["properties", "anyOf", "allOf", "$ref", "enum"];
    let objects = text
        .match_indices('{')
        .filter_map(|(at, _)| Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok());
    let mut schemas = objects.filter(|object| {
        object["type"].is_string() || KEYWORDS.iter().any(|keyword| object.get(keyword).is_some())
    });
    schemas.next()
}

#[cfg(test)]
mod tests {
    use super::super::super::models::{Kind, resolve};
    use super::*;

    fn answer(model: &str, request: &Value) -> Option<String> {
        match resolve(model, &Default::default()).map(|model| &model.kind) {
            Ok(Kind::Chat(family)) => document(request, family),
            _ => panic!("{model} is no chat model"),
        }
    }

    const SCHEMA: &str = r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#;

    #[test]
    fn enforced_schemas_give_bare_json_and_prompted_ones_a_fence() {
        let nova = "amazon.nova-lite-v1:0";
        let schema = json!({"structure": {"jsonSchema": {"schema": SCHEMA}}});
        let enforced = json!({"outputConfig": {"textFormat": schema}});
        assert_eq!(answer(nova, &enforced).as_deref(), Some(r#"{"n":1}"#));
        let prompt = format!("Be {{brief}}. Answer with JSON for this schema:\n{SCHEMA}\nNothing else.");
        let fenced = Some("```json\n{\n  \"n\": 1\n}\n```");
        let system = json!({"system": [{"text": prompt}]});
        assert_eq!(answer(nova, &system).as_deref(), fenced);
        let first = json!({"messages": [{"role": "user", "content": [{"text": prompt}]}]});
        assert_eq!(answer("mistral.mistral-7b-instruct-v0:2", &first).as_deref(), fenced);
        assert_eq!(answer(nova, &first), None);
    }

    #[test]
    fn without_a_schema_the_prompt_must_ask_for_json() {
        let nova = "amazon.nova-lite-v1:0";
        let system = |text: &str| json!({"system": [{"text": text}]});
        assert!(
            answer(nova, &system("Answer with one JSON object."))
                .is_some_and(|a| a.starts_with("```json\n{"))
        );
        assert_eq!(answer(nova, &system("You know JSON well.")), None);
        assert_eq!(answer(nova, &system("Be brief.")), None);
    }
}
