//! Where the bytes of a medium are: in the request, in S3, or fetched before.

use super::{
    encoding,
    format::{self, Format},
    given::Given,
};
use crate::translate::{Context, Refusal};
use std::borrow::Cow;

/// Longest `s3:` URL (Bedrock API reference, `S3Location`).
const MAX_S3_URL: usize = 1024;

/// Where the bytes are.
pub(super) enum Place<'a> {
    Base64(Cow<'a, str>),
    S3(String),
}

private_debug!(Place<'a>);

/// Finds the bytes, and on the way learns from the URL what they are said to be.
pub(super) fn place<'a>(given: &mut Given<'a>, cx: Context<'_>) -> Result<Place<'a>, Refusal> {
    let text = std::mem::take(&mut given.text);
    let of_name = given.name.as_deref().and_then(format::of_name);
    if starts(&text, "data:") {
        return data_url(given, text, of_name);
    }
    if starts(&text, "s3://") {
        learn(given, &text, of_name);
        return s3(given, &text, cx);
    }
    if starts(&text, "https://") {
        learn(given, &text, of_name);
        let bytes = cx.media.get(&text).ok_or_else(|| not_fetched(given, cx))?;
        return Ok(Place::Base64(encoding::encode(bytes).into()));
    }
    if given.bare && !starts(&text, "http://") {
        given.label = given.label.or(of_name);
        return base64(given, text);
    }
    let message = format!("`{}` must be a data URL, an https URL or an s3 URL.", given.param);
    Err(Refusal::invalid(&given.param, message))
}

/// `data:image/png;charset=x;base64,…`
fn data_url<'a>(
    given: &mut Given<'a>,
    text: Cow<'a, str>,
    of_name: Option<Format>,
) -> Result<Place<'a>, Refusal> {
    let malformed = || {
        let message = format!(
            "`{}` must be a data URL in base64: `data:MEDIA/TYPE;base64,` and the data.",
            given.param
        );
        Refusal::invalid(&given.param, message)
    };
    let comma = text.find(',').ok_or_else(malformed)?;
    let head = &text["data:".len()..comma];
    let (head, word) = head.rsplit_once(';').ok_or_else(malformed)?;
    if !word.trim().eq_ignore_ascii_case("base64") {
        return Err(malformed());
    }
    given.label = format::of_media_type(&bare_type(head)).or(given.label).or(of_name);
    base64(given, behind(text, comma + 1))
}

/// A media type in lower case and without parameters.
pub(super) fn bare_type(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A text without its first bytes.
fn behind(text: Cow<'_, str>, bytes: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[bytes..]),
        Cow::Owned(mut text) => {
            text.drain(..bytes);
            Cow::Owned(text)
        }
    }
}

fn base64<'a>(given: &Given<'_>, text: Cow<'a, str>) -> Result<Place<'a>, Refusal> {
    let base64 = encoding::standard(text).ok_or_else(|| {
        Refusal::invalid(&given.param, format!("`{}` does not hold valid base64.", given.param))
    })?;
    if base64.is_empty() {
        return Err(Refusal::invalid(&given.param, format!("`{}` holds no data.", given.param)));
    }
    Ok(Place::Base64(base64))
}

fn s3(given: &Given<'_>, uri: &str, cx: Context<'_>) -> Result<Place<'static>, Refusal> {
    let param = &given.param;
    if !cx.policy.media.s3 {
        let message = format!("`{param}` refers to S3, which this gateway does not allow (policy.media.s3).");
        return Err(Refusal::unsupported_value(param, message));
    }
    if !cx.can.s3 {
        let message = format!("`{param}` refers to S3, and this model takes no media from there.");
        return Err(Refusal::unsupported_value(param, message));
    }
    let sound = uri.get("s3://".len()..).and_then(|rest| rest.split_once('/'));
    match sound.is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty()) {
        // Bedrock knows the scheme in lower case only.
        true if uri.len() <= MAX_S3_URL => Ok(Place::S3(format!("s3{}", &uri[2..]))),
        _ => {
            let message = format!("`{param}` must be `s3://BUCKET/KEY`, of at most {MAX_S3_URL} characters.");
            Err(Refusal::invalid(param, message))
        }
    }
}

fn not_fetched(given: &Given<'_>, cx: Context<'_>) -> Refusal {
    let param = &given.param;
    let message = if cx.policy.media.https {
        format!("`{param}` was not fetched.")
    } else {
        format!(
            "`{param}` is a URL, and this gateway fetches none unless its operator allows it (policy.media.https). \
             Send a data URL."
        )
    };
    Refusal::unsupported_value(param, message)
}

/// The last part of a URL's path is a name, and often says the format.
fn learn(given: &mut Given<'_>, url: &str, of_name: Option<Format>) {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    given.label = given.label.or(of_name).or_else(|| format::of_name(last));
    given.name.get_or_insert_with(|| last.to_owned());
}

pub(super) fn starts(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}
