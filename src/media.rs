//! Fetches media that a client gives by URL (layer 2, an adapter): bytes of other hosts, and never of this network.
//!
//! The URL comes from outside, so this is the one place where a client could make the gateway connect to somewhere
//! (design §5, promise 9). It speaks `https:` alone, on port 443, without proxy, cookies or referrer. It looks a name up
//! itself, refuses it if any of its addresses is not public, and connects to the address that it checked: a name
//! that answers differently a moment later changes nothing. A redirect is a new URL, with all of that again. Time,
//! bytes and connections are bounded, and what is read takes room that the whole gateway shares.
//!
//! | module | holds |
//! |---|---|
//! | [`address`] | which addresses are public |
//! | `target` | what a URL must be like |
//! | `exchange` | one request and its answer |
//!
//! What it cannot know is a network whose own addresses are public ones, as those of IPv6 are in a VPC: there the
//! operator's `allow_hosts`, or the network's own rules, must stand for it.
//!
//! It refuses to say what the bytes are: a content type is no proof, that is `translate`'s to find out.

pub mod address;
mod exchange;
mod target;

use crate::translate::{Fetched, Remote};
use bytes::Bytes;
use exchange::Answer;
use futures_util::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use rustls::{ClientConfig, RootCertStore};
use std::{
    collections::HashSet,
    fmt,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use target::Target;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use tokio_rustls::TlsConnector;

/// For all media of a request together, redirects included.
const TIME: Duration = Duration::from_secs(10);

/// For all media of a request together. In base64 these are the 25,000,000 bytes that a call may have (translation
/// reference §1.3).
const MAX_REQUEST_BYTES: usize = 18_750_000;

/// Media of a request, those given twice included: each that waits has a place of its own.
const MAX_MEDIA: usize = 100;

/// Redirects of one URL.
const MAX_REDIRECTS: usize = 3;

/// Connections for one request at a time.
const PARALLEL: usize = 8;

/// Connections at a time.
const CONNECTIONS: usize = 64;

/// Look-ups of names at a time. Each blocks a thread, also when nobody waits for it any more, and the threads are few.
const LOOKUPS: usize = 16;

/// Room is taken in steps of so many bytes.
const STEP: usize = 64 * 1024;

/// Fetches media by URL.
pub struct Fetcher {
    rules: Rules,
    resolver: Resolver,
    tls: Result<TlsConnector, rustls::Error>,
    connections: Semaphore,
    lookups: Arc<Semaphore>,
    /// What may be held of other hosts' bytes, in steps.
    room: Arc<Semaphore>,
}

/// Where may be connected to.
struct Rules {
    /// If any, only these: `HOST` or `*.SUFFIX`.
    allow_hosts: Vec<String>,
    port: u16,
    is_public: fn(IpAddr) -> bool,
}

/// How names become addresses.
enum Resolver {
    /// By a function that blocks.
    System(fn(&str) -> Vec<IpAddr>),
    #[cfg(test)]
    Fixed(std::collections::HashMap<&'static str, Vec<IpAddr>>),
}

/// The room that fetched bytes take; to be held for as long as they, or what was made of them, live.
#[derive(Debug, Default)]
pub struct Room(Vec<OwnedSemaphorePermit>);

/// A URL that could not be fetched.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// The member that holds the URL.
    pub param: String,
    /// Why.
    pub error: FetchError,
}

/// Why a URL could not be fetched, in words for the client: nothing of addresses, or of what answers there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It is none that can be fetched.
    #[error("it is not a valid https URL")]
    Invalid,
    /// There is a user in it.
    #[error("a URL with a user or password is not fetched")]
    Credentials,
    /// Another port than that of `https:`.
    #[error("only port 443 is connected to")]
    Port,
    /// The operator allows other hosts.
    #[error("the operator does not allow its host (policy.media.allow_hosts)")]
    Host,
    /// The name leads into a network that is not public.
    #[error("its host is not at a public address")]
    Address,
    /// The name leads nowhere.
    #[error("its host is not known")]
    Unknown,
    /// Nobody answers, or not with TLS for this name, or not with HTTP.
    #[error("its host could not be reached, or did not answer properly")]
    Unreachable,
    /// An answer without what was asked for.
    #[error("its host answered with status {0}")]
    Status(u16),
    /// One redirect after the other.
    #[error("it was redirected more than {MAX_REDIRECTS} times")]
    Redirects,
    /// More URLs than are looked at.
    #[error("a request may have {MAX_MEDIA} URLs at most")]
    TooMany,
    /// More than can be used.
    #[error("it is larger than can be sent to Bedrock")]
    TooLarge,
    /// It took too long.
    #[error("it did not arrive within {} seconds", TIME.as_secs())]
    Timeout,
    /// The gateway holds as much as it may.
    #[error("the gateway holds as many media as it may")]
    NoRoom,
}

// === impl Fetcher ===

impl Fetcher {
    /// A fetcher for these hosts, or for all if there are none, that holds up to `room` bytes.
    pub fn new(allow_hosts: Vec<String>, room: usize) -> Self {
        let rules = Rules { allow_hosts, port: 443, is_public: address::is_public };
        Self::with(rules, Resolver::System(exchange::look_up), room, platform_roots())
    }

    fn with(rules: Rules, resolver: Resolver, room: usize, roots: RootCertStore) -> Self {
        Self {
            rules,
            resolver,
            tls: tls(roots),
            connections: Semaphore::new(CONNECTIONS),
            lookups: Arc::new(Semaphore::new(LOOKUPS)),
            room: Arc::new(Semaphore::new(room.div_ceil(STEP).min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Fetches all of them, each URL once; what is given twice is sent twice, and counts twice.
    ///
    /// # Errors
    /// The first that cannot be had: an answer without it would be another one.
    pub async fn fetch(&self, remote: &[Remote]) -> Result<(Fetched, Room), Failure> {
        if let Some(media) = remote.get(MAX_MEDIA) {
            return Err(failed(media, FetchError::TooMany));
        }
        let deadline = Instant::now() + TIME;
        let left = AtomicUsize::new(MAX_REQUEST_BYTES);
        let mut seen = HashSet::new();
        let (once, again): (Vec<_>, Vec<_>) =
            remote.iter().partition(|media| seen.insert(media.url.as_str()));
        let fetches: Vec<_> = once.into_iter().map(|media| self.in_time(media, deadline, &left)).collect();
        let got: Vec<_> = stream::iter(fetches).buffered(PARALLEL).try_collect().await?;
        let mut all = Room::default();
        let mut fetched = Vec::with_capacity(got.len());
        for (url, bytes, room) in got {
            fetched.push((url, bytes));
            all.0.extend(room.0);
        }
        let fetched = Fetched::from_iter(fetched);
        for media in again {
            let mut intake = self.intake(media, &left);
            intake
                .take(fetched.get(&media.url).map_or(0, Bytes::len))
                .map_err(|error| failed(media, error))?;
            all.0.extend(intake.room.0);
        }
        Ok((fetched, all))
    }

    /// Boxed, because the compiler cannot see that a stream of these is `Send`.
    fn in_time<'a>(
        &'a self,
        media: &'a Remote,
        deadline: Instant,
        left: &'a AtomicUsize,
    ) -> BoxFuture<'a, Result<(String, Bytes, Room), Failure>> {
        let fetch = timeout_at(deadline, self.one(media, left));
        Box::pin(async move {
            let fetched = fetch.await.unwrap_or(Err(FetchError::Timeout));
            let (bytes, room) = fetched.map_err(|error| failed(media, error))?;
            Ok((media.url.clone(), bytes, room))
        })
    }

    async fn one(&self, media: &Remote, left: &AtomicUsize) -> Result<(Bytes, Room), FetchError> {
        // Never closed.
        let _connection = self.connections.acquire().await.map_err(|_| FetchError::NoRoom)?;
        let mut intake = self.intake(media, left);
        let mut target = Target::parse(&media.url, &self.rules)?;
        for _ in 0..=MAX_REDIRECTS {
            match self.exchange(&target, &mut intake).await? {
                Answer::Bytes(bytes) => return Ok((bytes, intake.room)),
                Answer::Moved(location) => target = target.moved(&location, &self.rules)?,
            }
        }
        Err(FetchError::Redirects)
    }

    fn intake<'a>(&'a self, media: &Remote, left: &'a AtomicUsize) -> Intake<'a> {
        Intake { most: media.max_bytes, left, all: &self.room, taken: 0, room: Room::default() }
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Fetcher(..)")
    }
}

/// Counts the bytes of one medium against all limits.
struct Intake<'a> {
    /// For this one.
    most: usize,
    /// For what the request may have yet.
    left: &'a AtomicUsize,
    /// For what the gateway may hold yet.
    all: &'a Arc<Semaphore>,
    taken: usize,
    room: Room,
}

// === impl Intake ===

impl Intake<'_> {
    /// Whether so many bytes could come.
    fn expect(&self, bytes: u64) -> Result<(), FetchError> {
        let most = self.most.min(self.left.load(Ordering::Relaxed));
        if usize::try_from(bytes).is_ok_and(|bytes| bytes <= most) {
            Ok(())
        } else {
            Err(FetchError::TooLarge)
        }
    }

    /// So many bytes have come.
    fn take(&mut self, bytes: usize) -> Result<(), FetchError> {
        self.taken += bytes;
        let left =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        if self.taken > self.most || left.is_err() {
            return Err(FetchError::TooLarge);
        }
        while self.room.0.len() * STEP < self.taken {
            let step = Arc::clone(self.all).try_acquire_owned().map_err(|_| FetchError::NoRoom)?;
            self.room.0.push(step);
        }
        Ok(())
    }
}

fn failed(media: &Remote, error: FetchError) -> Failure {
    Failure { param: media.param.clone(), error }
}

fn tls(roots: RootCertStore) -> Result<TlsConnector, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The platform's trusted roots (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured).
fn platform_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        tracing::warn!("no trusted root certificates found: no media can be fetched");
    }
    roots
}

#[cfg(test)]
pub(crate) mod tests;
