//! Parts that are no text: pictures, documents, films, sound (translation reference §1.3, §2.1).
//!
//! A medium comes as a data URL or as base64, by `s3:` where the operator and the model allow it, or by `https:`
//! where the operator does; then it was fetched before, for nothing here touches the network. What it is, the bytes
//! say. What the model does not take is refused with the path of the member, never dropped, and never relabelled.

mod encoding;
mod format;
mod given;
mod name;
mod place;
mod remote;
mod settle;

pub use remote::{Fetched, Remote, remote_media};
pub(super) use settle::{fits_result, settle};

use super::{Context, Judge, Refusal};
use crate::{
    converse::{Audio, CitationsConfig, ContentBlock, Document, Image, S3Location, Source, Video},
    openai::chat::Part,
    text::Text,
};
use format::{AUDIOS, DOCUMENTS, Format, IMAGES, Signs, VIDEOS};
use given::Given;
use place::{Place, place};
use std::fmt::Arguments;

/// Largest image, in characters of base64: that is what counts, and 5 MiB of them are 3.75 MiB of picture (translation
/// reference §1.3, §1.6).
const MAX_IMAGE: usize = 5 * 1024 * 1024;

/// Largest document, in characters of base64: 4.5 MiB of document (translation reference §1.3).
const MAX_DOCUMENT: usize = 6 * 1024 * 1024;

/// Documents that are text.
const TEXTS: [&str; 4] = ["txt", "csv", "html", "md"];

/// What a kind of part may hold.
#[derive(Clone, Copy)]
enum Wanted {
    Image,
    Video,
    Audio,
    Any,
}

/// The block of a part of one of the kinds `image_url`, `video_url`, `input_audio`, `file`, `image`, `document`.
pub(super) fn block<'a>(
    path: Arguments<'_>,
    part: &mut Part<'a>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<ContentBlock<'a>, Refusal> {
    let (mut given, wanted) = match part.kind.as_str() {
        "image_url" => (Given::url(path, "image_url", part.image_url.take(), judge)?, Wanted::Image),
        "video_url" => (Given::url(path, "video_url", part.video_url.take(), judge)?, Wanted::Video),
        "input_audio" => (Given::audio(path, part.input_audio.take(), judge)?, Wanted::Audio),
        "file" => (Given::file(path, part.file.take(), judge)?, Wanted::Any),
        kind => {
            let wanted = if kind == "image" { Wanted::Image } else { Wanted::Any };
            (Given::source(path, part.source.take(), part.title.take(), judge)?, wanted)
        }
    };
    let place = place(&mut given, cx)?;
    let format = judged(&given, &place, wanted)?;
    accept(&given.param, format, &place, cx)?;
    let cited = cited(path, part, format, &place, cx, judge)?;
    let source = match place {
        Place::Base64(base64) => Source::Bytes(Text::verbatim(base64)),
        Place::S3(uri) => Source::S3Location(S3Location { uri, bucket_owner: None }),
    };
    Ok(match format {
        Format::Image(format) => ContentBlock::Image(Image { format, source }),
        Format::Video(format) => ContentBlock::Video(Video { format, source }),
        Format::Audio(format) => ContentBlock::Audio(Audio { format, source }),
        Format::Document(format) => {
            let name = name::legal(given.name.as_deref().unwrap_or_default());
            ContentBlock::Document(Document { format, name, source, citations: cited })
        }
    })
}

// === what it is ===

/// The format, if it is one that the part may hold.
fn judged(given: &Given<'_>, place: &Place<'_>, wanted: Wanted) -> Result<Format, Refusal> {
    let found = match place {
        Place::Base64(base64) => resolve(format::signs(&encoding::head(base64)), given.label),
        Place::S3(_) => given.label.ok_or("something whose name does not end in its format"),
    };
    match (wanted, found) {
        (Wanted::Any, Ok(format))
        | (Wanted::Image, Ok(format @ Format::Image(_)))
        | (Wanted::Video, Ok(format @ Format::Video(_)))
        | (Wanted::Audio, Ok(format @ Format::Audio(_))) => Ok(format),
        (_, found) => {
            let found = match found {
                Ok(format) => format.described(),
                Err(what) => what,
            };
            let allowed = match wanted {
                Wanted::Image => IMAGES.to_owned(),
                Wanted::Video => VIDEOS.to_owned(),
                Wanted::Audio => AUDIOS.to_owned(),
                Wanted::Any => format!("{DOCUMENTS}; {IMAGES}; {VIDEOS}"),
            };
            let message = format!("`{}` holds {found}; allowed: {allowed}.", given.param);
            Err(Refusal::unsupported_value(&given.param, message))
        }
    }
}

/// The bytes decide; where they leave a choice, the label does.
fn resolve(signs: Signs, label: Option<Format>) -> Result<Format, &'static str> {
    use Format::{Audio, Document, Video};
    let is_text = |word: &str| TEXTS.contains(&word);
    match (signs, label) {
        // A container may hold sound alone.
        (Signs::Are(Video("mp4" | "webm" | "mkv")), Some(sound @ Audio(_))) => Ok(sound),
        (Signs::Are(Document("html")), Some(Document(word))) if is_text(word) => Ok(Document(word)),
        (Signs::Are(format), _) => Ok(format),
        (Signs::OneOf(formats), Some(Document(word))) if formats.contains(&word) => Ok(Document(word)),
        (Signs::OneOf(_), _) => Err("an archive, and neither a media type nor a file name says of what"),
        (Signs::Text, None) => Ok(Document("txt")),
        (Signs::Text, Some(Document(word))) if is_text(word) => Ok(Document(word)),
        (Signs::Text, Some(_)) => Err("text, and is said to be something else"),
        (Signs::Foreign(name), _) => Err(name),
        (Signs::Nothing, Some(format @ (Video(_) | Audio(_)))) => Ok(format),
        (Signs::Nothing, _) => Err("nothing that its first bytes make known"),
    }
}

/// Whether the model takes it, and this much of it.
fn accept(param: &str, format: Format, place: &Place<'_>, cx: Context<'_>) -> Result<(), Refusal> {
    let (takes, limit) = match format {
        Format::Image(_) => (cx.can.images, MAX_IMAGE),
        Format::Document(_) => (cx.can.documents, MAX_DOCUMENT),
        Format::Video(_) => (cx.can.video, usize::MAX),
        Format::Audio(_) => (cx.can.audio, usize::MAX),
    };
    if !takes {
        let message = format!("`{param}` holds {}, and this model takes none.", format.described());
        return Err(Refusal::unsupported_value(param, message));
    }
    match place {
        Place::Base64(base64) if base64.len() > limit => {
            let message = format!(
                "`{param}` has {} characters of base64, more than the {limit} that Bedrock takes in one ({} bytes).",
                base64.len(),
                limit / 4 * 3
            );
            Err(Refusal::invalid(param, message))
        }
        _ => Ok(()),
    }
}

/// Citations are for documents, of models that give them, and not from S3 (translation reference §1.6).
fn cited(
    path: Arguments<'_>,
    part: &mut Part<'_>,
    format: Format,
    place: &Place<'_>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Option<CitationsConfig>, Refusal> {
    let Some(citations) = part.citations.take() else { return Ok(None) };
    judge.unknown(format_args!("{path}.citations."), &citations.rest)?;
    let why = match (format, place) {
        _ if !citations.enabled => return Ok(None),
        (Format::Document(_), Place::Base64(_)) if cx.can.citations => {
            return Ok(Some(CitationsConfig { enabled: true }));
        }
        (Format::Document(_), Place::S3(_)) if cx.can.citations => "documents in S3 cannot be cited",
        (Format::Document(_), _) => "this model cites no documents",
        _ => "only documents can be cited",
    };
    judge.leave_out(format!("{path}.citations"), why)?;
    Ok(None)
}

// === impl Format ===

impl Format {
    fn described(self) -> &'static str {
        match self {
            Self::Image(_) => "an image",
            Self::Document(_) => "a document",
            Self::Video(_) => "a video",
            Self::Audio(_) => "audio",
        }
    }
}

#[cfg(test)]
mod tests;
