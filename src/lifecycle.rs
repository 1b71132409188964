//! The life of the process: when it is ready, how it drains, and what still has to be finished.
//!
//! One [`Lifecycle`] is made at the start and cloned to whoever needs to know. Refuses to start work nobody waits
//! for: [`Tasks`] is the only spawner.

pub mod drain;
pub mod ready;
mod require;
pub mod signals;
pub mod tasks;

use ready::{Block, Blocks};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tasks::Tasks;
use tokio::sync::watch;

/// Where the process is in its life. It only ever moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Not yet listening.
    Starting,
    /// Serving.
    Ready,
    /// Told to stop; no longer ready, but new work is still taken until the load balancer has noticed.
    Draining,
    /// The listener is closed; what runs may finish.
    Closing,
    /// The deadline is over: what still runs ends now and says so to its client.
    Cut,
}

/// A handle on the process's life; a clone is the same life.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    phase: watch::Sender<Phase>,
    blocks: Blocks,
    tasks: Tasks,
    calls_cut: AtomicU64,
}

// === impl Lifecycle ===

impl Lifecycle {
    /// A process that is starting.
    pub fn new() -> Self {
        let shared = Shared {
            phase: watch::Sender::new(Phase::Starting),
            blocks: Blocks::default(),
            tasks: Tasks::default(),
            calls_cut: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Where the process is.
    pub fn phase(&self) -> Phase {
        *self.shared.phase.borrow()
    }

    /// Moves on to a later phase; never back.
    pub fn enter(&self, phase: Phase) {
        self.shared.phase.send_if_modified(|current| {
            let moves = *current < phase;
            *current = (*current).max(phase);
            moves
        });
    }

    /// Waits until the process is in that phase or past it.
    pub fn reached(&self, phase: Phase) -> impl Future<Output = ()> + Send + 'static {
        let mut phases = self.shared.phase.subscribe();
        let life = self.clone();
        async move {
            // An error would mean that every handle is gone, and `life` is one.
            let _ = phases.wait_for(|current| *current >= phase).await;
            drop(life);
        }
    }

    /// Waits until what still runs has to end: streams with an error frame, whole answers with 503. Whoever ends a
    /// call for this reason counts it with [`Lifecycle::note_cut`].
    pub fn cut(&self) -> impl Future<Output = ()> + Send + 'static {
        self.reached(Phase::Cut)
    }

    /// What still runs has to end.
    pub fn is_cut(&self) -> bool {
        self.phase() >= Phase::Cut
    }

    /// A call was ended before it was finished, because the process stops.
    pub fn note_cut(&self) {
        self.shared.calls_cut.fetch_add(1, Ordering::Relaxed);
    }

    /// How many calls were ended before they were finished.
    pub fn calls_cut(&self) -> u64 {
        self.shared.calls_cut.load(Ordering::Relaxed)
    }

    /// Keeps the process from being ready until the block is dropped; `/ready` shows the name.
    pub fn block(&self, name: &'static str) -> Block {
        self.shared.blocks.add(name)
    }

    /// Whether new requests should be sent here; otherwise what is in the way.
    pub fn ready(&self) -> Result<(), Vec<&'static str>> {
        let phase = match self.phase() {
            Phase::Starting => Some("starting"),
            Phase::Ready => None,
            Phase::Draining | Phase::Closing | Phase::Cut => Some("draining"),
        };
        let missing: Vec<_> = phase.into_iter().chain(self.shared.blocks.names()).collect();
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    }

    /// The spawner for work that the process finishes before it ends.
    pub fn tasks(&self) -> &Tasks {
        &self.shared.tasks
    }
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn ready_names_what_is_missing() {
        let life = Lifecycle::new();
        let store = life.block("store");
        let config = life.block("config");
        assert_eq!(life.ready(), Err(vec!["starting", "store", "config"]));
        life.enter(Phase::Ready);
        drop(store);
        assert_eq!(life.ready(), Err(vec!["config"]));
        drop(config);
        assert_eq!(life.ready(), Ok(()));
        life.enter(Phase::Draining);
        assert_eq!(life.ready(), Err(vec!["draining"]));
    }

    #[test]
    fn a_phase_never_comes_back() {
        let life = Lifecycle::new();
        life.enter(Phase::Closing);
        life.enter(Phase::Ready);
        assert_eq!(life.phase(), Phase::Closing);
    }

    #[test]
    fn only_the_cut_ends_the_wait_for_it() {
        let life = Lifecycle::new();
        let mut cut = Box::pin(life.cut());
        life.enter(Phase::Closing);
        assert_eq!(cut.as_mut().now_or_never(), None);
        let mut orphan = Box::pin(Lifecycle::new().cut());
        assert_eq!(orphan.as_mut().now_or_never(), None, "losing the other handles is not a cut");
        life.enter(Phase::Cut);
        assert_eq!(cut.now_or_never(), Some(()));
        assert!(life.is_cut());
    }
}
