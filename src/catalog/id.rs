//! Model ids: which of them Bedrock could mean, and who made the model.

use std::{fmt, sync::Arc};

/// The longest `modelId` that the API takes, in characters.
const MAX_LENGTH: usize = 2048;

/// The prefixes of system-defined inference profiles (user guide, "Supported Regions and models for inference
/// profiles").
const GEOGRAPHIES: [&str; 9] = ["us-gov", "us", "eu", "apac", "jp", "au", "ca", "in", "global"];

/// A foundation model id, an inference profile id or an ARN.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ModelId(Arc<str>);

/// Why a string cannot be a model id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Bedrock model id, inference profile id or ARN")]
pub struct InvalidModelId(String);

/// What the operator wants sent when the client is silent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Defaults {
    /// Upper bound of output tokens.
    pub max_tokens: Option<u32>,
    /// 0 to 1.
    pub temperature: Option<f64>,
}

// === impl ModelId ===

impl ModelId {
    /// Reads an id as Bedrock spells it: `provider.model`, `geography.provider.model`, or an ARN.
    ///
    /// The rule is about the shape, not a list, so that a model that appeared today works today. It must not
    /// take OpenAI's own names for ids: `gpt-3.5-turbo` has a dot too, but its first segment has a dash and its
    /// second begins with a digit.
    ///
    /// Tools append the size of a context window (`[1m]`), which is theirs and not Bedrock's: it is left out.
    ///
    /// # Errors
    /// When the string has another shape.
    pub fn parse(id: &str) -> Result<Self, InvalidModelId> {
        let invalid = || InvalidModelId(id.chars().take(200).collect());
        if id.is_empty() || id.len() > MAX_LENGTH || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(invalid());
        }
        if is_arn(id) {
            return Ok(Self(id.into()));
        }
        let id = without_window(id);
        let (_, base) = split_geography(id);
        let (provider, model) = base.split_once('.').ok_or_else(invalid)?;
        let provider_fits = provider.starts_with(|first: char| first.is_ascii_lowercase())
            && provider.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let model_fits = model.starts_with(|first: char| first.is_ascii_alphabetic())
            && model.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:/".contains(&byte));
        if provider_fits && model_fits { Ok(Self(id.into())) } else { Err(invalid()) }
    }

    /// The id as Bedrock takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id for a call.
    pub fn to_arc(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// The id without ARN path and geography: `anthropic.claude-sonnet-5`. An opaque ARN keeps its last segment; that
    /// of a custom model has the model that it was made from in the last but one.
    pub fn base(&self) -> &str {
        split_geography(self.profile()).1
    }

    /// The geography of the inference profile that this id names: `eu` of `eu.amazon.nova-pro-v1:0`.
    pub fn geography(&self) -> Option<&str> {
        split_geography(self.profile()).0
    }

    /// The id without ARN path.
    fn profile(&self) -> &str {
        let Some(resource) = self.resource() else { return &self.0 };
        let mut segments = resource.split('/');
        match (segments.next(), segments.next()) {
            (Some("custom-model"), Some(made_from)) => made_from,
            _ => resource.rsplit('/').next().unwrap_or(resource),
        }
    }

    /// What an ARN names: `application-inference-profile/abc`.
    fn resource(&self) -> Option<&str> {
        is_arn(&self.0).then(|| self.0.splitn(6, ':').nth(5)).flatten()
    }

    /// Whether this is an application inference profile, which hides its model (translation reference §6.1).
    pub fn is_application_profile(&self) -> bool {
        let name =
            self.resource().and_then(|resource| resource.strip_prefix("application-inference-profile/"));
        name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
    }

    /// The names under which something may be known of it, the closest first: as it stands, without geography, without
    /// the suffix of provisioned throughput (`:51k`), without a version after it (`:7`).
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let base = self.base();
        let bare = without_suffix(base, |end| end.strip_suffix('k').is_some_and(is_number));
        [self.as_str(), base, bare, without_suffix(bare, is_number)].into_iter()
    }

    /// Who made the model (`amazon`), or nothing where an ARN hides it.
    pub fn provider(&self) -> Option<&str> {
        let (provider, _) = self.base().split_once('.')?;
        Some(provider)
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for ModelId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, formatter)
    }
}

fn is_arn(id: &str) -> bool {
    let Some(fields) = id.strip_prefix("arn:") else { return false };
    let mut fields = fields.split(':');
    fields.next().is_some_and(|partition| partition.starts_with("aws"))
        && matches!(fields.next(), Some("bedrock" | "sagemaker"))
        && fields.count() >= 3
}

/// Whether this is the prefix of system-defined inference profiles.
pub fn is_geography(prefix: &str) -> bool {
    GEOGRAPHIES.contains(&prefix)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Without the last part of an id, if it is of that kind.
fn without_suffix(id: &str, kind: impl Fn(&str) -> bool) -> &str {
    match id.rsplit_once(':') {
        Some((rest, end)) if kind(end) => rest,
        _ => id,
    }
}

/// Without `[1m]` or `[200k]`.
fn without_window(id: &str) -> &str {
    let inside = id.strip_suffix(']').and_then(|id| id.rsplit_once('['));
    match inside {
        Some((rest, window)) if window.strip_suffix(['k', 'm']).is_some_and(is_number) => rest,
        _ => id,
    }
}

fn split_geography(id: &str) -> (Option<&str>, &str) {
    match id.split_once('.') {
        Some((geography, base)) if GEOGRAPHIES.contains(&geography) => (Some(geography), base),
        _ => (None, id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_bedrock_id_is_taken() {
        for (id, base, provider) in [
            ("amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", Some("amazon")),
            ("eu.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", Some("amazon")),
            (
                "us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0",
                "anthropic.claude-3-5-sonnet-20240620-v1:0",
                Some("anthropic"),
            ),
            ("global.anthropic.claude-sonnet-5", "anthropic.claude-sonnet-5", Some("anthropic")),
            ("ai21.jamba-1-5-large-v1:0", "ai21.jamba-1-5-large-v1:0", Some("ai21")),
            ("openai.gpt-oss-120b-1:0", "openai.gpt-oss-120b-1:0", Some("openai")),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
                "amazon.nova-lite-v1:0",
                Some("amazon"),
            ),
            (
                "arn:aws-cn:bedrock:cn-north-1:123456789012:application-inference-profile/abcdef123456",
                "abcdef123456",
                None,
            ),
            ("arn:aws:sagemaker:us-east-1:123456789012:endpoint/mine", "mine", None),
        ] {
            let parsed = ModelId::parse(id).unwrap();
            assert_eq!((parsed.as_str(), parsed.base(), parsed.provider()), (id, base, provider));
        }
    }

    #[test]
    fn suffixes_are_stripped_for_the_look_up() {
        for (id, names) in [
            (
                "us.amazon.nova-lite-v1:0:300k",
                ["amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0", "amazon.nova-lite-v1"],
            ),
            (
                "anthropic.claude-v2:1:18k",
                ["anthropic.claude-v2:1:18k", "anthropic.claude-v2:1", "anthropic.claude-v2"],
            ),
            ("a.b", ["a.b", "a.b", "a.b"]),
        ] {
            let parsed = ModelId::parse(id).unwrap();
            assert_eq!(parsed.names().collect::<Vec<_>>(), [[id].as_slice(), &names].concat());
        }
        let windowed = ModelId::parse("eu.anthropic.claude-sonnet-4-6[1m]").unwrap();
        assert_eq!(windowed.as_str(), "eu.anthropic.claude-sonnet-4-6");
        assert_eq!(windowed.geography(), Some("eu"));
        assert!(ModelId::parse("anthropic.claude-sonnet-4-6[1x]").is_err());
    }

    #[test]
    fn an_arn_says_what_it_is() {
        let id = |resource: &str| {
            ModelId::parse(&format!("arn:aws:bedrock:us-east-1:123456789012:{resource}")).unwrap()
        };
        assert!(id("application-inference-profile/abc").is_application_profile());
        assert!(!id("inference-profile/us.amazon.nova-lite-v1:0").is_application_profile());
        assert_eq!(id("inference-profile/us.amazon.nova-lite-v1:0").geography(), Some("us"));
        assert_eq!(
            id("custom-model/amazon.nova-lite-v1:0:300k/abcdef123456").base(),
            "amazon.nova-lite-v1:0:300k"
        );
        assert_eq!(id("provisioned-model/abcdef123456").base(), "abcdef123456");
        let base = ModelId::parse("arn:aws:bedrock:us-east-1::foundation-model/deepseek.v3.2").unwrap();
        assert_eq!((base.base(), base.geography()), ("deepseek.v3.2", None));
    }

    #[test]
    fn names_that_are_no_bedrock_ids_are_refused() {
        for name in [
            "",
            "gpt-4o",
            "gpt-3.5-turbo",
            "claude-3.5-sonnet",
            "llama3.1",
            "eu.gpt",
            "no such model",
            "arn:aws:s3:::bucket",
            "amazon.",
            ".nova",
            "amazon.nova?x=1",
            "amazon.növa",
        ] {
            assert!(ModelId::parse(name).is_err(), "{name}");
        }
    }
}
