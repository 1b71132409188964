//! `docs/translation.md` names everything that the translation knows: a member that is added to the code and not to
//! the page fails here.
#![expect(clippy::unwrap_used, reason = "a source that cannot be read has failed")]

const PAGE: &str = include_str!("../docs/translation.md");
const CHAT: &str = include_str!("../src/openai/chat.rs");
const MESSAGE: &str = include_str!("../src/openai/chat/message.rs");
const MEDIA: &str = include_str!("../src/openai/chat/media.rs");
const TOOL: &str = include_str!("../src/openai/chat/tool.rs");
const UNMAPPED: &str = include_str!("../src/translate/unmapped.rs");
const TRANSLATE: &str = include_str!("../src/translate.rs");
const ANSWER: &str = include_str!("../src/converse/answer.rs");

/// What stands between `before` and the next `after`, everywhere in `text`.
fn between<'a>(text: &'a str, before: &str, after: char) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

/// The wire names of a struct's fields.
fn fields<'a>(source: &'a str, name: &str) -> Vec<&'a str> {
    let heads = ["", "<'a>"].map(|borrows| format!("pub struct {name}{borrows} {{"));
    let head = heads.iter().find(|head| source.contains(*head)).unwrap();
    let body = between(source, head, '}')[0];
    let fields: Vec<&str> =
        between(body, "    pub ", ':').into_iter().filter(|field| *field != "rest").collect();
    assert!(!fields.is_empty(), "{name} has no fields");
    fields
}

/// The first cells of all tables.
fn first_cells() -> Vec<&'static str> {
    PAGE.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect()
}

#[test]
fn every_request_member_has_its_row() {
    let unmapped = between(UNMAPPED, "name: \"", '"');
    assert!(unmapped.len() > 8, "the table of unmapped members was not found");
    let section = PAGE.split("\n## ").find(|section| section.starts_with("Request members")).unwrap();
    for field in fields(CHAT, "ChatRequest").into_iter().chain(unmapped) {
        let member = match field {
            "guardrail_config" => "guardrailConfig",
            "performance_config" => "performanceConfig",
            "request_metadata" => "requestMetadata",
            "additional_model_request_fields" => "additionalModelRequestFields",
            "additional_model_response_field_paths" => "additionalModelResponseFieldPaths",
            field => field,
        };
        let row = format!("\n| `{member}` | ");
        assert_eq!(section.matches(&row).count(), 1, "rows for `{member}`");
    }
}

#[test]
fn every_member_below_is_named() {
    for (source, name) in [
        (CHAT, "StreamOptions"),
        (MESSAGE, "Message"),
        (MESSAGE, "Part"),
        (MEDIA, "UrlObject"),
        (MEDIA, "InputAudio"),
        (MEDIA, "FileObject"),
        (MEDIA, "Citations"),
        (MESSAGE, "ReplayedThinking"),
        (MESSAGE, "ReasoningDetail"),
        (MESSAGE, "FunctionText"),
        (TOOL, "Tool"),
        (TOOL, "FunctionDefinition"),
        (TOOL, "CustomDefinition"),
        (TOOL, "NamedChoice"),
        (TOOL, "AllowedTools"),
        (MESSAGE, "CustomText"),
    ] {
        for member in fields(source, name) {
            let wire = if member == "kind" { "type" } else { member };
            assert!(PAGE.contains(&format!("`{wire}`")), "{name}.{wire}");
        }
    }
}

#[test]
fn every_stop_reason_and_refusal_code_has_its_row() {
    let reasons = between(ANSWER, "            \"", '"');
    let codes: Vec<&str> = between(TRANSLATE, "=> \"", '"');
    assert!(reasons.len() == 9 && codes.len() == 5, "{reasons:?} {codes:?}");
    for word in reasons.into_iter().chain(codes) {
        assert!(first_cells().iter().any(|cell| cell.contains(&format!("`{word}`"))), "{word}");
    }
}
