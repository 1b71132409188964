//! The HTTP server: listeners, connections and the stack of layers, from the first byte to the end of the drain.

mod connection;
mod listen;
pub mod routes;
mod socket;
pub mod stack;

use crate::{
    lifecycle::{
        Lifecycle, Phase,
        drain::{self, DrainSettings, Drained, Running},
        signals::Signals,
    },
    telemetry::metrics::Metrics,
};
use axum::Router;
use std::{io, net::SocketAddr};
use tokio::net::TcpListener;
use tracing::info;

/// What is served where.
#[derive(Debug, Clone)]
pub struct Surfaces {
    /// Answers on `server.listen`.
    pub clients: Router,
    /// Answers on `server.ops_listen`, if that is set.
    pub operators: Option<Router>,
}

/// Where to listen, and how to end.
#[derive(Debug, Clone, Copy)]
pub struct ServerSettings {
    /// `server.listen`; port 0 takes any free port.
    pub listen: SocketAddr,
    /// `server.ops_listen`
    pub ops_listen: Option<SocketAddr>,
    /// `server.drain`
    pub drain: DrainSettings,
}

/// A server that has its addresses and waits to be run.
#[derive(Debug)]
pub struct Server {
    clients: TcpListener,
    operators: Option<TcpListener>,
    drain: DrainSettings,
}

// === impl Server ===

impl Server {
    /// Takes the addresses. The error names the one that could not be had.
    pub async fn bind(settings: &ServerSettings) -> io::Result<Self> {
        let clients = listen::bind(settings.listen).await?;
        let operators = match settings.ops_listen {
            Some(address) => Some(listen::bind(address).await?),
            None => None,
        };
        Ok(Self { clients, operators, drain: settings.drain })
    }

    /// The address that clients reach, with the real port.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.clients.local_addr()
    }

    /// The address that operators reach, if it is one of its own.
    pub fn operators_address(&self) -> io::Result<Option<SocketAddr>> {
        self.operators.as_ref().map(TcpListener::local_addr).transpose()
    }

    /// Serves until a signal comes, then drains. When it returns, the process should end; connections that are still
    /// there end with the runtime.
    pub async fn run(
        self,
        surfaces: Surfaces,
        lifecycle: &Lifecycle,
        metrics: &Metrics,
        mut signals: Signals,
    ) -> Drained {
        let (address, operators) = (self.address().ok(), self.operators_address().ok().flatten());
        let serve = |listener, app| {
            lifecycle.tasks().spawn(listen::accept(listener, app, lifecycle.clone()));
        };
        serve(self.clients, surfaces.clients);
        if let (Some(listener), Some(app)) = (self.operators, surfaces.operators) {
            serve(listener, app);
        }
        lifecycle.enter(Phase::Ready);
        info!(
            addr = address.map(|a| a.to_string()),
            ops_addr = operators.map(|a| a.to_string()),
            "listening"
        );

        let signal = signals.next().await;
        info!(signal, "stopping");
        drain::drain(lifecycle, &self.drain, &mut signals, || {
            let (in_flight, streams) = metrics.running();
            Running { in_flight: in_flight.unsigned_abs(), streams: streams.unsigned_abs() }
        })
        .await
    }
}
