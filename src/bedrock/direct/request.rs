//! A request while it is being written.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};

use super::blueprint::Agent;
use super::link::RequestBody;
use super::sign::{Signable, Signer, Stamp};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const X_AMZ_USER_AGENT: HeaderName = HeaderName::from_static("x-amz-user-agent");

/// What is signed of the headers, as far as they are there; in the order of their names.
static SIGNED: [HeaderName; 6] = [
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    X_AMZ_DATE,
    X_AMZ_SECURITY_TOKEN,
    X_AMZ_USER_AGENT,
];

/// A request that may not be authorised yet.
pub(super) struct Draft {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

// === impl Draft ===

impl Draft {
    /// A `POST` carries `body`, a `GET` nothing.
    pub(super) fn new(method: Method, path: String, body: Bytes, host: &HeaderValue, agent: &Agent) -> Self {
        let mut headers = HeaderMap::with_capacity(12);
        if method == Method::POST {
            headers.insert(header::CONTENT_TYPE, JSON);
            headers.insert(header::CONTENT_LENGTH, body.len().into());
        }
        headers.insert(header::HOST, host.clone());
        headers.insert(header::USER_AGENT, agent.plain.clone());
        headers.insert(X_AMZ_USER_AGENT, agent.signed.clone());
        Self { method, path, headers, body }
    }

    /// Adds a value of `authorization`.
    pub(super) fn authorize(&mut self, mut value: HeaderValue) {
        value.set_sensitive(true);
        self.headers.insert(header::AUTHORIZATION, value);
    }

    /// Signs everything that is there by now. `None` if what the credentials hold cannot be in a header.
    pub(super) fn sign(&mut self, signer: &Signer, at: &Stamp) -> Option<()> {
        self.headers.insert(X_AMZ_DATE, HeaderValue::from_str(at.as_str()).ok()?);
        if let Some(token) = signer.credentials().session_token() {
            let mut token = HeaderValue::from_str(token).ok()?;
            token.set_sensitive(true);
            self.headers.insert(X_AMZ_SECURITY_TOKEN, token);
        }
        let headers = SIGNED.each_ref().map(|name| {
            let value = self.headers.get(name)?;
            Some((name.as_str(), value.to_str().ok()?))
        });
        let request = Signable { method: self.method.as_str(), path: &self.path, headers, body: &self.body };
        let authorization = HeaderValue::try_from(signer.authorization(at, &request)).ok()?;
        self.authorize(authorization);
        Some(())
    }

    /// The request itself. `None` if the path cannot be in one.
    pub(super) fn finish(self) -> Option<Request<RequestBody>> {
        let mut request = Request::new(RequestBody::new(self.body));
        *request.uri_mut() = Uri::try_from(self.path).ok()?;
        *request.method_mut() = self.method;
        *request.headers_mut() = self.headers;
        Some(request)
    }
}
