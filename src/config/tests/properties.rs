//! Properties of any text at all.

use proptest::prelude::*;

use super::env;
use crate::config::check;

/// Pieces that configuration files are made of, sound and otherwise.
const PIECES: &[&str] = &[
    "server",
    "listen",
    "models",
    "mappings",
    "routing",
    "targets",
    "drain",
    "delay",
    "limits",
    "catalog",
    "gpt-4o",
    "${ADMIN_API_KEY}",
    "${ADMIN_API_KEY:-x}",
    "${",
    "}",
    ": ",
    ":",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "\"",
    "'",
    "&a ",
    "*a",
    "!t ",
    "<<",
    "? ",
    "| ",
    "> ",
    "#",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "\t",
    "\u{feff}",
    "客户",
    "\u{0}",
    "\r\n",
    "\u{85}",
    "\u{2028}",
    "15s",
    "32MiB",
    "1e999",
    "-1",
    "null",
    "~",
    "true",
    ".nan",
    "0x1F",
    "\\",
    "@",
    "`",
];

proptest! {
    #[test]
    fn any_text_is_checked(text in any::<String>()) {
        examine(&text)?;
    }

    #[test]
    fn anything_like_yaml_is_checked(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        examine(&pieces.concat())?;
    }

    #[test]
    fn any_override_is_checked(name in "GATEWAY__[A-Za-z_]{0,20}", section in prop::sample::select(PIECES), value in any::<String>()) {
        let named = format!("GATEWAY__{}__{name}", section.to_uppercase());
        let report = check("", &env(&[(&name, &value), (&named, &value)]));
        prop_assert_eq!(report.is_sound(), !report.render("f").contains(": error: "));
    }
}

/// The check ends, its lines are lines of the file, it has a summary or an error, and errors repeat no secret.
fn examine(text: &str) -> Result<(), TestCaseError> {
    let secret = "sk-of-the-environment";
    let report = check(text, &env(&[("ADMIN_API_KEY", secret)]));
    // YAML 1.1 breaks lines here too.
    let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count() + 1;
    for problem in &report.problems {
        prop_assert!(problem.line.is_none_or(|line| (1..=lines).contains(&line)), "{problem:?}");
        prop_assert!(!problem.to_string().contains(secret), "{problem}");
    }
    let errors = report.render("f").contains(": error: ");
    prop_assert_eq!(report.is_sound(), !errors);
    Ok(())
}
