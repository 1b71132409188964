//! Every row of the translation reference is shown: those of §7.1–7.8 by a golden case or a test of that number, those
//! of §2 and §3 by the golden cases that the tables name. A row without one fails.
#![expect(clippy::unwrap_used, reason = "a source that cannot be read has failed")]

#[path = "reference_rows/answers.rs"]
mod answers;
#[path = "reference_rows/requests.rs"]
mod requests;

use answers::{BODY, CHUNKS, FINISH_REASONS, REASONING, USAGE};
use requests::{MESSAGES, PARAMETERS};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Rows of §7.1–7.8.
const BUGS: u32 = 93;

/// Rows about what this version does not have, and why. They have no case; one that gets a case has no place here any
/// more.
const NOT_HERE: [(u32, &str); 2] = [
    (15, "the Responses API is not served"),
    (57, "profiles are looked up one by one (GetInferenceProfile), never listed in pages"),
];

/// Rows that are about an API that is not served, and the path of its route. Where chat completions have something of
/// them, the cases show that half; the other half needs cases as soon as the API is served.
const NOT_SERVED: [(u32, &str); 3] = [(15, "/responses"), (45, "/messages"), (92, "/messages")];

/// A row by its first cell, and what shows it: golden cases, or `test:` with the name of a test. The length of each table
/// is that of the reference's.
type Row = (&'static str, &'static [&'static str]);

/// The golden cases, by name.
fn cases() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The names of the test functions in `src/` and `tests/`.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("tests")];
    let mut names = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        let paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        for path in paths {
            if path.is_dir() && !path.ends_with("golden") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(path).unwrap();
                let functions = source.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
                names.extend(functions.map(str::to_owned));
            }
        }
    }
    names
}

#[test]
fn every_bug_has_a_case_of_its_number() {
    let (cases, tests) = (cases(), tests());
    let not_here: BTreeSet<u32> = NOT_HERE.iter().map(|(row, _)| *row).collect();
    let mut wrong = Vec::new();
    for row in 1..=BUGS {
        let folder = cases.iter().find(|case| case.starts_with(&format!("{row:02}-")));
        let function = format!("row_{row:02}");
        let function = tests.iter().find(|test| test.contains(&function));
        match (folder.or(function), not_here.contains(&row)) {
            (None, false) => wrong.push(format!("row {row} has no case")),
            (Some(case), true) => {
                wrong.push(format!("row {row} is said to be about nothing here, but has {case}"))
            }
            _ => {}
        }
    }
    let strays = cases.iter().filter(|case| {
        case.split('-').next().is_some_and(|row| {
            row.parse::<u32>().is_ok_and(|number| !(1..=BUGS).contains(&number) || row.len() != 2)
        })
    });
    wrong.extend(strays.map(|case| format!("{case} has the number of no row")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_api_is_served_whose_rows_lack_their_half() {
    let routes = include_str!("../src/server/routes.rs");
    assert!(routes.contains(r#".route("/chat/completions""#), "the routes are somewhere else");
    for (row, path) in NOT_SERVED {
        assert!(!routes.contains(&format!(r#".route("{path}""#)), "row {row} needs a case for {path}");
    }
}

#[test]
fn every_row_about_requests_and_answers_has_its_cases() {
    let (cases, tests) = (cases(), tests());
    let tables: [(&str, &[Row]); 7] = [
        ("2.1", &MESSAGES),
        ("2.2", &PARAMETERS),
        ("3.1", &FINISH_REASONS),
        ("3.2", &USAGE),
        ("3.3", &BODY),
        ("3.4", &REASONING),
        ("3.5", &CHUNKS),
    ];
    let mut wrong = Vec::new();
    for (section, rows) in tables {
        let names: BTreeSet<&str> = rows.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), rows.len(), "a row of §{section} stands there twice");
        for (name, shown) in rows {
            if shown.is_empty() {
                wrong.push(format!("§{section} {name}: no case"));
            }
            let missing = shown.iter().filter(|case| match case.strip_prefix("test:") {
                Some(test) => !tests.contains(test),
                None => !cases.contains(**case),
            });
            wrong.extend(missing.map(|case| format!("§{section} {name}: there is no {case}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
