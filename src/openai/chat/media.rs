//! Media in the parts of messages, in OpenAI's words and in Anthropic's.
//!
//! What a URL or a string of base64 holds is not looked at here: that is the translation's.

use super::Rest;
use crate::text::Word;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Value;
use std::fmt;

/// `image_url` or `video_url`: OpenAI's object, or the bare URL that some clients send.
pub enum MediaUrl<'a> {
    /// The URL itself.
    Bare(Word<'a>),
    /// The URL in an object.
    Full(UrlObject<'a>),
}

/// A URL, and how closely to look.
#[derive(Deserialize)]
#[serde(expecting = "a string or an object")]
pub struct UrlObject<'a> {
    /// `data:`, `https:` or `s3:`.
    #[serde(borrow)]
    pub url: Word<'a>,
    /// `auto`, `low` or `high`; Bedrock has no such choice.
    pub detail: Option<Value>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Sound, said by the user.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct InputAudio<'a> {
    /// Base64.
    #[serde(borrow)]
    pub data: Word<'a>,
    /// `wav`, `mp3`, …
    pub format: Option<String>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A file: in the request itself, or (which is refused) kept by OpenAI.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct FileObject<'a> {
    /// A data URL or bare base64; as an extension also an `https:` or `s3:` URL.
    #[serde(borrow)]
    pub file_data: Option<Word<'a>>,
    /// A file that was uploaded earlier.
    pub file_id: Option<String>,
    /// What the user calls it.
    pub filename: Option<String>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Where the bytes of an Anthropic-style `image` or `document` part are (an extension).
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct MediaSource<'a> {
    /// `base64`, `text` or `url`.
    #[serde(borrow, rename = "type")]
    pub kind: Word<'a>,
    /// What the sender takes it for.
    pub media_type: Option<String>,
    /// Base64, or the text itself.
    #[serde(borrow)]
    pub data: Option<Word<'a>>,
    /// `data:`, `https:` or `s3:`.
    #[serde(borrow)]
    pub url: Option<Word<'a>>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Whether the answer shall cite a document (an extension, in Anthropic's words).
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct Citations {
    /// Yes or no.
    pub enabled: bool,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

private_debug!(MediaUrl<'a>, UrlObject<'a>, InputAudio<'a>, FileObject<'a>, MediaSource<'a>, Citations);

// === impl MediaUrl ===

impl MediaUrl<'_> {
    /// The URL.
    pub fn url(&self) -> &str {
        match self {
            Self::Bare(url) | Self::Full(UrlObject { url, .. }) => url,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for MediaUrl<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UrlOrObject)
    }
}

/// By hand, as `string_or`: an untagged enum would copy megabytes of base64 once more.
struct UrlOrObject;

impl<'de> Visitor<'de> for UrlOrObject {
    type Value = MediaUrl<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string or an object")
    }

    fn visit_str<E: de::Error>(self, url: &str) -> Result<MediaUrl<'de>, E> {
        Ok(MediaUrl::Bare(url.to_owned().into()))
    }

    fn visit_borrowed_str<E: de::Error>(self, url: &'de str) -> Result<MediaUrl<'de>, E> {
        Ok(MediaUrl::Bare(url.into()))
    }

    fn visit_string<E: de::Error>(self, url: String) -> Result<MediaUrl<'de>, E> {
        Ok(MediaUrl::Bare(url.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MediaUrl<'de>, A::Error> {
        UrlObject::deserialize(MapAccessDeserializer::new(map)).map(MediaUrl::Full)
    }
}
