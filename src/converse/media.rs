//! Media in a conversation: pictures, documents, films, sound.

use crate::text::Text;
use serde::Serialize;

/// A picture.
#[derive(Debug, Serialize)]
pub struct Image<'a> {
    /// `png`, `jpeg`, `gif` or `webp`; must be what the bytes are.
    pub format: &'static str,
    /// The picture itself.
    pub source: Source<'a>,
}

/// A document. Its name is the client's.
#[derive(Serialize)]
pub struct Document<'a> {
    /// `pdf`, `csv`, `doc`, `docx`, `xls`, `xlsx`, `html`, `txt` or `md`.
    pub format: &'static str,
    /// 1–200 characters, unique in the request: letters, digits, single spaces, `-`, `()`, `[]`.
    pub name: String,
    /// The document itself.
    pub source: Source<'a>,
    /// Whether the answer shall cite it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub citations: Option<CitationsConfig>,
}

/// A film.
#[derive(Debug, Serialize)]
pub struct Video<'a> {
    /// `mkv`, `mov`, `mp4`, `webm`, `flv`, `mpeg`, `mpg`, `wmv` or `three_gp`.
    pub format: &'static str,
    /// The film itself.
    pub source: Source<'a>,
}

/// Sound.
#[derive(Debug, Serialize)]
pub struct Audio<'a> {
    /// `mp3`, `wav`, `flac`, …
    pub format: &'static str,
    /// The sound itself.
    pub source: Source<'a>,
}

/// Whether the answer shall cite a document.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CitationsConfig {
    /// Yes or no.
    pub enabled: bool,
}

/// Where the bytes of a medium are (a union: one member).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source<'a> {
    /// Here, in base64.
    Bytes(Text<'a>),
    /// In a bucket.
    S3Location(S3Location),
}

/// An object in a bucket.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct S3Location {
    /// `s3://bucket/key`.
    pub uri: String,
    /// The account that owns the bucket, 12 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_owner: Option<String>,
}

private_debug!(Document<'a>, Source<'a>, S3Location);
