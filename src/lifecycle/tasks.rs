//! The one place that starts tasks, so that the end of the process can wait for all of them.

use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// A spawner that knows what it spawned; a clone spawns into the same set.
///
/// The process waits for these tasks when it drains, so one that runs for as long as the service does must end by
/// itself when [`super::Phase::Closing`] is reached.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
}

// === impl Tasks ===

impl Tasks {
    /// Starts a task. Dropping the handle leaves it running.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.tracker.spawn(task)
    }

    /// How many tasks run.
    pub fn len(&self) -> usize {
        self.tracker.len()
    }

    /// No task runs.
    pub fn is_empty(&self) -> bool {
        self.tracker.is_empty()
    }

    /// Waits until no task runs; tasks can still be started meanwhile.
    pub async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}
