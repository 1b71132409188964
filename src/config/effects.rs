//! What a key does that is no run-time setting: it is told, listed, or refused.

use super::check::{Leaf, Path};
use super::problem::Problem;
use super::schema::{Effect, Key};
use super::yaml::Scalar;

/// Problems of the leaves' effects, one per row and place that has one, and the paths of the keys that are used
/// at deployment.
pub(super) fn effects(leaves: &[Leaf]) -> (Vec<Problem>, Vec<String>) {
    let mut problems = Vec::new();
    let mut deployment = Vec::new();
    let mut told: Vec<&Path> = Vec::new();
    for leaf in leaves {
        let owner = &leaf.owner;
        if told.contains(&&owner.path) {
            continue;
        }
        let path = owner.path.to_string();
        let problem = match owner.key.effect {
            Effect::Runtime | Effect::Within => continue,
            Effect::Deployment => {
                told.push(&owner.path);
                deployment.push(path);
                continue;
            }
            _ if is_default(leaf) => continue,
            Effect::Instead(advice) => Problem::warning(path, owner.at, advice),
            Effect::Later => Problem::warning(path, owner.at, "accepted, not in effect in this version"),
            Effect::Refused(advice) => Problem::error(path, owner.at, advice),
        };
        told.push(&owner.path);
        problems.push(problem);
    }
    (problems, deployment)
}

/// Whether a leaf says what leaving it out would say.
fn is_default(leaf: &Leaf) -> bool {
    let Key { kind, default, .. } = leaf.key;
    !default.is_empty() && kind.read(Scalar::Text, default).is_ok_and(|value| value == leaf.value)
}
