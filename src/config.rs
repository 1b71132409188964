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
mod models;
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

use crate::{
    bedrock, catalog::Catalog, lifecycle::drain::DrainSettings, limit::bucket::Rate, route,
    telemetry::logs::LogSettings, translate::Policy,
};
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// Everything the service needs to know before it starts; every value is in range.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who runs this gateway, and where.
    pub customer: Customer,
    /// The HTTP listener.
    pub server: ServerSettings,
    /// `models.*`: names and defaults.
    pub models: route::Settings,
    /// What is known of Bedrock's models, with the changes of `catalog.models`.
    pub catalog: Arc<Catalog>,
    /// `catalog.resolve_profiles`: whether Bedrock is asked what application inference profiles stand for.
    pub resolve_profiles: bool,
    /// Who may call.
    pub authentication: Authentication,
    /// `performance.api_gateway.throttling.*`: the global rate limit; `None` = no limit.
    pub throttle: Option<Rate>,
    /// `policy.*`: what the operator decided about translation.
    pub policy: Arc<Policy>,
    /// `upstream.*`: the way to Bedrock. Its region is the same as [`Customer::region`].
    pub upstream: bedrock::Settings,
    /// `telemetry.log_format` and `RUST_LOG`. Without the latter `info`, with
    /// `custom_settings.features.enable_debug_logging` also `bedrock_gateway=debug`.
    pub logs: LogSettings,
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
    /// Bytes of request bodies worked on at once; at least `max_body` after [`load`].
    pub max_body_total: usize,
    /// Requests worked on at once, streams until their last byte included.
    pub max_in_flight: usize,
    /// Silence after which a stream gets an SSE comment.
    pub keep_alive: Duration,
    /// How long stream events are held to be written together; zero = not at all.
    pub coalesce: Duration,
    /// `server.drain.*`: how the service stops; the deadline is counted from the end of the delay.
    pub drain: DrainSettings,
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
