//! Phase 2: whose request it is, by API key. Refuses with 401 (translation reference §4.1).
//!
//! No key is kept: configured and presented keys are compared by their HMAC-SHA256 under a secret of this process, in
//! constant time and always against all of them, so that neither time nor memory tells anything about a key.

use crate::{account::Caller, error::GatewayError, telemetry::record::CallRecord};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hmac::{Hmac, KeyInit, Mac};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// The key header of AWS API Gateway and of many gateways, accepted beside `Authorization: Bearer`.
pub const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// How many hex digits of a key's SHA-256 name it in the log: enough to tell keys apart, too few to be of any use for
/// finding one.
const ID_DIGITS: usize = 8;

/// Who may call: `integrations.authentication`.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// Everybody.
    None,
    /// Whoever has one of the keys.
    ApiKey(Arc<ApiKeys>),
}

/// The keys that are accepted, and where they are looked for.
pub struct ApiKeys {
    header: Option<HeaderName>,
    hasher: Hmac<Sha256>,
    keys: Vec<Key>,
}

struct Key {
    digest: [u8; 32],
    id: Arc<str>,
}

/// Finds out who calls; the [`Caller`] goes into the request's extensions and the log line.
pub async fn authenticate(
    State(authentication): State<Authentication>,
    mut request: Request,
    next: Next,
) -> Response {
    match authentication.caller(request.headers()) {
        Ok(caller) => {
            if let Some(record) = request.extensions().get::<CallRecord>() {
                record.set_caller(&caller);
            }
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => {
            let mut response = error.into_response();
            // Without it the answer is no valid 401 (RFC 9110, 11.6.1).
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
    }
}

// === impl Authentication ===

impl Authentication {
    /// Accepts these keys in `Authorization: Bearer`, `x-api-key` and the given header. Fails when the system has no
    /// randomness for the secret.
    pub fn api_keys<'a>(
        header: Option<HeaderName>,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, getrandom::Error> {
        let mut secret = [0; 64];
        getrandom::fill(&mut secret)?;
        let hasher = Hmac::new(&secret.into());
        let keys = keys.into_iter().map(|key| Key::new(&hasher, key)).collect();
        Ok(Self::ApiKey(Arc::new(ApiKeys { header, hasher, keys })))
    }

    /// The headers in which keys come, to be kept out of debug output.
    pub fn headers(&self) -> Vec<HeaderName> {
        let configured = match self {
            Self::None => None,
            Self::ApiKey(keys) => keys.header.clone(),
        };
        [AUTHORIZATION, X_API_KEY].into_iter().chain(configured).collect()
    }

    fn caller(&self, headers: &HeaderMap) -> Result<Caller, GatewayError> {
        let Self::ApiKey(keys) = self else { return Ok(Caller::Anonymous) };
        // Clients that must send some bearer token put the real key elsewhere: any of the headers will do.
        let mut presented = keys.presented(headers).peekable();
        if presented.peek().is_none() {
            return Err(GatewayError::MissingApiKey);
        }
        let id = presented.find_map(|key| keys.find(key)).ok_or(GatewayError::InvalidApiKey)?;
        Ok(Caller::Key { id })
    }
}

// === impl ApiKeys ===

impl ApiKeys {
    fn presented<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a [u8]> {
        let configured = self.header.as_ref().and_then(|name| headers.get(name)).map(plain);
        let bearer = headers.get(AUTHORIZATION).and_then(bearer);
        let api_key = headers.get(X_API_KEY).map(plain);
        [configured, bearer, api_key].into_iter().flatten().filter(|key| !key.is_empty())
    }

    /// Looks at every key, whether or not one was found already.
    fn find(&self, presented: &[u8]) -> Option<Arc<str>> {
        let presented = digest(&self.hasher, presented);
        let (mut found, mut index) = (Choice::from(0), 0);
        for (candidate, key) in (0_u64..).zip(&self.keys) {
            let same = key.digest.ct_eq(&presented);
            index = u64::conditional_select(&index, &candidate, same);
            found |= same;
        }
        let key = self.keys.get(usize::try_from(index).ok()?)?;
        bool::from(found).then(|| key.id.clone())
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ApiKeys")
            .field("header", &self.header)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

// === impl Key ===

impl Key {
    fn new(hasher: &Hmac<Sha256>, key: &str) -> Self {
        let mut id = hex::encode(Sha256::digest(key));
        id.truncate(ID_DIGITS);
        Self { digest: digest(hasher, key.as_bytes()), id: id.into() }
    }
}

fn digest(hasher: &Hmac<Sha256>, key: &[u8]) -> [u8; 32] {
    hasher.clone().chain_update(key).finalize().into_bytes().into()
}

/// The token of `Bearer TOKEN`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = value.as_bytes().split_first_chunk::<7>()?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

/// A header that holds the key itself. Some clients write `Bearer` before it all the same.
fn plain(value: &HeaderValue) -> &[u8] {
    bearer(value).unwrap_or_else(|| value.as_bytes().trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(
        header: Option<&'static str>,
        headers: &[(&'static str, &str)],
    ) -> Result<Caller, GatewayError> {
        let header = header.map(HeaderName::from_static);
        let keys = Authentication::api_keys(header, ["sk-one", "sk-two", "sk-three"]).unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect();
        keys.caller(&headers)
    }

    fn id(key: &str) -> Caller {
        Caller::Key { id: hex::encode(Sha256::digest(key))[..8].into() }
    }

    #[test]
    fn a_key_is_taken_from_every_header() {
        for (name, value, key) in [
            ("authorization", "Bearer sk-one", "sk-one"),
            ("authorization", "bearer  sk-two ", "sk-two"),
            ("authorization", "BEARER sk-three", "sk-three"),
            ("x-api-key", "sk-two", "sk-two"),
            ("x-customer-key", "sk-three", "sk-three"),
            ("x-customer-key", "Bearer sk-three", "sk-three"),
        ] {
            assert_eq!(caller(Some("x-customer-key"), &[(name, value)]).unwrap(), id(key), "{name}: {value}");
        }
    }

    #[test]
    fn the_configured_header_may_be_authorization_without_a_scheme() {
        assert_eq!(caller(Some("authorization"), &[("authorization", "sk-one")]).unwrap(), id("sk-one"));
        assert!(caller(None, &[("authorization", "sk-one")]).is_err());
    }

    #[test]
    fn any_right_key_will_do() {
        let headers = [("authorization", "Bearer placeholder"), ("x-api-key", "sk-one")];
        assert_eq!(caller(None, &headers).unwrap(), id("sk-one"));
    }

    #[test]
    fn a_missing_key_and_a_wrong_key_are_told_apart() {
        for headers in [&[][..], &[("authorization", "Basic c2stb25l")], &[("authorization", "Bearer ")]] {
            assert!(matches!(caller(None, headers), Err(GatewayError::MissingApiKey)), "{headers:?}");
        }
        for key in ["sk-on", "sk-onee", "SK-ONE", "x"] {
            let headers = [("x-api-key", key)];
            assert!(matches!(caller(None, &headers), Err(GatewayError::InvalidApiKey)), "{key}");
        }
    }

    #[test]
    fn without_authentication_everybody_may_call() {
        assert_eq!(Authentication::None.caller(&HeaderMap::new()).unwrap(), Caller::Anonymous);
    }

    #[test]
    fn debug_output_shows_no_key() {
        let shown = format!("{:?}", Authentication::api_keys(None, ["sk-secret"]).unwrap());
        assert_eq!(shown, "ApiKey(ApiKeys { header: None, keys: 1, .. })");
    }
}
