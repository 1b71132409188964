//! `GET /v1/models` and `GET /v1/models/{id}`.

use serde::Serialize;

/// A list of models.
#[derive(Debug, Clone, Serialize)]
pub struct ModelList {
    /// Always `list`.
    pub object: &'static str,
    /// The models.
    pub data: Vec<Model>,
}

/// One model that a client may name.
#[derive(Debug, Clone, Serialize)]
pub struct Model {
    /// The name to put into `model`.
    pub id: String,
    /// Always `model`.
    pub object: &'static str,
    /// Unix seconds.
    pub created: u64,
    /// Who made the model, as Bedrock's ids name the provider (`amazon`, `anthropic`).
    pub owned_by: String,
}
