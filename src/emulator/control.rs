//! Calls of the control plane: ListFoundationModels, ListInferenceProfiles and GetInferenceProfile.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::Settings;
use super::models::{ACCOUNT, Kind, MODELS, Model, Profiles, REGION, any_form};
use super::reply::Refusal;

/// When every emulated profile was made.
const CREATED: &str = "2026-01-15T00:00:00Z";

/// How many profiles are on a page unless the caller says so.
const PAGE: usize = 100;

/// Answers a GET of one of the three.
pub(super) fn get(settings: &Settings, path: &str, query: &str) -> Result<Value, Refusal> {
    let (list, id) =
        path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    let id = percent_decode_str(id).decode_utf8_lossy();
    let action = match (list, &*id) {
        ("foundation-models", _) => "ListFoundationModels",
        (_, "") => "ListInferenceProfiles",
        _ => "GetInferenceProfile",
    };
    if settings.listing_denied {
        let user = format!("arn:aws:iam::{ACCOUNT}:user/emulated");
        let why = format!(
            "User: {user} is not authorized to perform: bedrock:{action} because no identity-based policy allows the \
             bedrock:{action} action"
        );
        return Err(Refusal::new(403, "AccessDeniedException", why));
    }
    match action {
        "ListFoundationModels" => Ok(foundation_models(query)),
        "ListInferenceProfiles" => inference_profiles(&settings.profiles, query),
        _ => inference_profile(&settings.profiles, &id),
    }
}

/// `GET /inference-profiles/{id}` by id or ARN.
fn inference_profile(own: &Profiles, id: &str) -> Result<Value, Refusal> {
    let found = profiles(own).find(|p| p["inferenceProfileId"] == id || p["inferenceProfileArn"] == id);
    found.ok_or_else(|| {
        let why = format!("The inference profile {id} could not be found.");
        Refusal::new(404, "ResourceNotFoundException", why)
    })
}

/// `GET /foundation-models` with the filters `byProvider`, `byOutputModality` and `byInferenceType`. Not paged.
fn foundation_models(query: &str) -> Value {
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
        "inputModalities": input_modalities(model),
        "outputModalities": [output_modality(model)],
        "responseStreamingSupported": matches!(model.kind, Kind::Chat(_)),
        "customizationsSupported": [],
        "inferenceTypesSupported": [inference_type(model)],
        "modelLifecycle": {"status": "ACTIVE"},
    })
}

fn input_modalities(model: &Model) -> Vec<&'static str> {
    let Kind::Chat(family) = model.kind else { return vec!["TEXT"] };
    let takes = [("TEXT", true), ("IMAGE", family.images), ("VIDEO", family.video), ("SPEECH", family.audio)];
    takes.into_iter().filter(|(_, takes)| *takes).map(|(name, _)| name).collect()
}

fn output_modality(model: &Model) -> &'static str {
    if matches!(model.kind, Kind::Chat(_)) { "TEXT" } else { "EMBEDDING" }
}

fn inference_type(model: &Model) -> &'static str {
    if model.on_demand { "ON_DEMAND" } else { "INFERENCE_PROFILE" }
}

/// `GET /inference-profiles` with `type`, `maxResults` (1 to 1000) and `nextToken`.
fn inference_profiles(own: &Profiles, query: &str) -> Result<Value, Refusal> {
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
        profiles(own).filter(|profile| kind.is_none_or(|kind| profile["type"] == kind)).collect();
    let page: Vec<&Value> = all.iter().skip(from).take(size).collect();
    let mut answer = json!({"inferenceProfileSummaries": page});
    if from.saturating_add(size) < all.len() {
        answer["nextToken"] = format!("page-{}", from + size).into();
    }
    Ok(answer)
}

/// The system's profiles, and the account's own.
fn profiles(own: &Profiles) -> impl Iterator<Item = Value> {
    let system = MODELS.iter().flat_map(|model| model.geos.iter().map(move |geo| (model, *geo))).map(
        |(model, geo)| {
            let name = format!("{} {}", geo.to_uppercase(), model.name);
            profile(&name, &model.profile_arn(geo), &format!("{geo}.{}", model.id), "SYSTEM_DEFINED", model)
        },
    );
    let own = own.iter().filter_map(|(id, model)| {
        let arn = format!("arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/{id}");
        Some(profile("Emulated application", &arn, id, "APPLICATION", any_form(model)?))
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

    fn own() -> Profiles {
        Settings::default().profiles
    }

    fn id_of(settings: &Settings, id: &str) -> Result<String, (u16, String)> {
        let found = get(settings, &format!("/inference-profiles/{id}"), "");
        let model = found.map_err(|refusal| (refusal.status, refusal.kind))?["models"][0]["modelArn"].clone();
        Ok(model.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned())
    }

    #[test]
    fn profiles_tell_their_model() {
        let mut settings = Settings::default();
        settings.profiles.insert("mine".to_owned(), "us.anthropic.claude-opus-5".to_owned());
        let arn = "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3A";
        for (id, model) in [
            ("eu.anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"),
            ("mine", "anthropic.claude-opus-5"),
            (&format!("{arn}application-inference-profile%2Fmine"), "anthropic.claude-opus-5"),
            (&format!("{arn}inference-profile%2Fus.amazon.nova-lite-v1%3A0"), "amazon.nova-lite-v1:0"),
        ] {
            assert_eq!(id_of(&settings, id).as_deref(), Ok(model), "{id}");
        }
        assert_eq!(id_of(&settings, "yours"), Err((404, "ResourceNotFoundException".to_owned())));
        settings.listing_denied = true;
        assert_eq!(id_of(&settings, "mine"), Err((403, "AccessDeniedException".to_owned())));
        assert!(get(&settings, "/foundation-models", "").is_err_and(|refusal| refusal.status == 403));
    }

    #[test]
    fn pages_hold_every_profile_once() {
        let mut seen = Vec::new();
        let mut query = "maxResults=7".to_owned();
        loop {
            let Ok(page) = inference_profiles(&own(), &query) else { panic!("{query} was refused") };
            let ids = page["inferenceProfileSummaries"].as_array().into_iter().flatten();
            seen.extend(ids.map(|profile| profile["inferenceProfileId"].clone()));
            let Some(token) = page["nextToken"].as_str() else { break };
            query = format!("maxResults=7&nextToken={token}");
        }
        assert_eq!(seen.len(), profiles(&own()).count());
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
        let own = inference_profiles(&own(), "type=APPLICATION")
            .map(|page| page["inferenceProfileSummaries"].clone());
        assert!(own.is_ok_and(|list| list.as_array().is_some_and(|list| list.len() == 1)));
    }

    #[test]
    fn bad_paging_is_refused() {
        assert!(inference_profiles(&own(), "maxResults=0").is_err());
        assert!(inference_profiles(&own(), "nextToken=made-up").is_err());
    }
}
