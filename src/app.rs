//! The composition root: the configuration becomes the parts of the gateway, and the parts its routes. The only
//! place that knows every concrete type.

use crate::{
    api::{SseSettings, chat::ChatState},
    bedrock::{self, Deadlines, Transport},
    catalog::{Defaults, InvalidModelId, ModelId},
    clock::SystemClock,
    config::{self, Config},
    dispatch::Dispatcher,
    lifecycle::Lifecycle,
    route::{self, Models},
    telemetry::metrics::Metrics,
    translate::Unsupported,
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
    ///
    /// # Errors
    /// When a model id of the configuration cannot be one.
    pub fn new(
        config: &Config,
        transport: Arc<dyn Transport>,
        metrics: Arc<Metrics>,
        lifecycle: Lifecycle,
    ) -> Result<Self, InvalidModelId> {
        let models = Arc::new(Models::new(model_settings(&config.models)?));
        let dispatcher = Arc::new(Dispatcher {
            transport,
            target: config.upstream.region.as_deref().unwrap_or("default").into(),
            models: Arc::clone(&models),
            policy: match config.policy.unsupported {
                config::Unsupported::Lenient => Unsupported::Lenient,
                config::Unsupported::Strict => Unsupported::Strict,
            },
            deadlines: deadlines(&config.upstream),
            metrics: Arc::clone(&metrics),
            lifecycle: lifecycle.clone(),
            clock: Arc::new(SystemClock),
        });
        let sse = SseSettings { keep_alive: config.server.keep_alive, coalesce: config.server.coalesce };
        let chat = ChatState { dispatcher, max_body: config.server.max_body, sse };
        Ok(Self { chat, models, metrics, lifecycle })
    }
}

/// The settings of the way to Bedrock.
pub fn bedrock_settings(config: &Config) -> bedrock::Settings {
    bedrock::Settings {
        region: config.upstream.region.clone(),
        endpoint_url: config.upstream.endpoint_url.clone(),
        deadlines: deadlines(&config.upstream),
    }
}

fn deadlines(upstream: &config::UpstreamSettings) -> Deadlines {
    let config::UpstreamSettings { connect, head, first_event, gap, total, .. } = *upstream;
    Deadlines { connect, head, first_event, gap, total }
}

fn model_settings(models: &config::ModelSettings) -> Result<route::Settings, InvalidModelId> {
    let alias = |(name, id): &(String, String)| Ok((name.clone(), ModelId::parse(id)?));
    let defaults = |(name, config): (&String, &config::ModelDefaults)| {
        let config::ModelDefaults { max_tokens, temperature } = *config;
        (name.clone(), Defaults { max_tokens, temperature })
    };
    Ok(route::Settings {
        mappings: models.mappings.iter().map(alias).collect::<Result<_, _>>()?,
        default_model: models.default_model.as_deref().map(ModelId::parse).transpose()?,
        model_configs: models.model_configs.iter().map(defaults).collect(),
    })
}
