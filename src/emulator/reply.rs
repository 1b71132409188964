//! Responses in Bedrock's shape: request id, date, and errors with `x-amzn-errortype` and a `message`.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::playback::{Body, Step, body};
use super::record::Entry;

/// Why a call is not served, with all that the wire needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The exception's name, e.g. `ValidationException`.
    pub(super) kind: String,
    pub(super) message: String,
}

/// A response that only lacks its body.
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) headers: BTreeMap<String, String>,
}

// === impl Refusal ===

impl Refusal {
    pub(super) fn new(status: u16, kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, kind: kind.into(), message: message.into() }
    }

    /// 400 `ValidationException`, by far the most frequent one.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }

    /// The head and the JSON body of the response.
    pub(super) fn into_parts(self) -> (Head, Bytes) {
        let kind = if self.kind.contains([':', '#']) {
            self.kind
        } else {
            format!("{}:http://internal.amazon.com/coral/com.amazon.bedrock/", self.kind)
        };
        let mut head = Head::json(self.status);
        head.headers.insert("x-amzn-errortype".to_owned(), kind);
        (head, json!({"message": self.message}).to_string().into())
    }
}

// === impl Head ===

impl Head {
    pub(super) fn new(status: u16, content_type: impl Into<String>) -> Self {
        Self { status, content_type: content_type.into(), headers: BTreeMap::new() }
    }

    pub(super) fn json(status: u16) -> Self {
        Self::new(status, "application/json")
    }

    /// Adds headers; a later one of the same name wins.
    pub(super) fn with(mut self, headers: &BTreeMap<String, String>) -> Self {
        self.headers.extend(headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())));
        self
    }

    /// The response, with the headers that every reply has. A header that cannot be sent is left out.
    pub(super) fn respond(
        self,
        steps: Vec<Step>,
        request_id: &str,
        date: &str,
        entry: Entry,
    ) -> Response<Body> {
        let whole = match steps.as_slice() {
            [Step::Write(bytes, _)] => Some(bytes.len()),
            _ => None,
        };
        let mut response = Response::new(body(steps, entry));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let common = [("x-amzn-requestid", request_id), (DATE.as_str(), date)];
        let common = common.into_iter().chain([(CONTENT_TYPE.as_str(), self.content_type.as_str())]);
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in common.chain(own) {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        // Bedrock sends JSON with a length and event streams in chunks.
        if let Some(length) = whole.filter(|_| self.content_type == "application/json") {
            headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        response
    }
}

/// A JSON body as a single write.
pub(super) fn json_step(value: &Value) -> Vec<Step> {
    vec![Step::Write(value.to_string().into(), 1)]
}
