//! Names of documents (translation reference §1.6): Bedrock wants 1 to 200 letters, digits, single ASCII spaces,
//! hyphens, parentheses and square brackets, and no name twice in a request.

use std::collections::{HashMap, HashSet};

/// The longest name, in characters.
const MAX: usize = 200;

/// For a file whose name has nothing that Bedrock takes.
const FALLBACK: &str = "document";

/// What is given to one of several documents: the smallest number that makes it unique, in order of appearance, so
/// that a conversation that grows keeps the names it had.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: HashSet<String>,
    /// The next number to try for a name.
    next: HashMap<String, usize>,
}

/// A legal name from a file's name or a document's title: the folder and the ending go, runs of what Bedrock does not
/// take become one space, or one hyphen where it was an underscore.
pub(super) fn legal(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = match name.rsplit_once('.') {
        Some((stem, ending)) if is_ending(ending) && !stem.trim().is_empty() => stem,
        _ => name,
    };
    let mut legal = String::with_capacity(name.len().min(MAX));
    for letter in name.chars() {
        if legal.len() == MAX {
            break;
        }
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '(' | ')' | '[' | ']' => legal.push(letter),
            '_' => legal.push('-'),
            _ if legal.is_empty() || legal.ends_with(' ') => {}
            _ => legal.push(' '),
        }
    }
    legal.truncate(legal.trim_end().len());
    // Hyphens and brackets alone name nothing.
    if legal.contains(|letter: char| letter.is_ascii_alphanumeric()) { legal } else { FALLBACK.to_owned() }
}

/// An ending that says what the file is, not the last word of a title with dots in it.
fn is_ending(word: &str) -> bool {
    (1..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

// === impl Names ===

impl Names {
    /// Takes a legal name, with a number behind it if it is there already. Names that differ in case alone count as
    /// the same.
    pub(super) fn unique(&mut self, name: String) -> String {
        let key = name.to_ascii_lowercase();
        if self.given.insert(key.clone()) {
            return name;
        }
        let next = self.next.entry(key).or_insert(2);
        loop {
            let suffix = format!(" ({next})");
            *next += 1;
            let stem = name.get(..MAX - suffix.len()).unwrap_or(&name).trim_end();
            let numbered = format!("{stem}{suffix}");
            if self.given.insert(numbered.to_ascii_lowercase()) {
                return numbered;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_legal(name: &str) -> bool {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b" -()[]".contains(&byte);
        (1..=MAX).contains(&name.len())
            && name.bytes().all(letter)
            && !name.contains("  ")
            && name.trim() == name
    }

    #[test]
    fn names_become_legal() {
        for (given, expected) in [
            ("report.pdf", "report"),
            ("C:\\docs\\Q3 report.final.docx", "Q3 report final"),
            ("it's  a\ttest\u{3000}file.txt", "it s a test file"),
            ("annual_report (2024) [v2].xlsx", "annual-report (2024) [v2]"),
            ("\u{62a5}\u{544a}.pdf", "document"),
            ("\u{62a5}\u{544a} 2024.pdf", "2024"),
            (".gitignore", "gitignore"),
            ("v1.2 of the plan", "v1 2 of the plan"),
            ("---.pdf", "document"),
            ("", "document"),
        ] {
            assert_eq!(legal(given), expected, "{given:?}");
        }
    }

    #[test]
    fn repeated_names_are_numbered() {
        let mut names = Names::default();
        let given = ["a", "a", "A", "a (2)", "b"].map(|name| names.unique(name.to_owned()));
        assert_eq!(given, ["a", "a (2)", "A (3)", "a (2) (2)", "b"]);
    }

    proptest! {
        #[test]
        fn any_names_become_legal_and_unique(
            given in prop::collection::vec(
                prop_oneof!["\\PC{0,12}", "[ab_. ]{0,3}", "[a-c ]{190,210}", any::<String>()], 0..24)
        ) {
            let mut names = Names::default();
            let made: Vec<String> = given.iter().map(|name| names.unique(legal(name))).collect();
            for name in &made {
                prop_assert!(is_legal(name), "{name:?}");
            }
            let distinct: HashSet<&String> = made.iter().collect();
            prop_assert_eq!(distinct.len(), made.len());
            // The names of a shorter conversation stay what they were.
            let mut again = Names::default();
            let half: Vec<String> = given.iter().take(given.len() / 2).map(|name| again.unique(legal(name))).collect();
            prop_assert_eq!(&half[..], &made[..half.len()]);
        }
    }
}
