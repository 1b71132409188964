//! Taking connections. axum's own loop has neither an end for slow clients nor settings for HTTP, hence this one.

use crate::{
    lifecycle::{Lifecycle, Phase},
    server::connection::{self, Protocol},
};
use axum::Router;
use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::sleep,
};
use tracing::warn;

/// How many connections may wait to be taken; the kernel lowers it to `net.core.somaxconn`. A client that finds no room
/// tries again after a whole second, and the usual 128 are gone when many streams are opened at once or a load balancer
/// comes back.
const BACKLOG: u32 = 4096;
/// How long to leave the listener alone when the system cannot give us connections.
const BACK_OFF: Duration = Duration::from_secs(1);

/// Takes an address; the error names it.
pub(super) async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    listener(address).map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Connections of a process that was here before may still be closing.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves every connection in a task of its own, until the process closes its listeners.
pub(super) async fn accept(listener: TcpListener, app: Router, lifecycle: Lifecycle) {
    let tasks = lifecycle.tasks().clone();
    let protocol = Arc::new(Protocol::new(&tasks));
    let mut closing = pin!(lifecycle.reached(Phase::Closing));
    loop {
        let stream = tokio::select! {
            () = &mut closing => return,
            stream = next(&listener) => stream,
        };
        tasks.spawn(connection::serve(stream, protocol.clone(), app.clone(), lifecycle.clone()));
    }
}

/// The next connection; errors pass.
async fn next(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // One client that left while it was waiting.
            Err(error) if is_of_one_connection(&error) => {}
            // Out of file descriptors or memory: it gets better when others leave, not by asking again at once.
            Err(error) => {
                warn!(%error, "no connection could be taken");
                sleep(BACK_OFF).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_burst_of_connections_finds_room() {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        for _ in 0..500 {
            let connecting = timeout(Duration::from_millis(500), TcpStream::connect(address));
            waiting.push(connecting.await.unwrap().unwrap());
        }
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_named() {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let taken = listener.local_addr().unwrap();
        let error = bind(taken).await.unwrap_err();
        assert!(error.to_string().starts_with(&taken.to_string()), "{error}");
    }
}
