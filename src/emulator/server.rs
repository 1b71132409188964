//! The listener: accepts connections and serves HTTP/1.1 and HTTP/2 on each until it is dropped.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::service::Service;

/// Serves for ever. Dropping the future closes every connection.
pub(super) async fn run(listener: TcpListener, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    loop {
        // Finished connections are reaped here, or the set would grow with each.
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                service.connections.fetch_add(1, Ordering::Relaxed);
                connections.spawn(serve(stream, Arc::clone(&service)));
            }
            // Out of file descriptors, most likely: those of ended connections come back in a moment.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(stream: TcpStream, service: Arc<Service>) {
    // Without it the second small write of a stream waits for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(|request| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.call(request).await) }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    // An error here is a client that went away or a connection that a script cut; the journal has it.
    let _ = server.serve_connection(TokioIo::new(stream), answer).await;
}
