//! Scripts that wait for their call.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;

use super::frames;
use super::recent::Recent;
use super::script::{Event, Script};

/// A script with the frames that it was rendered to, so that a standing script costs a load test little.
pub(super) struct Prepared {
    pub(super) script: Script,
    frames: OnceLock<Vec<Bytes>>,
}

/// First the queued scripts in their order, then the standing ones.
#[derive(Default)]
pub(super) struct Queue {
    inner: Mutex<Scripts>,
    /// The signatures and opaque blobs of all scripts so far: what they send may come back.
    pub(super) spoken: Recent<String>,
}

#[derive(Default)]
struct Scripts {
    once: VecDeque<Arc<Prepared>>,
    /// By model id; `None` serves every model that has no script of its own.
    always: HashMap<Option<String>, Arc<Prepared>>,
}

// === impl Prepared ===

impl Prepared {
    pub(super) fn new(script: Script) -> Arc<Self> {
        Arc::new(Self { script, frames: OnceLock::new() })
    }

    /// The frames of all events, rendered at the first call.
    pub(super) fn frames(&self) -> &[Bytes] {
        self.frames.get_or_init(|| self.script.to_events().iter().map(render).collect())
    }
}

/// The frame of an event.
pub(super) fn render(event: &Event) -> Bytes {
    match event {
        Event::Event { kind, payload } => frames::event(kind, payload),
        Event::Exception { kind, payload } => frames::exception(kind, payload),
        Event::Error { code, message } => frames::error(code, message),
        Event::Bytes { base64 } => STANDARD.decode(base64).unwrap_or_default().into(),
    }
}

// === impl Queue ===

impl Queue {
    /// Queues a script for the next call that it fits.
    pub(super) fn push(&self, script: Script) {
        self.remember(&serde_json::to_value(&script).unwrap_or_default());
        self.lock().once.push_back(Prepared::new(script));
    }

    /// Answers all calls for the script's model (or all calls) with it, after the queued ones.
    pub(super) fn stand(&self, script: Script) {
        self.remember(&serde_json::to_value(&script).unwrap_or_default());
        self.lock().always.insert(script.model.clone(), Prepared::new(script));
    }

    pub(super) fn clear(&self) {
        *self.lock() = Scripts::default();
    }

    /// The script for a call of this model, taken from the queue if it was queued.
    pub(super) fn take(&self, model: &str) -> Option<Arc<Prepared>> {
        let mut scripts = self.lock();
        let fits =
            |waiting: &Arc<Prepared>| waiting.script.model.as_deref().is_none_or(|wanted| wanted == model);
        if let Some(place) = scripts.once.iter().position(fits) {
            return scripts.once.remove(place);
        }
        let own = scripts.always.get(&Some(model.to_owned()));
        own.or_else(|| scripts.always.get(&None)).cloned()
    }

    fn remember(&self, part: &Value) {
        match part {
            Value::Object(members) => {
                for (name, value) in members {
                    match value.as_str() {
                        Some(seal)
                            if ["signature", "redactedContent", "data_base64"].contains(&name.as_str()) =>
                        {
                            self.spoken.insert(seal.to_owned());
                        }
                        _ => self.remember(value),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.remember(item)),
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Scripts> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(queue: &Queue, model: &str) -> Option<String> {
        queue.take(model).and_then(|prepared| prepared.script.stop_reason.clone())
    }

    #[test]
    fn queued_scripts_go_first_and_in_order_to_the_model_they_name() {
        let queue = Queue::default();
        queue.push(Script::default().stop_reason("b").for_model("model-b"));
        queue.push(Script::default().stop_reason("first"));
        queue.push(Script::default().stop_reason("second"));
        assert_eq!(taken(&queue, "model-a").as_deref(), Some("first"));
        assert_eq!(taken(&queue, "model-b").as_deref(), Some("b"));
        assert_eq!(taken(&queue, "model-b").as_deref(), Some("second"));
        assert_eq!(taken(&queue, "model-b"), None);
    }

    #[test]
    fn standing_scripts_stay_and_an_own_one_beats_the_general_one() {
        let queue = Queue::default();
        queue.stand(Script::default().stop_reason("any"));
        queue.stand(Script::default().stop_reason("own").for_model("model-a"));
        for _ in 0..2 {
            assert_eq!(taken(&queue, "model-a").as_deref(), Some("own"));
            assert_eq!(taken(&queue, "model-b").as_deref(), Some("any"));
        }
        queue.clear();
        assert_eq!(taken(&queue, "model-a"), None);
    }
}
