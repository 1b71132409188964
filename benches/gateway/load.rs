//! A small client: connections that are kept, one request at a time on each.

use super::{events::Events, process::KEY};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpStream, task::JoinSet, time::Instant};

/// What to ask whom.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
    pub(crate) body: Bytes,
}

/// A connection; dropped, it is closed.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
}

/// Streams that are read as they come, until this is dropped.
pub(crate) struct Open(JoinSet<()>);

/// What one exchange gave.
struct Exchange {
    /// From the request to the first bytes of the body.
    first: Duration,
    /// Events, if it was a stream.
    events: usize,
}

/// Opens so many connections.
pub(crate) async fn connect(target: &Target, clients: usize) -> Vec<Connection> {
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(Connection::open(target.address).await);
    }
    connections
}

/// Asks so many times over every connection; gives how many events came.
pub(crate) async fn load(connections: &mut Vec<Connection>, target: &Target, each: usize) -> usize {
    let mut clients = JoinSet::new();
    for mut connection in connections.drain(..) {
        let target = target.clone();
        clients.spawn(async move {
            let mut events = 0;
            for _ in 0..each {
                events += connection.exchange(&target).await.events;
            }
            (connection, events)
        });
    }
    let mut events = 0;
    for (connection, counted) in clients.join_all().await {
        connections.push(connection);
        events += counted;
    }
    events
}

/// Asks all of them in turns, one request at a time; gives the times to the first bytes of the body.
pub(crate) async fn in_turns(targets: &[&Target], calls: usize) -> Vec<Vec<Duration>> {
    let mut ways = Vec::new();
    for target in targets {
        ways.push((Connection::open(target.address).await, target, Vec::with_capacity(calls)));
    }
    for call in 0..calls + calls / 10 {
        for (connection, target, times) in &mut ways {
            let exchange = connection.exchange(target).await;
            // The first tenth is for warming up.
            if call >= calls / 10 {
                times.push(exchange.first);
            }
        }
    }
    ways.into_iter().map(|(_, _, times)| times).collect()
}

/// Opens streams, a few at a time, and leaves them open.
pub(crate) async fn hold(target: &Target, streams: usize) -> Open {
    let mut open = JoinSet::new();
    for _ in 0..streams {
        let mut connection = Connection::open(target.address).await;
        let mut response = connection.send(target).await;
        open.spawn(async move {
            while let Some(Ok(_)) = response.frame().await {}
            drop(connection);
        });
    }
    Open(open)
}

// === impl Connection ===

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            let _ = connection.await;
        });
        Self { sender, _driver: driver }
    }

    /// Sends a request and waits for the head of its answer, which must be a good one.
    pub(crate) async fn send(&mut self, target: &Target) -> Response<Incoming> {
        let request = Request::post(&target.path)
            .header(header::HOST, "gateway")
            .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, "OpenAI/Python 2.0.0")
            .body(Full::new(target.body.clone()))
            .unwrap();
        self.sender.ready().await.unwrap();
        let response = self.sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{}", target.path);
        response
    }

    async fn exchange(&mut self, target: &Target) -> Exchange {
        let began = Instant::now();
        let mut response = self.send(target).await;
        let (mut first, mut events) = (None, Events::of(&response));
        while let Some(frame) = response.frame().await {
            first.get_or_insert_with(|| began.elapsed());
            events.count(&frame.unwrap().into_data().unwrap_or_default());
        }
        Exchange { first: first.unwrap(), events: events.number() }
    }
}

// === impl Open ===

impl Open {
    /// How many have not ended.
    pub(crate) fn alive(&mut self) -> usize {
        while self.0.try_join_next().is_some() {}
        self.0.len()
    }
}
