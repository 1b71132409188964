//! What is known of Bedrock's models: what they can do, how much they take, what they cost. Data, not code: two
//! files are part of the program, and the configuration changes them and adds to them without a rebuild.

mod capabilities;
mod id;

pub use capabilities::{
    Capabilities, Effort, Level, ReasoningShape, Sampling, StructuredOutput, ToolResultMedia, TopK, Traits,
};
pub use id::{Defaults, InvalidModelId, ModelId};

use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

/// The families, by name.
const FAMILIES: &str = include_str!("catalog/families.yaml");

/// The models, by base id.
const MODELS: &str = include_str!("catalog/models.yaml");

/// The family of a model that nobody knows.
const UNKNOWN: &str = "unknown";

/// Models by base id and by ARN.
#[derive(Clone)]
pub struct Catalog {
    models: HashMap<String, Arc<Model>>,
    unknown: Arc<Model>,
}

/// One model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The base id; `None` for a model that nobody knows.
    pub id: Option<Arc<str>>,
    /// What it can do.
    pub can: Capabilities,
}

/// An entry of `catalog.models`: a model that is added or changed.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The family that it builds on.
    pub family: Option<String>,
    /// The known model that it is another name for: what an opaque ARN stands for.
    pub model: Option<String>,
    /// In what it differs.
    #[serde(flatten)]
    pub traits: Traits,
}

/// The data is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// It is not YAML, or has a value of the wrong kind.
    #[error("the model catalog cannot be read: {0}")]
    Unreadable(String),
    /// A family that is named is not there.
    #[error("the model catalog has no family `{0}`")]
    NoFamily(String),
    /// A model that is named is not there.
    #[error("the model catalog has no model `{0}`")]
    NoModel(String),
    /// Families that build on each other.
    #[error("the family `{0}` builds on itself")]
    Endless(String),
}

#[derive(Debug, Deserialize)]
struct Family {
    extends: Option<String>,
    #[serde(flatten)]
    traits: Traits,
}

// === impl Catalog ===

impl Catalog {
    /// The built-in data alone.
    ///
    /// # Errors
    /// None, as long as the data that this program was built with is sound.
    pub fn built_in() -> Result<Self, CatalogError> {
        Self::new(&BTreeMap::new())
    }

    /// The built-in data, and on top of it the operator's.
    ///
    /// # Errors
    /// When an entry is not what it should be, or names what is not there.
    pub fn new(changes: &BTreeMap<String, Entry>) -> Result<Self, CatalogError> {
        let families: BTreeMap<String, Family> = read(FAMILIES)?;
        let mut entries: BTreeMap<String, Entry> = read(MODELS)?;
        for (name, change) in changes {
            let base = entries.get(change.model.as_ref().unwrap_or(name)).cloned();
            if let (Some(model), None) = (&change.model, &base) {
                return Err(CatalogError::NoModel(model.clone()));
            }
            let base = base.unwrap_or_default();
            let family = change.family.clone().or(base.family);
            let traits = change.traits.over(&base.traits);
            entries.insert(name.clone(), Entry { family, model: change.model.clone(), traits });
        }
        let mut models = HashMap::with_capacity(entries.len());
        for (name, entry) in entries {
            let family = traits(&families, entry.family.as_deref().unwrap_or(UNKNOWN))?;
            let can = entry.traits.over(&family).complete();
            let model = Model { id: Some(entry.model.as_deref().unwrap_or(&name).into()), can };
            models.insert(name, Arc::new(model));
        }
        let unknown = Model { id: None, can: traits(&families, UNKNOWN)?.complete() };
        Ok(Self { models, unknown: Arc::new(unknown) })
    }

    /// What is known of a model: by the id as it stands, then without its geography.
    pub fn model(&self, id: &ModelId) -> Arc<Model> {
        let known = self.models.get(id.as_str()).or_else(|| self.models.get(id.base()));
        Arc::clone(known.unwrap_or(&self.unknown))
    }
}

/// Their number only: there are hundreds.
impl fmt::Debug for Catalog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Catalog").field("models", &self.models.len()).finish_non_exhaustive()
    }
}

fn read<T: serde::de::DeserializeOwned>(yaml: &str) -> Result<T, CatalogError> {
    serde_yaml::from_str(yaml).map_err(|error| CatalogError::Unreadable(error.to_string()))
}

/// A family's traits with those of all that it builds on.
fn traits(families: &BTreeMap<String, Family>, name: &str) -> Result<Traits, CatalogError> {
    let mut traits = Traits::default();
    let mut next = Some(name);
    for _ in 0..=families.len() {
        let Some(name) = next else { return Ok(traits) };
        let family = families.get(name).ok_or_else(|| CatalogError::NoFamily(name.to_owned()))?;
        traits = traits.over(&family.traits);
        next = family.extends.as_deref();
    }
    Err(CatalogError::Endless(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(catalog: &Catalog, id: &str) -> Arc<Model> {
        catalog.model(&ModelId::parse(id).unwrap())
    }

    #[test]
    fn a_model_has_the_traits_of_its_family_and_of_those_that_it_builds_on() {
        let catalog = Catalog::built_in().unwrap();
        let sonnet = model(&catalog, "eu.anthropic.claude-sonnet-4-5-20250929-v1:0");
        assert_eq!(sonnet.id.as_deref(), Some("anthropic.claude-sonnet-4-5-20250929-v1:0"));
        assert!(sonnet.can.images && sonnet.can.cache_1h && sonnet.can.tool_choice_tool);
        assert_eq!(sonnet.can.sampling, Sampling::OneOf);
    }

    #[test]
    fn what_nobody_knows_gets_careful_values() {
        let catalog = Catalog::built_in().unwrap();
        let unknown = model(&catalog, "acme.model-v1");
        assert_eq!(unknown.id, None);
        assert!(unknown.can.tools && unknown.can.cache_points == 0 && !unknown.can.strict_tools);
    }

    #[test]
    fn the_operator_changes_and_adds() {
        let changes = "
            amazon.nova-pro-v1:0: { cache_points: 0 }
            acme.model-v1: { family: claude-4-5, images: false }
            'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc': { model: amazon.nova-lite-v1:0 }";
        let catalog = Catalog::new(&read(changes).unwrap()).unwrap();
        assert_eq!(model(&catalog, "eu.amazon.nova-pro-v1:0").can.cache_points, 0);
        let acme = model(&catalog, "acme.model-v1");
        assert!(acme.can.cache_1h && !acme.can.images);
        let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
        assert!(model(&catalog, arn).can.video);
        let nowhere =
            BTreeMap::from([("a.b".to_owned(), Entry { family: Some("x".into()), ..Entry::default() })]);
        assert_eq!(Catalog::new(&nowhere).unwrap_err(), CatalogError::NoFamily("x".into()));
    }
}
