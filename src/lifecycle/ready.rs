//! Named reasons not to be ready.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps the process from being ready while it lives.
#[derive(Debug)]
#[must_use = "a block that is dropped blocks nothing"]
pub struct Block {
    name: &'static str,
    blocks: Blocks,
}

/// The blocks that live.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    names: Arc<Mutex<Vec<&'static str>>>,
}

// === impl Blocks ===

impl Blocks {
    pub(super) fn add(&self, name: &'static str) -> Block {
        self.lock().push(name);
        Block { name, blocks: self.clone() }
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<&'static str>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Block ===

impl Drop for Block {
    fn drop(&mut self) {
        let mut names = self.blocks.lock();
        // One of several blocks of a name takes one of them away.
        if let Some(index) = names.iter().position(|name| *name == self.name) {
            names.remove(index);
        }
    }
}
