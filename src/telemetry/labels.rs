//! The values that metric labels can take. Each is an enum or a name the operator chose, never client input: a
//! client that could make up label values could fill the memory (design §4.4).

use std::sync::Arc;

/// What was asked for, by the route that answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `POST /v1/chat/completions`
    ChatCompletions,
    /// `GET /v1/models`
    Models,
    /// `GET /v1/models/{id}`
    Model,
    /// `GET /health`
    Health,
    /// `GET /ready`
    Ready,
    /// `GET /metrics`
    Metrics,
    /// Nothing of ours.
    Unknown,
}

/// How a call ended for its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The whole answer was handed over.
    Ok,
    /// The client was told of a failure, in the answer or in a frame of the stream.
    Error {
        /// OpenAI's `error.code`.
        code: &'static str,
    },
    /// The client hung up first.
    Cancelled,
}

/// Which limit refused a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// `performance.api_gateway.throttling`
    Global,
    /// `server.max_in_flight`
    InFlight,
    /// `server.max_body_total`
    BodyTotal,
}

/// A name from the configuration or the catalog, safe to be a label value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label(Arc<str>);

// === impl Route ===

impl Route {
    /// The route that a path pattern stands for, wherever it is mounted (`/v1`, `/api/v1`, below a base path).
    pub fn of(pattern: Option<&str>) -> Self {
        let Some(pattern) = pattern else { return Self::Unknown };
        match pattern {
            _ if pattern.ends_with("/chat/completions") => Self::ChatCompletions,
            _ if pattern.ends_with("/models") => Self::Models,
            _ if pattern.contains("/models/{") => Self::Model,
            _ if pattern.ends_with("/health") => Self::Health,
            _ if pattern.ends_with("/ready") => Self::Ready,
            _ if pattern.ends_with("/metrics") => Self::Metrics,
            _ => Self::Unknown,
        }
    }

    /// The label value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::Models => "models",
            Self::Model => "model",
            Self::Health => "health",
            Self::Ready => "ready",
            Self::Metrics => "metrics",
            Self::Unknown => "unknown",
        }
    }

    /// Called by machines every few seconds, and of no interest while it works.
    pub fn is_probe(self) -> bool {
        matches!(self, Self::Health | Self::Ready | Self::Metrics)
    }
}

// === impl Outcome ===

impl Outcome {
    /// The label value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error { .. } => "error",
            Self::Cancelled => "cancelled",
        }
    }

    /// OpenAI's `error.code`, when it is an error.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::Error { code } => Some(code),
            Self::Ok | Self::Cancelled => None,
        }
    }
}

// === impl Limit ===

impl Limit {
    /// The label value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::InFlight => "in_flight",
            Self::BodyTotal => "body_total",
        }
    }
}

// === impl Label ===

impl Label {
    /// Takes a name of which there are few: an alias or model id of the configuration or catalog. Whatever a client
    /// made up is [`Label::other`].
    pub fn bounded(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// A name that is not on any list.
    pub fn other() -> Self {
        Self::bounded("other")
    }

    /// The label value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_known_wherever_it_is_mounted() {
        for (pattern, name) in [
            (Some("/v1/chat/completions"), "chat_completions"),
            (Some("/prod/api/v1/chat/completions"), "chat_completions"),
            (Some("/api/v1/models"), "models"),
            (Some("/v1/models/{*id}"), "model"),
            (Some("/prod/ready"), "ready"),
            (Some("/health"), "health"),
            (Some("/metrics"), "metrics"),
            (Some("/something"), "unknown"),
            (None, "unknown"),
        ] {
            assert_eq!(Route::of(pattern).as_str(), name, "{pattern:?}");
        }
    }
}
