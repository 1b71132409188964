//! From checked values to the types of the components.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use super::check::Leaf;
use super::env::Environment;
use super::kind::Value;
use super::schema;
use super::yaml::Scalar;
use super::{Authentication, Config, Customer, Secret, ServerSettings};
use crate::{
    bedrock::{self, Deadlines, TransportKind},
    catalog::{Catalog, ModelId},
    converse::CacheTtl,
    lifecycle::drain::DrainSettings,
    limit::bucket::Rate,
    route,
    telemetry::logs::{LogFormat, LogSettings},
    translate::{
        AdditionalFields, Guardrail, GuardrailPolicy, MediaPolicy, Policy, PromptCache, Unsupported,
    },
};

/// Values by the path of their row, with the table's defaults behind them.
struct Values<'a>(&'a [Leaf]);

/// A type that settings have.
trait Setting: Sized {
    /// `None` when the value is of another kind.
    fn from_value(value: &Value) -> Option<Self>;
}

/// Makes the configuration out of leaves that have no errors. `None` only if the table lacks a default or gives
/// a row another kind than is asked for here, which a test excludes.
pub(super) fn build(leaves: &[Leaf], catalog: Option<Catalog>, env: &Environment) -> Option<Config> {
    let values = Values(leaves);
    let region = values.get::<String>("customer.region").or_else(|| {
        let name = env.get("AWS_REGION").or_else(|| env.get("AWS_DEFAULT_REGION"));
        name.map(str::to_owned)
    });
    Some(Config {
        customer: Customer {
            name: values.get("customer.name"),
            environment: values.get("customer.environment"),
            region: region.clone(),
            account_id: values.get("customer.account_id"),
        },
        server: server(&values, env)?,
        models: models(&values),
        catalog: Arc::new(catalog?),
        resolve_profiles: values.get("catalog.resolve_profiles")?,
        authentication: authentication(&values, env)?,
        throttle: throttle(&values),
        policy: Arc::new(policy(&values)?),
        upstream: upstream(&values, env, region)?,
        logs: logs(&values, env)?,
    })
}

fn server(values: &Values<'_>, env: &Environment) -> Option<ServerSettings> {
    let mut listen: SocketAddr = values.get("server.listen")?;
    if let Some(port) = env.get("PORT") {
        listen.set_port(port.parse().ok()?);
    }
    Some(ServerSettings {
        listen,
        ops_listen: values.get("server.ops_listen"),
        base_path: values.get("server.base_path").unwrap_or_default(),
        max_body: values.get("server.max_body")?,
        max_body_total: values.get("server.max_body_total")?,
        max_in_flight: values.get("server.max_in_flight")?,
        keep_alive: values.get("server.keep_alive")?,
        coalesce: values.get("server.coalesce")?,
        drain: DrainSettings {
            delay: values.get("server.drain.delay")?,
            deadline: values.get("server.drain.deadline")?,
        },
    })
}

fn models(values: &Values<'_>) -> route::Settings {
    let mut settings = route::Settings {
        mappings: values.below("models.mappings.*").collect(),
        default_model: values.get("models.default_model"),
        model_configs: Default::default(),
    };
    for (name, max_tokens) in values.below("models.model_configs.*.max_tokens") {
        settings.model_configs.entry(name).or_default().max_tokens = Some(max_tokens);
    }
    for (name, temperature) in values.below("models.model_configs.*.temperature") {
        settings.model_configs.entry(name).or_default().temperature = Some(temperature);
    }
    settings
}

fn policy(values: &Values<'_>) -> Option<Policy> {
    Some(Policy {
        unsupported: match values.get::<String>("policy.unsupported")?.as_str() {
            "strict" => Unsupported::Strict,
            _ => Unsupported::Lenient,
        },
        prompt_cache: PromptCache {
            tools: values.get("policy.prompt_cache.tools")?,
            system: values.get("policy.prompt_cache.system")?,
            messages: values.get("policy.prompt_cache.messages")?,
            ttl: (values.get::<String>("policy.prompt_cache.ttl")? == "1h").then_some(CacheTtl::OneHour),
        },
        guardrail: GuardrailPolicy {
            guardrail: guardrail(values)?,
            client_override: values.get("policy.guardrail.client_override")?,
        },
        metadata: values.get("policy.metadata")?,
        additional_fields: match values.get::<String>("policy.additional_fields.mode")?.as_str() {
            "all" => AdditionalFields::All,
            "listed" => {
                let names = values.get::<Vec<String>>("policy.additional_fields.names");
                AdditionalFields::Listed(names.into_iter().flatten().collect())
            }
            _ => AdditionalFields::Listed(Default::default()),
        },
        media: MediaPolicy {
            https: values.get("policy.media.https")?,
            allow_hosts: values
                .get::<Vec<String>>("policy.media.allow_hosts")
                .unwrap_or_default()
                .into_iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
            s3: values.get("policy.media.s3")?,
        },
    })
}

/// The inner option is the guardrail: a rule between the keys has seen to it that none is half there. What Bedrock does
/// by itself is not said.
fn guardrail(values: &Values<'_>) -> Option<Option<Guardrail>> {
    let trace: String = values.get("policy.guardrail.trace")?;
    let stream_mode: String = values.get("policy.guardrail.stream_mode")?;
    let named = values.get("policy.guardrail.id").zip(values.get("policy.guardrail.version"));
    Some(named.map(|(id, version)| Guardrail {
        id,
        version,
        trace: Some(trace).filter(|trace| trace != "disabled"),
        stream_mode: Some(stream_mode).filter(|mode| mode != "sync"),
    }))
}

fn authentication(values: &Values<'_>, env: &Environment) -> Option<Authentication> {
    if values.get::<String>("integrations.authentication.type")? == "none" {
        return Some(Authentication::None);
    }
    let header: Option<String> = values.get("integrations.authentication.api_key.header_name");
    let header_name = match header {
        Some(name) => Some(name.parse().ok()?),
        None => None,
    };
    Some(Authentication::ApiKey { header_name, keys: api_keys(env) })
}

/// `ADMIN_API_KEY`, then the entries of `API_KEYS`, each once.
fn api_keys(env: &Environment) -> Vec<Secret> {
    let list = env.get("API_KEYS").into_iter().flat_map(|list| list.split(','));
    let mut keys: Vec<Secret> = Vec::new();
    for key in env.get("ADMIN_API_KEY").into_iter().chain(list) {
        let key = Secret::new(key.trim());
        if !key.expose().is_empty() && !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn throttle(values: &Values<'_>) -> Option<Rate> {
    let rate_limit: f64 = values.get("performance.api_gateway.throttling.rate_limit")?;
    let burst = values.get("performance.api_gateway.throttling.burst_limit");
    // The table bounds the rate, so that a second's worth fits.
    Some(Rate { per_second: rate_limit, burst: burst.unwrap_or(rate_limit.ceil() as u32) })
}

fn upstream(values: &Values<'_>, env: &Environment, region: Option<String>) -> Option<bedrock::Settings> {
    Some(bedrock::Settings {
        region,
        endpoint_url: values.get("upstream.endpoint_url"),
        control_endpoint_url: values
            .get("upstream.control_endpoint_url")
            .or_else(|| env.get("AWS_ENDPOINT_URL_BEDROCK").map(str::to_owned)),
        deadlines: Deadlines {
            connect: values.get("upstream.deadlines.connect")?,
            head: values.get("upstream.deadlines.head")?,
            first_event: values.get("upstream.deadlines.first_event")?,
            gap: values.get("upstream.deadlines.gap")?,
            total: values.get("upstream.deadlines.total")?,
        },
        transport: values.get("upstream.transport")?,
    })
}

fn logs(values: &Values<'_>, env: &Environment) -> Option<LogSettings> {
    let detailed: bool = values.get("custom_settings.features.enable_debug_logging")?;
    // Only our own modules: HTTP and AWS crates print headers when they debug.
    let filter = if detailed { "info,bedrock_gateway=debug" } else { "info" };
    Some(LogSettings {
        format: match values.get::<String>("telemetry.log_format")?.as_str() {
            "text" => LogFormat::Text,
            _ => LogFormat::Json,
        },
        filter: Some(env.get("RUST_LOG").unwrap_or(filter).to_owned()),
    })
}

// === impl Values ===

impl Values<'_> {
    /// The value of a row without wildcards, else its default; `None` when it has neither.
    fn get<T: Setting>(&self, path: &str) -> Option<T> {
        if let Some(leaf) = self.0.iter().find(|leaf| leaf.key.path == path) {
            return T::from_value(&leaf.value);
        }
        let key = schema::key(path).filter(|key| !key.default.is_empty())?;
        T::from_value(&key.kind.read(Scalar::Text, key.default).ok()?)
    }

    /// The values of a row whose third name is free, with that name, in the order of the file.
    fn below<T: Setting>(&self, path: &str) -> impl Iterator<Item = (String, T)> {
        let leaves = self.0.iter().filter(move |leaf| leaf.key.path == path);
        leaves.filter_map(|leaf| Some((leaf.path.0.get(2)?.clone(), T::from_value(&leaf.value)?)))
    }
}

// === impl Setting ===

impl Setting for String {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}

impl Setting for Vec<String> {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Texts(texts) = value { Some(texts.clone()) } else { None }
    }
}

impl Setting for ModelId {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Self::parse(text).ok() } else { None }
    }
}

impl Setting for bool {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Switch(on) = value { Some(*on) } else { None }
    }
}

impl Setting for u32 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Whole(number) = value { Self::try_from(*number).ok() } else { None }
    }
}

impl Setting for TransportKind {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == "auto" => Some(Self::Auto),
            Value::Text(text) if text == "direct" => Some(Self::Direct),
            Value::Text(text) if text == "sdk" => Some(Self::Sdk),
            _ => None,
        }
    }
}

impl Setting for f64 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Number(number) = value { Some(*number) } else { None }
    }
}

impl Setting for usize {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Size(bytes) => Some(*bytes),
            Value::Whole(number) => Self::try_from(*number).ok(),
            _ => None,
        }
    }
}

impl Setting for Duration {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Duration(duration) = value { Some(*duration) } else { None }
    }
}

impl Setting for SocketAddr {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Address(address) = value { Some(*address) } else { None }
    }
}
