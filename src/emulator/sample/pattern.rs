//! A text that a regular expression matches, for the plain ones that schemas have.

use std::iter::Peekable;
use std::str::Chars;

/// The shortest text that is easily found; `None` when the expression has something that is not known here.
pub(super) fn sample(pattern: &str) -> Option<String> {
    let mut rest = pattern.chars().peekable();
    let text = alternatives(&mut rest, 0)?;
    rest.next().is_none().then_some(text)
}

/// How deep groups are followed, and how often at most something is repeated.
const MAX_DEPTH: usize = 20;
const MAX_REPEATS: usize = 1_000;

/// The first of the alternatives; the others are read over.
fn alternatives(rest: &mut Peekable<Chars<'_>>, depth: usize) -> Option<String> {
    let first = sequence(rest, depth)?;
    while rest.next_if_eq(&'|').is_some() {
        sequence(rest, depth)?;
    }
    Some(first)
}

fn sequence(rest: &mut Peekable<Chars<'_>>, depth: usize) -> Option<String> {
    let mut text = String::new();
    while let Some(&next) = rest.peek() {
        if next == '|' || next == ')' {
            break;
        }
        rest.next();
        let atom = match next {
            '^' | '$' => continue,
            '(' => group(rest, depth)?,
            '[' => class(rest)?.to_string(),
            '\\' => match rest.next()? {
                'b' => continue,
                escaped => escape(escaped)?.to_string(),
            },
            '.' => "a".to_owned(),
            literal => literal.to_string(),
        };
        let count = repeats(rest)?;
        text.push_str(&atom.repeat(count));
    }
    Some(text)
}

fn group(rest: &mut Peekable<Chars<'_>>, depth: usize) -> Option<String> {
    if depth == MAX_DEPTH {
        return None;
    }
    if rest.next_if_eq(&'?').is_some() {
        // Look-around and names are not known.
        rest.next_if_eq(&':')?;
    }
    let text = alternatives(rest, depth + 1)?;
    rest.next_if_eq(&')')?;
    Some(text)
}

/// How often the atom before is repeated at least, or once where that is not at all.
fn repeats(rest: &mut Peekable<Chars<'_>>) -> Option<usize> {
    let count = match rest.peek() {
        Some('*' | '?') => {
            rest.next();
            0
        }
        Some('+') => {
            rest.next();
            1
        }
        Some('{') => {
            rest.next();
            let inside: String = std::iter::from_fn(|| rest.next_if(|c| *c != '}')).collect();
            rest.next()?;
            inside.split(',').next()?.trim().parse().ok().filter(|count| *count <= MAX_REPEATS)?
        }
        _ => return Some(1),
    };
    rest.next_if_eq(&'?');
    Some(count)
}

/// One character of a class.
fn class(rest: &mut Peekable<Chars<'_>>) -> Option<char> {
    let negated = rest.next_if_eq(&'^').is_some();
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let from = match rest.next()? {
            ']' if !ranges.is_empty() => break,
            '\\' => {
                let escaped = rest.next()?;
                match escaped {
                    'd' => ranges.push(('0', '9')),
                    'w' => ranges.extend([('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]),
                    's' => ranges.extend([(' ', ' '), ('\t', '\r')]),
                    _ => ranges.push((escape(escaped)?, escape(escaped)?)),
                }
                continue;
            }
            literal => literal,
        };
        if rest.clone().nth(1) != Some(']') && rest.next_if_eq(&'-').is_some() {
            ranges.push((from, rest.next()?));
        } else {
            ranges.push((from, from));
        }
    }
    if !negated {
        return ranges.first().map(|(from, _)| *from);
    }
    let inside = |c: &char| ranges.iter().any(|(from, to)| (*from..=*to).contains(c));
    ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(" -_.".chars()).find(|c| !inside(c))
}

fn escape(escaped: char) -> Option<char> {
    match escaped {
        'd' => Some('0'),
        'w' | 'D' | 'S' => Some('a'),
        's' | 'W' => Some(' '),
        'n' => Some('\n'),
        't' => Some('\t'),
        other => (!other.is_ascii_alphanumeric()).then_some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_expressions_are_met() {
        for (pattern, text) in [
            ("", ""),
            ("^abc$", "abc"),
            (r"^\d{3}-\d{4,}$", "000-0000"),
            ("^[A-Z][a-z]+$", "Aa"),
            ("(foo|bar)?x", "x"),
            ("^(?:foo|bar)+$", "foo"),
            (r"^[^a-y\d]{2}$", "zz"),
            (r"^#[0-9a-fA-F]{6}$", "#000000"),
            (r"^[\w.-]+@\w+\.com$", "a@a.com"),
        ] {
            assert_eq!(sample(pattern).as_deref(), Some(text), "{pattern}");
        }
    }

    #[test]
    fn what_is_not_known_is_left_alone() {
        for pattern in ["(?=a)", r"(a)\1", "(", "a)", "[", r"\p{L}", "a{9999}"] {
            assert_eq!(sample(pattern), None, "{pattern}");
        }
    }
}
