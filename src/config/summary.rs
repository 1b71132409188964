//! What was understood of a configuration, in a few lines for people.

use std::fmt;

use super::quantity::show_size;
use super::{Authentication, Config};

/// Names and values; of secrets only how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary(Vec<(&'static str, String)>);

// === impl Summary ===

impl Summary {
    /// Sums a configuration up, with the paths of the keys that are used at deployment.
    pub(super) fn new(config: &Config, deployment: Vec<String>, warnings: usize) -> Self {
        let Config { customer, server, models, authentication, throttle, policy, upstream, logs, .. } =
            config;
        let none = || "none".to_owned();
        let mut lines = vec![
            ("customer", customer.name.clone().unwrap_or_else(none)),
            ("environment", customer.environment.clone().unwrap_or_else(none)),
            ("region", customer.region.clone().unwrap_or_else(|| "found by the AWS SDK".to_owned())),
        ];
        lines.extend(upstream.endpoint_url.clone().map(|url| ("endpoint", url)));
        lines.push(("listen", format!("{}{}", server.listen, server.base_path)));
        lines.extend(server.ops_listen.map(|address| ("metrics", address.to_string())));
        lines.extend(models.mappings.iter().map(|(alias, id)| ("alias", format!("{alias} -> {id}"))));
        lines.push(("default model", models.default_model.as_ref().map_or_else(none, ToString::to_string)));
        lines.push(("authentication", describe(authentication)));
        let rate = throttle.map_or_else(
            || "no rate limit".to_owned(),
            |throttle| format!("{} requests/s, {} at once", throttle.per_second, throttle.burst),
        );
        lines.push((
            "limits",
            format!(
                "{rate}; {} in flight; bodies up to {}, {} in all",
                server.max_in_flight,
                show_size(server.max_body),
                show_size(server.max_body_total)
            ),
        ));
        lines.push(("unsupported", format!("{:?}", policy.unsupported).to_lowercase()));
        let guardrail = policy.guardrail.guardrail.as_ref();
        lines.extend(guardrail.map(|one| ("guardrail", format!("{}, version {}", one.id, one.version))));
        lines.push(("logs", format!("{:?}", logs.format).to_lowercase()));
        lines.extend(deployment.into_iter().map(|path| ("used at deployment", path)));
        lines.push(("warnings", warnings.to_string()));
        Self(lines)
    }
}

fn describe(authentication: &Authentication) -> String {
    match authentication {
        Authentication::None => "none: everybody may call".to_owned(),
        Authentication::ApiKey { header_name, keys } => {
            let header = header_name.as_ref().map(|name| format!(", also in the header {name}"));
            format!("api_key, {} in the environment{}", count(keys.len()), header.unwrap_or_default())
        }
    }
}

fn count(keys: usize) -> String {
    format!("{keys} key{}", if keys == 1 { "" } else { "s" })
}

/// One line each; a name that repeats is written once, its values below each other.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for (index, (name, value)) in self.0.iter().enumerate() {
            let label = if *name == last { "" } else { *name };
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}  {label:<20}{value}")?;
            last = name;
        }
        Ok(())
    }
}
