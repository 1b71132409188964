//! The models that the emulator pretends to have, and how a model id is resolved to one.
//!
//! The catalog is in [`list`]; what each family refuses is in [`family`]. An opaque ARN (provisioned or imported model, an
//! application profile that the settings do not know) resolves to a model without restrictions of its own, because its
//! id does not tell the family.

use std::collections::BTreeMap;

use super::reply::Refusal;

mod family;
mod list;

pub(super) use family::{Cache, Family, Knob, ResultMedia, Sampling, Shown};
pub(super) use list::MODELS;
use list::OPAQUE;

/// The account and region of every ARN that the emulator hands out.
pub(super) const ACCOUNT: &str = "123456789012";
/// See [`ACCOUNT`].
pub(super) const REGION: &str = "us-east-1";

/// One foundation model.
pub(super) struct Model {
    /// The base id, without a geography.
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Whether the base id can be called; else only the profiles can.
    pub(super) on_demand: bool,
    /// The geographies that have an inference profile of it.
    pub(super) geos: &'static [&'static str],
    /// The largest `maxTokens`.
    pub(super) max_output: u64,
    /// Whether it has a latency-optimized variant.
    pub(super) optimized: bool,
    pub(super) kind: Kind,
}

/// What a model does.
pub(super) enum Kind {
    /// It converses, within the limits of its family.
    Chat(&'static Family),
    /// It embeds through InvokeModel.
    Embedding(Embedding),
}

/// The request shape of an embedding model.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Embedding {
    TitanV1,
    TitanV2,
    CohereV3,
    CohereV4,
    Nova,
}

// === impl Model ===

impl Model {
    const fn with_optimized(self) -> Self {
        Self { optimized: true, ..self }
    }

    /// The provider's name as ListFoundationModels spells it.
    pub(super) fn provider(&self) -> &'static str {
        match self.id.split('.').next().unwrap_or_default() {
            "ai21" => "AI21 Labs",
            "amazon" => "Amazon",
            "anthropic" => "Anthropic",
            "cohere" => "Cohere",
            "deepseek" => "DeepSeek",
            "google" => "Google",
            "meta" => "Meta",
            "minimax" => "MiniMax",
            "mistral" => "Mistral AI",
            "moonshot" | "moonshotai" => "Moonshot AI",
            "nvidia" => "NVIDIA",
            "openai" => "OpenAI",
            "qwen" => "Qwen",
            "writer" => "Writer",
            "xai" => "xAI",
            "zai" => "Z.AI",
            _ => "Emulated",
        }
    }

    /// The ARN of the foundation model.
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:bedrock:{REGION}::foundation-model/{}", self.id)
    }

    /// The ARN of its inference profile in a geography.
    pub(super) fn profile_arn(&self, geo: &str) -> String {
        format!("arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{geo}.{}", self.id)
    }
}

/// The models of application profiles: the last segment of the profile's ARN, and the id of its model.
pub(super) type Profiles = BTreeMap<String, String>;

/// The model that an id or ARN names.
///
/// Refuses ids of a wrong form, unknown ids, and base ids of models that can only be called by a profile.
pub(super) fn resolve(id: &str, profiles: &Profiles) -> Result<&'static Model, Refusal> {
    let well_formed = (1..=2048).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:/".contains(&b));
    if !well_formed {
        return Err(Refusal::validation(format!(
            "1 validation error detected: Value '{id}' at 'modelId' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: {MODEL_ID_PATTERN}"
        )));
    }
    let unknown = || Refusal::validation("The provided model identifier is invalid.");
    let Some(arn) = id.strip_prefix("arn:") else { return named(id) };
    let resource = arn.splitn(5, ':').nth(4).ok_or_else(unknown)?;
    match resource.split_once('/') {
        Some(("foundation-model" | "inference-profile", id)) => named(id),
        Some(("application-inference-profile", name)) if profiles.contains_key(name) => {
            profiles.get(name).and_then(|model| any_form(model)).ok_or_else(unknown)
        }
        Some((kind, name)) if OPAQUE_KINDS.contains(&kind) && !name.is_empty() => Ok(&OPAQUE),
        _ => Err(unknown()),
    }
}

/// The model of a base id, whether or not it needs a profile to converse.
pub(super) fn base(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}

/// The model of a base id, profile id or ARN, whether or not it can be called by that.
pub(super) fn any_form(id: &str) -> Option<&'static Model> {
    let id = id.rsplit('/').next().unwrap_or(id);
    let without = id.split_once('.').and_then(|(geo, rest)| Some((geo, base(rest)?)));
    base(id).or_else(|| without.filter(|(geo, model)| model.geos.contains(geo)).map(|(_, model)| model))
}

/// The gist of the pattern in the service model, which is half a page long.
const MODEL_ID_PATTERN: &str = "[a-zA-Z0-9-:.]{1,63}|arn:aws(-[^:]+)?:bedrock:.*";

/// The ARN resources whose name does not tell the model.
const OPAQUE_KINDS: [&str; 6] = [
    "application-inference-profile",
    "custom-model-deployment",
    "default-prompt-router",
    "imported-model",
    "prompt-router",
    "provisioned-model",
];

fn named(id: &str) -> Result<&'static Model, Refusal> {
    if let Some(model) = base(id) {
        return if model.on_demand { Ok(model) } else { Err(needs_profile(id)) };
    }
    any_form(id).ok_or_else(|| Refusal::validation("The provided model identifier is invalid."))
}

fn needs_profile(id: &str) -> Refusal {
    Refusal::validation(format!(
        "Invocation of model ID {id} with on-demand throughput isn\u{2019}t supported. Retry your request with \
         the ID or ARN of an inference profile that contains this model."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(id: &str) -> Result<&'static str, String> {
        let profiles = [("own", "us.anthropic.claude-opus-5"), ("lost", "gpt-4o")];
        let profiles = profiles.map(|(name, model)| (name.to_owned(), model.to_owned())).into();
        resolve(id, &profiles).map(|model| model.id).map_err(|refusal| refusal.message)
    }

    #[test]
    fn ids_profiles_and_arns_name_models() {
        assert_eq!(id_of("amazon.nova-lite-v1:0"), Ok("amazon.nova-lite-v1:0"));
        assert_eq!(id_of("us.amazon.nova-lite-v1:0"), Ok("amazon.nova-lite-v1:0"));
        let profile = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0";
        assert_eq!(id_of(profile), Ok("amazon.nova-lite-v1:0"));
        let foundation = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0";
        assert_eq!(id_of(foundation), Ok("amazon.nova-lite-v1:0"));
        let opaque = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456";
        assert_eq!(id_of(opaque), Ok("emulated.opaque"));
        let own = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/own";
        assert_eq!(id_of(own), Ok("anthropic.claude-opus-5"));
        assert!(id_of(&own.replace("own", "lost")).is_err());
    }

    #[test]
    fn what_cannot_be_called_is_refused_in_bedrocks_words() {
        let invalid = Err("The provided model identifier is invalid.".to_owned());
        for id in ["gpt-4o", "jp.amazon.nova-lite-v1:0", "arn:aws:s3:::bucket", "arn:x", "emulated.opaque"] {
            assert_eq!(id_of(id), invalid, "{id}");
        }
        assert!(
            id_of("anthropic.claude-sonnet-4-6")
                .is_err_and(|m| m.contains("on-demand throughput isn\u{2019}t"))
        );
        assert!(id_of("a b").is_err_and(|m| m.contains("at 'modelId' failed")));
    }
}
