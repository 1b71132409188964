use super::*;
use futures_util::FutureExt;
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{collections::HashMap, net::Ipv4Addr, sync::Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Notify,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// For what would otherwise hang when it is wrong.
const LIMIT: Duration = Duration::from_secs(20);

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A TLS server for `media.test` whose answers depend on the path.
pub(crate) struct Host {
    pub(crate) port: u16,
    roots: RootCertStore,
    seen: Mutex<Vec<String>>,
    asked: Notify,
}

impl Host {
    pub(crate) async fn start() -> Arc<Self> {
        let certified = rcgen::generate_simple_self_signed(["media.test".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certified.cert.der().clone()).unwrap();
        let port = listener.local_addr().unwrap().port();
        let host = Arc::new(Self { port, roots, seen: Mutex::default(), asked: Notify::new() });
        let (serving, acceptor) = (Arc::clone(&host), TlsAcceptor::from(Arc::new(config)));
        spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (host, acceptor) = (Arc::clone(&serving), acceptor.clone());
                spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let _ = host.serve(stream).await;
                    }
                });
            }
        });
        host
    }

    async fn serve(&self, mut stream: TlsStream<tokio::net::TcpStream>) -> std::io::Result<()> {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let request = String::from_utf8(request).unwrap();
        let path = request.split(' ').nth(1).unwrap().to_owned();
        self.seen.lock().unwrap().push(request);
        self.asked.notify_one();
        let moved = |to: &str| format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        let (host, port) = ("media.test", self.port);
        let answer = match path.as_str() {
            "/moved" => moved("/a/moved-again"),
            "/a/moved-again" => moved("../moved-on"),
            "/a/../moved-on" => moved(&format!("https://{host}:{port}/png")),
            "/inside" => moved(&format!("https://inside.test:{port}/png")),
            "/literal" => moved(&format!("https://127.0.0.2:{port}/png")),
            "/plain" => moved(&format!("http://{host}:{port}/png")),
            "/port" => moved(&format!("https://{host}:1/png")),
            "/round" => moved("/round"),
            "/nowhere" => "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
            "/500" => "HTTP/1.1 500 Oops\r\ncontent-length: 6\r\n\r\nsecret".to_owned(),
            "/gzip" => "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx".to_owned(),
            "/declared" => "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_owned(),
            "/cut" => "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx".to_owned(),
            "/noise" => "SSH-2.0-OpenSSH\r\n\r\n".to_owned(),
            "/endless" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                loop {
                    stream.write_all(&[0; 4096]).await?;
                }
            }
            "/silent" => std::future::pending().await,
            _ => {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 8\r\n\r\n";
                stream.write_all(&[head.as_bytes(), PNG].concat()).await?;
                return stream.shutdown().await;
            }
        };
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    }

    /// A fetcher that takes 127.0.0.1 for the only public address.
    pub(crate) fn fetcher(&self) -> Fetcher {
        self.fetcher_for(&[], 1024 * 1024)
    }

    fn fetcher_for(&self, hosts: &[&str], room: usize) -> Fetcher {
        let inside = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        let names = [
            ("media.test", vec![HERE]),
            ("other.test", vec![HERE]),
            ("inside.test", vec![inside]),
            ("both.test", vec![HERE, inside]),
        ];
        let rules = Rules {
            allow_hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
            port: self.port,
            is_public: |address| address == HERE,
        };
        Fetcher::with(rules, Resolver::Fixed(HashMap::from(names)), room, self.roots.clone())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://media.test:{}{path}", self.port)
    }

    fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

#[expect(clippy::disallowed_methods, reason = "the test's runtime ends with the test")]
fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(future);
}

fn remote(url: &str) -> Remote {
    Remote { param: "p".to_owned(), url: url.to_owned(), max_bytes: 512 * 1024 }
}

async fn error(fetcher: &Fetcher, url: &str) -> Option<FetchError> {
    let fetched = timeout(LIMIT, fetcher.fetch(&[remote(url)])).await.unwrap();
    fetched.err().map(|failure| failure.error)
}

#[tokio::test]
async fn bytes_come_from_the_host_that_was_asked_for() {
    let host = Host::start().await;
    let url = host.url("/png?size=1#top");
    let (fetched, room) = host.fetcher().fetch(&[remote(&url)]).await.unwrap();
    assert_eq!(fetched.get(&url).map(|bytes| &bytes[..]), Some(PNG));
    assert_eq!(room.0.len(), 1);
    let seen = host.seen.lock().unwrap()[0].to_lowercase();
    assert!(seen.starts_with("get /png?size=1 http/1.1\r\n"), "{seen}");
    assert!(seen.contains(&format!("host: media.test:{}\r\n", host.port)), "{seen}");
    assert!(
        !seen.contains("cookie") && !seen.contains("referer") && !seen.contains("authorization"),
        "{seen}"
    );
}

#[tokio::test]
async fn redirects_are_followed_three_times() {
    let host = Host::start().await;
    let fetcher = host.fetcher();
    assert_eq!(error(&fetcher, &host.url("/moved")).await, None);
    assert_eq!(host.requests(), 4);
    assert_eq!(error(&fetcher, &host.url("/round")).await, Some(FetchError::Redirects));
    assert_eq!(host.requests(), 8);
}

#[tokio::test]
async fn every_redirect_is_checked_again() {
    let host = Host::start().await;
    let fetcher = host.fetcher();
    for (path, expected) in [
        ("/inside", FetchError::Address),
        ("/literal", FetchError::Address),
        ("/plain", FetchError::Invalid),
        ("/port", FetchError::Port),
        ("/nowhere", FetchError::Unreachable),
    ] {
        assert_eq!(error(&fetcher, &host.url(path)).await, Some(expected), "{path}");
    }
    let listed = host.fetcher_for(&["media.test"], 1024 * 1024);
    assert_eq!(error(&listed, &host.url("/png")).await, None);
    assert_eq!(error(&listed, &host.url("/inside")).await, Some(FetchError::Host));
    assert_eq!(host.requests(), 7, "nobody inside was asked");
}

#[tokio::test]
async fn nobody_inside_is_connected_to() {
    let host = Host::start().await;
    let (fetcher, port) = (host.fetcher(), host.port);
    for (name, expected) in [
        ("inside.test", FetchError::Address),
        ("both.test", FetchError::Address),
        ("127.0.0.2", FetchError::Address),
        ("[::1]", FetchError::Address),
        ("[::ffff:169.254.169.254]", FetchError::Address),
        ("10.0.0.1", FetchError::Address),
        ("unknown.test", FetchError::Unknown),
        // The name is right, the certificate is not.
        ("other.test", FetchError::Unreachable),
        ("127.0.0.1", FetchError::Unreachable),
    ] {
        let url = format!("https://{name}:{port}/png");
        assert_eq!(error(&fetcher, &url).await, Some(expected), "{name}");
    }
    assert_eq!(host.requests(), 0);
}

#[tokio::test]
async fn odd_spellings_of_loopback_are_loopback() {
    // To the system's own resolver, with the rule as it is in service.
    let rules = Rules { allow_hosts: Vec::new(), port: 443, is_public: address::is_public };
    let fetcher = Fetcher::with(rules, Resolver::System(exchange::look_up), STEP, RootCertStore::empty());
    for name in ["localhost", "LOCALHOST.", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "0"] {
        let error = error(&fetcher, &format!("https://{name}/")).await;
        let refused = [FetchError::Address, FetchError::Unknown, FetchError::Invalid];
        assert!(error.is_some_and(|error| refused.contains(&error)), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn a_broken_answer_is_none() {
    let host = Host::start().await;
    let fetcher = host.fetcher();
    for (path, expected) in [
        ("/500", FetchError::Status(500)),
        ("/gzip", FetchError::Unreachable),
        ("/cut", FetchError::Unreachable),
        ("/noise", FetchError::Unreachable),
        ("/declared", FetchError::TooLarge),
        ("/endless", FetchError::TooLarge),
    ] {
        assert_eq!(error(&fetcher, &host.url(path)).await, Some(expected), "{path}");
    }
    assert_eq!(fetcher.room.available_permits(), 16, "what was not used is given back");
}

#[tokio::test]
async fn a_silent_host_is_given_up() {
    let host = Host::start().await;
    let (fetcher, url) = (host.fetcher(), host.url("/silent"));
    let media = [remote(&url)];
    let fetch = fetcher.fetch(&media);
    let asked = async {
        host.asked.notified().await;
        // From here on the clock runs as fast as nothing happens.
        tokio::time::pause();
    };
    let (fetched, ()) = tokio::join!(fetch, asked);
    assert_eq!(fetched.err().map(|failure| failure.error), Some(FetchError::Timeout));
}

#[tokio::test]
async fn a_url_is_fetched_once_and_the_first_failure_is_named() {
    let host = Host::start().await;
    let fetcher = host.fetcher();
    let media = |param: &str, path: &str| Remote { param: param.to_owned(), ..remote(&host.url(path)) };
    fetcher.fetch(&[media("a", "/1"), media("b", "/2"), media("c", "/1")]).await.unwrap();
    assert_eq!(host.requests(), 2);
    let failure = fetcher.fetch(&[media("a", "/1"), media("b", "/500"), media("c", "/gzip")]).await;
    assert_eq!(failure.unwrap_err(), Failure { param: "b".to_owned(), error: FetchError::Status(500) });
}

#[tokio::test]
async fn the_room_is_shared_and_given_back() {
    let host = Host::start().await;
    let fetcher = host.fetcher_for(&[], STEP);
    let held = fetcher.fetch(&[remote(&host.url("/1"))]).await.unwrap();
    assert_eq!(error(&fetcher, &host.url("/2")).await, Some(FetchError::NoRoom));
    drop(held);
    assert_eq!(error(&fetcher, &host.url("/2")).await, None);
}

#[tokio::test]
async fn all_media_of_a_request_have_a_limit_together() {
    let host = Host::start().await;
    let fetcher = host.fetcher_for(&[], 64 * 1024 * 1024);
    let media = Remote { max_bytes: usize::MAX, ..remote(&host.url("/endless")) };
    let failure = timeout(LIMIT, fetcher.fetch(&[media])).await.unwrap().unwrap_err();
    assert_eq!(failure.error, FetchError::TooLarge);
    let left = AtomicUsize::new(10);
    let room = Arc::new(Semaphore::new(1));
    let mut one = Intake { most: usize::MAX, left: &left, all: &room, taken: 0, room: Room::default() };
    one.take(6).unwrap();
    let mut other = Intake { most: usize::MAX, left: &left, all: &room, taken: 0, room: Room::default() };
    assert_eq!(other.expect(5), Err(FetchError::TooLarge));
    assert_eq!(other.take(5), Err(FetchError::TooLarge));
}

#[tokio::test]
async fn what_is_given_twice_counts_twice() {
    let host = Host::start().await;
    let fetcher = host.fetcher_for(&[], 3 * STEP);
    let media = |times| vec![remote(&host.url("/1")); times];
    let (_, room) = fetcher.fetch(&media(3)).await.unwrap();
    assert_eq!((host.requests(), room.0.len()), (1, 3));
    drop(room);
    let failure = fetcher.fetch(&media(4)).await.unwrap_err();
    assert_eq!(failure.error, FetchError::NoRoom);
    assert_eq!(fetcher.room.available_permits(), 3, "what was not used is given back");
    let failure = fetcher.fetch(&media(MAX_MEDIA + 1)).await.unwrap_err();
    assert_eq!((failure.error, host.requests()), (FetchError::TooMany, 2));
}

#[test]
fn what_a_client_is_told_holds_no_address() {
    for error in [FetchError::Address, FetchError::Unknown, FetchError::Unreachable, FetchError::Timeout] {
        let text = error.to_string();
        assert!(
            !text.contains(|letter: char| letter.is_ascii_digit()) || text.contains("10 seconds"),
            "{text}"
        );
    }
}

/// A name server that answers nobody until it is let.
mod stuck {
    use std::{
        net::IpAddr,
        sync::atomic::{AtomicBool, AtomicUsize, Ordering},
        time::Duration,
    };

    pub(super) static OPEN: AtomicBool = AtomicBool::new(false);
    pub(super) static ASKED: AtomicUsize = AtomicUsize::new(0);

    pub(super) fn look_up(_: &str) -> Vec<IpAddr> {
        ASKED.fetch_add(1, Ordering::SeqCst);
        while !OPEN.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Vec::new()
    }
}

#[tokio::test]
async fn look_ups_that_nobody_waits_for_any_more_hold_few_threads() {
    let asked = || stuck::ASKED.load(Ordering::SeqCst);
    let rules = Rules { allow_hosts: Vec::new(), port: 443, is_public: address::is_public };
    let fetcher = Fetcher::with(rules, Resolver::System(stuck::look_up), STEP, RootCertStore::empty());
    let url = |number: usize| Remote {
        param: "p".to_owned(),
        url: format!("https://host{number}.example.com/"),
        max_bytes: 1,
    };
    let names: Vec<[Remote; 1]> = (0..LOOKUPS * 2).map(|number| [url(number)]).collect();
    let mut fetches: Vec<_> = names.iter().map(|name| Box::pin(fetcher.fetch(name))).collect();
    while asked() < LOOKUPS {
        for fetch in &mut fetches {
            assert!(fetch.as_mut().now_or_never().is_none());
        }
        tokio::task::yield_now().await;
    }
    drop(fetches);
    // The clients have gone, the threads have not: nobody else gets one.
    let another = [url(LOOKUPS * 3)];
    let mut fetch = Box::pin(fetcher.fetch(&another));
    assert!(fetch.as_mut().now_or_never().is_none());
    assert_eq!((asked(), fetcher.lookups.available_permits()), (LOOKUPS, 0));
    stuck::OPEN.store(true, Ordering::SeqCst);
    assert_eq!(fetch.await.unwrap_err().error, FetchError::Unknown);
    assert_eq!(asked(), LOOKUPS + 1);
}
