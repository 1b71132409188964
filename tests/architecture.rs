//! The layers of the crate as data, and a test that no module imports upward or sideways.
//!
//! The scan reads the sources as text: `crate::` paths, `use crate::{a, b}` lists, and `super::` where it means the
//! crate root. Comments and doc comments do not count.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A module may import those of lower layers only. Within an ordered layer, also those to its left.
const LAYERS: &[Layer] = &[
    unordered(&["text"]),
    unordered(&["json"]),
    unordered(&["openai", "converse", "catalog", "account", "usage", "clock", "random"]),
    unordered(&["translate", "route", "limit"]),
    unordered(&["bedrock", "media", "store", "telemetry", "lifecycle"]),
    unordered(&["dispatch"]),
    ordered(&["error", "middleware", "api", "admin"]),
    ordered(&["config", "app", "server", "cli", "main"]),
];

/// What stands beside the layers: an independent oracle, which imports nothing of the crate and is used by the root only.
const APART: &str = "emulator";

/// Modules without I/O and without a clock, and what would give them one.
const PURE: &[&str] = &["translate", "route", "limit", "openai", "converse", "text", "json"];
const IMPURE: &[&str] = &["tokio", "axum", "tracing", "SystemTime"];

/// Names that say nothing, and gather everything.
const NO_NAMES: &[&str] = &["util", "utils", "common", "types", "helpers", "misc"];

const MAX_LINES: usize = 400;

struct Layer {
    modules: &'static [&'static str],
    ordered: bool,
}

/// A source file: its path below `src/`, the top-level module it belongs to, and its text without comments.
struct Source {
    path: PathBuf,
    module: String,
    lines: usize,
    code: String,
}

const fn unordered(modules: &'static [&'static str]) -> Layer {
    Layer { modules, ordered: false }
}

const fn ordered(modules: &'static [&'static str]) -> Layer {
    Layer { modules, ordered: true }
}

#[test]
fn no_module_imports_upward_or_sideways() {
    let mut breaches = Vec::new();
    for source in sources() {
        for imported in imports(&source) {
            if !allowed(&source.module, &imported) {
                breaches.push(format!("{}: {} imports {imported}", source.path.display(), source.module));
            }
        }
    }
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

#[test]
fn every_module_has_its_layer() {
    let modules: BTreeSet<String> = sources().into_iter().map(|source| source.module).collect();
    for module in modules.iter().filter(|module| !["lib", APART].contains(&module.as_str())) {
        assert!(place(module).is_some(), "{module} is in no layer");
    }
}

#[test]
fn pure_modules_know_neither_io_nor_time() {
    for source in sources().iter().filter(|source| PURE.contains(&source.module.as_str())) {
        let code = product(&source.code);
        for word in IMPURE {
            assert!(!words(code).any(|found| found == *word), "{}: {word}", source.path.display());
        }
        assert!(!code.contains("Instant::now"), "{}: Instant::now", source.path.display());
    }
}

#[test]
fn files_are_small_and_well_named() {
    for source in sources() {
        let path = source.path.display();
        assert!(source.lines <= MAX_LINES, "{path} has {} lines, more than {MAX_LINES}", source.lines);
        let name = source.path.file_stem().unwrap().to_str().unwrap();
        assert_ne!(name, "mod", "{path}: use x.rs and x/ instead");
        assert!(!NO_NAMES.contains(&name), "{path}: the name says nothing");
    }
}

#[test]
fn the_scan_sees_imports_in_every_form() {
    let source = |path: &str, code: &str| Source {
        path: path.into(),
        module: module_of(Path::new(path)),
        lines: 1,
        code: without_comments(code),
    };
    for (code, expected) in [
        ("use crate::dispatch::Call;", &["dispatch"][..]),
        ("pub(crate) use crate::{api, config::{self, File}, route::plan};", &["api", "config", "route"]),
        ("use crate::{\n    api::{a, b},\n    // crate::hidden\n    store,\n};", &["api", "store"]),
        ("use crate::{server as web};", &["server"]),
        ("fn f(x: crate::usage::Tokens) -> crate :: route::Plan {}", &["route", "usage"]),
        ("use super::catalog::Model; pub(in super::super) fn f() {}", &["catalog"]),
        (
            "/// [`crate::app`]\n//! crate::app\n/* crate::app */ let s = \"https://x\"; use crate::store::S;",
            &["store"],
        ),
        ("pub(crate) fn f() {} macro_rules! m { () => { $crate::limit::f() } }", &["limit"]),
        ("let x = supercrate::api::f(); let krate::y = 1;", &[]),
    ] {
        let found: Vec<String> = imports(&source("telemetry.rs", code)).into_iter().collect();
        assert_eq!(found, expected, "{code}");
    }
    let nested = imports(&source(
        "telemetry/logs.rs",
        "use super::{metrics, super::catalog}; use super::super::route;",
    ));
    assert_eq!(nested.into_iter().collect::<Vec<_>>(), ["catalog", "route"]);
    let deep = imports(&source(
        "translate/request/tools.rs",
        "use super::super::super::store; use super::super::x;",
    ));
    assert_eq!(deep.into_iter().collect::<Vec<_>>(), ["store"]);
}

#[test]
fn the_table_means_what_it_says() {
    for (from, to) in [
        ("api", "dispatch"),
        ("api", "error"),
        ("middleware", "telemetry"),
        ("server", "config"),
        ("main", "cli"),
        ("dispatch", "bedrock"),
        ("telemetry", "usage"),
        ("app", "emulator"),
        ("api", "api"),
        ("lib", "cli"),
    ] {
        assert!(allowed(from, to), "{from} may import {to}");
    }
    for (from, to) in [
        ("dispatch", "error"),
        ("error", "api"),
        ("bedrock", "telemetry"),
        ("translate", "route"),
        ("config", "app"),
        ("openai", "usage"),
        ("emulator", "openai"),
        ("api", "emulator"),
        ("bedrock", "emulator"),
        ("api", "server"),
    ] {
        assert!(!allowed(from, to), "{from} must not import {to}");
    }
}

fn allowed(from: &str, to: &str) -> bool {
    if from == to || from == "lib" {
        return true;
    }
    let (Some(from), to_place) = (place(from), place(to)) else { return false };
    match to_place {
        None => to == APART && from.0 == LAYERS.len() - 1,
        Some(to) if LAYERS[from.0].ordered && from.0 == to.0 => to.1 < from.1,
        Some(to) => to.0 < from.0,
    }
}

/// Layer and position within it.
fn place(module: &str) -> Option<(usize, usize)> {
    LAYERS.iter().enumerate().find_map(|(index, layer)| {
        layer.modules.iter().position(|name| *name == module).map(|position| (index, position))
    })
}

/// The top-level modules that a file names.
fn imports(source: &Source) -> BTreeSet<String> {
    let depth = source.path.components().count();
    let roots = ["crate".to_owned(), vec!["super"; depth].join("::")];
    let mut found = BTreeSet::new();
    // `super::{a, super::b}` and the like: each path is spelt out first, then cut at its root.
    for path in paths(&source.code) {
        for root in &roots {
            if let Some(rest) = path.strip_prefix(root.as_str()).and_then(|rest| rest.strip_prefix("::")) {
                let name = rest.split("::").next().unwrap();
                found.insert(name.to_owned());
            }
        }
    }
    // What else is found is an item of the root, or a `super` inside an inline module, which lifts one level less.
    found.retain(|name| name == APART || place(name).is_some());
    found
}

/// Every path that begins with `crate` or `super`, with `{}` lists spelt out.
fn paths(code: &str) -> Vec<String> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let begins = matches!(tokens[index].as_str(), "crate" | "super");
        if begins && tokens.get(index + 1).is_some_and(|next| next == "::") {
            index = spell_out(&tokens, index, "", &mut found);
        } else {
            index += 1;
        }
    }
    found
}

/// Reads one path of a tree from `index` on; returns where it ends.
fn spell_out(tokens: &[String], mut index: usize, prefix: &str, found: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    while let Some(token) = tokens.get(index) {
        match token.as_str() {
            "::" => path.push_str("::"),
            "{" if path.ends_with("::") => {
                index += 1;
                while tokens.get(index).is_some_and(|token| token != "}") {
                    index = match tokens[index].as_str() {
                        "," => index + 1,
                        _ => skip_alias(tokens, spell_out(tokens, index, &path, found)),
                    };
                }
                return index + 1;
            }
            word if word.starts_with(is_word) && (path.is_empty() || path.ends_with("::")) => {
                path.push_str(word)
            }
            _ => break,
        }
        index += 1;
    }
    found.push(path);
    index
}

/// Steps over `as name` and whatever else stands before the next comma.
fn skip_alias(tokens: &[String], mut index: usize) -> usize {
    while tokens.get(index).is_some_and(|token| token != "," && token != "}") {
        index += 1;
    }
    index
}

fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut glued = false;
    for character in code.chars() {
        match tokens.last_mut() {
            Some(last) if glued && is_word(character) && last.ends_with(is_word) => last.push(character),
            Some(last) if glued && character == ':' && last == ":" => last.push(character),
            _ if character.is_whitespace() => {}
            _ => tokens.push(character.to_string()),
        }
        glued = !character.is_whitespace();
    }
    tokens
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|character| !is_word(character))
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Tests may use a runtime; by the house's rule they stand at the end of a file.
fn product(code: &str) -> &str {
    code.split("#[cfg(test)]").next().unwrap_or_default()
}

/// Drops comments; string literals keep their `//`.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").map_or(rest.len(), |end| end + 2)
        } else if character == '"' {
            let end = string_end(rest);
            code.push_str("\"\"");
            end
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            3
        } else {
            code.push(character);
            character.len_utf8()
        };
        rest = &rest[skipped..];
    }
    code
}

/// Where a string literal ends.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn module_of(path: &Path) -> String {
    let first = path.components().next().unwrap().as_os_str();
    Path::new(first).file_stem().unwrap().to_str().unwrap().to_owned()
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&root).unwrap().to_path_buf();
                let module = module_of(&path);
                found.push(Source {
                    module,
                    lines: text.lines().count(),
                    code: without_comments(&text),
                    path,
                });
            }
        }
    }
    found
}
