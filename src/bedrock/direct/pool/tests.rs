use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper_util::client::proxy::matcher::Matcher;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::coop;
use tokio::time::{pause, resume, timeout};

use super::*;
use crate::bedrock::loopback::{TlsServer, Turns, spawn};

/// For what would otherwise hang when it is wrong.
const LIMIT: Duration = Duration::from_secs(20);

/// Answers every request with `ok`, when there is a permit for it.
struct Server {
    uri: Uri,
    opened: AtomicUsize,
    closed: AtomicUsize,
    turns: Turns,
    /// Requests that a connection is good for.
    each: usize,
}

impl Server {
    async fn start(permits: usize, each: usize) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Arc::new(Self {
            uri: format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap(),
            opened: AtomicUsize::new(0),
            closed: AtomicUsize::new(0),
            turns: Turns::new(permits),
            each,
        });
        let accepting = Arc::clone(&server);
        spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                accepting.opened.fetch_add(1, Ordering::SeqCst);
                let serving = Arc::clone(&accepting);
                spawn(async move {
                    serving.turns.answer(stream, serving.each).await;
                    serving.closed.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    fn pool(&self) -> Arc<Pool> {
        let deadlines = Deadlines::default();
        Pool::new(Dial::new(deadlines.connect).unwrap(), self.uri.clone(), deadlines)
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    /// Waits until so many connections are closed; seen from this side that is a matter of moments.
    async fn until_closed(&self, connections: usize) {
        timeout(LIMIT, async {
            while self.closed.load(Ordering::SeqCst) < connections {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await
        .unwrap();
    }
}

fn request() -> Request<RequestBody> {
    Request::get("/").header("host", "test").body(RequestBody::default()).unwrap()
}

async fn ask(pool: &Arc<Pool>) -> Result<Bytes, Fault> {
    let answer = timeout(LIMIT, pool.send(request())).await.unwrap()?;
    Ok(answer.into_body().collect().await?.to_bytes())
}

#[tokio::test]
async fn each_exchange_has_its_own_connection_and_idle_ones_are_used_again() {
    const MANY: usize = 120;
    let server = Server::start(0, usize::MAX).await;
    let pool = server.pool();
    let asking: Vec<_> = (0..MANY)
        .map(|_| {
            let pool = Arc::clone(&pool);
            spawn(async move { ask(&pool).await.unwrap() })
        })
        .collect();
    // All of them are in flight before the first is answered.
    timeout(LIMIT, server.turns.waiting.acquire_many(MANY as u32)).await.unwrap().unwrap().forget();
    server.turns.permits.add_permits(MANY + 20);
    for asked in asking {
        assert_eq!(asked.await.unwrap(), "ok");
    }
    assert_eq!((server.opened(), pool.idle().len()), (MANY, MANY));
    for _ in 0..20 {
        assert_eq!(ask(&pool).await.unwrap(), "ok");
    }
    assert_eq!(server.opened(), MANY);
}

#[tokio::test]
async fn over_tls_it_is_the_same() {
    let server = TlsServer::start().await;
    let dial = Dial::with(server.roots.clone(), Matcher::builder().build(), Duration::from_secs(5)).unwrap();
    let uri = format!("https://localhost:{}/", server.port).parse().unwrap();
    let pool = Pool::new(dial, uri, Deadlines::default());
    server.turns.permits.add_permits(5);
    for _ in 0..5 {
        assert_eq!(ask(&pool).await.unwrap(), "ok");
    }
    assert_eq!((server.connections.load(Ordering::SeqCst), pool.idle().len()), (1, 1));
    let stranger = Dial::new(Duration::from_secs(5)).unwrap();
    let fault = ask(&Pool::new(stranger, pool.uri.clone(), Deadlines::default())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Connection, "{fault}");
}

/// The rest of the request is still in the way of the next one.
#[tokio::test]
async fn a_connection_whose_request_was_answered_early_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let pool = Pool::new(Dial::new(LIMIT).unwrap(), uri, Deadlines::default());
    let answering = spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        let _ = stream.read(&mut head).await.unwrap();
        stream.write_all(b"HTTP/1.1 413 X\r\ncontent-length: 2\r\n\r\nno").await.unwrap();
        stream
    });
    let body = Bytes::from(vec![b'x'; 32 * 1024 * 1024]);
    let request = Request::post("/").header("host", "test").body(RequestBody::new(body)).unwrap();
    let answer = timeout(LIMIT, pool.send(request)).await.unwrap().unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "no");
    assert_eq!(pool.idle().len(), 0);
    drop(answering.await.unwrap());
}

#[tokio::test]
async fn an_answer_that_is_not_read_to_its_end_closes_its_connection() {
    let server = Server::start(1, usize::MAX).await;
    let pool = server.pool();
    drop(pool.send(request()).await.unwrap());
    server.until_closed(1).await;
    assert_eq!(pool.idle().len(), 0);
}

#[tokio::test]
async fn what_the_other_side_has_closed_is_not_used() {
    let server = Server::start(10, 1).await;
    let pool = server.pool();
    for exchanges in 1..=10 {
        assert_eq!(ask(&pool).await.unwrap(), "ok");
        server.until_closed(exchanges).await;
    }
    assert_eq!(server.opened(), 10);
}

#[tokio::test]
async fn idle_connections_are_closed_in_time() {
    let server = Server::start(1, usize::MAX).await;
    let pool = server.pool();
    ask(&pool).await.unwrap();
    pause();
    tokio::time::sleep(IDLE - SWEEP).await;
    assert_eq!(pool.idle().len(), 1);
    tokio::time::sleep(SWEEP * 2).await;
    assert_eq!(pool.idle().len(), 0);
    resume();
    server.until_closed(1).await;
}

#[tokio::test]
async fn what_the_other_side_has_closed_is_swept_away() {
    let server = Server::start(1, 1).await;
    let pool = server.pool();
    ask(&pool).await.unwrap();
    server.until_closed(1).await;
    pause();
    tokio::time::sleep(SWEEP * 2).await;
    assert_eq!(pool.idle().len(), 0);
}

#[tokio::test]
async fn no_more_than_the_most_are_kept() {
    let server = Server::start(2, usize::MAX).await;
    let pool = server.pool();
    let answer = pool.send(request()).await.unwrap();
    let full = Mutex::new(Vec::new());
    while full.lock().unwrap().len() < MOST {
        let (link, since) = (pool.open().await.unwrap(), Instant::now());
        full.lock().unwrap().push(Idle { link, since });
    }
    *pool.idle() = full.into_inner().unwrap();
    answer.into_body().collect().await.unwrap();
    assert_eq!(pool.idle().len(), MOST);
    server.until_closed(1).await;
}

/// A task that has used up its turn gets nothing more from tokio in it, and is told to come back. Whoever polls with a
/// waker that does nothing never hears of that.
#[tokio::test]
async fn a_call_at_the_end_of_its_tasks_turn_does_not_hang() {
    let server = Server::start(50, usize::MAX).await;
    let pool = server.pool();
    for spent in 110..160 {
        for _ in 0..spent {
            coop::consume_budget().await;
        }
        assert_eq!(ask(&pool).await.unwrap(), "ok");
    }
}
