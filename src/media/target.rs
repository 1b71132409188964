//! What a URL must be like to be fetched.

use super::{FetchError, Rules};
use http::{Uri, uri::PathAndQuery};
use rustls::pki_types::ServerName;

/// A URL that may be asked for, as far as the URL itself says.
pub(super) struct Target {
    /// In lower case, without the brackets of an IPv6 address and without a dot at the end.
    pub(super) host: String,
    /// Whom the certificate must name.
    pub(super) name: ServerName<'static>,
    /// The `Host` header.
    pub(super) authority: String,
    pub(super) path: PathAndQuery,
}

// === impl Target ===

impl Target {
    pub(super) fn parse(url: &str, rules: &Rules) -> Result<Self, FetchError> {
        let url = url.split('#').next().unwrap_or_default();
        let uri: Uri = url.parse().map_err(|_| FetchError::Invalid)?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("https"));
        let authority = authority.ok_or(FetchError::Invalid)?;
        if authority.as_str().contains('@') {
            return Err(FetchError::Credentials);
        }
        // An authority may also end in a colon, or in a number that is no port.
        let rest = &authority.as_str()[authority.host().len()..];
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => 443,
            digits => digits.and_then(|digits| digits.parse().ok()).ok_or(FetchError::Invalid)?,
        };
        if port != rules.port {
            return Err(FetchError::Port);
        }
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host).to_owned();
        if !rules.allows(&host) {
            return Err(FetchError::Host);
        }
        let name = ServerName::try_from(host.clone()).map_err(|_| FetchError::Invalid)?;
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self { host, name, authority: authority.as_str().to_owned(), path })
    }

    /// Where a redirect leads.
    pub(super) fn moved(&self, location: &str, rules: &Rules) -> Result<Self, FetchError> {
        let origin = format!("https://{}", self.authority);
        let folder = self.path.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        let url = if let Some(rest) = location.strip_prefix("//") {
            format!("https://{rest}")
        } else if location.starts_with('/') {
            format!("{origin}{location}")
        } else if location.split_once("://").is_some_and(|(scheme, _)| !scheme.contains(['/', '?'])) {
            location.to_owned()
        } else if location.starts_with('?') {
            format!("{origin}{}{location}", self.path.path())
        } else {
            format!("{origin}{folder}/{location}")
        };
        Self::parse(&url, rules)
    }
}

// === impl Rules ===

impl Rules {
    /// A suffix stands for the hosts below it, not for itself.
    fn allows(&self, host: &str) -> bool {
        self.allow_hosts.is_empty()
            || self.allow_hosts.iter().any(|rule| match rule.strip_prefix('*') {
                Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
                None => host == rule,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::address;

    fn rules(hosts: &[&str]) -> Rules {
        let allow_hosts = hosts.iter().map(|&host| host.to_owned()).collect();
        Rules { allow_hosts, port: 443, is_public: address::is_public }
    }

    fn refused(url: &str) -> Option<FetchError> {
        Target::parse(url, &rules(&[])).err()
    }

    #[test]
    fn only_plain_https_urls_are_fetched() {
        for (url, error) in [
            ("https://example.com", None),
            ("HTTPS://EXAMPLE.com:443/a?b#c", None),
            ("https://[2606:4700::1]/x", None),
            ("http://example.com/", Some(FetchError::Invalid)),
            ("ftp://example.com/", Some(FetchError::Invalid)),
            ("file:///etc/passwd", Some(FetchError::Invalid)),
            ("https:///x", Some(FetchError::Invalid)),
            ("https://", Some(FetchError::Invalid)),
            ("/x", Some(FetchError::Invalid)),
            ("https://example.com/a b", Some(FetchError::Invalid)),
            ("https://exa%6dple.com/", Some(FetchError::Invalid)),
            ("https://user@example.com/", Some(FetchError::Credentials)),
            ("https://example.com@10.0.0.1/", Some(FetchError::Credentials)),
            ("https://example.com:22/", Some(FetchError::Port)),
            ("https://example.com:80/", Some(FetchError::Port)),
            ("https://example.com:/", Some(FetchError::Invalid)),
            ("https://example.com:99999/", Some(FetchError::Invalid)),
        ] {
            assert_eq!(refused(url), error, "{url}");
        }
    }

    #[test]
    fn hosts_can_be_listed() {
        let rules = rules(&["example.com", "*.example.org"]);
        for (host, allowed) in [
            ("example.com", true),
            ("EXAMPLE.COM.", true),
            ("www.example.com", false),
            ("a.example.org", true),
            ("a.b.example.org", true),
            ("example.org", false),
            ("notexample.org", false),
            ("example.com.evil.net", false),
            ("evil.net", false),
        ] {
            let target = Target::parse(&format!("https://{host}/"), &rules);
            assert_eq!(target.err(), (!allowed).then_some(FetchError::Host), "{host}");
        }
    }

    #[test]
    fn redirects_are_read_as_urls_and_as_paths() {
        let rules = rules(&[]);
        let from = Target::parse("https://example.com/a/b?c", &rules).unwrap();
        for (location, expected) in [
            ("https://example.org/x", "https://example.org/x"),
            ("//example.org/x", "https://example.org/x"),
            ("/x", "https://example.com/x"),
            ("x?y", "https://example.com/a/x?y"),
            ("x?to=https://example.org/", "https://example.com/a/x?to=https://example.org/"),
            ("?y", "https://example.com/a/b?y"),
        ] {
            let moved = from.moved(location, &rules).unwrap();
            assert_eq!(format!("https://{}{}", moved.authority, moved.path), expected);
        }
        for (location, error) in [
            ("http://example.org/", FetchError::Invalid),
            ("gopher://example.org/", FetchError::Invalid),
            ("https://example.org:8443/", FetchError::Port),
            ("//user@example.org/", FetchError::Credentials),
        ] {
            assert_eq!(from.moved(location, &rules).err(), Some(error), "{location}");
        }
    }
}
