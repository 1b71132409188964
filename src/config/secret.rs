//! A text that never reaches a log, an error or a debug print.

use std::fmt;

/// An API key. It can be compared and exposed on purpose, and in no other way be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

// === impl Secret ===

impl Secret {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for comparing and hashing, never for printing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redacted")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn is_not_shown() {
        let secret = Secret::new("sk-hidden");
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "redacted Secret(redacted) Secret(redacted)");
        assert_eq!(secret.expose(), "sk-hidden");
    }
}
