//! Finding the file, and the way from its text to a [`Config`] or a [`Report`].

use std::path::{Path, PathBuf};

use super::build::build;
use super::check::{Check, Leaf};
use super::effects::effects;
use super::env::Environment;
use super::kind::{Value, is_region};
use super::marks::Marks;
use super::models;
use super::overrides;
use super::problem::{Position, Problem, Problems, Severity};
use super::rules::{bodies, listeners, rules};
use super::schema::Schema;
use super::summary::Summary;
use super::yaml::{Node, parse};
use super::{Authentication, Config};

/// A configuration to start with.
#[derive(Debug)]
pub struct Loaded {
    /// What the components get.
    pub config: Config,
    /// What the operator should know.
    pub warnings: Vec<Problem>,
    /// What was understood, in a few lines.
    pub summary: Summary,
    /// The file; `None` = defaults and environment only.
    pub source: Option<PathBuf>,
}

/// What `config check` has to say.
#[derive(Debug)]
pub struct Report {
    /// Errors and warnings, in the order of the file.
    pub problems: Vec<Problem>,
    /// What was understood; `None` when there are errors.
    pub summary: Option<Summary>,
}

/// The file that is taken when none is named.
const DEFAULT_FILE: &str = "config/gateway.yaml";
const AUTHENTICATION: &str = "integrations.authentication.type";

/// Loads the file at `path`, else at `GATEWAY_CONFIG`, else `config/gateway.yaml` if there is one, else the
/// defaults; the environment goes on top. An `api_key` authentication without any key is an error here.
pub fn load(path: Option<&Path>, env: &Environment) -> Result<Loaded, Problems> {
    let source = path
        .map(Path::to_owned)
        .or_else(|| env.get("GATEWAY_CONFIG").map(PathBuf::from))
        .or_else(|| Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.exists()));
    let text = match &source {
        Some(file) => read(file)?,
        None => String::new(),
    };
    let (config, summary, warnings) = valid(&text, env, name(source.as_deref()))?;
    Ok(Loaded { config, warnings, summary, source })
}

/// Reads the text of a file as [`load`] would.
pub fn parse_text(text: &str, env: &Environment) -> Result<Config, Problems> {
    valid(text, env, name(None)).map(|(config, ..)| config)
}

fn valid(text: &str, env: &Environment, source: String) -> Result<(Config, Summary, Vec<Problem>), Problems> {
    let (problems, understood) = assess(text, env, Severity::Error);
    match understood {
        Some((config, summary)) => Ok((config, summary, problems)),
        None => Err(Problems { source, list: problems }),
    }
}

/// Checks the text of a file as [`load`] would, except that missing API keys are a warning: a file can be
/// checked where its keys are not known.
pub fn check(text: &str, env: &Environment) -> Report {
    let (problems, understood) = assess(text, env, Severity::Warning);
    Report { problems, summary: understood.map(|(_, summary)| summary) }
}

/// Reads a configuration file, which must be UTF-8.
pub fn read(file: &Path) -> Result<String, Problems> {
    let problem = |what| Problems { source: name(Some(file)), list: vec![Problem::error("", None, what)] };
    let bytes = std::fs::read(file).map_err(|error| problem(format!("cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let line =
            1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        problem(format!("is not UTF-8 text, from line {line} on"))
    })
}

/// How messages call the file.
fn name(file: Option<&Path>) -> String {
    file.map_or_else(|| "defaults and environment".to_owned(), |file| file.display().to_string())
}

/// All problems, and what was understood if none of them is an error.
fn assess(
    text: &str,
    env: &Environment,
    missing_keys: Severity,
) -> (Vec<Problem>, Option<(Config, Summary)>) {
    let schema = Schema::new();
    let mut problems = Vec::new();
    let node = parse(text).unwrap_or_else(|problem| {
        problems.push(*problem);
        Node::Null
    });
    let broken = !problems.is_empty();
    let marks = if broken { Marks::default() } else { Marks::of(text) };
    let check = Check::file(&schema, &node, &marks, env);
    let mut leaves = check.leaves;
    problems.extend(check.problems);
    problems.extend(overrides::apply(&schema, env, &mut leaves));
    problems.extend(variables(&leaves, env));
    problems.extend(rules(&leaves, &problems));
    let (told, deployment) = effects(&leaves);
    problems.extend(told);

    let (catalog, told) = models::catalog(&leaves);
    problems.extend(told);

    let config = build(&leaves, catalog, env);
    problems.extend(config.as_ref().and_then(|config| listeners(&config.server, &leaves)));
    let narrow = config.as_ref().and_then(|config| bodies(&config.server, &leaves, &problems));
    problems.extend(narrow);
    if let Some(Authentication::ApiKey { keys, .. }) = config.as_ref().map(|config| &config.authentication)
        && keys.is_empty()
        && !broken
        && !problems.iter().any(|problem| problem.path == AUTHENTICATION)
    {
        problems.push(no_keys(&leaves, missing_keys));
    }
    if config.is_none() && !problems.iter().any(|problem| problem.severity == Severity::Error) {
        problems.push(Problem::error(
            "",
            None,
            "the table of keys lacks a default: this is a bug of the gateway",
        ));
    }
    problems.sort_by_key(|problem| (problem.line.is_none(), problem.line, problem.column));
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return (problems, None);
    }
    let understood = config.map(|config| {
        let summary = Summary::new(&config, deployment, problems.len());
        (config, summary)
    });
    (problems, understood)
}

/// Variables that are no key of the file.
fn variables(leaves: &[Leaf], env: &Environment) -> Vec<Problem> {
    let mut problems = Vec::new();
    if env.get("PORT").is_some_and(|port| port.parse::<u16>().is_err()) {
        let problem =
            Problem::error("server.listen", None, "the value is not a port (environment variable PORT)");
        problems.push(problem.allowing("a whole number from 0 to 65535".to_owned()));
    }
    let region =
        ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| Some((name, env.get(name)?)));
    if let Some((name, _)) = region.filter(|(_, region)| !is_region(region))
        && !leaves.iter().any(|leaf| leaf.key.path == "customer.region")
    {
        let what = format!("the value is not an AWS region (environment variable {name})");
        problems.push(
            Problem::error("customer.region", None, what).allowing("a region, like us-east-1".to_owned()),
        );
    }
    problems
}

fn no_keys(leaves: &[Leaf], severity: Severity) -> Problem {
    let at: Option<Position> =
        leaves.iter().find(|leaf| leaf.key.path == AUTHENTICATION).and_then(|leaf| leaf.owner.at);
    let asked = match leaves.iter().find(|leaf| leaf.key.path == AUTHENTICATION).map(|leaf| &leaf.value) {
        Some(Value::Text(_)) => "is api_key",
        _ => "is api_key when left out",
    };
    let what = format!(
        "{asked}, but no key is in the environment: set ADMIN_API_KEY or API_KEYS, \
         or {AUTHENTICATION}: none to let everybody call"
    );
    Problem { severity, ..Problem::error(AUTHENTICATION, at, what) }
}

// === impl Report ===

impl Report {
    /// Whether the service would start with it, given its API keys.
    pub fn is_sound(&self) -> bool {
        self.summary.is_some()
    }

    /// The text of `config check`: one line per problem and their count, then what was understood. `source` is
    /// what the operator calls the file.
    pub fn render(&self, source: &str) -> String {
        let problems = Problems { source: source.to_owned(), list: self.problems.clone() };
        match &self.summary {
            Some(summary) => format!("{problems}\n\n{source} is sound\n{summary}\n"),
            None => format!("{problems}\n"),
        }
    }
}
