//! The file as a tree: every key in the order of the file, doubled ones included (`serde_yaml`'s own `Value`
//! refuses the first doubled key and would hide all other problems).

use std::fmt;

use serde::de::{Deserialize, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};

use super::problem::{Position, Problem};

/// One YAML value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Nothing, `null` or `~`: the same as leaving the key out.
    Null,
    /// One value, as text: numbers in their plain form.
    Scalar(Scalar, String),
    /// A list.
    List(Vec<Node>),
    /// A section. Keys that are numbers or switches are taken as text.
    Map(Vec<(String, Node)>),
}

/// What a single value is to YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    /// `true` or `false`.
    Switch,
    /// Whole or not.
    Number,
    /// Everything else.
    Text,
}

/// Reads the one document of a text. An empty text is an empty document.
pub(super) fn parse(text: &str) -> Result<Node, Box<Problem>> {
    serde_yaml::from_str(text).map_err(|error| {
        let at = error.location().map(|at| Position { line: at.line(), column: at.column() });
        Box::new(Problem::error("", at, format!("not valid YAML: {error}")))
    })
}

// === impl Node ===

impl Node {
    /// What it is, in a word for messages.
    pub(super) fn sort(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Scalar(Scalar::Switch, _) => "true or false",
            Self::Scalar(Scalar::Number, _) => "a number",
            Self::Scalar(Scalar::Text, _) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a section",
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain YAML")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    /// An empty document.
    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(Scalar::Switch, value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(Scalar::Number, value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(Scalar::Number, value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Scalar(Scalar::Number, value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Node, E> {
        Ok(Node::Scalar(Scalar::Number, value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(Scalar::Number, value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(Scalar::Text, value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Node>()? {
            let name = match key {
                Node::Scalar(_, name) => name,
                Node::Null => "null".to_owned(),
                Node::List(_) | Node::Map(_) => {
                    return Err(Error::custom("a key must be a plain name, not a list or a section"));
                }
            };
            map.push((name, entries.next_value()?));
        }
        Ok(Node::Map(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Node, A::Error> {
        Err(A::Error::custom("tags like `!name` are not used here"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Node {
        Node::Scalar(Scalar::Text, value.to_owned())
    }

    #[test]
    fn keeps_order_and_doubled_keys() {
        let node = parse("b: x\na: y\nb: z\n").unwrap();
        let expected = [("b", "x"), ("a", "y"), ("b", "z")];
        assert_eq!(
            node,
            Node::Map(expected.map(|(key, value)| (key.to_owned(), text(value))).into_iter().collect())
        );
    }

    #[test]
    fn an_empty_text_is_an_empty_document() {
        for empty in ["", "\n", "# only a comment\n", "---\n", "\u{feff}"] {
            assert_eq!(parse(empty), Ok(Node::Null), "{empty:?}");
        }
        assert!(parse("a: 1\n---\nb: 2\n").is_err());
    }

    #[test]
    fn numbers_keep_their_value() {
        let node = parse("[1, -2, 0.5, 012, 1e3, 99999999999999999999, '7', yes]").unwrap();
        let number = |text: &str| Node::Scalar(Scalar::Number, text.to_owned());
        let expected = [
            number("1"),
            number("-2"),
            number("0.5"),
            text("012"),
            number("1000"),
            number("99999999999999999999"),
            text("7"),
            text("yes"),
        ];
        assert_eq!(node, Node::List(expected.to_vec()));
    }
}
