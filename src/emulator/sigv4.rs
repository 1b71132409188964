//! The service's side of AWS Signature Version 4, written from its specification (IAM user guide, "Create a
//! signed AWS API request"): rebuild the canonical request, sign it with the same secret, compare.

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::date;
use super::reply::Refusal;

/// What is signed of a request.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// The path as it came, percent-encoding included.
    pub(super) path: &'a str,
    /// The query as it came, without `?`.
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// The parts of an `Authorization: AWS4-HMAC-SHA256 …` header.
pub(super) struct Authorization<'a> {
    pub(super) access_key_id: &'a str,
    day: &'a str,
    region: &'a str,
    service: &'a str,
    terminator: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// How far the clocks of client and service may be apart, in seconds.
const MAX_SKEW_SECS: i64 = 300;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// All but the unreserved characters of RFC 3986, and `/`.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

// === impl Authorization ===

impl<'a> Authorization<'a> {
    /// Takes the header apart; 403 `IncompleteSignatureException` names what is missing.
    pub(super) fn parse(header: &'a str) -> Result<Self, Refusal> {
        let incomplete = |what: &str| Refusal::new(403, "IncompleteSignatureException", what);
        let rest = header
            .strip_prefix(ALGORITHM)
            .ok_or_else(|| incomplete("Unsupported AWS 'algorithm' in Authorization header."))?;
        let field = |name: &str| {
            let found = rest.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
            found.ok_or_else(|| incomplete(&format!("Authorization header requires '{name}' parameter.")))
        };
        let scope: Vec<&str> = field("Credential")?.split('/').collect();
        let [access_key_id, day, region, service, terminator] = scope[..] else {
            return Err(incomplete("Credential must have exactly 5 slash-delimited elements."));
        };
        let (signed_headers, signature) = (field("SignedHeaders")?, field("Signature")?);
        Ok(Self { access_key_id, day, region, service, terminator, signed_headers, signature })
    }

    /// Checks scope, date and signature. `now` is the service's time in Unix seconds.
    pub(super) fn verify(&self, request: &Signed<'_>, secret: &str, now: i64) -> Result<(), Refusal> {
        if self.service != "bedrock" {
            return Err(invalid("Credential should be scoped to correct service: 'bedrock'."));
        }
        if self.terminator != "aws4_request" {
            return Err(invalid("Credential should be scoped with a valid terminator: 'aws4_request'."));
        }
        let signed: Vec<&str> = self.signed_headers.split(';').collect();
        if ["host", "x-amz-date"].iter().any(|must| !signed.contains(must)) {
            return Err(invalid("'Host' and 'X-Amz-Date' must be 'SignedHeaders' in the AWS Authorization."));
        }
        let stamp = header(request.headers, "x-amz-date");
        let then = date::parse_amz(&stamp)
            .ok_or_else(|| invalid("Date must be in ISO-8601 'basic format'. Got a date of another form."))?;
        if !stamp.starts_with(self.day) || self.day.len() != 8 {
            return Err(invalid(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.",
            ));
        }
        check_skew(then, now)?;
        let scope = format!("{}/{}/{}/{}", self.day, self.region, self.service, self.terminator);
        let hash = hex::encode(Sha256::digest(self.canonical_request(request)));
        let to_sign = format!("{ALGORITHM}\n{stamp}\n{scope}\n{hash}");
        if hex::encode(hmac(&self.signing_key(secret), &to_sign)) == self.signature {
            return Ok(());
        }
        Err(invalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.",
        ))
    }

    fn canonical_request(&self, request: &Signed<'_>) -> String {
        // Every service but S3 encodes the path once more than it stands on the wire: %3A becomes %253A.
        let path = utf8_percent_encode(request.path, PATH);
        let mut pairs: Vec<(&str, &str)> = request
            .query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect();
        pairs.sort_unstable();
        let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers: String = self
            .signed_headers
            .split(';')
            .map(|name| format!("{name}:{}\n", header(request.headers, name)))
            .collect();
        let payload = hex::encode(Sha256::digest(request.body));
        let (method, query, signed) = (request.method, query.join("&"), self.signed_headers);
        format!("{method}\n{path}\n{query}\n{headers}\n{signed}\n{payload}")
    }

    fn signing_key(&self, secret: &str) -> Vec<u8> {
        let scope = [self.day, self.region, self.service, self.terminator];
        scope.iter().fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part))
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(403, "InvalidSignatureException", message)
}

fn check_skew(then: i64, now: i64) -> Result<(), Refusal> {
    let [stamp, ours] = [then, now].map(date::amz);
    if then < now - MAX_SKEW_SECS {
        let edge = date::amz(now - MAX_SKEW_SECS);
        return Err(invalid(format!(
            "Signature expired: {stamp} is now earlier than {edge} ({ours} - 5 min.)"
        )));
    }
    if then > now + MAX_SKEW_SECS {
        let edge = date::amz(now + MAX_SKEW_SECS);
        return Err(invalid(format!(
            "Signature not yet current: {stamp} is still later than {edge} ({ours} + 5 min.)"
        )));
    }
    Ok(())
}

/// All values of a header, each trimmed and with single spaces, joined by commas.
fn header(headers: &HeaderMap, name: &str) -> String {
    let tidy = |value: &http::HeaderValue| {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
    };
    headers.get_all(name).iter().map(tidy).collect::<Vec<_>>().join(",")
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so the error cannot come; an empty signature would match nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// The signing key example of the IAM user guide.
    #[test]
    fn derives_the_published_signing_key() {
        let authorization = Authorization::parse(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=host, Signature=00",
        );
        let key = authorization.map(|parsed| hex::encode(parsed.signing_key(SECRET)));
        let published = "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9";
        assert_eq!(key.map_err(|refusal| refusal.message), Ok(published.to_owned()));
    }

    #[test]
    fn headers_that_lack_a_part_are_incomplete() {
        for bad in [
            "Basic abc",
            "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00",
            "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00",
        ] {
            let kind = Authorization::parse(bad).map(|_| ()).map_err(|refusal| refusal.kind);
            assert_eq!(kind, Err("IncompleteSignatureException".to_owned()), "{bad}");
        }
    }

    #[test]
    fn clocks_may_be_five_minutes_apart_and_no_more() {
        assert_eq!(check_skew(1_000, 1_300), Ok(()));
        assert_eq!(check_skew(1_300, 1_000), Ok(()));
        assert!(check_skew(1_000, 1_301).is_err_and(|r| r.message.starts_with("Signature expired: ")));
        assert!(
            check_skew(1_301, 1_000).is_err_and(|r| r.message.starts_with("Signature not yet current: "))
        );
    }
}
