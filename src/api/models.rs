//! `GET /v1/models` and `GET /v1/models/{id}`.

use crate::{
    catalog::ModelId,
    error::GatewayError,
    openai::models::{Model, ModelList},
    route::Models,
};
use axum::{
    Json,
    extract::{Path, State},
};
use std::sync::Arc;

/// Lists the aliases and the configured Bedrock ids.
pub async fn list(State(models): State<Arc<Models>>) -> Json<ModelList> {
    let data = models.names().map(|(name, id)| model(name, id)).collect();
    Json(ModelList { object: "list", data })
}

/// Shows one model: an alias, or any Bedrock id or ARN (ids with `:` and `/` too).
///
/// # Errors
/// When no model has this name.
pub async fn show(
    State(models): State<Arc<Models>>,
    Path(name): Path<String>,
) -> Result<Json<Model>, GatewayError> {
    let listed = models.names().find(|(listed, _)| *listed == name).map(|(_, id)| id.clone());
    let id = listed.or_else(|| ModelId::parse(&name).ok());
    let id = id.ok_or(GatewayError::ModelNotFound { model: name.chars().take(200).collect() })?;
    Ok(Json(model(&name, &id)))
}

/// Bedrock tells when a model was published only through its control plane, so `created` is 0: unknown.
fn model(name: &str, id: &ModelId) -> Model {
    let owned_by = id.provider().unwrap_or("bedrock").to_owned();
    Model { id: name.to_owned(), object: "model", created: 0, owned_by }
}
