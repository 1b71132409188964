//! What is known of Bedrock's models: what they can do, how much they take, what they cost. Data, not code: two
//! files are part of the program, and the configuration changes them and adds to them without a rebuild.

mod capabilities;
mod id;
mod price;

pub use capabilities::{
    Capabilities, Effort, Holds, Level, ReasoningShape, Sampling, StructuredOutput, ToolResultMedia, TopK,
    Trait, Traits,
};
pub use id::{Defaults, InvalidModelId, ModelId, is_geography};
pub use price::{NoPrice, Price, Prices, Rates, Tier};

use serde::{Deserialize, de::IgnoredAny};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, LazyLock},
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
    /// What a model is taken for that only its maker is known of.
    makers: HashMap<String, Arc<Model>>,
    unknown: Arc<Model>,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Model {
    /// The base id; `None` for a model that nobody knows.
    pub id: Option<Arc<str>>,
    /// What it can do.
    pub can: Capabilities,
    /// The geographies of its inference profiles: `us` is called as `us.ID`.
    pub profiles: Vec<String>,
    /// Whether the base id alone can be called; without it a profile must be.
    pub on_demand: bool,
    /// The day on which Bedrock ends it, like `2027-03-30`.
    pub end_of_life: Option<String>,
    /// What it costs.
    pub prices: Prices,
}

/// An entry of `catalog.models`: a model that is added or changed.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The family that it builds on.
    pub family: Option<String>,
    /// The known model that it is another name for: what an opaque ARN stands for.
    pub model: Option<String>,
    /// The geographies of its inference profiles.
    pub profiles: Option<Vec<String>>,
    /// Whether the base id alone can be called; it can when nothing is said.
    pub on_demand: Option<bool>,
    /// The day on which Bedrock ends it.
    pub end_of_life: Option<String>,
    /// All its prices: those of what it builds on are forgotten.
    pub prices: Option<Prices>,
    /// In what it differs.
    #[serde(flatten)]
    pub traits: Traits,
    #[serde(flatten)]
    unknown: Unknown,
}

/// The data is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// It is not YAML, or has a value of the wrong kind.
    #[error("the model catalog cannot be read: {0}")]
    Unreadable(String),
    /// A key that means nothing.
    #[error("the model catalog has an unknown key `{1}` in `{0}`")]
    UnknownKey(String, String),
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
    /// Whose models belong to it when no more is known of them.
    #[serde(default)]
    makers: Vec<String>,
    #[serde(flatten)]
    traits: Traits,
    #[serde(flatten)]
    unknown: Unknown,
}

/// The built-in data as it is written, except that each family has the traits of all that it builds on.
struct Data {
    families: BTreeMap<String, Traits>,
    /// The family of a maker's models of which no more is known.
    makers: BTreeMap<String, String>,
    entries: BTreeMap<String, Entry>,
}

/// What is left of an entry when all that is known has been taken: nothing, or it is an error.
type Unknown = BTreeMap<String, IgnoredAny>;

type Families = BTreeMap<String, Family>;

// === impl Catalog ===

impl Catalog {
    /// The built-in data alone.
    ///
    /// # Errors
    /// None, as long as the data that this program was built with is sound.
    pub fn built_in() -> Result<Self, CatalogError> {
        Self::new(&BTreeMap::new())
    }

    /// The built-in data, and on top of it the operator's: names are base ids, profile ids or ARNs.
    ///
    /// # Errors
    /// When an entry is not what it should be, or names what is not there.
    pub fn new(changes: &BTreeMap<String, Entry>) -> Result<Self, CatalogError> {
        let data = Data::get()?;
        let mut entries = data.entries.clone();
        known("catalog.models", changes.iter().map(|(name, entry)| (name, &entry.unknown)))?;
        // What is another name for a model comes last, so that it can be one for a model of the operator's.
        let (names, changed): (Vec<_>, Vec<_>) =
            changes.iter().partition(|(_, change)| change.model.is_some());
        for (name, change) in changed.into_iter().chain(names) {
            let (base, below) = match &change.model {
                Some(model) => {
                    find(&entries, model).map(Some).ok_or_else(|| CatalogError::NoModel(model.clone()))?
                }
                None => find(&entries, name),
            }
            .unzip();
            let stands_for = base.filter(|base| base != name);
            let entry = change.over(below.unwrap_or_default(), stands_for);
            entries.insert(name.clone(), entry);
        }
        let mut models = HashMap::with_capacity(entries.len());
        for (name, entry) in entries {
            let family = entry.family.as_deref().or_else(|| data.family_of_maker(&name)).unwrap_or(UNKNOWN);
            let model = Model {
                id: Some(entry.model.as_deref().unwrap_or(&name).into()),
                can: entry.traits.over(data.traits(family)?).complete(),
                profiles: entry.profiles.unwrap_or_default(),
                on_demand: entry.on_demand.unwrap_or(true),
                end_of_life: entry.end_of_life,
                prices: entry.prices.unwrap_or_default(),
            };
            models.insert(name, Arc::new(model));
        }
        let mut makers = HashMap::with_capacity(data.makers.len());
        for (maker, family) in &data.makers {
            makers.insert(maker.clone(), data.any_of(family)?);
        }
        Ok(Self { models, makers, unknown: data.any_of(UNKNOWN)? })
    }

    /// What is known of a model: by the id as it stands, then without its geography and its suffixes of throughput and
    /// version; else what is known of its maker's models, which has no id.
    pub fn model(&self, id: &ModelId) -> Arc<Model> {
        let known = id.names().find_map(|name| self.models.get(name));
        let maker = || id.provider().and_then(|maker| self.makers.get(maker));
        Arc::clone(known.or_else(maker).unwrap_or(&self.unknown))
    }

    /// The ids that are known, in no order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    /// The families that an entry may build on.
    ///
    /// # Errors
    /// As [`built_in`](Self::built_in).
    pub fn families() -> Result<Vec<String>, CatalogError> {
        Ok(Data::get()?.families.keys().cloned().collect())
    }
}

/// Their number only: there are hundreds.
impl fmt::Debug for Catalog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Catalog").field("models", &self.models.len()).finish_non_exhaustive()
    }
}

// === impl Model ===

impl Model {
    /// What a call costs: [`Prices::rates`].
    pub fn prices(&self, place: Option<&str>, tier: Tier) -> Option<Rates> {
        self.prices.rates(place, tier)
    }
}

// === impl Entry ===

impl Entry {
    /// This entry, and where it says nothing `below`; `stands_for` is the model that both are of.
    fn over(&self, below: Self, stands_for: Option<String>) -> Self {
        Self {
            family: self.family.clone().or(below.family),
            model: stands_for,
            profiles: self.profiles.clone().or(below.profiles),
            on_demand: self.on_demand.or(below.on_demand),
            end_of_life: self.end_of_life.clone().or(below.end_of_life),
            prices: self.prices.clone().or(below.prices),
            traits: self.traits.over(&below.traits),
            unknown: Unknown::new(),
        }
    }
}

// === impl Data ===

impl Data {
    /// Read once: it is asked for again where the operator changes it.
    fn get() -> Result<&'static Self, CatalogError> {
        static DATA: LazyLock<Result<Data, CatalogError>> = LazyLock::new(Data::read);
        DATA.as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, CatalogError> {
        let written: Families = read(FAMILIES)?;
        known("families", written.iter().map(|(name, family)| (name, &family.unknown)))?;
        let entries: BTreeMap<String, Entry> = read(MODELS)?;
        known("models", entries.iter().map(|(name, entry)| (name, &entry.unknown)))?;
        let (mut families, mut makers) = (BTreeMap::new(), BTreeMap::new());
        for (name, family) in &written {
            families.insert(name.clone(), traits(&written, name)?);
            makers.extend(family.makers.iter().map(|maker| (maker.clone(), name.clone())));
        }
        Ok(Self { families, makers, entries })
    }

    fn traits(&self, family: &str) -> Result<&Traits, CatalogError> {
        self.families.get(family).ok_or_else(|| CatalogError::NoFamily(family.to_owned()))
    }

    fn family_of_maker(&self, model: &str) -> Option<&str> {
        let id = ModelId::parse(model).ok()?;
        self.makers.get(id.provider()?).map(String::as_str)
    }

    /// A model of which only its family is known.
    fn any_of(&self, family: &str) -> Result<Arc<Model>, CatalogError> {
        let can = self.traits(family)?.clone().complete();
        Ok(Arc::new(Model { can, on_demand: true, ..Model::default() }))
    }
}

fn read<T: serde::de::DeserializeOwned>(yaml: &str) -> Result<T, CatalogError> {
    serde_yaml::from_str(yaml).map_err(|error| CatalogError::Unreadable(error.to_string()))
}

/// Nothing may be left over of any entry.
fn known<'a>(
    file: &str,
    mut entries: impl Iterator<Item = (&'a String, &'a Unknown)>,
) -> Result<(), CatalogError> {
    match entries.find_map(|(name, unknown)| Some((name, unknown.keys().next()?))) {
        Some((name, key)) => Err(CatalogError::UnknownKey(format!("{file}.{name}"), key.clone())),
        None => Ok(()),
    }
}

/// The entry for an id however it is written, with its model's id.
fn find(entries: &BTreeMap<String, Entry>, name: &str) -> Option<(String, Entry)> {
    let id = ModelId::parse(name).ok()?;
    let (name, entry) = id.names().find_map(|name| entries.get_key_value(name))?;
    Some((entry.model.as_ref().unwrap_or(name).clone(), entry.clone()))
}

/// A family's traits with those of all that it builds on.
fn traits(families: &Families, name: &str) -> Result<Traits, CatalogError> {
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
            us.amazon.nova-micro-v1:0: { max_output: 77 }
            arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdef123456: { model: acme.model-v1 }
            acme.model-v1: { family: claude-4-5, images: false }
            'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc': { model: amazon.nova-lite-v1:0 }";
        let catalog = Catalog::new(&read(changes).unwrap()).unwrap();
        assert_eq!(model(&catalog, "eu.amazon.nova-pro-v1:0").can.cache_points, 0);
        let acme = model(&catalog, "acme.model-v1");
        assert!(acme.can.cache_1h && !acme.can.images);
        let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
        assert!(model(&catalog, arn).can.video);
        assert_eq!(model(&catalog, arn).id.as_deref(), Some("amazon.nova-lite-v1:0"));
        let provisioned = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdef123456";
        assert_eq!(model(&catalog, provisioned).can, acme.can);
        let micro = model(&catalog, "us.amazon.nova-micro-v1:0");
        assert_eq!((micro.id.as_deref(), micro.can.max_output), (Some("amazon.nova-micro-v1:0"), 77));
        assert_eq!(model(&catalog, "eu.amazon.nova-micro-v1:0").can.max_output, 10_000);
        let nowhere =
            BTreeMap::from([("a.b".to_owned(), Entry { family: Some("x".into()), ..Entry::default() })]);
        assert_eq!(Catalog::new(&nowhere).unwrap_err(), CatalogError::NoFamily("x".into()));
    }

    #[test]
    fn a_key_that_means_nothing_is_an_error() {
        let changes: BTreeMap<String, Entry> = read("a.b: { images: true, imagse: true }").unwrap();
        let error = CatalogError::UnknownKey("catalog.models.a.b".into(), "imagse".into());
        assert_eq!(Catalog::new(&changes).unwrap_err(), error);
        let families: Families = read("plain: { extends: x, potatoes: 1 }").unwrap();
        assert_eq!(families["plain"].unknown.len(), 1);
    }
}
