//! Rules about messages that hold for every model: who speaks, in which order, with what.

use serde_json::Value;

use super::{Conversation, Refusal, Rule, ensure};

pub(super) const RULES: &[Rule] = &[
    has_messages,
    messages_have_content,
    roles_alternate,
    blocks_fit_their_role,
    text_is_not_blank,
    system_is_not_blank,
    system_turns_are_in_place,
];

/// Which blocks a role can send; roles that are not listed can send text alone.
const SENDERS: &[(&str, &[&str])] = &[
    (
        "user",
        &[
            "text",
            "image",
            "document",
            "video",
            "audio",
            "toolResult",
            "guardContent",
            "cachePoint",
            "searchResult",
        ],
    ),
    ("assistant", &["text", "toolUse", "toolResult", "cachePoint", "reasoningContent", "citationsContent"]),
    ("system", &["text", "toolAddition", "toolRemoval"]),
];

fn has_messages(c: &Conversation<'_>) -> Result<(), Refusal> {
    ensure(!c.turns.is_empty(), || {
        "A conversation must have at least one message. Try again with a conversation that has at least one message."
            .to_owned()
    })
}

fn messages_have_content(c: &Conversation<'_>) -> Result<(), Refusal> {
    let empty = c.turns.iter().position(|turn| turn.blocks.is_empty());
    ensure(empty.is_none(), || {
        let place = empty.unwrap_or_default();
        format!(
            "The content field in the Message object at messages.{place} is empty. Add a ContentBlock object to the \
             content field and try again."
        )
    })
}

fn roles_alternate(c: &Conversation<'_>) -> Result<(), Refusal> {
    let speakers: Vec<&str> = c.turns.iter().map(|turn| turn.role).filter(|role| *role != "system").collect();
    ensure(speakers.windows(2).all(|pair| pair[0] != pair[1]), || {
        "A conversation must alternate between user and assistant roles. Make sure the conversation alternates \
         between user and assistant roles and try again."
            .to_owned()
    })
}

fn blocks_fit_their_role(c: &Conversation<'_>) -> Result<(), Refusal> {
    for (place, turn, block) in c.blocks() {
        let kind = block.as_object().and_then(|members| members.keys().next()).map_or("", String::as_str);
        let allowed =
            SENDERS.iter().find(|(role, _)| *role == turn.role).map_or(&["text"][..], |(_, kinds)| kinds);
        ensure(allowed.contains(&kind), || {
            format!(
                "The {kind} block at {place} is not allowed in a message of the {} role. Remove it and try again.",
                turn.role
            )
        })?;
        // Only tools that ran on the server leave their results in the assistant's own message.
        let server = block["toolResult"]["type"].is_string();
        ensure(kind != "toolResult" || turn.role == "user" || server, || {
            format!("The toolResult block at {place} must be in a message of the user role.")
        })?;
    }
    Ok(())
}

fn text_is_not_blank(c: &Conversation<'_>) -> Result<(), Refusal> {
    let blank = |text: &Value| text.as_str().is_some_and(|text| text.trim().is_empty());
    for (place, _, block) in c.blocks() {
        ensure(!blank(&block["text"]) && !blank(&block["guardContent"]["text"]["text"]), || {
            format!(
                "The text field in the ContentBlock object at {place} is blank. Add text to the text field, and try \
                 again."
            )
        })?;
        let inner = block["toolResult"]["content"]
            .as_array()
            .into_iter()
            .flatten()
            .position(|part| blank(&part["text"]));
        if let Some(part) = inner {
            return Err(Refusal::validation(format!(
                "The text field in the ToolResultContentBlock object at {place}.toolResult.content.{part} is blank. \
                 Add text to the text field, and try again."
            )));
        }
    }
    Ok(())
}

fn system_is_not_blank(c: &Conversation<'_>) -> Result<(), Refusal> {
    let blank = |text: &Value| text.as_str().is_some_and(|text| text.trim().is_empty());
    let mut blocks = c.request["system"].as_array().into_iter().flatten();
    let blank =
        blocks.position(|block| blank(&block["text"]) || blank(&block["guardContent"]["text"]["text"]));
    ensure(blank.is_none(), || {
        let place = blank.unwrap_or_default();
        format!(
            "The text field in the SystemContentBlock object at system.{place} is blank. Add text to the text field, \
             and try again."
        )
    })
}

/// User guide, mid-conversation system messages: not first, not side by side, last or before the assistant.
fn system_turns_are_in_place(c: &Conversation<'_>) -> Result<(), Refusal> {
    let roles: Vec<&str> = c.turns.iter().map(|turn| turn.role).collect();
    for (place, _) in roles.iter().enumerate().filter(|(_, role)| **role == "system") {
        let after = place.checked_sub(1).map(|before| roles[before]);
        let before = roles.get(place + 1).copied();
        ensure(after == Some("user") && matches!(before, None | Some("assistant")), || {
            format!(
                "The system message at messages.{place} must follow a user message and precede an assistant message."
            )
        })?;
    }
    Ok(())
}
