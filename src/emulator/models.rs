//! The models that the emulator pretends to have, and how a model id is resolved to one.
//!
//! Ids, geographies and output limits follow the public price map's listing; what each family refuses is in
//! [`family`]. An opaque ARN (application profile, provisioned or imported model) resolves to a model without
//! restrictions of its own, because its id does not tell the family.

use super::reply::Refusal;

mod family;

use family::{
    CLAUDE_3, CLAUDE_4, CLAUDE_4_5, CLAUDE_4_6, CLAUDE_4_7, CLAUDE_4_8, CLAUDE_5, CLAUDE_5_5, COHERE,
    DEEPSEEK_R1, DEEPSEEK_V3, GEMMA, GLM, GPT, GPT_OSS, GROK, JAMBA, KIMI, KIMI_K3, LLAMA, LLAMA_3, MINIMAX,
    MINISTRAL, MISTRAL_7B, MISTRAL_LARGE, NEMOTRON, NOVA, OPEN, PALMYRA, PIXTRAL, QWEN, TITAN_TEXT,
};
pub(super) use family::{Family, Sampling};

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

const fn chat(
    id: &'static str,
    name: &'static str,
    on_demand: bool,
    geos: &'static [&'static str],
    max_output: u64,
    family: &'static Family,
) -> Model {
    Model { id, name, on_demand, geos, max_output, kind: Kind::Chat(family) }
}

const fn embedding(
    id: &'static str,
    name: &'static str,
    on_demand: bool,
    geos: &'static [&'static str],
    kind: Embedding,
) -> Model {
    Model { id, name, on_demand, geos, max_output: 0, kind: Kind::Embedding(kind) }
}

const ALL: &[&str] = &["us", "eu", "apac", "au", "jp", "global"];
const US_EU_APAC: &[&str] = &["us", "eu", "apac"];
const US_GLOBAL: &[&str] = &["us", "global"];
const US: &[&str] = &["us"];
const NONE: &[&str] = &[];

/// What an opaque ARN stands for.
static OPAQUE: Model = chat("emulated.opaque", "Emulated model behind an ARN", true, NONE, 64_000, &OPEN);

/// The catalog.
#[rustfmt::skip]
pub(super) static MODELS: &[Model] = &[
    chat("ai21.jamba-1-5-large-v1:0", "Jamba 1.5 Large", true, NONE, 4_096, &JAMBA),
    chat("amazon.nova-2-lite-v1:0", "Nova 2 Lite", false, ALL, 64_000, &NOVA),
    chat("amazon.nova-lite-v1:0", "Nova Lite", true, US_EU_APAC, 10_000, &NOVA),
    chat("amazon.nova-micro-v1:0", "Nova Micro", true, US_EU_APAC, 10_000, &NOVA),
    chat("amazon.nova-premier-v1:0", "Nova Premier", false, US, 10_000, &NOVA),
    chat("amazon.nova-pro-v1:0", "Nova Pro", true, US_EU_APAC, 10_000, &NOVA),
    chat("amazon.titan-text-express-v1", "Titan Text G1 - Express", true, NONE, 8_000, &TITAN_TEXT),
    chat("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", true, US_EU_APAC, 4_096, &CLAUDE_3),
    chat("anthropic.claude-3-5-haiku-20241022-v1:0", "Claude 3.5 Haiku", true, &["us", "eu"], 8_192, &CLAUDE_3),
    chat("anthropic.claude-3-5-sonnet-20240620-v1:0", "Claude 3.5 Sonnet", true, US_EU_APAC, 4_096, &CLAUDE_3),
    chat("anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet v2", true, US_EU_APAC, 8_192, &CLAUDE_3),
    chat("anthropic.claude-3-7-sonnet-20250219-v1:0", "Claude 3.7 Sonnet", false, US_EU_APAC, 8_192, &CLAUDE_3),
    chat("anthropic.claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", false, &["us", "eu", "apac", "global"], 64_000, &CLAUDE_4),
    chat("anthropic.claude-opus-4-1-20250805-v1:0", "Claude Opus 4.1", false, &["us", "eu"], 32_000, &CLAUDE_4_5),
    chat("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", false, ALL, 64_000, &CLAUDE_4_5),
    chat("anthropic.claude-opus-4-5-20251101-v1:0", "Claude Opus 4.5", false, &["us", "eu", "global"], 64_000, &CLAUDE_4_5),
    chat("anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", false, &["us", "eu", "au", "jp", "us-gov", "global"], 64_000, &CLAUDE_4_5),
    chat("anthropic.claude-opus-4-6-v1", "Claude Opus 4.6", false, &["us", "eu", "au", "global"], 128_000, &CLAUDE_4_6),
    chat("anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6", false, ALL, 64_000, &CLAUDE_4_6),
    chat("anthropic.claude-opus-4-7", "Claude Opus 4.7", false, ALL, 128_000, &CLAUDE_4_7),
    chat("anthropic.claude-opus-4-8", "Claude Opus 4.8", false, ALL, 128_000, &CLAUDE_4_8),
    chat("anthropic.claude-opus-5", "Claude Opus 5", false, ALL, 128_000, &CLAUDE_5),
    chat("anthropic.claude-sonnet-5", "Claude Sonnet 5", false, ALL, 128_000, &CLAUDE_5),
    chat("anthropic.claude-haiku-5-5", "Claude Haiku 5.5", false, ALL, 128_000, &CLAUDE_5),
    chat("anthropic.claude-opus-5-5", "Claude Opus 5.5", false, ALL, 128_000, &CLAUDE_5_5),
    chat("anthropic.claude-sonnet-5-5", "Claude Sonnet 5.5", false, ALL, 128_000, &CLAUDE_5_5),
    chat("cohere.command-r-plus-v1:0", "Command R+", true, NONE, 4_000, &COHERE),
    chat("cohere.command-r-v1:0", "Command R", true, NONE, 4_000, &COHERE),
    chat("deepseek.r1-v1:0", "DeepSeek-R1", false, US, 8_192, &DEEPSEEK_R1),
    chat("deepseek.v3-v1:0", "DeepSeek-V3.1", true, NONE, 8_000, &DEEPSEEK_V3),
    chat("deepseek.v3.2", "DeepSeek-V3.2", true, &["us", "eu"], 8_000, &DEEPSEEK_V3),
    chat("google.gemma-3-27b-it", "Gemma 3 27B IT", true, NONE, 8_000, &GEMMA),
    chat("meta.llama3-8b-instruct-v1:0", "Llama 3 8B Instruct", true, NONE, 8_192, &LLAMA_3),
    chat("meta.llama3-70b-instruct-v1:0", "Llama 3 70B Instruct", true, NONE, 8_192, &LLAMA_3),
    chat("meta.llama3-1-8b-instruct-v1:0", "Llama 3.1 8B Instruct", true, US, 4_096, &LLAMA),
    chat("meta.llama3-1-70b-instruct-v1:0", "Llama 3.1 70B Instruct", true, US, 4_096, &LLAMA),
    chat("meta.llama3-2-1b-instruct-v1:0", "Llama 3.2 1B Instruct", false, &["us", "eu"], 4_096, &LLAMA_3),
    chat("meta.llama3-2-3b-instruct-v1:0", "Llama 3.2 3B Instruct", false, &["us", "eu"], 4_096, &LLAMA_3),
    chat("meta.llama3-2-90b-instruct-v1:0", "Llama 3.2 90B Instruct", false, US, 4_096, &LLAMA),
    chat("meta.llama3-3-70b-instruct-v1:0", "Llama 3.3 70B Instruct", false, US, 4_096, &LLAMA),
    chat("meta.llama4-maverick-17b-instruct-v1:0", "Llama 4 Maverick 17B Instruct", false, US, 8_192, &LLAMA),
    chat("meta.llama4-scout-17b-instruct-v1:0", "Llama 4 Scout 17B Instruct", false, US, 8_192, &LLAMA),
    chat("minimax.minimax-m2", "MiniMax M2", true, NONE, 8_000, &MINIMAX),
    chat("mistral.mistral-7b-instruct-v0:2", "Mistral 7B Instruct", true, NONE, 4_096, &MISTRAL_7B),
    chat("mistral.mistral-large-2402-v1:0", "Mistral Large (24.02)", true, NONE, 4_096, &MISTRAL_LARGE),
    chat("mistral.mistral-large-2407-v1:0", "Mistral Large (24.07)", true, NONE, 8_191, &MISTRAL_LARGE),
    chat("mistral.mistral-large-3-675b-instruct", "Mistral Large 3", true, NONE, 32_000, &MINISTRAL),
    chat("mistral.ministral-3-8b-instruct", "Ministral 3 8B", true, NONE, 8_000, &MINISTRAL),
    chat("mistral.pixtral-large-2502-v1:0", "Pixtral Large (25.02)", false, &["us", "eu"], 16_384, &PIXTRAL),
    chat("moonshot.kimi-k2-thinking", "Kimi K2 Thinking", true, NONE, 16_000, &KIMI),
    chat("moonshotai.kimi-k2.5", "Kimi K2.5", true, NONE, 16_000, &KIMI),
    chat("moonshotai.kimi-k3", "Kimi K3", false, &["us", "in", "global"], 131_072, &KIMI_K3),
    chat("nvidia.nemotron-nano-9b-v2", "Nemotron Nano 9B v2", true, NONE, 8_000, &NEMOTRON),
    chat("openai.gpt-oss-120b-1:0", "gpt-oss-120b", true, NONE, 16_384, &GPT_OSS),
    chat("openai.gpt-oss-20b-1:0", "gpt-oss-20b", true, NONE, 16_384, &GPT_OSS),
    chat("openai.gpt-5.5", "GPT-5.5", false, US_GLOBAL, 128_000, &GPT),
    chat("openai.gpt-6-sol", "GPT-6 Sol", false, US_GLOBAL, 128_000, &GPT),
    chat("qwen.qwen3-235b-a22b-2507-v1:0", "Qwen3 235B A22B 2507", true, NONE, 8_192, &QWEN),
    chat("qwen.qwen3-32b-v1:0", "Qwen3 32B", true, NONE, 8_192, &QWEN),
    chat("writer.palmyra-x5-v1:0", "Palmyra X5", false, US, 8_192, &PALMYRA),
    chat("xai.grok-4.6", "Grok 4.6", false, US_GLOBAL, 500_000, &GROK),
    chat("zai.glm-4.7", "GLM 4.7", true, NONE, 8_000, &GLM),
    embedding("amazon.titan-embed-text-v1", "Titan Embeddings G1 - Text", true, NONE, Embedding::TitanV1),
    embedding("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", true, NONE, Embedding::TitanV2),
    embedding("cohere.embed-english-v3", "Embed English", true, NONE, Embedding::CohereV3),
    embedding("cohere.embed-multilingual-v3", "Embed Multilingual", true, NONE, Embedding::CohereV3),
    embedding("cohere.embed-v4:0", "Embed v4", true, US_GLOBAL, Embedding::CohereV4),
    embedding("amazon.nova-2-multimodal-embeddings-v1:0", "Nova Multimodal Embeddings", true, NONE, Embedding::Nova),
];

// === impl Model ===

impl Model {
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

/// The model that an id or ARN names.
///
/// Refuses ids of a wrong form, unknown ids, and base ids of models that can only be called by a profile.
pub(super) fn resolve(id: &str) -> Result<&'static Model, Refusal> {
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
        Some((kind, name)) if OPAQUE_KINDS.contains(&kind) && !name.is_empty() => Ok(&OPAQUE),
        _ => Err(unknown()),
    }
}

/// The model of a base id, whether or not it needs a profile to converse.
pub(super) fn base(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
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
    let profile = id
        .split_once('.')
        .and_then(|(geo, base)| MODELS.iter().find(|model| model.id == base && model.geos.contains(&geo)));
    profile.ok_or_else(|| Refusal::validation("The provided model identifier is invalid."))
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
        resolve(id).map(|model| model.id).map_err(|refusal| refusal.message)
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
