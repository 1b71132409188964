//! A JSON schema as a tree that keeps the order of its members: models write arguments in that order. Its texts are
//! borrowed where they hold no escapes, for schemas are large.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use std::{borrow::Cow, fmt};

/// A JSON value.
#[derive(Clone, PartialEq)]
pub(in crate::translate) enum Tree<'a> {
    /// Members in the order in which they came.
    Object(Members<'a>),
    /// Items.
    List(Vec<Self>),
    /// A string.
    Text(Cow<'a, str>),
    /// Anything else.
    Scalar(Value),
}

/// The members of an object.
pub(in crate::translate) type Members<'a> = Vec<(Cow<'a, str>, Tree<'a>)>;

/// What the value of a schema's keyword is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::translate) enum Holds {
    /// A schema, or a list of them.
    Schemas,
    /// Schemas by names of the client's own.
    Named,
    /// No schema.
    Data,
}

private_debug!(Tree<'a>);

/// What stands behind a keyword.
pub(in crate::translate) fn holds(keyword: &str) -> Holds {
    match keyword {
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => Holds::Named,
        "items"
        | "prefixItems"
        | "additionalItems"
        | "unevaluatedItems"
        | "contains"
        | "anyOf"
        | "oneOf"
        | "allOf"
        | "not"
        | "if"
        | "then"
        | "else"
        | "additionalProperties"
        | "unevaluatedProperties"
        | "propertyNames"
        | "contentSchema" => Holds::Schemas,
        _ => Holds::Data,
    }
}

// === impl Tree ===

impl<'s> Tree<'s> {
    /// A member of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => get(members, name),
            _ => None,
        }
    }

    /// A string.
    pub(in crate::translate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// About how many bytes it takes when it is written.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Object(members) => {
                members.iter().map(|(name, value)| name.len() + 4 + value.weight()).sum()
            }
            Self::List(items) => items.iter().map(|item| item.weight() + 1).sum(),
            Self::Text(text) => text.len() + 2,
            Self::Scalar(_) => 4,
        }
    }

    /// Calls `visit` with the members of each schema in this schema, itself included, until it gives something.
    pub(super) fn find<'a, T>(&'a self, visit: &mut impl FnMut(&'a Members<'s>) -> Option<T>) -> Option<T> {
        match self {
            Self::List(items) => items.iter().find_map(|item| item.find(visit)),
            Self::Text(_) | Self::Scalar(_) => None,
            Self::Object(members) => {
                let found = visit(members);
                found.or_else(|| {
                    members.iter().find_map(|(keyword, value)| match (holds(keyword), value) {
                        (Holds::Schemas, _) => value.find(visit),
                        (Holds::Named, Self::Object(named)) => {
                            named.iter().find_map(|(_, schema)| schema.find(visit))
                        }
                        _ => None,
                    })
                })
            }
        }
    }

    /// Changes the members of each schema in this schema, the outer ones first: what `visit` takes out is not looked
    /// into.
    pub(in crate::translate) fn change(&mut self, visit: &mut impl FnMut(&mut Members<'s>)) {
        match self {
            Self::List(items) => items.iter_mut().for_each(|item| item.change(visit)),
            Self::Text(_) | Self::Scalar(_) => {}
            Self::Object(members) => {
                visit(members);
                for (keyword, value) in members {
                    match (holds(keyword), &mut *value) {
                        (Holds::Schemas, _) => value.change(visit),
                        (Holds::Named, Self::Object(named)) => {
                            named.iter_mut().for_each(|(_, schema)| schema.change(visit));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// A member by name.
pub(in crate::translate) fn get<'a, 's>(members: &'a Members<'s>, name: &str) -> Option<&'a Tree<'s>> {
    members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// Sets a member where it stands, or at the end.
pub(in crate::translate) fn set<'s>(
    members: &mut Members<'s>,
    name: impl Into<Cow<'s, str>>,
    value: Tree<'s>,
) {
    let name = name.into();
    match members.iter_mut().find(|(known, _)| *known == name) {
        Some((_, old)) => *old = value,
        None => members.push((name, value)),
    }
}

impl fmt::Display for Tree<'_> {
    /// As JSON.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
            Self::List(items) => serializer.collect_seq(items),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Scalar(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

/// A member's name: serde borrows it only when asked to.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(Key(name)) = map.next_key()? {
            members.push((name, map.next_value()?));
        }
        Ok(Tree::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_unit<E>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree<'de>, E> {
        Ok(Tree::Scalar(value.into()))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Owned(value.to_owned())))
    }
}
