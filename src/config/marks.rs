//! Where each key of the file stands. `serde_yaml` gives values without places, so a second parser walks the
//! same text; where the two should disagree, places are missing and nothing else is lost.

use saphyr_parser::{Event, Parser, Span, StrInput};

use super::problem::Position;

/// The tree of places, in the shape of the tree of values.
#[derive(Debug, Default)]
pub(super) struct Marks {
    children: Vec<(String, Position, Marks)>,
}

/// Deeper than `serde_yaml` goes (128), so never the tighter bound.
const DEPTH_LIMIT: usize = 200;

type Events<'a> = Parser<'a, StrInput<'a>>;

// === impl Marks ===

impl Marks {
    /// The places of a text; none at all when it cannot be read.
    pub(super) fn of(text: &str) -> Self {
        let mut events = Parser::new_from_str(text);
        while let Some(Ok((event, _))) = events.next_event() {
            if let Event::DocumentStart(_) = event {
                return node(&mut events, DEPTH_LIMIT).map(|(_, _, marks)| marks).unwrap_or_default();
            }
        }
        Self::default()
    }

    /// The `index`-th entry of a section, if it is called `name` here too.
    pub(super) fn entry(&self, index: usize, name: &str) -> Option<(Position, &Self)> {
        let (found, at, marks) = self.children.get(index)?;
        (found == name).then_some((*at, marks))
    }

    /// The `index`-th item of a list.
    pub(super) fn item(&self, index: usize) -> Option<(Position, &Self)> {
        self.children.get(index).map(|(_, at, marks)| (*at, marks))
    }
}

/// Reads one value: its text when it is a scalar, its place, and what is below it.
fn node(events: &mut Events<'_>, depth: usize) -> Option<(String, Position, Marks)> {
    let (event, span) = events.next_event()?.ok()?;
    value(events, event, span, depth)
}

fn value(
    events: &mut Events<'_>,
    event: Event<'_>,
    span: Span,
    depth: usize,
) -> Option<(String, Position, Marks)> {
    let depth = depth.checked_sub(1)?;
    let at = Position { line: span.start.line(), column: span.start.col() + 1 };
    let mut marks = Marks::default();
    match event {
        Event::Scalar(text, ..) => return Some((text.into_owned(), at, marks)),
        Event::MappingStart(..) => loop {
            let (event, span) = events.next_event()?.ok()?;
            if let Event::MappingEnd = event {
                break;
            }
            let (name, at, _) = value(events, event, span, depth)?;
            let (_, _, below) = node(events, depth)?;
            marks.children.push((name, at, below));
        },
        Event::SequenceStart(..) => loop {
            let (event, span) = events.next_event()?.ok()?;
            if let Event::SequenceEnd = event {
                break;
            }
            marks.children.push(value(events, event, span, depth)?);
        },
        // What an alias stands for keeps the place of the alias.
        Event::Alias(_) => {}
        _ => return None,
    }
    Some((String::new(), at, marks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_keys_and_items() {
        let marks = Marks::of("# 客户\na: 1\n\"客户\":\n  b: [x, y]\n  b:\n    - z\n");
        let (at, _) = marks.entry(0, "a").unwrap();
        assert_eq!(at, Position { line: 2, column: 1 });
        let (at, below) = marks.entry(1, "客户").unwrap();
        assert_eq!(at, Position { line: 3, column: 1 });
        let (at, list) = below.entry(0, "b").unwrap();
        assert_eq!(at, Position { line: 4, column: 3 });
        assert_eq!(list.item(1).unwrap().0, Position { line: 4, column: 10 });
        let (_, list) = below.entry(1, "b").unwrap();
        assert_eq!(list.item(0).unwrap().0, Position { line: 6, column: 7 });
        assert!(below.entry(0, "c").is_none() && below.entry(2, "b").is_none());
    }

    #[test]
    fn a_text_that_cannot_be_read_has_no_places() {
        for broken in ["a: [", "\"", "a: 1\n b: 2", &"[".repeat(10_000)] {
            assert!(Marks::of(broken).children.is_empty(), "{broken:.20}");
        }
    }
}
