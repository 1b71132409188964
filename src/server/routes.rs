//! Every route, grouped by who calls it.

use super::stack::Routes;
use crate::{
    api::{chat, models, probes},
    app::App,
};
use axum::{
    Router,
    routing::{get, post},
};

/// The routes of the gateway; the stack mounts the clients' ones below `/v1` and `/api/v1`.
pub fn routes(app: App) -> Routes {
    let App { chat, models, metrics, lifecycle } = app;
    Routes {
        // OpenAI clients.
        clients: Router::new()
            .route("/chat/completions", post(chat::completions).with_state(chat))
            .route("/models", get(models::list).with_state(models.clone()))
            // Ids hold `:` and `/`, ARNs both.
            .route("/models/{*id}", get(models::show).with_state(models)),
        // Orchestrators.
        probes: Router::new()
            .route("/health", get(probes::health))
            .route("/ready", get(probes::ready).with_state(lifecycle)),
        // Operators.
        operators: Router::new().route("/metrics", get(probes::metrics).with_state(metrics)),
    }
}
