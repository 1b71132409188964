//! Any bytes as a request body: refused or translated, never a panic; and what is translated keeps Bedrock's rules.

use crate::{media, rules};
use bedrock_gateway::{
    catalog::{Capabilities, Catalog, Defaults, ModelId},
    converse::{self, CacheTtl},
    openai::chat::ChatRequest,
    translate::{self, Context, Fetched, GuardrailPolicy, Policy, PromptCache, Refusal, Unsupported},
};
use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value, json};
use std::{fs, path::Path, sync::LazyLock};

/// What the edge and the dispatcher do with a body. The outer error is a body that is no request.
pub(crate) fn translate(
    body: &[u8],
    claude: bool,
    strict: bool,
) -> Result<Result<converse::Request<'_>, Refusal>, serde_json::Error> {
    let unsupported = if strict { Unsupported::Strict } else { Unsupported::Lenient };
    translate_by(body, claude, &Policy { unsupported, ..Policy::default() })
}

/// An operator who lets clients do everything, and does everything for them.
pub(crate) fn generous(unsupported: Unsupported) -> Policy {
    Policy {
        unsupported,
        prompt_cache: PromptCache { tools: true, system: true, messages: true, ttl: Some(CacheTtl::OneHour) },
        guardrail: GuardrailPolicy { guardrail: None, client_override: true },
        metadata: true,
        ..Policy::default()
    }
}

/// The same by a policy.
pub(crate) fn translate_by<'a>(
    body: &'a [u8],
    claude: bool,
    policy: &Policy,
) -> Result<Result<converse::Request<'a>, Refusal>, serde_json::Error> {
    let model = match claude {
        true => "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        false => "amazon.nova-lite-v1:0",
    };
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().unwrap());
    translate_for(body, &CATALOG.model(&ModelId::parse(model).unwrap()).can, policy)
}

/// The same for a model that can do this.
pub(crate) fn translate_for<'a>(
    body: &'a [u8],
    can: &Capabilities,
    policy: &Policy,
) -> Result<Result<converse::Request<'a>, Refusal>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let request: ChatRequest =
        serde_path_to_error::deserialize(&mut json).map_err(serde_path_to_error::Error::into_inner)?;
    json.end()?;
    let media = Fetched::default();
    let cx = Context { can, defaults: Defaults::default(), policy, media: &media };
    Ok(translate::request(request, cx).map(|translated| {
        assert!(translated.warnings.len() <= 25, "warnings are bounded");
        for warning in &translated.warnings {
            let text = warning.to_string();
            assert!(text.len() < 600 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text:?}");
        }
        translated.body
    }))
}

/// Translates, and checks what comes of it.
fn judge(body: &[u8], claude: bool, strict: bool) {
    let unsupported = if strict { Unsupported::Strict } else { Unsupported::Lenient };
    for policy in [Policy { unsupported, ..Policy::default() }, generous(unsupported)] {
        match translate_by(body, claude, &policy) {
            Err(_) => {}
            Ok(Err(refusal)) => {
                assert!(!refusal.message.is_empty());
                assert!(
                    refusal.param.len() + refusal.message.len() < 2048,
                    "a refusal is short: {refusal:?}"
                );
            }
            Ok(Ok(body)) => {
                let body = serde_json::to_value(&body).unwrap();
                rules::check(&body);
                if claude {
                    media::apart(body["messages"].as_array().unwrap());
                }
            }
        }
    }
}

/// Every golden request that is JSON.
pub(crate) fn seeds() -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let bodies = folders.iter().filter_map(|folder| fs::read(folder.join("openai.json")).ok());
    bodies.filter_map(|body| serde_json::from_slice(&body).ok()).collect()
}

/// JSON of any shape, with the words of the API among its keys and strings.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn word() -> impl Strategy<Value = String> {
    const WORDS: [&str; 52] = [
        "model",
        "messages",
        "role",
        "content",
        "type",
        "text",
        "refusal",
        "user",
        "assistant",
        "system",
        "tool",
        "tools",
        "function",
        "name",
        "arguments",
        "parameters",
        "tool_calls",
        "tool_call_id",
        "id",
        "tool_choice",
        "none",
        "auto",
        "required",
        "stop",
        "temperature",
        "top_p",
        "stream",
        "stream_options",
        "thinking_blocks",
        "thinking",
        "signature",
        "redacted_thinking",
        "data",
        "object",
        "cache_control",
        "prompt_cache_breakpoint",
        "prompt_cache_options",
        "ephemeral",
        "ttl",
        "1h",
        "5m",
        "mode",
        "implicit",
        "explicit",
        "metadata",
        "requestMetadata",
        "service_tier",
        "extra_body",
        "additionalModelRequestFields",
        "additionalModelResponseFieldPaths",
        "{}",
        "",
    ];
    prop_oneof![4 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => ".{0,90}"]
}

/// A change to a request: where, and what.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Replace(Index, Value),
    Remove(Index),
    Repeat(Index),
    Insert(Index, String, Value),
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), any_json()).prop_map(|(at, value)| Change::Replace(at, value)),
        any::<Index>().prop_map(Change::Remove),
        any::<Index>().prop_map(Change::Repeat),
        (any::<Index>(), word(), any_json()).prop_map(|(at, name, value)| Change::Insert(at, name, value)),
    ]
}

pub(crate) fn apply(root: &mut Value, change: &Change) {
    let mut pointers = Vec::new();
    walk(root, &mut String::new(), &mut pointers);
    let (Change::Replace(at, _) | Change::Remove(at) | Change::Repeat(at) | Change::Insert(at, ..)) = change;
    let pointer = at.get(&pointers);
    let Some(place) = root.pointer_mut(pointer) else { return };
    match change {
        Change::Replace(_, value) => *place = value.clone(),
        Change::Remove(_) => *place = Value::Null,
        Change::Repeat(at) => {
            if let Some(list) = place.as_array_mut().filter(|list| !list.is_empty()) {
                list.push(at.get(list).clone());
            }
        }
        Change::Insert(_, name, value) => {
            if let Some(object) = place.as_object_mut() {
                object.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The pointers to every place in a tree.
fn walk(value: &Value, here: &mut String, pointers: &mut Vec<String>) {
    pointers.push(here.clone());
    let length = here.len();
    let mut visit = |name: &str, value: &Value| {
        here.push('/');
        here.push_str(&name.replace('~', "~0").replace('/', "~1"));
        walk(value, here, pointers);
        here.truncate(length);
    };
    match value {
        Value::Array(list) => list.iter().enumerate().for_each(|(at, item)| visit(&at.to_string(), item)),
        Value::Object(members) => members.iter().for_each(|(name, value)| visit(name, value)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn near_misses_are_translated_soundly_or_refused(
        seed in any::<Index>(),
        changes in prop::collection::vec(change(), 1..5),
        claude: bool,
        strict: bool,
    ) {
        thread_local!(static SEEDS: Vec<Value> = seeds());
        let mut request = SEEDS.with(|seeds| seed.get(seeds).clone());
        changes.iter().for_each(|change| apply(&mut request, change));
        judge(request.to_string().as_bytes(), claude, strict);
    }

    #[test]
    fn any_json_is_no_panic(value in any_json(), messages in any_json(), extra in any_json()) {
        judge(value.to_string().as_bytes(), true, false);
        let mut request = match extra {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        request.insert("messages".to_owned(), messages);
        judge(Value::Object(request).to_string().as_bytes(), false, false);
    }

    #[test]
    fn any_text_in_a_body_is_no_panic(seed in any::<Index>(), at in any::<Index>(), cut in 0..20_usize, bytes: Vec<u8>) {
        const PIECES: [&str; 8] = ["\\ud800", "1e999", "-0", "\\u0000", "{", "[[", "\"", ",\"model\":1"];
        thread_local!(static SEEDS: Vec<Value> = seeds());
        let body = SEEDS.with(|seeds| seed.get(seeds).to_string().into_bytes());
        let from = at.index(body.len());
        let piece = at.get(&PIECES).as_bytes();
        for middle in [piece, &bytes[..]] {
            let rest = &body[(from + cut).min(body.len())..];
            judge(&[&body[..from], middle, rest].concat(), true, false);
        }
    }
}

/// On a stack as small as a worker thread's.
#[test]
fn ten_thousand_levels_are_no_stack_overflow() {
    let deep = |open: &str, close: &str| format!("{}0{}", open.repeat(10_000), close.repeat(10_000));
    let places: [fn(&str) -> String; 12] = [
        |deep| deep.to_owned(),
        |deep| format!(r#"{{"messages":{deep}}}"#),
        |deep| format!(r#"{{"messages":[{{"role":"user","content":{deep}}}]}}"#),
        |deep| user(&format!(r#""unknown":{deep}"#)),
        |deep| user(&format!(r#""tool_choice":{deep}"#)),
        |deep| user(&format!(r#""response_format":{deep}"#)),
        tool,
        |deep| tool(&format!(r#"{{"type":"object","x":{deep}}}"#)),
        |deep| tool(&format!(r#"{{"type":null,"x":{deep}}}"#)),
        |deep| tool(&format!(r#"{{"x":{deep}}}"#)),
        |deep| loop_with_arguments(&format!(r#"{{"x":{deep}}}"#)),
        loop_with_arguments,
    ];
    let check = move || {
        for deep in [deep("[", "]"), deep(r#"{"a":"#, "}")] {
            for place in &places {
                if let Ok(Ok(body)) = translate(place(&deep).as_bytes(), false, false) {
                    serde_json::to_string(&body).unwrap();
                }
            }
        }
    };
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(check).unwrap().join().unwrap();
}

fn user(member: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":"Hi"}}],{member}}}"#)
}

fn tool(parameters: &str) -> String {
    user(&format!(r#""tools":[{{"type":"function","function":{{"name":"f","parameters":{parameters}}}}}]"#))
}

fn loop_with_arguments(arguments: &str) -> String {
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}});
    json!({"messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "ok"},
    ]})
    .to_string()
}
