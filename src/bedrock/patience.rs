//! The deadlines of a body that is being read, for [`events`](super::events) and [`whole`](mod@super::whole)
//! alike.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::{Deadlines, Fault, FaultKind, Stage};

/// Watches one body.
///
/// A stream of hundreds of events per second must not pay for a timer per event: the clock is read once per
/// time that nothing is ready, and the one timer is moved when it fires, not when an event comes.
pub(super) struct Patience {
    deadlines: Deadlines,
    began: Instant,
    /// When the body was last seen to have nothing after having had something.
    quiet_since: Instant,
    /// Something came since the body was last quiet.
    moved: bool,
    timer: Pin<Box<Sleep>>,
}

// === impl Patience ===

impl Patience {
    /// Starts the time of `first_event` and `total`.
    pub(super) fn new(deadlines: Deadlines) -> Self {
        let now = Instant::now();
        let timer = Box::pin(tokio::time::sleep(deadlines.first_event.min(deadlines.total)));
        Self { deadlines, began: now, quiet_since: now, moved: false, timer }
    }

    /// The body gave bytes; its silence begins anew at the next [`poll`](Self::poll).
    pub(super) fn something_came(&mut self) {
        self.moved = true;
    }

    /// Called when the body has nothing: ready with a fault once the deadline of `stage`, or the total, has
    /// passed.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, stage: Stage) -> Poll<Fault> {
        if std::mem::take(&mut self.moved) {
            self.quiet_since = Instant::now();
        }
        let (due, stage) = self.due(stage);
        // A later deadline is found out when the timer fires. Only an earlier one, when the gap is shorter
        // than the wait for the first event was, needs the timer moved at once.
        if due < self.timer.deadline() {
            self.timer.as_mut().reset(due);
        }
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if self.timer.deadline() >= due {
                return Poll::Ready(self.deadlines.missed(stage));
            }
            self.timer.as_mut().reset(due);
        }
    }

    /// The next deadline, and what it would mean to miss it.
    fn due(&self, stage: Stage) -> (Instant, Stage) {
        let total = after(self.began, self.deadlines.total);
        let next = match stage {
            Stage::FirstEvent => after(self.began, self.deadlines.first_event),
            _ => after(self.quiet_since, self.deadlines.gap),
        };
        if total <= next { (total, Stage::Total) } else { (next, stage) }
    }
}

/// A deadline too far away to be represented is as good as thirty years.
fn after(start: Instant, wait: Duration) -> Instant {
    start.checked_add(wait).unwrap_or_else(|| start + Duration::from_secs(86_400 * 365 * 30))
}

// === impl Deadlines ===

impl Deadlines {
    /// The fault of having waited too long.
    pub(super) fn missed(&self, stage: Stage) -> Fault {
        let (limit, what) = match stage {
            Stage::Connect => (self.connect, "no connection to Bedrock"),
            Stage::Head => (self.head, "no answer from Bedrock"),
            Stage::FirstEvent => (self.first_event, "no event from Bedrock"),
            Stage::Gap => (self.gap, "nothing more from Bedrock"),
            Stage::Total => (self.total, "no end of the answer"),
        };
        Fault::new(FaultKind::Timeout(stage), format!("{what} within {} s", limit.as_secs_f32()))
    }
}
