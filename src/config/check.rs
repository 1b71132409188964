//! A tree of values against the table of keys: what fits becomes a [`Leaf`], what does not a [`Problem`].

use std::collections::HashSet;
use std::fmt;

use super::env::Environment;
use super::expand::expand;
use super::kind::{Kind, Misfit, Value};
use super::marks::Marks;
use super::problem::{Position, Problem};
use super::schema::{Effect, Key, Schema};
use super::yaml::{Node, Scalar};

/// A path of a file: names and list indices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Path(pub(super) Vec<String>);

/// A value that fits its row.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) path: Path,
    pub(super) key: &'static Key,
    pub(super) value: Value,
    pub(super) at: Option<Position>,
    /// The row whose effect holds, with its own path and place.
    pub(super) owner: Owner,
}

/// The row that says what a leaf does: its own, or that of a section around it.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) path: Path,
    pub(super) key: &'static Key,
    pub(super) at: Option<Position>,
}

/// Walks values and gathers what it finds.
pub(super) struct Check<'a> {
    /// For `${VAR}`; `None` = texts are taken as they are.
    expanding: Option<&'a Environment>,
    /// The variable that the values come from, when not from the file; its value is never shown.
    variable: Option<&'a str>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) problems: Vec<Problem>,
}

/// Where a walk stands.
#[derive(Clone)]
struct Spot<'a> {
    path: Path,
    at: Option<Position>,
    marks: Option<&'a Marks>,
    owner: Option<Owner>,
}

/// The longest piece of a file that a message repeats, in characters.
const SHOWN: usize = 40;

// === impl Path ===

impl Path {
    pub(super) fn below(&self, segment: impl Into<String>) -> Self {
        let mut path = self.clone();
        path.0.push(segment.into());
        path
    }

    pub(super) fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            let dot = if index == 0 || segment.starts_with('[') { "" } else { "." };
            write!(f, "{dot}{}", shown(segment))?;
        }
        Ok(())
    }
}

/// A piece of the file for a message: on one line, and not too long.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

// === impl Check ===

impl<'a> Check<'a> {
    /// Walks a file.
    pub(super) fn file(schema: &Schema, node: &Node, marks: &Marks, env: &'a Environment) -> Self {
        let mut check =
            Self { expanding: Some(env), variable: None, leaves: Vec::new(), problems: Vec::new() };
        let spot = Spot { path: Path::default(), at: None, marks: Some(marks), owner: None };
        check.walk(schema, node, spot);
        check
    }

    /// Walks the value of one variable that stands for `path`.
    pub(super) fn variable(
        name: &'a str,
        schema: &Schema,
        path: Path,
        owner: Option<Owner>,
        node: &Node,
    ) -> Self {
        let mut check =
            Self { expanding: None, variable: Some(name), leaves: Vec::new(), problems: Vec::new() };
        check.walk(schema, node, Spot { path, at: None, marks: None, owner });
        check
    }

    fn walk(&mut self, schema: &Schema, node: &Node, mut spot: Spot<'_>) {
        if let Some(key) = schema.key
            && key.effect != Effect::Within
        {
            spot.owner = Some(Owner { path: spot.path.clone(), key, at: spot.at });
        }
        match (schema.key, node) {
            (_, Node::Null) => {}
            (Some(key), node) if schema.children.is_empty() => self.leaf(key, node, &spot),
            (_, Node::List(items)) if let Some(item) = schema.item() => {
                for (index, node) in items.iter().enumerate() {
                    let mark = spot.marks.and_then(|marks| marks.item(index));
                    self.walk(item, node, spot.below(format!("[{index}]"), mark));
                }
            }
            (_, Node::Map(entries)) if schema.item().is_none() => self.section(schema, entries, &spot),
            (_, other) => {
                let expected = if schema.item().is_some() { "a list" } else { "a section" };
                let subject = if spot.path.0.is_empty() { "the file " } else { "" };
                self.error(&spot, format!("{subject}is {}, not {expected}", other.sort()));
            }
        }
    }

    fn section(&mut self, schema: &Schema, entries: &[(String, Node)], spot: &Spot<'_>) {
        let mut seen = HashSet::new();
        for (index, (name, node)) in entries.iter().enumerate() {
            let mark = spot.marks.and_then(|marks| marks.entry(index, name));
            let below = spot.below(name, mark);
            if !seen.insert(name) {
                self.error(&below, "is written twice".to_owned());
            }
            match schema.child(name) {
                Some(schema) => self.walk(schema, node, below),
                None => {
                    let names: Vec<_> = schema.names().collect();
                    let problem = self.problem(&below, "unknown key".to_owned());
                    let problem = problem.allowing(names.join(", ")).suggesting(schema.suggestion(name));
                    self.problems.push(problem);
                }
            }
        }
    }

    fn leaf(&mut self, key: &'static Key, node: &Node, spot: &Spot<'_>) {
        let value = match (key.kind, node) {
            (Kind::Texts, Node::List(items)) => self.texts(items, spot).map(Value::Texts),
            (kind, Node::Scalar(sort, text)) if kind != Kind::Texts => self.scalar(key, *sort, text, spot),
            (kind, other) => {
                let problem = self.problem(spot, format!("is {}", other.sort()));
                self.problems.push(problem.allowing(kind.to_string()));
                None
            }
        };
        if let (Some(value), Some(owner)) = (value, spot.owner.clone()) {
            self.leaves.push(Leaf { path: spot.path.clone(), key, value, at: spot.at, owner });
        }
    }

    fn texts(&mut self, items: &[Node], spot: &Spot<'_>) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let mark = spot.marks.and_then(|marks| marks.item(index));
            let below = spot.below(format!("[{index}]"), mark);
            let text = match item {
                Node::Scalar(sort, text) => self.read(Kind::Text, *sort, text, &below),
                other => {
                    self.error(&below, format!("is {}, not text", other.sort()));
                    None
                }
            };
            if let Some(Value::Text(text)) = text {
                texts.push(text);
            }
        }
        (texts.len() == items.len() && !texts.is_empty()).then_some(texts)
    }

    /// An empty text leaves a key out that has no default, so that `${VAR:-}` can.
    fn scalar(&mut self, key: &Key, sort: Scalar, text: &str, spot: &Spot<'_>) -> Option<Value> {
        let expanded = self.expanded(sort, text, spot)?;
        if expanded.is_empty() && key.default.is_empty() {
            return None;
        }
        self.fit(key.kind, sort, &expanded, text, spot)
    }

    fn read(&mut self, kind: Kind, sort: Scalar, text: &str, spot: &Spot<'_>) -> Option<Value> {
        let expanded = self.expanded(sort, text, spot)?;
        self.fit(kind, sort, &expanded, text, spot)
    }

    fn expanded(&mut self, sort: Scalar, text: &str, spot: &Spot<'_>) -> Option<String> {
        let Some(env) = self.expanding.filter(|_| sort == Scalar::Text) else {
            return Some(text.to_owned());
        };
        match expand(text, env) {
            Ok(expanded) => Some(expanded),
            Err(wrong) => {
                for one in wrong {
                    let problem = self.problem(spot, one.what).allowing(one.allowed);
                    self.problems.push(problem);
                }
                None
            }
        }
    }

    fn fit(&mut self, kind: Kind, sort: Scalar, expanded: &str, raw: &str, spot: &Spot<'_>) -> Option<Value> {
        match kind.read(sort, expanded) {
            Ok(value) => Some(value),
            Err(Misfit { what, allowed }) => {
                // What the file itself says may be repeated, unless a password could be in it.
                let private = self.variable.is_some() || matches!(kind, Kind::Text | Kind::Url);
                let value = if private { "the value".to_owned() } else { format!("`{}`", shown(raw)) };
                let problem = self.problem(spot, format!("{value} {what}")).allowing(allowed);
                self.problems.push(problem);
                None
            }
        }
    }

    fn error(&mut self, spot: &Spot<'_>, what: String) {
        let problem = self.problem(spot, what);
        self.problems.push(problem);
    }

    fn problem(&self, spot: &Spot<'_>, what: String) -> Problem {
        let what = match self.variable {
            Some(name) => format!("{what} (environment variable {name})"),
            None => what,
        };
        Problem::error(spot.path.to_string(), spot.at, what)
    }
}

// === impl Spot ===

impl<'a> Spot<'a> {
    fn below(&self, segment: impl Into<String>, mark: Option<(Position, &'a Marks)>) -> Self {
        Self {
            path: self.path.below(segment),
            at: mark.map(|(at, _)| at).or(self.at),
            marks: mark.map(|(_, marks)| marks),
            owner: self.owner.clone(),
        }
    }
}
