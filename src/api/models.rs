//! `GET /v1/models` and `GET /v1/models/{id}`.

use crate::{
    catalog::ModelId,
    error::GatewayError,
    openai::models::{Model, ModelList},
    route::Models,
};
use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
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
    name: Result<Path<String>, PathRejection>,
) -> Result<Json<Model>, GatewayError> {
    // A name that is not UTF-8 when it is decoded is nobody's.
    let Path(name) = name.map_err(|_| GatewayError::ModelNotFound { model: "\u{fffd}".to_owned() })?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, routing::get};
    use http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_name_that_is_no_text_is_answered_like_any_other() {
        let models = Arc::new(Models::new(
            crate::route::Settings::default(),
            Arc::new(crate::catalog::Catalog::built_in().unwrap()),
        ));
        let routes = Router::new().route("/models/{*id}", get(show).with_state(models));
        for path in ["/models/%FF", "/models/nobody"] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = routes.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["error"]["code"], "model_not_found", "{path}");
        }
    }
}
