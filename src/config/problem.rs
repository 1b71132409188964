//! What is wrong with a configuration, in words that say where, what, and what to write instead.

use std::fmt;

/// A place in the file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// One thing that is wrong, or that the operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, like `server.drain.delay`; empty for the file as a whole.
    pub path: String,
    /// The line in the file, from 1; `None` when the value does not come from the file.
    pub line: Option<usize>,
    /// The column in the file, from 1.
    pub column: Option<usize>,
    /// What is wrong. Never holds a value that came from the environment.
    pub what: String,
    /// What could stand there.
    pub allowed: Option<String>,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// Whether the service can start with it.
    pub severity: Severity,
}

/// Whether a problem stops the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// The service starts, but the key does not do what it says.
    Warning,
}

/// Problems with the name of the file that they are in; `Display` is the text of `config check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The file as the operator named it.
    pub source: String,
    /// In the order of the file, then those that have no line.
    pub list: Vec<Problem>,
}

// === impl Problem ===

impl Problem {
    /// A problem that stops the service.
    pub(super) fn error(path: impl Into<String>, at: Option<Position>, what: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            what: what.into(),
            allowed: None,
            suggestion: None,
            severity: Severity::Error,
        }
    }

    /// A problem that is only told.
    pub(super) fn warning(path: impl Into<String>, at: Option<Position>, what: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, at, what) }
    }

    /// Adds what could stand there.
    pub(super) fn allowing(self, allowed: impl Into<Option<String>>) -> Self {
        Self { allowed: allowed.into(), ..self }
    }

    /// Adds what was probably meant.
    pub(super) fn suggesting(self, suggestion: impl Into<Option<String>>) -> Self {
        Self { suggestion: suggestion.into(), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)?;
        let allowed = self.allowed.as_ref().map(|allowed| format!("allowed: {allowed}"));
        let suggestion = self.suggestion.as_ref().map(|name| format!("did you mean `{name}`?"));
        match (allowed, suggestion) {
            (Some(allowed), Some(suggestion)) => write!(f, " ({allowed}; {suggestion})"),
            (Some(hint), None) | (None, Some(hint)) => write!(f, " ({hint})"),
            (None, None) => Ok(()),
        }
    }
}

// === impl Severity ===

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

// === impl Problems ===

impl Problems {
    /// How many of the list are of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|problem| problem.severity == severity).count()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.list {
            f.write_str(&self.source)?;
            if let Some(line) = problem.line {
                write!(f, ":{line}")?;
            }
            if let (Some(_), Some(column)) = (problem.line, problem.column) {
                write!(f, ":{column}")?;
            }
            writeln!(f, ": {}: {problem}", problem.severity)?;
        }
        let plural =
            |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let errors = plural(self.count(Severity::Error), "error");
        let warnings = plural(self.count(Severity::Warning), "warning");
        write!(f, "{errors}, {warnings}")
    }
}

impl std::error::Error for Problems {}
