//! From the name that a client asks for to the Bedrock model that serves it.

use crate::catalog::{self, Catalog, Defaults, ModelId};
use std::{collections::BTreeMap, sync::Arc};

/// The label of a model that is neither configured nor known.
const OTHER: &str = "other";

/// Longest name that the default model stands in for, in bytes: it comes back in every chunk of an answer.
const MAX_NAME: usize = 256;

/// The `models` section of the configuration.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Aliases in the order of the file: name, Bedrock id.
    pub mappings: Vec<(String, ModelId)>,
    /// What serves a name that is neither an alias nor a Bedrock id.
    pub default_model: Option<ModelId>,
    /// Defaults by alias or Bedrock id.
    pub model_configs: BTreeMap<String, Defaults>,
}

/// The models that this gateway serves.
#[derive(Debug)]
pub struct Models {
    routes: BTreeMap<String, Route>,
    names: Vec<String>,
    default: Option<Route>,
    configs: BTreeMap<String, Defaults>,
    catalog: Arc<Catalog>,
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub struct Route {
    /// The Bedrock model.
    pub model: ModelId,
    /// What is known of it.
    pub facts: Arc<catalog::Model>,
    /// Its name in metrics, which no client can invent.
    pub label: Arc<str>,
    /// What the operator wants sent when the client is silent.
    pub defaults: Defaults,
}

/// No model serves this request.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoute {
    /// The request names no model, and the configuration no default.
    #[error("The request names no model, and no default model is configured.")]
    Unnamed,
    /// Neither an alias nor a Bedrock id.
    #[error(
        "The model `{0}` does not exist: it is neither one of the gateway's models nor a Bedrock model id, inference profile id or ARN."
    )]
    Unknown(String),
    /// A model that is for something else than conversation.
    #[error("The model `{0}` is not a chat model.")]
    NotChat(String),
}

// === impl Models ===

impl Models {
    /// Prepares the table.
    pub fn new(settings: Settings, catalog: Arc<Catalog>) -> Self {
        let Settings { mappings, default_model, model_configs } = settings;
        let mut models = Self {
            routes: BTreeMap::new(),
            names: Vec::new(),
            default: None,
            configs: model_configs,
            catalog,
        };
        for (alias, model) in mappings {
            let route = models.configured(&alias, &model);
            models.names.push(alias.clone());
            models.routes.insert(alias, route);
        }
        let configured: Vec<ModelId> = models
            .configs
            .keys()
            .filter_map(|key| ModelId::parse(key).ok())
            .chain(default_model.clone())
            .collect();
        for model in configured {
            let name = model.as_str().to_owned();
            if !models.routes.contains_key(&name) {
                let route = models.configured(&name, &model);
                models.names.push(name.clone());
                models.routes.insert(name, route);
            }
        }
        models.default = default_model.map(|model| models.configured(model.as_str(), &model));
        models
    }

    /// Finds the route for a name.
    ///
    /// # Errors
    /// When no model serves it.
    pub fn resolve(&self, name: Option<&str>) -> Result<Route, NoRoute> {
        let route = self.find(name)?;
        match route.facts.can.converse {
            true => Ok(route),
            false => Err(NoRoute::NotChat(name.unwrap_or(route.model.as_str()).to_owned())),
        }
    }

    fn find(&self, name: Option<&str>) -> Result<Route, NoRoute> {
        let Some(name) = name else {
            return self.default.clone().ok_or(NoRoute::Unnamed);
        };
        if let Some(route) = self.routes.get(name) {
            return Ok(route.clone());
        }
        match (ModelId::parse(name), &self.default) {
            (Ok(model), _) => {
                let facts = self.catalog.model(&model);
                let label = facts.id.clone().unwrap_or_else(|| OTHER.into());
                Ok(Route { defaults: self.defaults(name, &model), model, facts, label })
            }
            (Err(_), Some(default)) if name.len() <= MAX_NAME => Ok(default.clone()),
            (Err(_), _) => Err(NoRoute::Unknown(name.chars().take(200).collect())),
        }
    }

    /// The same route, with what is known of `model`, which turned out to be the one behind it.
    pub fn stands_for(&self, route: Route, model: &ModelId) -> Route {
        let facts = self.catalog.model(model);
        let unlabelled = *route.label == *OTHER;
        let label = facts.id.clone().filter(|_| unlabelled).unwrap_or(route.label);
        Route { facts, label, ..route }
    }

    /// The names that a client may ask for: aliases first, then configured Bedrock ids. What nothing here serves is not
    /// among them.
    pub fn names(&self) -> impl Iterator<Item = (&str, &ModelId)> {
        let routes = self.names.iter().filter_map(|name| Some((name.as_str(), self.routes.get(name)?)));
        routes.filter(|(_, route)| route.facts.can.converse).map(|(name, route)| (name, &route.model))
    }

    /// A model of the operator's choice: its id is fit for a label whether we know it or not.
    fn configured(&self, name: &str, model: &ModelId) -> Route {
        let facts = self.catalog.model(model);
        let label = facts.id.clone().unwrap_or_else(|| model.base().into());
        Route { model: model.clone(), facts, label, defaults: self.defaults(name, model) }
    }

    /// The entry for the alias wins over the one for the model, member by member.
    fn defaults(&self, name: &str, model: &ModelId) -> Defaults {
        let of = |key: &str| self.configs.get(key).copied().unwrap_or_default();
        let (alias, id, base) = (of(name), of(model.as_str()), of(model.base()));
        Defaults {
            max_tokens: alias.max_tokens.or(id.max_tokens).or(base.max_tokens),
            temperature: alias.temperature.or(id.temperature).or(base.temperature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models(default: Option<&str>) -> Models {
        let settings = Settings {
            mappings: vec![
                ("gpt-4o".into(), ModelId::parse("eu.amazon.nova-pro-v1:0").unwrap()),
                ("mine".into(), ModelId::parse("acme.special-v1").unwrap()),
            ],
            default_model: default.map(|id| ModelId::parse(id).unwrap()),
            model_configs: BTreeMap::from([
                ("amazon.nova-pro-v1:0".into(), Defaults { max_tokens: Some(4096), temperature: Some(0.7) }),
                ("gpt-4o".into(), Defaults { max_tokens: Some(100), temperature: None }),
            ]),
        };
        Models::new(settings, Arc::new(Catalog::built_in().unwrap()))
    }

    #[test]
    fn an_alias_leads_to_its_model_with_the_closest_defaults() {
        let route = models(None).resolve(Some("gpt-4o")).unwrap();
        assert_eq!(route.model.as_str(), "eu.amazon.nova-pro-v1:0");
        assert_eq!(route.defaults, Defaults { max_tokens: Some(100), temperature: Some(0.7) });
        assert_eq!(&*route.label, "amazon.nova-pro-v1:0");
    }

    #[test]
    fn bedrock_ids_pass_through_even_with_a_default_model() {
        let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456";
        let route = models(Some("amazon.nova-lite-v1:0")).resolve(Some(arn)).unwrap();
        assert_eq!((route.model.as_str(), &*route.label), (arn, "other"));
    }

    #[test]
    fn unknown_names_go_to_the_default_model_or_nowhere() {
        let route = models(Some("amazon.nova-lite-v1:0")).resolve(Some("gpt-9")).unwrap();
        assert_eq!(route.model.as_str(), "amazon.nova-lite-v1:0");
        assert_eq!(models(None).resolve(Some("gpt-9")).unwrap_err(), NoRoute::Unknown("gpt-9".into()));
        assert_eq!(models(None).resolve(None).unwrap_err(), NoRoute::Unnamed);
        let document = "x".repeat(MAX_NAME + 1);
        assert!(models(Some("amazon.nova-lite-v1:0")).resolve(Some(&document)).is_err());
    }

    #[test]
    fn the_list_has_aliases_in_file_order_then_configured_ids() {
        let models = models(Some("amazon.nova-lite-v1:0"));
        let names: Vec<&str> = models.names().map(|(name, _)| name).collect();
        assert_eq!(names, ["gpt-4o", "mine", "amazon.nova-pro-v1:0", "amazon.nova-lite-v1:0"]);
    }

    #[test]
    fn a_model_behind_an_opaque_arn_brings_what_is_known_of_it() {
        let models = models(None);
        let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456";
        let model =
            ModelId::parse("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0").unwrap();
        let route = models.stands_for(models.resolve(Some(arn)).unwrap(), &model);
        assert_eq!((route.model.as_str(), &*route.label), (arn, "amazon.nova-lite-v1:0"));
        assert!(route.facts.can.video);
    }

    #[test]
    fn row_59_what_is_for_something_else_is_neither_listed_nor_routed() {
        let embeddings = ModelId::parse("amazon.titan-embed-text-v2:0").unwrap();
        let settings = Settings {
            mappings: vec![("embed".into(), embeddings), ("chat".into(), ModelId::parse("a.b").unwrap())],
            ..Settings::default()
        };
        let models = Models::new(settings, Arc::new(Catalog::built_in().unwrap()));
        assert_eq!(models.names().map(|(name, _)| name).collect::<Vec<_>>(), ["chat"]);
        for name in ["embed", "us.cohere.embed-v4:0"] {
            assert_eq!(models.resolve(Some(name)).unwrap_err(), NoRoute::NotChat(name.into()));
        }
    }

    #[test]
    fn a_configured_model_keeps_its_own_label() {
        assert_eq!(&*models(None).resolve(Some("mine")).unwrap().label, "acme.special-v1");
    }
}
