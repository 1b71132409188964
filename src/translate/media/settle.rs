//! What Bedrock wants of the media of a whole conversation (translation reference §1.3, §1.6, §5.3): unique names of
//! documents, text beside them, not too many in one turn, and not beside a tool's results where a model refuses it.

use super::name::Names;
use crate::{
    catalog::{Capabilities, ToolResultMedia},
    converse::{ContentBlock, Document, Message, Role, ToolResultBlock},
    translate::{Judge, Refusal},
};

/// Most images in one turn.
const MAX_IMAGES: usize = 20;
/// Most documents in one turn.
const MAX_DOCUMENTS: usize = 5;

/// Stands beside a document in a turn without text: Bedrock wants a text there, and this one says nothing.
const BESIDE: &str = ".";

/// Stands between a tool's results and media that may not be in the same turn: the turn that is the model's.
const BETWEEN: &str = "OK.";

/// Settles the media of the finished turns.
pub(in crate::translate) fn settle(
    messages: &mut Vec<Message>,
    can: &Capabilities,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    apart_from_results(messages, can, judge);
    let mut names = Names::default();
    for message in messages {
        count(message)?;
        for document in message.content.iter_mut().flat_map(documents) {
            document.name = names.unique(std::mem::take(&mut document.name));
        }
        beside_documents(message, judge);
    }
    Ok(())
}

/// The documents of a block, those in a tool's result too.
fn documents(block: &mut ContentBlock) -> Vec<&mut Document> {
    match block {
        ContentBlock::Document(document) => vec![document],
        ContentBlock::ToolResult(result) => {
            let blocks = result.content.iter_mut();
            blocks
                .filter_map(|block| match block {
                    ToolResultBlock::Document(document) => Some(document),
                    _ => None,
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn count(message: &Message) -> Result<(), Refusal> {
    let images = message.content.iter().filter(|block| matches!(block, ContentBlock::Image(_))).count();
    let documents = message.content.iter().filter(|block| matches!(block, ContentBlock::Document(_))).count();
    for (what, found, limit) in [("images", images, MAX_IMAGES), ("documents", documents, MAX_DOCUMENTS)] {
        if found > limit {
            let message = format!(
                "`messages` has {found} {what} in one turn (messages of one side that follow each other are one \
                 turn); Bedrock takes {limit}."
            );
            return Err(Refusal::invalid("messages", message));
        }
    }
    Ok(())
}

fn beside_documents(message: &mut Message, judge: &mut Judge) {
    let document = message.content.iter().position(|block| matches!(block, ContentBlock::Document(_)));
    let has_text = message.content.iter().any(|block| matches!(block, ContentBlock::Text(_)));
    if let (Some(place), false) = (document, has_text) {
        judge.warn(
            "messages",
            "Bedrock takes no document without text",
            "the text \".\" was added to its turn",
        );
        message.content.insert(place, ContentBlock::Text(BESIDE.to_owned()));
    }
}

/// What follows the results of a turn moves into a turn of its own, if the model would refuse some of it there.
fn apart_from_results(messages: &mut Vec<Message>, can: &Capabilities, judge: &mut Judge) {
    let mut index = 0;
    while index < messages.len() {
        let content = &mut messages[index].content;
        let last = content.iter().rposition(|block| matches!(block, ContentBlock::ToolResult(_)));
        index += 1;
        let Some(last) = last else { continue };
        if content[last..].iter().all(|block| may_follow_results(block, can.tool_result_media)) {
            continue;
        }
        let cached = matches!(content.get(last + 1), Some(ContentBlock::CachePoint(_)));
        let rest = content.split_off(last + 1 + usize::from(cached));
        let between = vec![ContentBlock::Text(BETWEEN.to_owned())];
        judge.warn(
            "messages",
            "this model takes no such media beside tool results",
            "moved into a turn of their own, after an \"OK.\" of the assistant",
        );
        let turns = [(Role::Assistant, between), (Role::User, rest)];
        messages.splice(index..index, turns.map(|(role, content)| Message { role, content }));
        index += 2;
    }
}

/// Whether a block of a tool's result may stand in it; Converse has no sound there.
pub(in crate::translate) fn fits_result(block: &ContentBlock, media: ToolResultMedia) -> bool {
    match block {
        ContentBlock::Image(_) => media == ToolResultMedia::Inside,
        ContentBlock::Document(_) => {
            matches!(media, ToolResultMedia::Inside | ToolResultMedia::DocumentsOnly)
        }
        ContentBlock::Video(_) => media == ToolResultMedia::Inside,
        ContentBlock::Audio(_) => false,
        _ => true,
    }
}

/// Claude refuses documents and videos beside results, other families images too; what is not known to be taken is
/// kept apart, which all of them take.
fn may_follow_results(block: &ContentBlock, media: ToolResultMedia) -> bool {
    use ToolResultMedia::{Beside, DocumentsOnly, Inside, NextTurn};
    match (block, media) {
        (ContentBlock::Document(_) | ContentBlock::Video(_) | ContentBlock::Audio(_), media) => {
            media == Beside
        }
        (ContentBlock::Image(_), NextTurn | DocumentsOnly) => false,
        (ContentBlock::Image(_), Inside | Beside) | (_, _) => true,
    }
}
