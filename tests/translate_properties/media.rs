//! Bedrock's rules for media (translation reference §1.3, §1.6), on the JSON.

use crate::rules::only_member;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::collections::HashSet;

/// Blocks that are media.
pub(crate) const KINDS: [&str; 4] = ["image", "document", "video", "audio"];

/// Panics with the rule that the turns break.
pub(crate) fn check(turns: &[Value]) {
    let mut names = HashSet::new();
    for turn in turns {
        let blocks = turn["content"].as_array().unwrap();
        let of = |kind: &str| blocks.iter().filter(|block| block.get(kind).is_some()).count();
        assert!(of("image") <= 20 && of("document") <= 5, "too many media in a turn");
        assert!(of("document") == 0 || of("text") > 0, "a document without text");
        let inside = blocks.iter().filter_map(|block| block["toolResult"]["content"].as_array()).flatten();
        for (kind, value) in blocks.iter().chain(inside).map(only_member) {
            if KINDS.contains(&kind) {
                medium(kind, value);
            }
            if kind == "document" {
                assert!(names.insert(name(&value["name"]).to_ascii_lowercase()), "a name is there twice");
            }
        }
    }
}

/// Panics if something stands beside a tool result that Claude takes only apart from it.
pub(crate) fn apart(turns: &[Value]) {
    for turn in turns {
        let blocks = turn["content"].as_array().unwrap();
        let any = |kinds: &[&str]| blocks.iter().any(|block| kinds.contains(&only_member(block).0));
        assert!(!any(&["toolResult"]) || !any(&["document", "video"]), "media beside results");
    }
}

fn medium(kind: &str, value: &Value) {
    let formats: &[&str] = match kind {
        "image" => &["png", "jpeg", "gif", "webp"],
        "document" => &["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"],
        "video" => &["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"],
        _ => &["mp3", "opus", "wav", "aac", "flac", "ogg", "mka", "m4a", "mpga", "pcm", "webm"],
    };
    assert!(formats.contains(&value["format"].as_str().unwrap()), "{kind}: {}", value["format"]);
    match only_member(&value["source"]) {
        ("bytes", bytes) => assert!(!STANDARD.decode(bytes.as_str().unwrap()).unwrap().is_empty()),
        (other, _) => panic!("no such source: {other}"),
    }
}

fn name(name: &Value) -> &str {
    let name = name.as_str().unwrap();
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b" -()[]".contains(&byte);
    assert!((1..=200).contains(&name.len()) && name.bytes().all(letter), "{name:?}");
    assert!(!name.contains("  ") && name.trim() == name, "{name:?}");
    name
}
