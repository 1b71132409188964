//! What Bedrock wants of the media of a whole conversation (translation reference §1.3, §1.6): unique names of
//! documents, text beside them, and not too many in one turn.

use super::name::Names;
use crate::{
    catalog::ToolResultMedia,
    converse::{ContentBlock, Document, Message, ToolResultBlock},
    translate::{Judge, Refusal},
};

/// Most images in one turn.
const MAX_IMAGES: usize = 20;
/// Most documents in one turn.
const MAX_DOCUMENTS: usize = 5;

/// Stands beside a document in a turn without text: Bedrock wants a text there, and this one says nothing.
const BESIDE: &str = ".";

/// Settles the media of the finished turns.
pub(in crate::translate) fn settle(messages: &mut [Message<'_>], judge: &mut Judge) -> Result<(), Refusal> {
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
fn documents<'b, 'a>(block: &'b mut ContentBlock<'a>) -> Vec<&'b mut Document<'a>> {
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

fn count(message: &Message<'_>) -> Result<(), Refusal> {
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

fn beside_documents(message: &mut Message<'_>, judge: &mut Judge) {
    let document = message.content.iter().position(|block| matches!(block, ContentBlock::Document(_)));
    let has_text = message.content.iter().any(|block| matches!(block, ContentBlock::Text(_)));
    if let (Some(place), false) = (document, has_text) {
        judge.warn(
            "messages",
            "Bedrock takes no document without text",
            "the text \".\" was added to its turn",
        );
        message.content.insert(place, ContentBlock::Text(BESIDE.into()));
    }
}

/// Whether a block of a tool's result may stand in it; Converse has no sound there.
pub(in crate::translate) fn fits_result(block: &ContentBlock<'_>, media: ToolResultMedia) -> bool {
    const TEXTS: [&str; 4] = ["csv", "html", "txt", "md"];
    match block {
        ContentBlock::Image(_) => matches!(media, ToolResultMedia::Inside | ToolResultMedia::ImagesAndTexts),
        ContentBlock::Document(document) => match media {
            ToolResultMedia::Inside | ToolResultMedia::DocumentsOnly => true,
            ToolResultMedia::ImagesAndTexts => TEXTS.contains(&document.format),
            ToolResultMedia::Beside | ToolResultMedia::NextTurn => false,
        },
        ContentBlock::Video(_) => media == ToolResultMedia::Inside,
        ContentBlock::Audio(_) => false,
        _ => true,
    }
}
