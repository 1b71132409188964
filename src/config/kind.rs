//! What a key may hold, and reading it from text.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::catalog::{ModelId, Price};

use super::quantity;
use super::yaml::Scalar;

/// What a key may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Any text that is not blank.
    Text,
    /// `true` or `false`.
    Switch,
    /// A whole number within bounds.
    Whole(u64, u64),
    /// A number within bounds.
    Number(f64, f64),
    /// A duration within bounds, written as durations are.
    Duration(&'static str, &'static str),
    /// A size within bounds, written as sizes are.
    Size(&'static str, &'static str),
    /// One of the first; the second are known, but not in this version.
    OneOf(&'static [&'static str], &'static [&'static str]),
    /// `IP:port`.
    Address,
    /// Empty, or `/prod`.
    BasePath,
    /// The name of an HTTP header.
    Header,
    /// `http://` or `https://` with a host and no user.
    Url,
    /// A Bedrock model id, inference profile id or ARN.
    Model,
    /// An AWS region.
    Region,
    /// A list of texts.
    Texts,
    /// A section or list whose parts have rows of their own.
    Section,
    /// USD per million tokens.
    Price,
    /// What an effort becomes: tokens to reason with, or a word of the model's.
    Level,
}

/// A value that fits its kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Also of headers, URLs, models, choices, regions and base paths.
    Text(String),
    Switch(bool),
    Whole(u64),
    Number(f64),
    Duration(Duration),
    Size(usize),
    Address(SocketAddr),
    Texts(Vec<String>),
    Price(Price),
}

/// Why a text does not fit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// What is wrong with it. The text itself is never in it: it may have come from the environment.
    pub(super) what: &'static str,
    /// What could stand there.
    pub(super) allowed: String,
}

// === impl Kind ===

impl Kind {
    /// Reads one scalar. Texts count as numbers and switches when they read as such, because `${VAR}` and
    /// overrides can only give texts; numbers do not count as texts (`1.10` would lose its zero).
    pub(super) fn read(self, sort: Scalar, text: &str) -> Result<Value, Misfit> {
        let misfit = |what| Misfit { what, allowed: self.to_string() };
        let textual = matches!(
            self,
            Self::Text
                | Self::Model
                | Self::OneOf(..)
                | Self::Address
                | Self::BasePath
                | Self::Header
                | Self::Url
                | Self::Region
        );
        if textual && sort != Scalar::Text {
            return Err(Misfit { what: "is not text", allowed: format!("{self}; put it in quotes") });
        }
        let value = match self {
            Self::Text => (!text.trim().is_empty()).then(|| Value::Text(text.to_owned())),
            Self::Switch => text.parse().ok().map(Value::Switch),
            Self::Whole(..) => text.parse().ok().map(Value::Whole),
            Self::Number(..) => text.parse().ok().filter(|n: &f64| n.is_finite()).map(Value::Number),
            Self::Duration(..) => quantity::duration(text).map(Value::Duration),
            Self::Size(..) => quantity::size(text).map(Value::Size),
            Self::OneOf(now, later) => {
                if later.contains(&text) {
                    return Err(misfit("is not in this version"));
                }
                now.contains(&text).then(|| Value::Text(text.to_owned()))
            }
            Self::Address => text.parse().ok().map(Value::Address),
            Self::BasePath => is_base_path(text).then(|| Value::Text(text.to_owned())),
            Self::Header => text.parse::<http::HeaderName>().ok().map(|name| Value::Text(name.to_string())),
            Self::Url => is_url(text).then(|| Value::Text(text.to_owned())),
            Self::Model => ModelId::parse(text).ok().map(|id| Value::Text(id.as_str().to_owned())),
            Self::Region => is_region(text).then(|| Value::Text(text.to_owned())),
            Self::Price => Price::parse(text).ok().map(Value::Price),
            Self::Level => match text.parse::<u32>() {
                Ok(tokens) => Some(Value::Whole(tokens.into())),
                Err(_) => is_word(text).then(|| Value::Text(text.to_owned())),
            },
            Self::Texts | Self::Section => None,
        };
        match value {
            Some(value) if self.bounds(&value) => Ok(value),
            Some(_) => Err(misfit("is out of range")),
            None => Err(misfit(self.complaint())),
        }
    }

    /// What a text that is no value of this kind is told.
    fn complaint(self) -> &'static str {
        match self {
            Self::Text => "is blank",
            Self::Switch => "is not true or false",
            Self::Whole(..) => "is not a whole number",
            Self::Number(..) => "is not a number",
            Self::Duration(..) => "is not a duration",
            Self::Size(..) => "is not a size",
            Self::OneOf(..) => "is not one of the choices",
            Self::Address => "is not an address",
            Self::BasePath => "is not a base path",
            Self::Header => "is not a header name",
            Self::Url => "is not a URL",
            Self::Model => "is not a Bedrock model id",
            Self::Region => "is not an AWS region",
            Self::Price => "is not a price",
            Self::Level => "is neither tokens nor a word",
            Self::Texts => "is not a list",
            Self::Section => "is not a section",
        }
    }

    /// Whether a value of this kind is within its bounds.
    fn bounds(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Whole(least, most), Value::Whole(n)) => (least..=most).contains(n),
            (Self::Number(least, most), Value::Number(n)) => (least..=most).contains(n),
            (Self::Duration(least, most), Value::Duration(n)) => {
                quantity::duration(least).is_some_and(|least| least <= *n)
                    && quantity::duration(most).is_some_and(|most| *n <= most)
            }
            (Self::Size(least, most), Value::Size(n)) => {
                quantity::size(least).is_some_and(|least| least <= *n)
                    && quantity::size(most).is_some_and(|most| *n <= most)
            }
            _ => true,
        }
    }
}

/// What the kind allows, for messages and for the reference page.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Switch => f.write_str("true, false"),
            Self::Whole(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Number(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Duration(least, most) => {
                write!(f, "a duration like 15s, 250ms or 1h30m, from {least} to {most}")
            }
            Self::Size(least, most) => write!(f, "a size like 32MiB, 10MB or 1024, from {least} to {most}"),
            Self::OneOf(now, _) => f.write_str(&now.join(", ")),
            Self::Address => f.write_str("IP:port, like 0.0.0.0:8000 or [::]:8000"),
            Self::BasePath => {
                f.write_str("empty, or a path like /prod that starts with / and does not end with it")
            }
            Self::Header => f.write_str("an HTTP header name, like X-API-Key"),
            Self::Url => f.write_str("http://HOST or https://HOST, without user or query"),
            Self::Model => f.write_str("a Bedrock model id, inference profile id or ARN"),
            Self::Region => f.write_str("a region, like us-east-1"),
            Self::Texts => f.write_str("a list of texts"),
            Self::Section => f.write_str("a section"),
            Self::Price => f.write_str("USD per million tokens, like 3 or 0.0825"),
            Self::Level => f.write_str("tokens to reason with, or a word of the model's, like low or omit"),
        }
    }
}

/// As models spell efforts: `high`, `between_tools`.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_base_path(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    text.is_empty()
        || text.strip_prefix('/').is_some_and(|path| {
            path.split('/')
                .all(|part| !part.is_empty() && part.chars().all(plain) && part != "." && part != "..")
        })
}

fn is_url(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && uri.query().is_none()
    })
}

/// Only what can stand in a host name: the region becomes part of one.
pub(super) fn is_region(text: &str) -> bool {
    text.contains('-') && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
