//! Who calls Bedrock: a bearer token that does not change, or credentials that are kept and renewed.
//!
//! Credentials come from the SDK's own chain of providers. They are asked for before the first call, again some minutes
//! before they expire, and when Bedrock refuses them; never by a call that could use what is there. One question is
//! under way at a time: calls that have nothing to sign with wait for it together and share its outcome, all others go
//! on with what they have.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::time::SharedTimeSource;
use http::HeaderValue;
use tokio::time::{Instant, timeout};

use super::sign::{Scope, Signer};
use crate::bedrock::Fault;
use crate::bedrock::cause::{chain, no_identity};

/// How long before their end credentials are renewed. AWS hands new ones out about this long before.
const AHEAD: Duration = Duration::from_secs(5 * 60);
/// How long before their end they are no longer signed with: clocks differ, and a request is under way for a while.
const MARGIN: Duration = Duration::from_secs(10);
/// How long credentials without an end are used before they are asked for again, as the SDK does: they may come from a
/// file that somebody changes.
const ENDLESS: Duration = Duration::from_secs(15 * 60);
/// How soon a renewal that gave nothing new is tried again.
const AGAIN: Duration = Duration::from_secs(30);
/// How long the provider may take. Its own retries are within that.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who calls.
pub(super) enum Identity {
    /// Whoever holds this value of `authorization`.
    Bearer(HeaderValue),
    /// Whoever holds these credentials.
    Keys(Arc<Keys>),
}

/// Credentials, kept and renewed.
pub(super) struct Keys {
    provider: Option<SharedCredentialsProvider>,
    scope: Scope,
    clock: SharedTimeSource,
    kept: Mutex<Kept>,
    /// Held by whoever asks the provider.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    signer: Option<Arc<Signer>>,
    /// When to ask for others.
    renew_at: Option<SystemTime>,
    /// When the provider last answered, and what.
    answered: Option<(Instant, Result<Arc<Signer>, Fault>)>,
    /// When others were asked for because Bedrock refused these.
    refused: Option<Instant>,
}

// === impl Keys ===

impl Keys {
    pub(super) fn new(
        provider: Option<SharedCredentialsProvider>,
        scope: Scope,
        clock: SharedTimeSource,
    ) -> Self {
        Self { provider, scope, clock, kept: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    /// Whoever signs now.
    ///
    /// # Errors
    /// [`FaultKind::Credentials`](crate::bedrock::FaultKind::Credentials) when there is nobody.
    pub(super) async fn signer(self: &Arc<Self>) -> Result<Arc<Signer>, Fault> {
        let now = self.clock.now();
        let (usable, renew) = {
            let kept = self.kept();
            let usable = kept.signer.clone().filter(|signer| !has_ended(signer, now));
            (usable, kept.renew_at.is_none_or(|at| at <= now))
        };
        match usable {
            Some(signer) => {
                if renew {
                    self.renew();
                }
                Ok(signer)
            }
            None => self.ask(now).await,
        }
    }

    /// Somebody else than `refused`, whose signature Bedrock does not take, if the provider knows anybody else. It is
    /// not asked more often than every half minute.
    pub(super) async fn instead_of(&self, refused: &Signer) -> Option<Arc<Signer>> {
        let other = |signer: &Signer| !is_same(signer.credentials(), refused.credentials());
        let _asking = self.asking.lock().await;
        {
            let kept = self.kept();
            if let Some(signer) = kept.signer.as_ref().filter(|signer| other(signer)) {
                return Some(Arc::clone(signer));
            }
            if kept.refused.is_some_and(|at| at.elapsed() < AGAIN) {
                return None;
            }
        }
        let found = self.fetch().await.ok().filter(|signer| other(signer));
        self.kept().refused = Some(Instant::now());
        found
    }

    /// Asks the provider, or takes the outcome of another call that asked at the same time.
    async fn ask(&self, now: SystemTime) -> Result<Arc<Signer>, Fault> {
        let began = Instant::now();
        let _asking = self.asking.lock().await;
        {
            let kept = self.kept();
            if let Some(signer) = kept.signer.as_ref().filter(|signer| !has_ended(signer, now)) {
                return Ok(Arc::clone(signer));
            }
            // Also credentials that end at once are good for those who waited for them.
            if let Some((_, outcome)) = kept.answered.as_ref().filter(|(at, _)| *at > began) {
                return outcome.clone();
            }
        }
        self.fetch().await
    }

    /// Asks the provider while calls go on with what they have.
    fn renew(self: &Arc<Self>) {
        let keys = Arc::clone(self);
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing waits for it, and the runtime's end is its own"
        )]
        tokio::spawn(async move {
            // Whoever asks already will do for this one too.
            let Ok(_asking) = keys.asking.try_lock() else { return };
            if keys.kept().renew_at.is_some_and(|at| at > keys.clock.now()) {
                return;
            }
            if let Err(fault) = keys.fetch().await {
                tracing::warn!(%fault, "AWS credentials could not be renewed; those that are there are used on");
            }
        });
    }

    /// Asks the provider. The caller holds `asking`.
    async fn fetch(&self) -> Result<Arc<Signer>, Fault> {
        let given = match &self.provider {
            None => Err("no source of credentials is set up".to_owned()),
            Some(provider) => match timeout(PATIENCE, provider.provide_credentials()).await {
                Ok(given) => given.map_err(|error| chain(&error)),
                Err(_) => Err(format!("their source did not answer within {} s", PATIENCE.as_secs())),
            },
        };
        let now = self.clock.now();
        let mut kept = self.kept();
        let outcome = match given {
            Ok(credentials) => Ok(kept.take(credentials, &self.scope, now)),
            Err(why) => {
                kept.renew_at = Some(now + AGAIN);
                Err(no_identity(&why))
            }
        };
        kept.answered = Some((Instant::now(), outcome.clone()));
        outcome
    }

    /// A holder that panicked leaves sound values behind, so a poisoned lock is used as it is.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Kept ===

impl Kept {
    fn take(&mut self, credentials: Credentials, scope: &Scope, now: SystemTime) -> Arc<Signer> {
        let ahead = match credentials.expiry() {
            Some(end) => end.checked_sub(AHEAD).unwrap_or(end),
            None => now + ENDLESS,
        };
        self.renew_at = Some(ahead.max(now + AGAIN));
        // The same ones again keep their derived key.
        match self.signer.as_ref().filter(|kept| is_same(kept.credentials(), &credentials)) {
            Some(kept) => Arc::clone(kept),
            None => Arc::clone(self.signer.insert(Arc::new(Signer::new(credentials, scope.clone())))),
        }
    }
}

fn has_ended(signer: &Signer, now: SystemTime) -> bool {
    signer.credentials().expiry().is_some_and(|end| end <= now + MARGIN)
}

fn is_same(one: &Credentials, other: &Credentials) -> bool {
    one.access_key_id() == other.access_key_id()
        && one.secret_access_key() == other.secret_access_key()
        && one.session_token() == other.session_token()
        && one.expiry() == other.expiry()
}

#[cfg(test)]
mod tests;
