//! Where requests go.

use std::sync::Arc;

use http::uri::Scheme;
use http::{HeaderValue, Uri};

use super::pool::Pool;
use crate::bedrock::Deadlines;
use crate::bedrock::dial::Dial;

/// The place of an endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Scheme and authority, with the path `/`.
    uri: Uri,
    /// What `host` says: the authority, without the scheme's own port.
    pub(super) host: HeaderValue,
    /// What goes before every path: empty, or a path without a slash at its end.
    pub(super) base: String,
}

/// An endpoint and the connections to it.
pub(super) struct Endpoint {
    pub(super) place: Place,
    pub(super) pool: Arc<Pool>,
}

// === impl Place ===

impl Place {
    /// The place that a URL names; `None` if it is not an absolute one of `http` or `https`, or has a user or a query.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let (scheme, authority) = (uri.scheme()?, uri.authority()?);
        let own_port = if *scheme == Scheme::HTTPS { 443 } else { 80 };
        let known = *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP;
        if !known || authority.as_str().contains('@') || uri.query().is_some() {
            return None;
        }
        let host = match authority.port_u16() {
            Some(port) if port == own_port => authority.host(),
            _ => authority.as_str(),
        };
        let host = HeaderValue::from_str(host).ok()?;
        let base = uri.path().trim_end_matches('/').to_owned();
        let uri = Uri::builder().scheme(scheme.clone()).authority(authority.clone()).path_and_query("/");
        Some(Self { uri: uri.build().ok()?, host, base })
    }

    /// Connections to it, none of them open yet.
    pub(super) fn connect(self, dial: Dial, deadlines: Deadlines) -> Endpoint {
        let pool = Pool::new(dial, self.uri.clone(), deadlines);
        Endpoint { place: self, pool }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_a_host_and_a_base() {
        for (url, host, base) in [
            (
                "https://bedrock-runtime.us-east-1.amazonaws.com",
                "bedrock-runtime.us-east-1.amazonaws.com",
                "",
            ),
            ("https://vpce.example:443/", "vpce.example", ""),
            ("https://vpce.example:80/", "vpce.example:80", ""),
            ("http://127.0.0.1:4566/prefix/x/", "127.0.0.1:4566", "/prefix/x"),
            ("http://[::1]:80", "[::1]", ""),
        ] {
            let place = Place::parse(url).unwrap();
            assert_eq!((place.host.to_str().unwrap(), &*place.base), (host, base), "{url}");
        }
        for url in ["ftp://host", "/path", "https://user:secret@host", "https://host/?a=b", ""] {
            assert_eq!(Place::parse(url), None, "{url}");
        }
    }
}
