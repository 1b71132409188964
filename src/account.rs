//! Who is calling.

use std::sync::Arc;

/// The caller of a request, as far as the gateway knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Authentication is `none`.
    Anonymous,
    /// The holder of an API key.
    Key {
        /// Names the key in logs and metrics without giving it away.
        id: Arc<str>,
    },
}

// === impl Caller ===

impl Caller {
    /// The key's public name.
    pub fn key_id(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Key { id } => Some(id),
        }
    }
}
