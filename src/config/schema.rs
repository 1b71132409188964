//! The one table of keys: what each may hold, what it is when left out, and what it does. Unknown keys, types,
//! ranges, defaults, effects and the reference in `docs/configuration.md` all come from it.

mod catalog;
mod customer;
mod gateway;

use std::collections::BTreeMap;

use super::kind::Kind;

/// One row of the table.
#[derive(Debug, PartialEq)]
pub(super) struct Key {
    /// Names joined by dots; `*` stands for any name, `[]` for the items of a list.
    pub(super) path: &'static str,
    /// What it may hold.
    pub(super) kind: Kind,
    /// The value when left out, as it would be written; empty = none.
    pub(super) default: &'static str,
    /// What it does.
    pub(super) effect: Effect,
    /// One line for the reference.
    pub(super) about: &'static str,
}

/// What a key does. The last four speak up only when the value is not the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// The service acts on it.
    Runtime,
    /// It is for `config params`; the service itself has no use for it.
    Deployment,
    /// It does nothing here, ever; the text says what to use.
    Instead(&'static str),
    /// A later version acts on it.
    Later,
    /// Starting without it would be worse than not starting; the text says what to do.
    Refused(&'static str),
    /// As the row of the section or list that it stands in.
    Within,
}

/// The table as a tree, for walking it along a file.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// The row of this very path; sections mostly have none.
    pub(super) key: Option<&'static Key>,
    /// What may stand below; `*` and `[]` as in the paths.
    pub(super) children: BTreeMap<&'static str, Schema>,
}

/// Every row, in the order of the reference.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> {
    customer::KEYS.iter().chain(gateway::KEYS).chain(&*catalog::KEYS)
}

/// The row of a path as it stands in the table.
pub(super) fn key(path: &str) -> Option<&'static Key> {
    keys().find(|key| key.path == path)
}

/// A row, short enough that the tables read as tables.
const fn row(
    path: &'static str,
    kind: Kind,
    default: &'static str,
    effect: Effect,
    about: &'static str,
) -> Key {
    Key { path, kind, default, effect, about }
}

// === impl Schema ===

impl Schema {
    /// The whole table.
    pub(super) fn new() -> Self {
        let mut root = Self::default();
        for key in keys() {
            let mut place = &mut root;
            for segment in key.path.split('.') {
                place = place.children.entry(segment).or_default();
            }
            place.key = Some(key);
        }
        root
    }

    /// What stands below under this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        let named = self.children.get(name).filter(|_| name != "[]");
        named.or_else(|| self.children.get("*"))
    }

    /// What every item of this list is, if it is a list.
    pub(super) fn item(&self) -> Option<&Self> {
        self.children.get("[]")
    }

    /// The names that may stand below, when they are not free.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.children.keys().copied().filter(|name| !matches!(*name, "*" | "[]"))
    }

    /// What was probably meant by an unknown name: a neighbour that looks like it, a whole path written with dots,
    /// or else the one place in the table that is called so.
    pub(super) fn suggestion(&self, name: &str) -> Option<String> {
        let lower = name.to_lowercase();
        let near = self
            .names()
            .map(|known| (strsim::normalized_damerau_levenshtein(known, &lower), known))
            .filter(|(likeness, _)| *likeness >= 0.6)
            .max_by(|one, other| one.0.total_cmp(&other.0));
        if let Some((_, known)) = near {
            return Some(known.to_owned());
        }
        let paths = keys().flat_map(|key| {
            let path = key.path;
            let ends = path.match_indices('.').map(|(dot, _)| dot).chain([path.len()]);
            ends.map(move |end| &path[..end])
        });
        if lower.contains('.') && key(&lower).is_some() {
            let depth = lower.matches('.').count();
            return Some(format!("{}: …{}", lower.replace('.', ": { "), " }".repeat(depth)));
        }
        let mut called: Vec<&str> = paths
            .filter(|path| path.rsplit('.').next() == Some(&lower))
            .filter(|path| !path.contains(['*', '[']))
            .collect();
        called.dedup();
        match called.as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fmt::Write;

    use super::*;
    use crate::config::kind::Value;
    use crate::config::yaml::Scalar;

    #[test]
    fn the_table_is_sound() {
        let mut paths = HashSet::new();
        for row in keys() {
            assert!(paths.insert(row.path), "{} is there twice", row.path);
            let scalar = !matches!(row.kind, Kind::Texts | Kind::Section);
            if !row.default.is_empty() {
                assert!(
                    scalar && row.kind.read(Scalar::Text, row.default).is_ok(),
                    "default of {}",
                    row.path
                );
            }
            if let Kind::Duration(least, most) | Kind::Size(least, most) = row.kind {
                for bound in [least, most] {
                    let value = row.kind.read(Scalar::Text, bound);
                    assert!(
                        matches!(value, Ok(Value::Duration(_) | Value::Size(_))),
                        "bounds of {}",
                        row.path
                    );
                }
            }
            let inside = keys().any(|outer| {
                outer.kind == Kind::Section
                    && row.path.strip_prefix(outer.path).is_some_and(|p| p.starts_with('.'))
            });
            assert_eq!(row.effect == Effect::Within, inside, "effect of {}", row.path);
        }
    }

    #[test]
    fn suggestions() {
        let root = Schema::new();
        let server = root.child("server").unwrap();
        assert_eq!(server.suggestion("lisen").as_deref(), Some("listen"));
        assert_eq!(server.suggestion("MaxBody").as_deref(), Some("max_body"));
        assert_eq!(server.suggestion("potato"), None);
        assert_eq!(root.suggestion("mappings").as_deref(), Some("models.mappings"));
        assert_eq!(root.suggestion("server.drain.delay").as_deref(), Some("server: { drain: { delay: … } }"));
        assert_eq!(root.suggestion("enabled"), None);
    }

    /// The reference of `docs/configuration.md`, made from the table.
    fn reference() -> String {
        let mut page = String::new();
        let mut last = "";
        for row in keys() {
            let (section, _) = row.path.split_once('.').unwrap();
            if section != last {
                write!(page, "\n### {section}\n\n| key | value | default | effect |\n|---|---|---|---|\n")
                    .unwrap();
                last = section;
            }
            let effect = match row.effect {
                Effect::Runtime | Effect::Within => String::new(),
                Effect::Deployment => " *Used at deployment.*".to_owned(),
                Effect::Instead(advice) => format!(" *Warns unless it is the default: {advice}.*"),
                Effect::Later => " *Accepted, not in effect in this version.*".to_owned(),
                Effect::Refused(advice) => format!(" *Refused when set: {advice}.*"),
            };
            let path = row.path.replace(".[]", "[]").replace('*', "NAME");
            let default = if row.default.is_empty() { String::new() } else { format!("`{}`", row.default) };
            writeln!(page, "| `{path}` | {} | {default} | {}{effect} |", row.kind, row.about).unwrap();
        }
        page
    }

    #[test]
    fn the_reference_lists_every_key() {
        let page = include_str!("../../docs/configuration.md");
        let (_, written) = page.split_once("<!-- reference -->\n").expect("the marker of the reference");
        let made = reference();
        assert!(written == made, "docs/configuration.md should end, after its marker, with:\n{made}");
    }
}
