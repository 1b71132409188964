//! `${VAR}` and `${VAR:-default}` inside a text of the file.

use super::env::Environment;

/// One `${…}` that could not be replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unexpanded {
    /// What is wrong with it; names the variable, never a value.
    pub(super) what: String,
    /// What to write instead, where that can be said.
    pub(super) allowed: Option<String>,
}

/// Replaces every reference, or says what is wrong with each that cannot be. A default holds for a variable
/// that is unset or empty, as in the shell, and ends at the first `}`; what is put in is not expanded again.
pub(super) fn expand(text: &str, env: &Environment) -> Result<String, Vec<Unexpanded>> {
    let mut expanded = String::with_capacity(text.len());
    let mut wrong = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((reference, next)) = after.split_once('}') else {
            wrong.push(Unexpanded { what: "`${` without a closing `}`".into(), allowed: None });
            rest = "";
            break;
        };
        match resolve(reference, env) {
            Ok(value) => expanded.push_str(value),
            Err(reason) => wrong.push(reason),
        }
        rest = next;
    }
    expanded.push_str(rest);
    if wrong.is_empty() { Ok(expanded) } else { Err(wrong) }
}

/// The value of what stands between `${` and `}`.
fn resolve<'a>(reference: &'a str, env: &'a Environment) -> Result<&'a str, Unexpanded> {
    let (name, default) = match reference.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (reference, None),
    };
    let well_formed = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !well_formed {
        return Err(Unexpanded {
            what: "`${…}` does not name an environment variable".into(),
            allowed: Some("${VAR} or ${VAR:-default}".into()),
        });
    }
    match (env.get(name), default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default),
        (None, None) if env.has(name) => Ok(""),
        (None, None) => Err(Unexpanded {
            what: format!("the environment variable {name} is not set"),
            allowed: Some(format!("${{{name}:-default}} where it may be missing")),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_references() {
        let env: Environment = [("HOST", "db"), ("EMPTY", ""), ("NESTED", "${HOST}")].into_iter().collect();
        let cases = [
            ("plain $HOST {x}", "plain $HOST {x}"),
            ("${HOST}:${PORT:-5432}/x", "db:5432/x"),
            ("[${EMPTY}][${EMPTY:-a:-b}]", "[][a:-b]"),
            ("${NESTED}", "${HOST}"),
            ("客${HOST}户", "客db户"),
        ];
        for (text, expected) in cases {
            assert_eq!(expand(text, &env).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn names_everything_that_is_wrong() {
        let wrong = expand("${A} ${} ${B} ${A-B} ${C", &Environment::default()).unwrap_err();
        let whats: Vec<_> = wrong.iter().map(|one| one.what.as_str()).collect();
        assert_eq!(
            whats,
            [
                "the environment variable A is not set",
                "`${…}` does not name an environment variable",
                "the environment variable B is not set",
                "`${…}` does not name an environment variable",
                "`${` without a closing `}`",
            ]
        );
    }
}
