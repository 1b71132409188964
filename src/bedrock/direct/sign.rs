//! AWS Signature Version 4 (AWS General Reference, "Signing AWS API requests"), in the form that Bedrock's requests
//! have: a path without a query, a body that is all there, a handful of headers.
//!
//! The key that signs is derived anew only when the day changes (UTC): it depends on the secret, the day, the region and
//! the service, and deriving it costs as much as all the rest. `aws-sigv4` derives and uses it; what is put under it is
//! written here, for the crate's own way through a request does not keep the key.

use std::fmt::Write;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// What stays as it is in the canonical form of a path: RFC 3986's unreserved characters, and the slashes. The path
/// that is signed is encoded already; its percent signs are encoded once more (all services but S3).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// For what a signature is good.
#[derive(Clone)]
pub(super) struct Scope {
    /// `us-east-1`
    pub(super) region: String,
    /// `bedrock`
    pub(super) service: String,
}

/// A point in time, as requests state it: `20261128T054219Z`.
pub(super) struct Stamp {
    time: SystemTime,
    text: String,
}

/// What is signed. The names of `headers` are in lower case and in order, their values without white space around
/// them or doubled within.
pub(super) struct Signable<'a, const N: usize> {
    pub(super) method: &'a str,
    /// As it is sent.
    pub(super) path: &'a str,
    /// Those that are left out are `None`.
    pub(super) headers: [Option<(&'a str, &'a str)>; N],
    pub(super) body: &'a [u8],
}

/// Signs in the name of one identity.
pub(super) struct Signer {
    credentials: Credentials,
    scope: Scope,
    today: RwLock<Option<Arc<Day>>>,
}

/// What is the same for all signatures of a day.
struct Day {
    /// `20261128`
    date: String,
    /// `20261128/us-east-1/bedrock/aws4_request`
    scope: String,
    key: [u8; 32],
}

// === impl Stamp ===

impl Stamp {
    /// `None` for times before 1970 and after 9999.
    pub(super) fn new(time: SystemTime) -> Option<Self> {
        let seconds = time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let text = DateTime::from_secs(seconds.try_into().ok()?).fmt(Format::DateTime).ok()?;
        Some(Self { time, text: text.replace(['-', ':'], "") })
    }

    /// Reads what a request states.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let part = |from: usize, to: usize| text.get(from..to);
        let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
        let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
        let iso = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
        let time = DateTime::from_str(&iso, Format::DateTime).ok()?;
        Self::new(SystemTime::try_from(time).ok()?)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    fn date(&self) -> &str {
        self.text.split('T').next().unwrap_or_default()
    }
}

// === impl Signer ===

impl Signer {
    pub(super) fn new(credentials: Credentials, scope: Scope) -> Self {
        Self { credentials, scope, today: RwLock::default() }
    }

    /// Who signs.
    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The value of `authorization`.
    pub(super) fn authorization<const N: usize>(&self, at: &Stamp, request: &Signable<'_, N>) -> String {
        let day = self.day(at);
        let names = request.names();
        let canonical = request.canonical(&names);
        let mut text = String::with_capacity(192);
        let _ = write!(
            text,
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            at.text,
            day.scope,
            hex::encode(Sha256::digest(canonical))
        );
        let signature = calculate_signature(day.key, text.as_bytes());
        let access_key = self.credentials.access_key_id();
        format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/{}, SignedHeaders={names}, Signature={signature}",
            day.scope
        )
    }

    fn day(&self, at: &Stamp) -> Arc<Day> {
        let kept = self.today.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(day) = kept.filter(|day| day.date == at.date()) {
            return day;
        }
        let Scope { region, service } = &self.scope;
        let derived = generate_signing_key(self.credentials.secret_access_key(), at.time, region, service);
        let mut key = [0; 32];
        key.copy_from_slice(derived.as_ref());
        let date = at.date().to_owned();
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let day = Arc::new(Day { date, scope, key });
        *self.today.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&day));
        day
    }
}

// === impl Signable ===

impl<const N: usize> Signable<'_, N> {
    /// `host;x-amz-date`
    fn names(&self) -> String {
        let mut names = String::with_capacity(96);
        for (name, _) in self.headers.iter().flatten() {
            names.push_str(if names.is_empty() { "" } else { ";" });
            names.push_str(name);
        }
        names
    }

    /// The canonical request. The query is always empty.
    fn canonical(&self, names: &str) -> String {
        let headers: usize =
            self.headers.iter().flatten().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut text = String::with_capacity(headers + 2 * self.path.len() + names.len() + 96);
        text.push_str(self.method);
        text.push('\n');
        text.extend(utf8_percent_encode(self.path, PATH));
        text.push_str("\n\n");
        for (name, value) in self.headers.iter().flatten() {
            for part in [name, ":", value, "\n"] {
                text.push_str(part);
            }
        }
        text.push('\n');
        text.push_str(names);
        text.push('\n');
        text.push_str(&hex::encode(Sha256::digest(self.body)));
        text
    }
}

#[cfg(test)]
mod tests;
