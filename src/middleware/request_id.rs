//! The id that ties an answer to its log line.

use crate::random;
use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;

/// The header that carries the id, both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken from a client, in bytes.
const MAX_LENGTH: usize = 128;

/// The request's id, in the request's extensions.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// Takes the client's id or makes one, and puts it on the answer, whatever the answer is.
pub async fn request_id(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

// === impl RequestId ===

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_sane(id));
        Self(given.map_or_else(fresh, Arc::from))
    }
}

/// Nothing that could break a log line, a header or a search.
fn is_sane(id: &str) -> bool {
    (1..=MAX_LENGTH).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn fresh() -> Arc<str> {
    // Without randomness the ids repeat, which is better than no answer.
    hex::encode(random::id().unwrap_or_default().to_be_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(given: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(given).unwrap());
        RequestId::of(&headers).0.to_string()
    }

    #[test]
    fn a_sane_id_is_kept() {
        for given in ["a", "req_1.2-3", &"x".repeat(128)] {
            assert_eq!(id(given.as_bytes()), *given);
        }
    }

    #[test]
    fn anything_else_is_replaced() {
        for given in [&b""[..], b"a b", b"a/b", b"<script>", b"{}", "ä".as_bytes(), &[b'x'; 129]] {
            let id = id(given);
            assert_eq!(id.len(), 32, "{id}");
            assert_ne!(id.as_bytes(), given);
        }
    }

    #[test]
    fn fresh_ids_differ() {
        assert_ne!(fresh(), fresh());
    }
}
