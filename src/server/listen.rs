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
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tracing::warn;

/// How long to leave the listener alone when the system cannot give us connections.
const BACK_OFF: Duration = Duration::from_secs(1);

/// Takes an address; the error names it.
pub(super) async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
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
