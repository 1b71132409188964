//! Rules between keys, checked even when other keys are wrong.

use super::ServerSettings;
use super::check::Leaf;
use super::kind::Value;
use super::problem::Problem;
use super::quantity::show_size;
use crate::translate::Guardrail;

/// What has been found in the file and the environment so far.
struct Found<'a> {
    leaves: &'a [Leaf],
    problems: &'a [Problem],
}

const RATE: &str = "performance.api_gateway.throttling.rate_limit";
const BURST: &str = "performance.api_gateway.throttling.burst_limit";
const BODY: &str = "server.max_body";
const BODIES: &str = "server.max_body_total";

const GUARDRAIL: &str = "policy.guardrail.id";
const GUARDRAIL_VERSION: &str = "policy.guardrail.version";

const FIELDS: &str = "policy.additional_fields.mode";
const FIELD_NAMES: &str = "policy.additional_fields.names";

/// A switch, and the keys that mean nothing if it is on and they are missing.
const NEEDS: [(&str, [&str; 2]); 2] = [
    ("deployment.vpc.enabled", ["deployment.vpc.vpc_id", "deployment.vpc.subnet_ids"]),
    (
        "deployment.custom_domain.enabled",
        ["deployment.custom_domain.domain_name", "deployment.custom_domain.certificate_arn"],
    ),
];

/// Looks at keys that need, or exclude, each other. `problems` are those of single keys: a key that is wrong is
/// not missing as well.
pub(super) fn rules(leaves: &[Leaf], problems: &[Problem]) -> Vec<Problem> {
    let found = Found { leaves, problems };
    let mut broken = deployment(&found);
    if let Some(burst) = found.leaf(BURST).filter(|_| found.lacks(RATE)) {
        broken.push(error(burst, format!("does nothing without {RATE}")));
    }
    broken.extend(guardrail(&found));
    let listed = found.leaf(FIELDS).is_some_and(|mode| mode.value == Value::Text("listed".into()));
    if let Some(names) = found.leaf(FIELD_NAMES).filter(|_| !listed) {
        broken.push(error(names, format!("does nothing unless {FIELDS} is listed")));
    }
    let container = |name: &str| found.leaf(&format!("performance.container.{name}"));
    if let (Some(least), Some(most)) = (container("min_capacity"), container("max_capacity"))
        && let (Value::Whole(low), Value::Whole(high)) = (&least.value, &most.value)
        && low > high
    {
        broken.push(error(least, "is above performance.container.max_capacity".to_owned()));
    }
    broken
}

/// Two listeners cannot share an address. Looks at the configuration, not at the keys, because defaults and
/// `PORT` have a say; port 0 is a new port each time.
pub(super) fn listeners(server: &ServerSettings, leaves: &[Leaf]) -> Option<Problem> {
    let same = server.ops_listen == Some(server.listen) && server.listen.port() != 0;
    let ops = leaves.iter().find(|leaf| leaf.key.path == "server.ops_listen").filter(|_| same)?;
    Some(error(ops, format!("is where clients connect, {}: take another port", server.listen)))
}

/// The largest body must find room when nothing else is worked on. Looks at the configuration, because one of the two
/// may be a default; that is no excuse where the key itself is wrong.
pub(super) fn bodies(server: &ServerSettings, leaves: &[Leaf], problems: &[Problem]) -> Option<Problem> {
    let found = Found { leaves, problems };
    let wrong = |path| problems.iter().any(|problem| problem.path == path);
    if server.max_body <= server.max_body_total || wrong(BODY) || wrong(BODIES) {
        return None;
    }
    match found.leaf(BODIES) {
        Some(all) => Some(error(all, format!("is below {BODY}, {}", show_size(server.max_body)))),
        None => {
            let what = format!("is above {BODIES}, {}", show_size(server.max_body_total));
            found.leaf(BODY).map(|one| error(one, what))
        }
    }
}

/// A guardrail that is half there would be none at all.
fn guardrail(found: &Found<'_>) -> Vec<Problem> {
    let mut broken = Vec::new();
    for (here, there) in [(GUARDRAIL, GUARDRAIL_VERSION), (GUARDRAIL_VERSION, GUARDRAIL)] {
        if let Some(leaf) = found.leaf(here).filter(|_| found.lacks(there)) {
            broken.push(error(leaf, format!("does nothing without {there}")));
        }
    }
    if let Some(leaf) = found.leaf(GUARDRAIL)
        && matches!(&leaf.value, Value::Text(id) if !Guardrail::is_id(id))
    {
        broken.push(error(leaf, "is not the id (a-z, 0-9) or ARN of a guardrail".to_owned()));
    }
    if let Some(leaf) = found.leaf(GUARDRAIL_VERSION)
        && matches!(&leaf.value, Value::Text(version) if !Guardrail::is_version(version))
    {
        broken.push(error(leaf, "is not DRAFT or a number of at most 8 digits".to_owned()));
    }
    broken
}

/// What the service can start with, but a deployment cannot do.
fn deployment(found: &Found<'_>) -> Vec<Problem> {
    let mut broken = Vec::new();
    if let Some(kind) = found.leaf("deployment.type")
        && kind.value != Value::Text("container".into())
    {
        let what =
            "this gateway is a container: it is deployed to ECS or EKS, without Lambda and API Gateway";
        broken.push(warning(kind, what.to_owned()));
    }
    for (switch, needed) in NEEDS {
        if let Some(switch) = found.leaf(switch).filter(|leaf| leaf.value == Value::Switch(true)) {
            let lacking = needed.into_iter().filter(|needed| found.lacks(needed));
            broken.extend(lacking.map(|needed| warning(switch, format!("needs {needed}"))));
        }
    }
    if let Some(subnets) = found.leaf("deployment.vpc.subnet_ids")
        && matches!(&subnets.value, Value::Texts(ids) if ids.len() < 2)
    {
        let what = "is one subnet: load balancers need two, in different availability zones";
        broken.push(warning(subnets, what.to_owned()));
    }
    broken
}

fn error(leaf: &Leaf, what: String) -> Problem {
    Problem::error(leaf.path.to_string(), leaf.owner.at, what)
}

fn warning(leaf: &Leaf, what: String) -> Problem {
    Problem::warning(leaf.path.to_string(), leaf.owner.at, what)
}

// === impl Found ===

impl Found<'_> {
    fn leaf(&self, path: &str) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.key.path == path)
    }

    fn lacks(&self, path: &str) -> bool {
        self.leaf(path).is_none() && !self.problems.iter().any(|problem| problem.path == path)
    }
}
