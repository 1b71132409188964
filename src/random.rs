//! Randomness for ids, from the operating system.
//!
//! It is taken some at a time, for each thread: every request needs two ids, and a system call for each of them costs as
//! much as reading a short request. What must stay secret asks the system itself.

use std::cell::RefCell;

/// Ids that one system call is good for.
const STOCK: usize = 64;

thread_local!(static IDS: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) });

/// 128 random bits: two ids made of them are never the same.
///
/// # Errors
/// When the system has no randomness to give.
pub fn id() -> Result<u128, getrandom::Error> {
    IDS.with_borrow_mut(|ids| {
        if ids.is_empty() {
            let mut stock = [[0; 16]; STOCK];
            getrandom::fill(stock.as_flattened_mut())?;
            ids.extend(stock);
        }
        Ok(u128::from_ne_bytes(ids.pop().unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_never_the_same() {
        let threads: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(|| (0..1_000).map(|_| id().unwrap()).collect::<Vec<_>>()))
            .collect();
        let ids: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 8_000);
        assert!(!ids.contains(&0));
    }
}
