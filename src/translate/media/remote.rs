//! Media that have to be fetched before a request can be translated.

use super::place::starts;
use crate::openai::chat::{ChatRequest, Content, MediaUrl, Part};
use bytes::Bytes;
use std::collections::HashMap;

/// Base64 is a third longer than what it encodes.
const RAW: fn(usize) -> usize = |base64| base64 / 4 * 3;

/// An `https:` URL in a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    /// The member that holds it.
    pub param: String,
    /// The URL, as the client wrote it.
    pub url: String,
    /// More bytes than this cannot be used; `usize::MAX` where no single limit is known.
    pub max_bytes: usize,
}

/// What was fetched, by URL.
#[derive(Default)]
pub struct Fetched(HashMap<String, Bytes>);

private_debug!(Remote, Fetched);

/// The media of a request that are given by `https:`, in the order of the messages.
pub fn remote_media(request: &ChatRequest<'_>) -> Vec<Remote> {
    let mut found = Vec::new();
    for (message_index, message) in request.messages.iter().enumerate() {
        let Some(Content::Parts(parts)) = &message.content else { continue };
        for (index, part) in parts.iter().enumerate() {
            if let Some((member, url, max_bytes)) = url(part).filter(|(_, url, _)| starts(url, "https://")) {
                let param = format!("messages[{message_index}].content[{index}].{member}");
                found.push(Remote { param, url: url.to_owned(), max_bytes });
            }
        }
    }
    found
}

/// The URL of a part, the member that holds it, and how many bytes behind it can be used.
fn url<'a>(part: &'a Part<'_>) -> Option<(&'static str, &'a str, usize)> {
    let of = |url: &'_ MediaUrl<'_>, bare, full| if matches!(url, MediaUrl::Bare(_)) { bare } else { full };
    match part.kind.as_str() {
        "image_url" => {
            let url = part.image_url.as_deref()?;
            Some((of(url, "image_url", "image_url.url"), url.url(), RAW(super::MAX_IMAGE)))
        }
        "video_url" => {
            let url = part.video_url.as_deref()?;
            Some((of(url, "video_url", "video_url.url"), url.url(), usize::MAX))
        }
        "file" => Some(("file.file_data", part.file.as_deref()?.file_data.as_deref()?, usize::MAX)),
        "image" => Some(("source.url", part.source.as_deref()?.url.as_deref()?, RAW(super::MAX_IMAGE))),
        "document" => Some(("source.url", part.source.as_deref()?.url.as_deref()?, RAW(super::MAX_DOCUMENT))),
        _ => None,
    }
}

// === impl Fetched ===

impl Fetched {
    /// The bytes behind a URL.
    pub fn get(&self, url: &str) -> Option<&Bytes> {
        self.0.get(url)
    }
}

impl FromIterator<(String, Bytes)> for Fetched {
    fn from_iter<I: IntoIterator<Item = (String, Bytes)>>(fetched: I) -> Self {
        Self(fetched.into_iter().collect())
    }
}
