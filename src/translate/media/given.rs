//! A medium as a client gave it: the many spellings of a part, read into one form.

use super::{
    encoding,
    format::{self, AUDIOS, Format},
    place::bare_type,
};
use crate::{
    openai::chat::{FileObject, InputAudio, MediaSource, MediaUrl, UrlObject},
    translate::{Judge, Refusal, shown},
};
use std::{borrow::Cow, fmt::Arguments};

/// A medium as a client gave it.
pub(super) struct Given<'a> {
    /// The member that holds it.
    pub(super) param: String,
    /// A URL or base64.
    pub(super) text: Cow<'a, str>,
    /// Base64 needs no data URL around it.
    pub(super) bare: bool,
    /// What the client takes it for.
    pub(super) label: Option<Format>,
    /// What the client calls it.
    pub(super) name: Option<String>,
}

private_debug!(Given<'a>);

// === impl Given ===

impl<'a> Given<'a> {
    pub(super) fn url(
        path: Arguments<'_>,
        member: &str,
        url: Option<Box<MediaUrl<'a>>>,
        judge: &mut Judge,
    ) -> Result<Self, Refusal> {
        let (param, text) = match *required(path, member, url)? {
            MediaUrl::Bare(url) => (format!("{path}.{member}"), url),
            // How closely to look (`detail`) is nothing that Bedrock could be told.
            MediaUrl::Full(UrlObject { url, detail: _, rest }) => {
                judge.unknown(format_args!("{path}.{member}."), &rest)?;
                (format!("{path}.{member}.url"), url)
            }
        };
        Ok(Self { param, text: text.into_cow(), bare: false, label: None, name: None })
    }

    pub(super) fn audio(
        path: Arguments<'_>,
        audio: Option<Box<InputAudio<'a>>>,
        judge: &mut Judge,
    ) -> Result<Self, Refusal> {
        let InputAudio { data, format, rest } = *required(path, "input_audio", audio)?;
        judge.unknown(format_args!("{path}.input_audio."), &rest)?;
        let label = match format {
            None => None,
            Some(word) => Some(format::of_audio(&word).ok_or_else(|| {
                let param = format!("{path}.input_audio.format");
                let message = format!("`{param}` must be one of {AUDIOS}, not \"{}\".", shown(&word));
                Refusal::unsupported_value(param, message)
            })?),
        };
        Ok(Self {
            param: format!("{path}.input_audio.data"),
            text: data.into_cow(),
            bare: true,
            label,
            name: None,
        })
    }

    pub(super) fn file(
        path: Arguments<'_>,
        file: Option<Box<FileObject<'a>>>,
        judge: &mut Judge,
    ) -> Result<Self, Refusal> {
        let FileObject { file_data, file_id, filename, rest } = *required(path, "file", file)?;
        if file_id.is_some() {
            let param = format!("{path}.file.file_id");
            let message =
                format!("`{param}` is not supported: the gateway keeps no files. Send `file_data`.");
            return Err(Refusal::unsupported(param, message));
        }
        judge.unknown(format_args!("{path}.file."), &rest)?;
        let text = required(path, "file.file_data", file_data)?;
        Ok(Self {
            param: format!("{path}.file.file_data"),
            text: text.into_cow(),
            bare: true,
            label: None,
            name: filename,
        })
    }

    pub(super) fn source(
        path: Arguments<'_>,
        source: Option<Box<MediaSource<'a>>>,
        title: Option<String>,
        judge: &mut Judge,
    ) -> Result<Self, Refusal> {
        let MediaSource { kind, media_type, data, url, rest } = *required(path, "source", source)?;
        judge.unknown(format_args!("{path}.source."), &rest)?;
        let label =
            media_type.as_deref().and_then(|media_type| format::of_media_type(&bare_type(media_type)));
        match kind.as_str() {
            "base64" => {
                let text = required(path, "source.data", data)?.into_cow();
                Ok(Self { param: format!("{path}.source.data"), text, bare: true, label, name: title })
            }
            "text" => {
                let text = encoding::encode(required(path, "source.data", data)?.as_bytes()).into();
                Ok(Self { param: format!("{path}.source.data"), text, bare: true, label, name: title })
            }
            "url" => {
                let text = required(path, "source.url", url)?.into_cow();
                Ok(Self { param: format!("{path}.source.url"), text, bare: false, label, name: title })
            }
            _ => {
                let param = format!("{path}.source.type");
                let message = format!("`{param}` must be base64, text or url, not \"{}\".", shown(&kind));
                Err(Refusal::unsupported_value(param, message))
            }
        }
    }
}

fn required<T>(path: Arguments<'_>, member: &str, value: Option<T>) -> Result<T, Refusal> {
    let missing =
        || Refusal::missing(format!("{path}.{member}"), format!("`{path}.{member}` is required here."));
    value.ok_or_else(missing)
}
