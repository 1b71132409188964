//! A set that forgets its oldest entries when it is full.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// See the module.
pub(super) struct Recent<T> {
    inner: Mutex<(HashSet<T>, VecDeque<T>)>,
}

/// How many entries are kept.
const CAPACITY: usize = 10_000;

// === impl Recent ===

impl<T: Clone + Eq + Hash> Recent<T> {
    pub(super) fn insert(&self, entry: T) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.0.insert(entry.clone()) {
            inner.1.push_back(entry);
            if inner.1.len() > CAPACITY
                && let Some(oldest) = inner.1.pop_front()
            {
                inner.0.remove(&oldest);
            }
        }
    }

    pub(super) fn contains<Q: ?Sized + Eq + Hash>(&self, entry: &Q) -> bool
    where
        T: std::borrow::Borrow<Q>,
    {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).0.contains(entry)
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { inner: Mutex::new((HashSet::new(), VecDeque::new())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entries_are_forgotten() {
        let recent = Recent::default();
        (0..=CAPACITY).for_each(|entry| recent.insert(entry));
        recent.insert(CAPACITY);
        assert!(!recent.contains(&0) && recent.contains(&1) && recent.contains(&CAPACITY));
    }
}
