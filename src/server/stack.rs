//! The whole stack of layers, in one place: what a request passes, in which order, and why.

use crate::{
    config::{self, Config},
    error::GatewayError,
    lifecycle::Lifecycle,
    limit::bucket::Rate,
    middleware::{
        admit::{Admission, admit},
        authenticate::{Authentication, authenticate},
        observe::observe,
        panic,
        request_id::request_id,
        throttle::{Throttle, throttle},
    },
    server::Surfaces,
    telemetry::metrics::Metrics,
};
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use http::{Method, Uri};
use std::sync::Arc;
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, sensitive_headers::SetSensitiveRequestHeadersLayer};

/// Longest part of an unknown path that is quoted back, in characters.
const QUOTED: usize = 200;

/// The routes, by who calls them.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// OpenAI clients; paths relative to `/v1`.
    pub clients: Router,
    /// Load balancers and orchestrators.
    pub probes: Router,
    /// Operators and their tools.
    pub operators: Router,
}

/// What the layers have to be told.
#[derive(Debug, Clone)]
pub struct StackSettings {
    /// `server.base_path`: empty, or `/prod` and the like.
    pub base_path: String,
    /// `server.max_in_flight`
    pub max_in_flight: usize,
    /// `integrations.authentication`
    pub authentication: Authentication,
    /// `performance.api_gateway.throttling`
    pub throttle: Option<Rate>,
    /// `server.ops_listen` is set: operators' routes answer there and nowhere else.
    pub separate_operators: bool,
}

// === impl StackSettings ===

impl StackSettings {
    /// What the configuration says.
    ///
    /// # Errors
    /// When the system has no randomness to hash the API keys with.
    pub fn new(config: &Config) -> Result<Self, getrandom::Error> {
        let authentication = match &config.authentication {
            config::Authentication::None => Authentication::None,
            config::Authentication::ApiKey { header_name, keys } => {
                Authentication::api_keys(header_name.clone(), keys.iter().map(config::Secret::expose))?
            }
        };
        Ok(Self {
            base_path: config.server.base_path.clone(),
            max_in_flight: config.server.max_in_flight,
            authentication,
            throttle: config.throttle,
            separate_operators: config.server.ops_listen.is_some(),
        })
    }
}

/// Wraps the routes into all layers and mounts them: clients under `/v1` and `/api/v1`, and everything once more below
/// the base path.
pub fn stack(
    routes: Routes,
    settings: &StackSettings,
    metrics: &Arc<Metrics>,
    lifecycle: &Lifecycle,
) -> Surfaces {
    let admission = Admission::new(settings.max_in_flight, metrics.clone(), lifecycle.clone());
    let rate = settings.throttle.map(|rate| (Arc::new(Throttle::new(rate)), metrics.clone()));

    let clients = routes.clients.route_layer(
        ServiceBuilder::new()
            // First, because a refusal for want of room must cost nothing. Probes stay outside: an instance that is
            // busy is not one to be replaced.
            .layer(from_fn_with_state(admission, admit))
            // Before the rate, so that strangers cannot use it up.
            .layer(from_fn_with_state(settings.authentication.clone(), authenticate))
            // Last, so that only requests which will be served count.
            .option_layer(rate.map(|state| from_fn_with_state(state, throttle))),
    );
    let everybody = ServiceBuilder::new()
        // Outermost: every answer carries the id, whichever layer gives it.
        .layer(from_fn(request_id))
        // Before anything that could print a request.
        .layer(SetSensitiveRequestHeadersLayer::new(settings.authentication.headers()))
        // Around all that can fail or refuse, so that it is counted.
        .layer(from_fn_with_state(metrics.clone(), observe))
        // Inside the observation, which then sees a panic as the 500 that it becomes.
        .layer(CatchPanicLayer::custom(panic::answer));

    let mount = |surface: Router| {
        let surface = match settings.base_path.as_str() {
            "" => surface,
            base => surface.clone().nest(base, surface),
        };
        surface
            .fallback(unknown_route)
            .method_not_allowed_fallback(method_not_allowed)
            .layer(everybody.clone())
    };
    let operators = routes.operators.merge(routes.probes.clone());
    let surface = Router::new().nest("/v1", clients.clone()).nest("/api/v1", clients);
    if settings.separate_operators {
        Surfaces { clients: mount(surface.merge(routes.probes)), operators: Some(mount(operators)) }
    } else {
        Surfaces { clients: mount(surface.merge(operators)), operators: None }
    }
}

async fn unknown_route(method: Method, uri: Uri) -> GatewayError {
    GatewayError::UnknownRoute { request: quote(&method, &uri) }
}

async fn method_not_allowed(method: Method, uri: Uri) -> GatewayError {
    GatewayError::MethodNotAllowed { request: quote(&method, &uri) }
}

/// The path without the query, which may hold what nobody should read again.
fn quote(method: &Method, uri: &Uri) -> String {
    let path: String = uri.path().chars().take(QUOTED).collect();
    format!("{method} {path}")
}
