//! Which model an application inference profile stands for (translation reference §6.1): its ARN says nothing, so
//! Bedrock is asked, once per profile, when it is first used.
//!
//! Answers are kept for long and failures for a short while, both in a table that cannot grow beyond its bound,
//! because clients choose the ARNs. Requests for one profile wait for one look-up, none of them longer than
//! a second: what is not known by then is not known, and the request goes on without it. Nothing is spawned: a
//! look-up ends with the request that makes it, and the next one makes another.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use super::{Call, Deadlines, Fault, FaultKind, Operation, Transport, whole};
use crate::catalog::ModelId;

/// The longest that a request waits, in all.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long an answer is good for: what a profile stands for does not change.
const KNOWN: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a failure is: permissions are given, and control planes come back.
const UNKNOWN: Duration = Duration::from_secs(60);

/// Most profiles that are remembered.
const MOST: usize = 1000;

/// The largest answer, in bytes. One names five models at most.
const MAX_ANSWER: usize = 64 * 1024;

/// Looks profiles up, and remembers.
pub struct Profiles {
    transport: Arc<dyn Transport>,
    slots: Mutex<HashMap<Arc<str>, Arc<Slot>>>,
}

/// One profile. Whoever holds it is looking it up.
#[derive(Default)]
struct Slot(tokio::sync::Mutex<Found>);

#[derive(Default)]
struct Found {
    model: Option<ModelId>,
    until: Option<Instant>,
    warned: bool,
}

/// What is read of Bedrock's answer (`GetInferenceProfile` of the Amazon Bedrock API).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    models: Vec<AnswerModel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerModel {
    model_arn: String,
}

// === impl Profiles ===

impl Profiles {
    /// Looks profiles up through `transport`.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, slots: Mutex::default() }
    }

    /// The model that `profile` stands for, if it is an application inference profile and Bedrock says so in time.
    pub async fn model(&self, profile: &ModelId) -> Option<ModelId> {
        if !profile.is_application_profile() {
            return None;
        }
        let now = Instant::now();
        let deadline = now + PATIENCE;
        let slot = self.slot(profile, now);
        let mut found = timeout_at(deadline, slot.0.lock()).await.ok()?;
        if found.until.is_some_and(|until| Instant::now() < until) {
            return found.model.clone();
        }
        let looked_up = match timeout_at(deadline, self.look_up(profile)).await {
            Ok(looked_up) => looked_up,
            Err(_) => Err(Fault::new(FaultKind::Internal, "no answer within a second")),
        };
        let kept = if looked_up.is_ok() { KNOWN } else { UNKNOWN };
        found.until = Some(Instant::now() + kept);
        match looked_up {
            Ok(model) => found.model = Some(model),
            // A profile that is not there is the client's mistake.
            Err(fault) if !found.warned && fault.kind != FaultKind::ModelNotFound => {
                found.warned = true;
                tracing::warn!(
                    %profile, %fault,
                    "the model of an inference profile could not be found out: it is treated with care; \
                     allow bedrock:GetInferenceProfile, or name its model in catalog.models"
                );
            }
            Err(_) => {}
        }
        found.model.clone()
    }

    /// The place of a profile in the table, for which room is made.
    fn slot(&self, profile: &ModelId, now: Instant) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(profile.as_str()) {
            return Arc::clone(slot);
        }
        if slots.len() >= MOST {
            slots.retain(|_, slot| slot.is_of_use(now));
        }
        // Any one goes: the order of the table is none.
        if slots.len() >= MOST
            && let Some(profile) = slots.keys().next().cloned()
        {
            slots.remove(&profile);
        }
        let slot = Arc::new(Slot::default());
        slots.insert(profile.to_arc(), Arc::clone(&slot));
        slot
    }

    async fn look_up(&self, profile: &ModelId) -> Result<ModelId, Fault> {
        let operation = Operation::GetInferenceProfile;
        let call = Call { operation, model_id: profile.to_arc(), body: Bytes::new() };
        let reply = self.transport.call(call).await?;
        let body = whole(reply, &Deadlines::default(), MAX_ANSWER).await?;
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|error| Fault::new(FaultKind::Protocol, format!("not an inference profile: {error}")))?;
        // All of them are the same model, in different regions.
        let model = answer.models.first().and_then(|model| ModelId::parse(&model.model_arn).ok());
        model.ok_or_else(|| Fault::new(FaultKind::Protocol, "an inference profile without a model"))
    }
}

/// Their number only.
impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner).len();
        f.debug_struct("Profiles").field("slots", &slots).finish_non_exhaustive()
    }
}

// === impl Slot ===

impl Slot {
    /// Whether its model is known, or being looked up.
    fn is_of_use(&self, now: Instant) -> bool {
        let Ok(found) = self.0.try_lock() else { return true };
        found.model.is_some() && found.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests;
