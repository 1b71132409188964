//! Who may call: SigV4 when the emulator was given credentials, a bearer token when it was given one, and anybody
//! when it was given neither.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::Settings;
use super::reply::Refusal;
use super::sigv4::{Authorization, Signed};

/// Checks a request against what the emulator was told to accept. `now` is the service's time in Unix seconds.
pub(super) fn check(settings: &Settings, request: &Signed<'_>, now: i64) -> Result<(), Refusal> {
    if settings.credentials.is_none() && settings.bearer.is_none() {
        return Ok(());
    }
    let header = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(header) = header else {
        return Err(Refusal::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token"));
    };
    match header.strip_prefix("Bearer ") {
        Some(token) => check_bearer(settings, token),
        None => check_signature(settings, header, request, now),
    }
}

fn check_bearer(settings: &Settings, token: &str) -> Result<(), Refusal> {
    if settings.bearer.as_deref() == Some(token) {
        return Ok(());
    }
    let message = "Authentication failed: Please make sure your API Key is valid.";
    Err(Refusal::new(403, "AccessDeniedException", message))
}

fn check_signature(settings: &Settings, header: &str, request: &Signed<'_>, now: i64) -> Result<(), Refusal> {
    let authorization = Authorization::parse(header)?;
    if settings.expired_access_key_ids.iter().any(|id| id == authorization.access_key_id) {
        let message = "The security token included in the request is expired";
        return Err(Refusal::new(403, "ExpiredTokenException", message));
    }
    let known =
        settings.credentials.as_ref().filter(|known| known.access_key_id == authorization.access_key_id);
    let known = known.filter(|known| known.session_token.as_deref() == token(request.headers));
    let Some(known) = known else {
        let message = "The security token included in the request is invalid.";
        return Err(Refusal::new(403, "UnrecognizedClientException", message));
    };
    authorization.verify(request, &known.secret_access_key, now)
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-security-token").and_then(|value| value.to_str().ok())
}
