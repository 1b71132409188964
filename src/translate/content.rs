//! The content of a message, part by part (translation reference §2.1).

use super::{Context, Judge, Refusal, cache::Mark, media, shown};
use crate::{
    converse::ContentBlock,
    openai::chat::{Content, Message, Part},
    text::Text,
};
use std::fmt::Arguments;

/// Why a mark is left out that stands on something blank.
const NOTHING_MARKED: &str = "there is no content to cache";

/// A block, and whether the prompt up to it shall be cached.
pub(super) struct Piece<'a> {
    /// The block.
    pub(super) block: ContentBlock<'a>,
    /// The client's mark.
    pub(super) mark: Option<Mark>,
}

/// The kinds of parts that a message of some role may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed(&'static [&'static str]);

private_debug!(Piece<'a>);

// === impl Allowed ===

impl Allowed {
    /// Instructions.
    pub(super) const TEXT: Self = Self(&["text"]);
    /// The user.
    pub(super) const USER: Self =
        Self(&["text", "image_url", "input_audio", "file", "video_url", "image", "document"]);
    /// The model.
    pub(super) const ASSISTANT: Self = Self(&["text", "refusal"]);
    /// The result of a tool.
    pub(super) const TOOL_RESULT: Self =
        Self(&["text", "image_url", "file", "video_url", "image", "document"]);
}

/// The pieces of a message's content; blank texts are left out.
pub(super) fn pieces<'a>(
    path: Arguments<'_>,
    message: &mut Message<'a>,
    allowed: Allowed,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Vec<Piece<'a>>, Refusal> {
    let mark = Mark::of(format_args!("{path}."), message.cache_control.take(), None, judge)?;
    let mut pieces = match message.content.take() {
        None => Vec::new(),
        Some(Content::Text(text)) if text.is_blank() => Vec::new(),
        Some(Content::Text(text)) => vec![Piece { block: ContentBlock::Text(text), mark: None }],
        Some(Content::Parts(parts)) => {
            let mut pieces = Vec::with_capacity(parts.len());
            for (index, part) in parts.into_iter().enumerate() {
                pieces.extend(piece(format_args!("{path}.content[{index}]"), part, allowed, cx, judge)?);
            }
            pieces
        }
    };
    match (pieces.last_mut(), mark) {
        (Some(last), Some(mark)) => last.mark = Some(mark),
        (None, Some(_)) => judge.warn(format!("{path}.cache_control"), NOTHING_MARKED, "left out"),
        (_, None) => {}
    }
    Ok(pieces)
}

fn piece<'a>(
    path: Arguments<'_>,
    mut part: Part<'a>,
    allowed: Allowed,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Option<Piece<'a>>, Refusal> {
    if !allowed.0.contains(&part.kind.as_str()) {
        let message = format!(
            "`{path}.type` \"{}\" is not supported here; allowed: {}.",
            shown(&part.kind),
            allowed.0.join(", ")
        );
        return Err(Refusal::unsupported_value(format!("{path}.type"), message));
    }
    judge.unknown(format_args!("{path}."), &part.rest)?;
    let (control, breakpoint) = (part.cache_control.take(), part.prompt_cache_breakpoint.take());
    let mark = Mark::of(format_args!("{path}."), control, breakpoint, judge)?;
    let block = match part.kind.as_str() {
        "text" => text(path, "text", part.text.take())?,
        "refusal" => text(path, "refusal", part.refusal.take())?,
        _ => Some(media::block(path, &mut part, cx, judge)?),
    };
    strays(path, &part, judge)?;
    if block.is_none() && mark.is_some() {
        judge.warn(path.to_string(), NOTHING_MARKED, "its mark left out");
    }
    Ok(block.map(|block| Piece { block, mark }))
}

/// The text of a `text` or `refusal` part, unless it is blank.
fn text<'a>(
    path: Arguments<'_>,
    member: &'static str,
    text: Option<Text<'a>>,
) -> Result<Option<ContentBlock<'a>>, Refusal> {
    let text = text.ok_or_else(|| {
        let param = format!("{path}.{member}");
        Refusal::missing(&param, format!("`{param}` is required in a {member} part."))
    })?;
    Ok((!text.is_blank()).then_some(ContentBlock::Text(text)))
}

/// What is left of a part when its own members were taken.
fn strays(path: Arguments<'_>, part: &Part<'_>, judge: &mut Judge) -> Result<(), Refusal> {
    for (name, stray) in [
        ("text", part.text.is_some()),
        ("refusal", part.refusal.is_some()),
        ("image_url", part.image_url.is_some()),
        ("video_url", part.video_url.is_some()),
        ("input_audio", part.input_audio.is_some()),
        ("file", part.file.is_some()),
        ("source", part.source.is_some()),
        ("title", part.title.is_some()),
        ("citations", part.citations.is_some()),
    ] {
        if stray {
            judge.leave_out(format!("{path}.{name}"), "it does not belong to this kind of part")?;
        }
    }
    Ok(())
}
