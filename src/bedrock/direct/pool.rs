//! The connections to one endpoint: one per exchange, kept for the next one when it is over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::{Request, Response, Uri};
use tokio::time::Instant;
use tower::ServiceExt;

use super::link::{Link, LinkBody, NoAnswer, RequestBody};
use crate::bedrock::cause::{find, no_answer};
use crate::bedrock::dial::{ConnectTimedOut, Dial, IDLE};
use crate::bedrock::{Deadlines, Fault, FaultKind, Stage};

/// Most connections that are kept while idle; what a burst opened beyond that is closed after it.
const MOST: usize = 1024;

/// How often idle connections are looked through.
const SWEEP: Duration = Duration::from_secs(10);

/// The connections to one endpoint.
pub(super) struct Pool {
    dial: Dial,
    uri: Uri,
    deadlines: Deadlines,
    /// The one that was used last is used next, so that those beyond need grow old.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    link: Box<Link>,
    since: Instant,
}

// === impl Pool ===

impl Pool {
    /// A pool for the endpoint that `uri` names by its scheme and authority. Needs a runtime: a task closes what
    /// was idle for too long, until the pool is dropped.
    pub(super) fn new(dial: Dial, uri: Uri, deadlines: Deadlines) -> Arc<Self> {
        let pool = Arc::new(Self { dial, uri, deadlines, idle: Mutex::default() });
        #[expect(clippy::disallowed_methods, reason = "it ends with the pool, and nothing waits for it")]
        tokio::spawn(sweep(Arc::downgrade(&pool)));
        pool
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// A kept connection may have been closed by the other side. Where that is found out before anything was sent,
    /// the next one is taken; a request of which something was sent is not sent again.
    pub(super) async fn send(
        self: &Arc<Self>,
        mut request: Request<RequestBody>,
    ) -> Result<Response<LinkBody>, Fault> {
        loop {
            let kept = self.take();
            let reused = kept.is_some();
            let mut link = match kept {
                Some(link) => link,
                None => self.open().await?,
            };
            match link.send(request).await {
                Ok(answer) => return Ok(answer.map(|body| LinkBody::new(body, link, Arc::clone(self)))),
                Err(NoAnswer::Unsent(unsent, _)) if reused => request = *unsent,
                Err(NoAnswer::Unsent(_, error) | NoAnswer::Broken(error)) => return Err(no_answer(&error)),
                Err(NoAnswer::Closed) => {
                    let message = "no answer from Bedrock: connection closed";
                    return Err(Fault::new(FaultKind::Connection, message));
                }
            }
        }
    }

    /// Keeps a connection whose exchange is over, if it is of use.
    pub(super) fn give_back(&self, mut link: Box<Link>) {
        if link.is_usable() {
            let mut idle = self.idle();
            if idle.len() < MOST {
                idle.push(Idle { link, since: Instant::now() });
            }
        }
    }

    /// A kept connection.
    fn take(&self) -> Option<Box<Link>> {
        loop {
            let Idle { mut link, since } = self.idle().pop()?;
            if since.elapsed() < IDLE && link.is_usable() {
                return Some(link);
            }
        }
    }

    async fn open(&self) -> Result<Box<Link>, Fault> {
        let dialled = self.dial.clone().oneshot(self.uri.clone()).await;
        let stream = dialled.map_err(|error| match find::<ConnectTimedOut>(error.as_ref()) {
            Some(_) => self.deadlines.missed(Stage::Connect),
            None => no_answer(error.as_ref()),
        })?;
        Link::new(stream).await.map_err(|error| no_answer(&error))
    }

    /// A holder that panicked leaves sound connections behind, so a poisoned lock is used as it is.
    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what is idle for too long or was closed by the other side, while there is no call that would find it.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        // Closing takes time, and every call takes the lock.
        let closed: Vec<_> = pool
            .idle()
            .extract_if(.., |idle| idle.since.elapsed() >= IDLE || !idle.link.is_usable())
            .collect();
        drop(closed);
    }
}

#[cfg(test)]
mod tests;
