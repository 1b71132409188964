//! What was asked of the emulator and how each call ended.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

/// One call, as the emulator got it.
///
/// The Debug form leaves out headers and body: they hold credentials and prompts.
#[derive(Clone)]
pub struct Recorded {
    /// The `x-amzn-requestid` of the reply.
    pub request_id: String,
    /// The HTTP method.
    pub method: String,
    /// The path and query exactly as they came, percent-encoding included.
    pub path: String,
    /// The model id, decoded, of calls that name one.
    pub model: Option<String>,
    /// All headers in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How it stands with the reply.
    pub outcome: Outcome,
}

/// How it stands with a reply. `events` counts what was handed to the socket so far; a reply that is no stream
/// is one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Outcome {
    /// Still being answered.
    Running {
        /// Events sent so far.
        events: usize,
    },
    /// Answered to its end, be it an answer or an error.
    Completed {
        /// Events sent.
        events: usize,
    },
    /// Cut by the emulator as its script wanted.
    Cut {
        /// Events sent whole.
        events: usize,
    },
    /// The client went away first.
    HungUp {
        /// Events sent by then.
        events: usize,
    },
}

/// The last calls, in the order they came.
pub(super) struct Journal {
    entries: Mutex<Entries>,
    /// Moves at every change, for those who wait for one.
    changes: watch::Sender<()>,
}

struct Entries {
    kept: VecDeque<Recorded>,
    /// Number of the first kept call, since older ones are forgotten.
    first: u64,
    capacity: usize,
}

/// The journal's hold on one running call. Dropped before its end, it books that the client hung up.
pub(super) struct Entry {
    journal: Arc<Journal>,
    number: u64,
    events: usize,
    ended: bool,
}

// === impl Recorded ===

impl Recorded {
    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The form in which `GET /_emulator/requests` shows it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "request_id": self.request_id,
            "method": self.method,
            "path": self.path,
            "model": self.model,
            "headers": self.headers,
            "json": self.json(),
            "body_base64": STANDARD.encode(&self.body),
            "outcome": self.outcome,
        })
    }
}

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorded")
            .field("request_id", &self.request_id)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("body_bytes", &self.body.len())
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

// === impl Outcome ===

impl Outcome {
    /// Events handed to the socket so far.
    pub fn events(self) -> usize {
        match self {
            Self::Running { events }
            | Self::Completed { events }
            | Self::Cut { events }
            | Self::HungUp { events } => events,
        }
    }
}

// === impl Journal ===

impl Journal {
    /// A journal that forgets the oldest call when it holds `capacity`.
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        let entries = Entries { kept: VecDeque::new(), first: 0, capacity };
        Arc::new(Self { entries: Mutex::new(entries), changes: watch::Sender::new(()) })
    }

    /// Books a call that has just come in.
    pub(super) fn open(self: &Arc<Self>, recorded: Recorded) -> Entry {
        let mut entries = self.lock();
        entries.kept.push_back(recorded);
        let number = entries.first + entries.kept.len() as u64 - 1;
        while entries.kept.len() > entries.capacity {
            entries.kept.pop_front();
            entries.first += 1;
        }
        drop(entries);
        self.changes.send_replace(());
        Entry { journal: Arc::clone(self), number, events: 0, ended: false }
    }

    pub(super) fn all(&self) -> Vec<Recorded> {
        self.lock().kept.iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        let mut entries = self.lock();
        entries.first += entries.kept.len() as u64;
        entries.kept.clear();
    }

    /// The first call for which `wanted` holds, waiting for one up to `timeout`.
    pub(super) async fn wait_for(
        &self,
        wanted: impl Fn(&Recorded) -> bool,
        timeout: Duration,
    ) -> Option<Recorded> {
        let mut changes = self.changes.subscribe();
        let found = async {
            loop {
                changes.mark_unchanged();
                let hit = self.lock().kept.iter().find(|recorded| wanted(recorded)).cloned();
                if hit.is_some() || changes.changed().await.is_err() {
                    return hit;
                }
            }
        };
        tokio::time::timeout(timeout, found).await.ok().flatten()
    }

    fn book(&self, number: u64, outcome: Outcome) {
        let mut entries = self.lock();
        let place = number.checked_sub(entries.first).and_then(|place| usize::try_from(place).ok());
        if let Some(recorded) = place.and_then(|place| entries.kept.get_mut(place)) {
            recorded.outcome = outcome;
        }
        drop(entries);
        self.changes.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Nothing that holds the lock can panic half-way through a change.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Entry ===

impl Entry {
    /// Books `events` more as sent.
    pub(super) fn sent(&mut self, events: usize) {
        if events > 0 {
            self.events += events;
            self.journal.book(self.number, Outcome::Running { events: self.events });
        }
    }

    /// Books the end of the reply.
    pub(super) fn complete(&mut self) {
        self.end(Outcome::Completed { events: self.events });
    }

    /// Books that the script cut the reply.
    pub(super) fn cut(&mut self) {
        self.end(Outcome::Cut { events: self.events });
    }

    fn end(&mut self, outcome: Outcome) {
        if !self.ended {
            self.ended = true;
            self.journal.book(self.number, outcome);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.end(Outcome::HungUp { events: self.events });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(path: &str) -> Recorded {
        Recorded {
            request_id: String::new(),
            method: "POST".to_owned(),
            path: path.to_owned(),
            model: None,
            headers: vec![("authorization".to_owned(), "Bearer secret".to_owned())],
            body: Bytes::from_static(b"prompt"),
            outcome: Outcome::Running { events: 0 },
        }
    }

    #[test]
    fn a_dropped_entry_is_a_client_that_hung_up() {
        let journal = Journal::new(10);
        let mut entry = journal.open(recorded("/a"));
        entry.sent(2);
        assert_eq!(journal.all()[0].outcome, Outcome::Running { events: 2 });
        drop(entry);
        assert_eq!(journal.all()[0].outcome, Outcome::HungUp { events: 2 });
    }

    #[test]
    fn an_ended_entry_stays_as_it_ended() {
        let journal = Journal::new(10);
        let mut entry = journal.open(recorded("/a"));
        entry.complete();
        drop(entry);
        assert_eq!(journal.all()[0].outcome, Outcome::Completed { events: 0 });
    }

    #[test]
    fn the_oldest_are_forgotten_and_late_news_of_them_ignored() {
        let journal = Journal::new(2);
        let entries: Vec<Entry> = ["/a", "/b", "/c"].map(|path| journal.open(recorded(path))).into();
        drop(entries);
        let left: Vec<String> = journal.all().iter().map(|r| r.path.clone()).collect();
        assert_eq!(left, ["/b", "/c"]);
        let mut late = journal.open(recorded("/d"));
        journal.clear();
        late.complete();
        assert!(journal.all().is_empty());
    }

    #[test]
    fn debug_shows_neither_credentials_nor_prompts() {
        let shown = format!("{:?}", recorded("/a"));
        assert!(!shown.contains("secret") && !shown.contains("prompt"), "{shown}");
    }
}
