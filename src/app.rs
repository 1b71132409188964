//! The composition root: the configuration becomes the parts of the gateway, and the parts its routes. The only
//! place that knows every concrete type.

use crate::{
    api::{SseSettings, chat::ChatState},
    bedrock::{Profiles, Transport},
    clock::SystemClock,
    config::Config,
    dispatch::Dispatcher,
    lifecycle::Lifecycle,
    middleware::body::Bodies,
    route::Models,
    telemetry::metrics::Metrics,
};
use std::sync::Arc;

/// What the routes need.
#[derive(Clone)]
pub struct App {
    /// `POST /v1/chat/completions`.
    pub chat: ChatState,
    /// `GET /v1/models`.
    pub models: Arc<Models>,
    /// `GET /metrics`.
    pub metrics: Arc<Metrics>,
    /// `GET /ready`.
    pub lifecycle: Lifecycle,
}

// === impl App ===

impl App {
    /// Puts the parts together around a way to Bedrock.
    pub fn new(
        config: &Config,
        transport: Arc<dyn Transport>,
        metrics: Arc<Metrics>,
        lifecycle: Lifecycle,
    ) -> Self {
        let models = Arc::new(Models::new(config.models.clone(), Arc::clone(&config.catalog)));
        let dispatcher = Arc::new(Dispatcher {
            profiles: config.resolve_profiles.then(|| Profiles::new(Arc::clone(&transport))),
            transport,
            target: config.upstream.region.as_deref().unwrap_or("default").into(),
            models: Arc::clone(&models),
            policy: Arc::clone(&config.policy),
            deadlines: config.upstream.deadlines,
            metrics: Arc::clone(&metrics),
            lifecycle: lifecycle.clone(),
            clock: Arc::new(SystemClock),
        });
        let sse = SseSettings { keep_alive: config.server.keep_alive, coalesce: config.server.coalesce };
        let bodies = Bodies::new(config.server.max_body, config.server.max_body_total, Arc::clone(&metrics));
        let chat = ChatState { dispatcher, bodies: Arc::new(bodies), sse };
        Self { chat, models, metrics, lifecycle }
    }
}
