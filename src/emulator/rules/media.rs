//! Rules about images, documents, video and audio: which family takes them, where, how many and how large.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::models::ResultMedia;
use super::{Conversation, Refusal, Rule, ensure, sniff};

pub(super) const RULES: &[Rule] = &[
    kinds_are_supported,
    results_hold_what_the_family_reads,
    sources_are_reachable,
    images_are_few,
    images_are_what_they_say,
    documents_are_few_and_explained,
    documents_are_named,
    documents_are_what_they_say,
    citations_are_supported,
];

/// User guide, Converse: images and documents in one message.
const MAX_IMAGES: usize = 20;
const MAX_DOCUMENTS: usize = 5;
/// 3.75 MB, which is 5 MB in base64.
const MAX_IMAGE_BYTES: usize = 3_932_160;
const MAX_IMAGE_BASE64: usize = 5_242_880;
const MAX_IMAGE_SIDE: u32 = 8_000;
/// 4.5 MB.
const MAX_DOCUMENT_BYTES: usize = 4_500_000;

/// A piece of media with its place.
struct Medium<'a> {
    place: String,
    kind: &'static str,
    /// Which message it is in.
    message: usize,
    in_result: bool,
    value: &'a Value,
}

const KINDS: [&str; 4] = ["image", "document", "video", "audio"];

/// All media of the messages, those in tool results too.
fn media<'a>(c: &Conversation<'a>) -> Vec<Medium<'a>> {
    let mut found = Vec::new();
    for (message, turn) in c.turns.iter().enumerate() {
        for (number, block) in turn.blocks.iter().enumerate() {
            let mut add = |inside: &str, part: &'a Value, in_result| {
                for kind in KINDS {
                    if let Some(value) = part.get(kind) {
                        let place = format!("messages.{message}.content.{number}{inside}.{kind}");
                        found.push(Medium { place, kind, message, in_result, value });
                    }
                }
            };
            add("", block, false);
            add(".guardContent", &block["guardContent"], false);
            let inner = block["toolResult"]["content"].as_array().into_iter().flatten();
            for (part, value) in inner.enumerate() {
                add(&format!(".toolResult.content.{part}"), value, true);
            }
        }
    }
    found
}

fn kinds_are_supported(c: &Conversation<'_>) -> Result<(), Refusal> {
    let family = c.family;
    for medium in media(c) {
        let supported = match medium.kind {
            "image" => family.images,
            "document" => family.documents,
            "video" => family.video,
            _ => family.audio,
        };
        ensure(supported, || {
            let Medium { kind, place, .. } = &medium;
            format!("This model doesn't support the {kind} field at {place}. Remove {kind} and try again.")
        })?;
    }
    Ok(())
}

/// Translation reference §5.3.
fn results_hold_what_the_family_reads(c: &Conversation<'_>) -> Result<(), Refusal> {
    for medium in media(c).iter().filter(|medium| medium.in_result) {
        let plain = ["csv", "html", "txt", "md"];
        let is_text = medium.value["format"].as_str().is_none_or(|format| plain.contains(&format));
        let fits = match c.family.result_media {
            ResultMedia::Nothing => false,
            ResultMedia::Documents => medium.kind == "document",
            ResultMedia::ImagesAndText => medium.kind == "image" || (medium.kind == "document" && is_text),
            ResultMedia::Everything => true,
        };
        ensure(fits, || {
            format!("This model doesn't support the {} in a tool result at {}.", medium.kind, medium.place)
        })?;
    }
    Ok(())
}

fn sources_are_reachable(c: &Conversation<'_>) -> Result<(), Refusal> {
    for medium in media(c) {
        let Some(uri) = medium.value["source"]["s3Location"]["uri"].as_str() else { continue };
        ensure(c.family.s3, || format!("This model doesn't support the s3Location at {}.", medium.place))?;
        ensure(uri.starts_with("s3://"), || {
            format!("The S3 URI at {}.source.s3Location.uri is invalid.", medium.place)
        })?;
    }
    Ok(())
}

fn images_are_few(c: &Conversation<'_>) -> Result<(), Refusal> {
    few(c, "image", MAX_IMAGES)
}

fn few(c: &Conversation<'_>, kind: &str, most: usize) -> Result<(), Refusal> {
    let media = media(c);
    for message in 0..c.turns.len() {
        let count = media.iter().filter(|medium| medium.kind == kind && medium.message == message).count();
        ensure(count <= most, || {
            format!("The number of {kind} blocks at messages.{message}.content is {count}, more than {most}.")
        })?;
    }
    Ok(())
}

fn images_are_what_they_say(c: &Conversation<'_>) -> Result<(), Refusal> {
    for Medium { place, value, .. } in media(c).into_iter().filter(|medium| medium.kind == "image") {
        let Some(base64) = value["source"]["bytes"].as_str() else { continue };
        ensure(!c.family.anthropic || base64.len() <= MAX_IMAGE_BASE64, || {
            format!(
                "{place}.source.base64: image exceeds 5 MB maximum: {} bytes > {MAX_IMAGE_BASE64} bytes",
                base64.len()
            )
        })?;
        let bytes = STANDARD.decode(base64).unwrap_or_default();
        ensure(bytes.len() <= MAX_IMAGE_BYTES, || format!("The image at {place} exceeds 3.75 MB."))?;
        let found = sniff::image(&bytes);
        ensure(found.is_some(), || format!("{place}.source: Could not process image"))?;
        let said = value["format"].as_str();
        ensure(found == said, || {
            let media_type = format!("image/{}", said.unwrap_or_default());
            format!("{place}.source: Image does not match the provided media type {media_type}")
        })?;
        let (width, height) = sniff::size(&bytes).unwrap_or_default();
        ensure(width <= MAX_IMAGE_SIDE && height <= MAX_IMAGE_SIDE, || {
            format!(
                "{place}.source: At least one of the image dimensions exceed max allowed size: 8000 pixels"
            )
        })?;
    }
    Ok(())
}

fn documents_are_few_and_explained(c: &Conversation<'_>) -> Result<(), Refusal> {
    few(c, "document", MAX_DOCUMENTS)?;
    for (place, turn) in c.turns.iter().enumerate() {
        let alone = turn.all("document").next().is_some() && turn.all("text").next().is_none();
        ensure(!alone, || {
            format!(
                "The content at messages.{place} has a document block, but no text block. Add a text block and try \
                 again."
            )
        })?;
    }
    Ok(())
}

/// API reference, DocumentBlock; that underscores pass too was seen live.
fn documents_are_named(c: &Conversation<'_>) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for medium in media(c).iter().filter(|medium| medium.kind == "document") {
        let name = medium.value["name"].as_str().unwrap_or_default();
        let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || " -()[]_".contains(c));
        ensure(fits && !name.contains("  ") && !name.trim().is_empty(), || {
            "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, \
             parentheses, and square brackets. The name can't contain more than one consecutive whitespace character."
                .to_owned()
        })?;
        ensure(seen.insert(name), || {
            format!("The messages contain duplicate document names: {name}. Document names must be unique.")
        })?;
    }
    Ok(())
}

fn documents_are_what_they_say(c: &Conversation<'_>) -> Result<(), Refusal> {
    for Medium { place, value, .. } in media(c).into_iter().filter(|medium| medium.kind == "document") {
        let Some(base64) = value["source"]["bytes"].as_str() else { continue };
        let bytes = STANDARD.decode(base64).unwrap_or_default();
        ensure(bytes.len() <= MAX_DOCUMENT_BYTES, || format!("The document at {place} exceeds 4.5 MB."))?;
        let format = value["format"].as_str().unwrap_or_default();
        ensure(sniff::is_document(format, &bytes), || {
            format!("{place}.source: The {} specified was not valid.", format.to_uppercase())
        })?;
    }
    Ok(())
}

/// User guide, structured outputs, and the model cards: Claude alone cites, not from S3 and not into a schema.
fn citations_are_supported(c: &Conversation<'_>) -> Result<(), Refusal> {
    let results = c.turns.iter().flat_map(|turn| turn.blocks).filter_map(|block| block.get("searchResult"));
    ensure(c.family.citations || results.count() == 0, || {
        "This model doesn't support the searchResult field. Remove searchResult and try again.".to_owned()
    })?;
    for Medium { place, value, .. } in media(c) {
        if value["citations"]["enabled"] != true {
            continue;
        }
        ensure(c.family.citations, || format!("This model doesn't support citations at {place}."))?;
        ensure(value["source"]["s3Location"].is_null(), || {
            format!("Citations at {place} are not supported for documents in S3.")
        })?;
        ensure(c.request["outputConfig"]["textFormat"].is_null(), || {
            "Citations cannot be used together with structured output.".to_owned()
        })?;
    }
    Ok(())
}
