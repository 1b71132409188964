//! Variables that stand for keys: `GATEWAY__A__B` for `a.b`, and a few with names of their own.

use super::check::{Check, Leaf, Owner, Path};
use super::env::Environment;
use super::kind::Kind;
use super::problem::Problem;
use super::schema::{Effect, Schema};
use super::yaml::{Node, Scalar, parse};

const PREFIX: &str = "GATEWAY__";

/// Variables that win over a key of the file, and over which `GATEWAY__…` wins.
const NAMED: [(&str, &str); 5] = [
    ("CUSTOMER_NAME", "customer.name"),
    ("ENVIRONMENT", "customer.environment"),
    ("DATABASE_URL", "store.url"),
    ("REDIS_URL", "limits.redis_url"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.otlp_endpoint"),
];

/// Puts the environment's values in place of the file's.
pub(super) fn apply(schema: &Schema, env: &Environment, leaves: &mut Vec<Leaf>) -> Vec<Problem> {
    let named = NAMED.iter().filter_map(|(name, path)| {
        let segments = path.split('.').map(str::to_owned).collect();
        env.get(name).map(|value| (*name, segments, value))
    });
    let prefixed = env.with_prefix(PREFIX).map(|(name, rest, value)| (name, segments(rest), value));
    let mut problems = Vec::new();
    for (name, segments, value) in named.chain(prefixed) {
        match one(schema, name, segments, value) {
            Ok((path, check)) => {
                let replaced = |leaf: &Leaf| leaf.path.starts_with(&path);
                let place = leaves.iter().position(replaced).unwrap_or(leaves.len());
                leaves.retain(|leaf| !replaced(leaf));
                leaves.splice(place..place, check.leaves);
                problems.extend(check.problems);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    problems
}

/// The names in what follows the prefix: in lower case, unless the variable has small letters itself, which is
/// how names that are free (aliases, tags) can be written as they are.
fn segments(rest: &str) -> Vec<String> {
    let as_written = rest.chars().any(|c| c.is_ascii_lowercase());
    rest.split("__")
        .map(|name| if as_written { name.to_owned() } else { name.to_ascii_lowercase() })
        .collect()
}

/// Checks one variable.
fn one<'a>(
    schema: &Schema,
    name: &'a str,
    segments: Vec<String>,
    value: &str,
) -> Result<(Path, Check<'a>), Box<Problem>> {
    let (mut place, mut path, mut owner) = (schema, Path::default(), None);
    for segment in segments {
        path = path.below(&segment);
        let Some(child) = place.child(&segment) else {
            let what = format!("unknown key (environment variable {name})");
            let known: Vec<_> = place.names().collect();
            let problem = Problem::error(path.to_string(), None, what).allowing(known.join(", "));
            return Err(Box::new(problem.suggesting(place.suggestion(&segment))));
        };
        place = child;
        if let Some(key) = place.key.filter(|key| key.effect != Effect::Within) {
            owner = Some(Owner { path: path.clone(), key, at: None });
        }
    }
    let scalar = place.key.is_some_and(|key| !matches!(key.kind, Kind::Texts | Kind::Section));
    let node = if scalar {
        Node::Scalar(Scalar::Text, value.to_owned())
    } else {
        parse(value).map_err(|_| {
            let what = format!("the value is not valid YAML (environment variable {name})");
            Box::new(Problem::error(path.to_string(), None, what))
        })?
    };
    Ok((path.clone(), Check::variable(name, place, path, owner, &node)))
}
