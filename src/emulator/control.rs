//! The two list calls of the control plane: ListFoundationModels and ListInferenceProfiles.

use serde_json::{Value, json};

use super::models::{ACCOUNT, Kind, MODELS, Model, REGION};
use super::reply::Refusal;

/// When every emulated profile was made.
const CREATED: &str = "2026-01-15T00:00:00Z";

/// How many profiles are on a page unless the caller says so.
const PAGE: usize = 100;

/// `GET /foundation-models` with the filters `byProvider`, `byOutputModality` and `byInferenceType`. Not paged.
pub(super) fn foundation_models(query: &str) -> Value {
    let wanted = |name: &str, value: &str| {
        parameter(query, name).is_none_or(|asked| asked.eq_ignore_ascii_case(value))
    };
    let models = MODELS.iter().filter(|model| {
        wanted("byProvider", model.provider())
            && wanted("byOutputModality", output_modality(model))
            && wanted("byInferenceType", inference_type(model))
    });
    json!({"modelSummaries": models.map(summary).collect::<Vec<_>>()})
}

fn summary(model: &Model) -> Value {
    json!({
        "modelArn": model.arn(),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.provider(),
        "inputModalities": ["TEXT"],
        "outputModalities": [output_modality(model)],
        "responseStreamingSupported": matches!(model.kind, Kind::Chat(_)),
        "customizationsSupported": [],
        "inferenceTypesSupported": [inference_type(model)],
        "modelLifecycle": {"status": "ACTIVE"},
    })
}

fn output_modality(model: &Model) -> &'static str {
    if matches!(model.kind, Kind::Chat(_)) { "TEXT" } else { "EMBEDDING" }
}

fn inference_type(model: &Model) -> &'static str {
    if model.on_demand { "ON_DEMAND" } else { "INFERENCE_PROFILE" }
}

/// `GET /inference-profiles` with `type`, `maxResults` (1 to 1000) and `nextToken`.
pub(super) fn inference_profiles(query: &str) -> Result<Value, Refusal> {
    let size = match parameter(query, "maxResults") {
        None => PAGE,
        Some(text) => text.parse().ok().filter(|size| (1..=1000).contains(size)).ok_or_else(|| {
            Refusal::validation(format!(
                "1 validation error detected: Value '{text}' at 'maxResults' failed to satisfy constraint: Member \
                 must have value between 1 and 1000"
            ))
        })?,
    };
    let from = match parameter(query, "nextToken") {
        None => 0,
        Some(text) => text
            .strip_prefix("page-")
            .and_then(|number| number.parse::<usize>().ok())
            .ok_or_else(|| Refusal::validation("The provided next token is invalid."))?,
    };
    let kind = parameter(query, "type");
    let all: Vec<Value> =
        profiles().filter(|profile| kind.is_none_or(|kind| profile["type"] == kind)).collect();
    let page: Vec<&Value> = all.iter().skip(from).take(size).collect();
    let mut answer = json!({"inferenceProfileSummaries": page});
    if from.saturating_add(size) < all.len() {
        answer["nextToken"] = format!("page-{}", from + size).into();
    }
    Ok(answer)
}

/// The system's profiles, and one application profile.
fn profiles() -> impl Iterator<Item = Value> {
    let system = MODELS.iter().flat_map(|model| model.geos.iter().map(move |geo| (model, *geo))).map(
        |(model, geo)| {
            let name = format!("{} {}", geo.to_uppercase(), model.name);
            profile(&name, &model.profile_arn(geo), &format!("{geo}.{}", model.id), "SYSTEM_DEFINED", model)
        },
    );
    let own = MODELS.iter().filter(|model| model.id == "amazon.nova-lite-v1:0").map(|model| {
        let arn = format!("arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/emulated0001");
        profile("Emulated application", &arn, "emulated0001", "APPLICATION", model)
    });
    system.chain(own)
}

fn profile(name: &str, arn: &str, id: &str, kind: &str, model: &Model) -> Value {
    json!({
        "inferenceProfileName": name,
        "description": format!("Routes requests to {}.", model.name),
        "createdAt": CREATED,
        "updatedAt": CREATED,
        "inferenceProfileArn": arn,
        "models": [{"modelArn": model.arn()}],
        "inferenceProfileId": id,
        "status": "ACTIVE",
        "type": kind,
    })
}

/// The value of a query parameter. None of those in use needs decoding.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_every_profile_once() {
        let mut seen = Vec::new();
        let mut query = "maxResults=7".to_owned();
        loop {
            let Ok(page) = inference_profiles(&query) else { panic!("{query} was refused") };
            let ids = page["inferenceProfileSummaries"].as_array().into_iter().flatten();
            seen.extend(ids.map(|profile| profile["inferenceProfileId"].clone()));
            let Some(token) = page["nextToken"].as_str() else { break };
            query = format!("maxResults=7&nextToken={token}");
        }
        assert_eq!(seen.len(), profiles().count());
        assert!(seen.contains(&json!("eu.anthropic.claude-sonnet-4-6")));
    }

    #[test]
    fn filters_narrow_the_lists() {
        let embedding = foundation_models("byOutputModality=EMBEDDING&byProvider=cohere");
        let ids: Vec<&str> = embedding["modelSummaries"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|summary| summary["modelId"].as_str())
            .collect();
        assert_eq!(ids, ["cohere.embed-english-v3", "cohere.embed-multilingual-v3", "cohere.embed-v4:0"]);
        let own =
            inference_profiles("type=APPLICATION").map(|page| page["inferenceProfileSummaries"].clone());
        assert!(own.is_ok_and(|list| list.as_array().is_some_and(|list| list.len() == 1)));
    }

    #[test]
    fn bad_paging_is_refused() {
        assert!(inference_profiles("maxResults=0").is_err());
        assert!(inference_profiles("nextToken=made-up").is_err());
    }
}
