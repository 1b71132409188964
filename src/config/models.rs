//! `catalog.models`: from checked values to the catalog, with every problem that only the catalog can know.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::{Mapping, Value as Yaml};

use super::check::Leaf;
use super::kind::{Value, is_region};
use super::problem::Problem;
use crate::catalog::{Catalog, CatalogError, Entry, ModelId, is_geography};

const MODELS: &str = "catalog.models.";

/// The place whose prices stand directly below `prices`.
const BASE: &str = "base";

/// The catalog with the operator's changes; `None` when something is wrong with them, which is then told.
pub(super) fn catalog(leaves: &[Leaf]) -> (Option<Catalog>, Vec<Problem>) {
    let leaves: Vec<&Leaf> = leaves.iter().filter(|leaf| leaf.key.path.starts_with(MODELS)).collect();
    if leaves.is_empty() {
        return match Catalog::built_in() {
            Ok(catalog) => (Some(catalog), Vec::new()),
            Err(error) => (None, vec![Problem::error("", None, error.to_string())]),
        };
    }
    let found =
        entries(&leaves).and_then(|entries| Ok((Catalog::new(&entries), Catalog::built_in()?, entries)));
    let (made, built_in, entries) = match found {
        Ok(found) => found,
        Err(error) => return (None, vec![Problem::error("catalog.models", None, error.to_string())]),
    };
    let mut problems = names(&leaves);
    for leaf in &leaves {
        problems.extend(one(leaf, &built_in, &entries));
    }
    problems.extend(prices(&leaves));
    match made {
        Ok(catalog) => return (Some(catalog), problems),
        Err(error) if problems.is_empty() => {
            problems.push(Problem::error("catalog.models", None, error.to_string()));
        }
        Err(_) => {}
    }
    (None, problems)
}

/// The leaves as the tree that they came from, and that as entries.
fn entries(leaves: &[&Leaf]) -> Result<BTreeMap<String, Entry>, CatalogError> {
    let mut tree = Mapping::new();
    for leaf in leaves {
        let mut path: Vec<&str> = leaf.path.0.iter().skip(2).map(String::as_str).collect();
        if path.len() == 3 && path[1] == "prices" {
            path.insert(2, BASE);
        }
        insert(&mut tree, &path, yaml(&leaf.value));
    }
    serde_yaml::from_value(tree.into()).map_err(|error| CatalogError::Unreadable(error.to_string()))
}

fn insert(tree: &mut Mapping, path: &[&str], value: Yaml) {
    match path {
        [] => {}
        [last] => drop(tree.insert((*last).into(), value)),
        [first, rest @ ..] => {
            let below = tree.entry((*first).into()).or_insert_with(|| Mapping::new().into());
            if let Yaml::Mapping(below) = below {
                insert(below, rest, value);
            }
        }
    }
}

fn yaml(value: &Value) -> Yaml {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Switch(on) => (*on).into(),
        Value::Whole(number) => (*number).into(),
        Value::Price(price) => price.to_string().into(),
        Value::Texts(texts) => Yaml::Sequence(texts.iter().map(|text| text.as_str().into()).collect()),
        _ => Yaml::Null,
    }
}

/// Names that no request could have.
fn names(leaves: &[&Leaf]) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for leaf in leaves {
        let Some(name) = leaf.path.0.get(2).filter(|name| seen.insert(*name)) else { continue };
        if ModelId::parse(name).is_err() {
            let problem = error(leaf, 3, "is no name of a model".to_owned());
            let allowed = "a Bedrock model id, inference profile id or ARN; aliases are in models.mappings";
            problems.push(problem.allowing(allowed.to_owned()));
        }
    }
    problems
}

/// Values that must be names in the catalog.
fn one(leaf: &Leaf, built_in: &Catalog, entries: &BTreeMap<String, Entry>) -> Option<Problem> {
    let depth = leaf.path.0.len();
    match (leaf.key.path.strip_prefix("catalog.models.*.")?, &leaf.value) {
        ("family", Value::Text(family)) => {
            let families = Catalog::families().unwrap_or_default();
            if families.contains(family) {
                return None;
            }
            let likely = likely(family, families.iter().map(String::as_str));
            let problem = error(leaf, depth, "there is no such family".to_owned());
            Some(problem.allowing(families.join(", ")).suggesting(likely))
        }
        ("model", Value::Text(model)) => {
            let parsed = ModelId::parse(model);
            let defined = entries.get(model).is_some_and(|entry| entry.model.is_none());
            if defined || parsed.is_ok_and(|id| built_in.model(&id).id.is_some()) {
                return None;
            }
            let problem = error(leaf, depth, "there is no such model".to_owned());
            let allowed = "a model of the catalog, or one that catalog.models adds".to_owned();
            Some(problem.allowing(allowed).suggesting(likely(model, built_in.ids())))
        }
        ("profiles", Value::Texts(geographies)) => {
            let wrong = geographies.iter().any(|geography| !is_geography(geography));
            wrong.then(|| {
                let problem = error(leaf, depth, "has what is no geography".to_owned());
                problem.allowing("a list of geographies, like us, eu, apac or global".to_owned())
            })
        }
        _ => None,
    }
}

/// Places that are none, and prices that come without their other half.
fn prices(leaves: &[&Leaf]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut places: BTreeMap<&[String], Vec<&Leaf>> = BTreeMap::new();
    for leaf in leaves.iter().filter(|leaf| leaf.path.0.get(3).is_some_and(|name| name == "prices")) {
        places.entry(&leaf.path.0[..leaf.path.0.len() - 1]).or_default().push(leaf);
    }
    for (path, leaves) in places {
        let Some(first) = leaves.first() else { continue };
        if let Some(place) = path.get(4)
            && !is_geography(place)
            && !is_region(place)
        {
            let problem = error(first, 5, "is neither a price nor a place".to_owned());
            problems.push(problem.allowing("a geography like eu, or a region like eu-west-1".to_owned()));
        }
        let has = |name: &str| leaves.iter().any(|leaf| leaf.path.0.last().is_some_and(|last| last == name));
        for needed in ["input", "output"].into_iter().filter(|needed| !has(needed)) {
            problems.push(error(first, path.len(), format!("needs {needed}")));
        }
    }
    problems
}

/// The name that looks most like this one.
fn likely<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let near = known.map(|known| (strsim::normalized_damerau_levenshtein(known, name), known));
    let near = near.filter(|(likeness, _)| *likeness >= 0.6);
    near.max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(one.1)))
        .map(|(_, known)| known.to_owned())
}

/// A problem at the place of a leaf, with the first names of its path.
fn error(leaf: &Leaf, names: usize, what: String) -> Problem {
    let path = super::check::Path(leaf.path.0.iter().take(names).cloned().collect());
    Problem::error(path.to_string(), leaf.at, what)
}
