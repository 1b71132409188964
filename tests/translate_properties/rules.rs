//! Bedrock's rules for a Converse body, as far as they can be checked without Bedrock (translation reference §1.2,
//! §1.6). Written from the reference, on the JSON, and knowing nothing of the translation.

use serde_json::Value;
use std::collections::HashSet;

const MEMBERS: [&str; 10] = [
    "messages",
    "system",
    "inferenceConfig",
    "toolConfig",
    "additionalModelRequestFields",
    "additionalModelResponseFieldPaths",
    "guardrailConfig",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
];

/// Panics with the rule that the body breaks.
pub(crate) fn check(body: &Value) {
    for member in body.as_object().unwrap().keys() {
        assert!(MEMBERS.contains(&member.as_str()), "Converse has no {member}");
    }
    if let Some(system) = body.get("system") {
        let texts = non_empty(system).iter().filter(|block| block.get("cachePoint").is_none());
        texts.for_each(|block| not_blank(&block["text"]));
    }
    cache_points(body);
    around(body);
    turns(non_empty(&body["messages"]));
    inference_config(&body["inferenceConfig"]);
    let has_tool_blocks = body["messages"].to_string().contains(r#"{"toolUse":"#);
    tool_config(&body["toolConfig"], has_tool_blocks);
    let extra = &body["additionalModelRequestFields"]["tool_choice"];
    let twice = !extra["type"].is_null() && !body["toolConfig"]["toolChoice"].is_null();
    assert!(!twice, "the type of the tool choice is said twice");
    assert!(extra.is_null() || !body["toolConfig"].is_null(), "a tool choice without tools");
}

fn turns(turns: &[Value]) {
    let mut open: Vec<&str> = Vec::new();
    let mut last = "";
    for turn in turns {
        let role = turn["role"].as_str().unwrap();
        assert_ne!(role, last, "roles alternate");
        last = role;
        let order: &[&str] = match role {
            "user" => &["toolResult", "text"],
            "assistant" => &["reasoningContent", "text", "toolUse"],
            other => panic!("no such role: {other}"),
        };
        let (mut reached, mut answered, mut called) = (0, Vec::new(), Vec::new());
        for block in non_empty(&turn["content"]) {
            let (kind, value) = only_member(block);
            if kind == "cachePoint" {
                continue;
            }
            let place = order.iter().position(|known| *known == kind);
            let place = place.unwrap_or_else(|| panic!("{kind} in a turn of the {role}"));
            assert!(place >= reached, "{kind} stands too late in its turn");
            reached = place;
            match kind {
                "text" => not_blank(value),
                "toolResult" => answered.push(tool_result(value)),
                "toolUse" => called.push(tool_use(value)),
                _ => reasoning(value),
            }
        }
        assert_eq!(open, answered, "every call is answered in the next turn, in order");
        assert_eq!(called.iter().collect::<HashSet<_>>().len(), called.len(), "ids are used once in a turn");
        open = called;
    }
    assert!(open.is_empty(), "the conversation ends on an open call");
}

/// At most four, each after something that is none, those of an hour first.
fn cache_points(body: &Value) {
    let lists = [&body["toolConfig"]["tools"], &body["system"]];
    let contents = body["messages"].as_array().unwrap().iter().map(|message| &message["content"]);
    let mut points = Vec::new();
    for list in lists.into_iter().chain(contents).filter_map(Value::as_array) {
        assert!(
            list.first().is_none_or(|block| block.get("cachePoint").is_none()),
            "a list begins with a point"
        );
        assert!(!list.windows(2).any(|two| two.iter().all(|block| block.get("cachePoint").is_some())));
        points.extend(list.iter().filter_map(|block| block.get("cachePoint")));
    }
    assert!(points.len() <= 4, "too many cache points");
    assert!(points.iter().all(|point| point["type"] == "default"));
    let hours: Vec<bool> = points.iter().map(|point| point["ttl"] == "1h").collect();
    assert!(hours.is_sorted_by(|one, other| one >= other), "an hour after five minutes");
}

/// What stands around the conversation.
fn around(body: &Value) {
    for (key, value) in body["requestMetadata"].as_object().into_iter().flatten() {
        let legal =
            |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c);
        let fits = |text: &str| text.len() <= 256 && text.chars().all(legal);
        assert!(!key.is_empty() && fits(key) && fits(value.as_str().unwrap()), "{key}: {value}");
    }
    assert!(body["requestMetadata"].as_object().is_none_or(|labels| (1..=16).contains(&labels.len())));
    let pointers = body["additionalModelResponseFieldPaths"].as_array();
    assert!(pointers.is_none_or(|paths| (1..=10).contains(&paths.len())));
    assert!(pointers.into_iter().flatten().all(|path| path.as_str().unwrap().starts_with('/')));
    let tier = &body["serviceTier"]["type"];
    assert!(tier.is_null() || ["default", "flex", "priority", "reserved"].contains(&tier.as_str().unwrap()));
}

fn tool_use(block: &Value) -> &str {
    name(&block["name"]);
    assert!(block["input"].is_object(), "input is an object");
    id(&block["toolUseId"])
}

fn tool_result(block: &Value) -> &str {
    non_empty(&block["content"]).iter().for_each(|part| not_blank(&part["text"]));
    id(&block["toolUseId"])
}

fn reasoning(block: &Value) {
    match only_member(block) {
        ("reasoningText", text) => {
            assert!(text["text"].is_string());
            assert_ne!(text["signature"].as_str().unwrap(), "", "only signed reasoning goes back");
        }
        ("redactedContent", data) => assert!(data.is_string()),
        (other, _) => panic!("no such reasoning: {other}"),
    }
}

fn inference_config(config: &Value) {
    let Some(config) = config.as_object() else { return };
    for (member, value) in config {
        match member.as_str() {
            "maxTokens" => assert!((1..=i64::from(i32::MAX)).contains(&value.as_i64().unwrap())),
            "temperature" | "topP" => assert!((0.0..=1.0).contains(&value.as_f64().unwrap())),
            "stopSequences" => {
                let sequences = non_empty(value);
                assert!(sequences.len() <= 2500);
                assert!(sequences.iter().all(|sequence| !sequence.as_str().unwrap().is_empty()));
            }
            other => panic!("inferenceConfig has no {other}"),
        }
    }
}

fn tool_config(config: &Value, needed: bool) {
    if config.is_null() {
        assert!(!needed, "tool blocks need a toolConfig");
        return;
    }
    let mut names = Vec::new();
    for tool in non_empty(&config["tools"]) {
        let spec = match only_member(tool) {
            ("toolSpec", spec) => spec,
            ("systemTool", _) | ("cachePoint", _) => continue,
            _ => panic!("no such tool: {tool}"),
        };
        names.push(name(&spec["name"]));
        assert!(spec.get("description").is_none_or(|text| !text.as_str().unwrap().is_empty()));
        assert_eq!(spec["inputSchema"]["json"]["type"], "object", "the root of a schema is an object");
    }
    match config.get("toolChoice").map(only_member) {
        None | Some(("any", _)) => {}
        Some(("tool", tool)) => assert!(names.contains(&name(&tool["name"]))),
        Some((other, _)) => panic!("no such choice: {other}"),
    }
}

fn non_empty(list: &Value) -> &[Value] {
    let list = list.as_array().unwrap();
    assert!(!list.is_empty(), "a list is empty");
    list
}

fn only_member(union: &Value) -> (&str, &Value) {
    let union = union.as_object().unwrap();
    assert_eq!(union.len(), 1, "a union has one member: {union:?}");
    let (member, value) = union.iter().next().unwrap();
    (member, value)
}

fn not_blank(text: &Value) {
    assert!(!text.as_str().unwrap().trim().is_empty(), "blank text");
}

fn id(id: &Value) -> &str {
    fits(id, |byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
}

fn name(name: &Value) -> &str {
    fits(name, |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn fits(word: &Value, allowed: fn(u8) -> bool) -> &str {
    let word = word.as_str().unwrap();
    assert!((1..=64).contains(&word.len()) && word.bytes().all(allowed), "{word:?}");
    word
}
