//! The configuration: one YAML file, the environment on top of it, and out comes a valid [`Config`] or every
//! [`Problem`] at once.
//!
//! The way of a file: `yaml` reads it with the place of each key, `check` compares it with the one table of
//! keys in `schema` (unknown keys, types, ranges, `${VAR}`, `GATEWAY__A__B` overrides), `effects` says what a
//! key does that is not a run-time setting, `rules` looks at keys that depend on each other, and `build` makes
//! the types below. No key is silently ignored. The process environment is read in `env` alone.

mod build;
mod check;
mod effects;
mod env;
mod expand;
mod kind;
mod load;
mod marks;
mod overrides;
mod problem;
mod quantity;
mod rules;
mod schema;
mod secret;
mod summary;
#[cfg(test)]
mod tests;
mod yaml;

pub use env::Environment;
pub use load::{Loaded, Report, check, load, parse_text, read};
pub use problem::{Position, Problem, Problems, Severity};
pub use secret::Secret;
pub use summary::Summary;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Everything the service needs to know before it starts; every value is in range.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who runs this gateway, and where.
    pub customer: Customer,
    /// The HTTP listener.
    pub server: ServerSettings,
    /// Model names and defaults.
    pub models: ModelSettings,
    /// Who may call.
    pub authentication: Authentication,
    /// The global rate limit; `None` = no limit.
    pub throttle: Option<Throttle>,
    /// What happens to parameters that cannot be honoured.
    pub policy: Policy,
    /// The way to Bedrock.
    pub upstream: UpstreamSettings,
    /// Logs.
    pub telemetry: TelemetrySettings,
}

/// `customer.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Any text, not only ASCII.
    pub name: Option<String>,
    /// `dev`, `staging`, `prod` or `production`.
    pub environment: Option<String>,
    /// `customer.region`, else `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub region: Option<String>,
    /// The AWS account, used at deployment.
    pub account_id: Option<String>,
}

/// `server.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Where clients connect; `PORT` replaces the port.
    pub listen: SocketAddr,
    /// When set, `/metrics` answers only there.
    pub ops_listen: Option<SocketAddr>,
    /// `""`, or `/prod`: starts with a slash and ends without one.
    pub base_path: String,
    /// The largest request body, in bytes.
    pub max_body: usize,
    /// Requests worked on at once, streams until their last byte included.
    pub max_in_flight: usize,
    /// Silence after which a stream gets an SSE comment.
    pub keep_alive: Duration,
    /// How long stream events are held to be written together; zero = not at all.
    pub coalesce: Duration,
    /// How the service stops.
    pub drain: Drain,
}

/// `server.drain.*`, both counted from the signal to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drain {
    /// New work is still taken for this long, so that load balancers notice.
    pub delay: Duration,
    /// What still runs after this long is cut.
    pub deadline: Duration,
}

/// `models.*`.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSettings {
    /// Alias and Bedrock model id, in the order of the file.
    pub mappings: Vec<(String, String)>,
    /// The Bedrock id for names that are neither an alias nor a Bedrock id.
    pub default_model: Option<String>,
    /// Keyed by Bedrock id or alias.
    pub model_configs: BTreeMap<String, ModelDefaults>,
}

/// `models.model_configs.NAME.*`: used when the client gives none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ModelDefaults {
    /// Output tokens.
    pub max_tokens: Option<u32>,
    /// From 0 to 2.
    pub temperature: Option<f64>,
}

/// `integrations.authentication.*` with the keys of the environment.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// Everybody may call.
    None,
    /// A key is needed: `Authorization: Bearer KEY`, `x-api-key: KEY`, or the header named here.
    ApiKey {
        /// A third header that may carry the key.
        header_name: Option<http::HeaderName>,
        /// `ADMIN_API_KEY` and the entries of `API_KEYS`; never empty after [`load`].
        keys: Vec<Secret>,
    },
}

/// `performance.api_gateway.throttling.*`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests per second, above zero.
    pub rate_limit: f64,
    /// Requests that may come at once, above zero.
    pub burst_limit: u32,
}

/// `policy.*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// What happens to a parameter that cannot be honoured.
    pub unsupported: Unsupported,
}

/// `policy.unsupported`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsupported {
    /// Report it in `x-gateway-warnings`.
    Lenient,
    /// Refuse the request with 400.
    Strict,
}

/// `upstream.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamSettings {
    /// The same as [`Customer::region`]; `None` = the AWS SDK finds it.
    pub region: Option<String>,
    /// A Bedrock Runtime endpoint; `None` = the AWS SDK finds it (`AWS_ENDPOINT_URL_BEDROCK_RUNTIME` works).
    pub endpoint_url: Option<String>,
    /// TCP and TLS.
    pub connect: Duration,
    /// From the end of the request to the head of the answer.
    pub head: Duration,
    /// From the head to the first stream event.
    pub first_event: Duration,
    /// Between two stream events.
    pub gap: Duration,
    /// The whole call.
    pub total: Duration,
}

/// `telemetry.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetrySettings {
    /// How log lines look.
    pub log_format: LogFormat,
    /// Directives in the syntax of `RUST_LOG`, which wins; else `info`, with
    /// `custom_settings.features.enable_debug_logging` also `bedrock_gateway=debug`.
    pub log_filter: String,
}

/// `telemetry.log_format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}
