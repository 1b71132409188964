//! `bedrock-gateway serve`: the service.

use super::{block_on, failed};
use crate::{
    app::App,
    bedrock::{self, Transport},
    config::{self, Config, Environment},
    lifecycle::{Lifecycle, signals::Signals},
    server::{
        Server, ServerSettings,
        routes::routes,
        stack::{StackSettings, stack},
    },
    telemetry::{logs, metrics::Metrics},
};
use std::{error::Error, path::PathBuf, process::ExitCode, sync::Arc};

/// Run the gateway
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// The configuration; without it GATEWAY_CONFIG, then config/gateway.yaml, then defaults
    #[arg(long)]
    config: Option<PathBuf>,
}

/// A gateway that listens and is not yet serving.
pub(super) struct Bound {
    server: Server,
    metrics: Arc<Metrics>,
    lifecycle: Lifecycle,
    signals: Signals,
    config: Config,
}

/// Runs the service until it is told to stop. The exit code is 0 when every call was finished, 3 when some had to be
/// cut, 1 when the service could not start.
pub(super) fn run(args: ServeArgs) -> ExitCode {
    let loaded = match config::load(args.config.as_deref(), &Environment::capture()) {
        Ok(loaded) => loaded,
        Err(problems) => return failed("the configuration has errors", &problems),
    };
    let _flush = match logs::init(&loaded.config.logs) {
        Ok(flush) => flush,
        Err(error) => return failed("logging could not be started", &error),
    };
    for warning in &loaded.warnings {
        tracing::warn!(%warning, "configuration");
    }
    block_on(async {
        match start(loaded.config).await {
            Ok(code) => code,
            Err(error) => {
                tracing::error!(error, "the gateway could not start");
                failed("the gateway could not start", &error)
            }
        }
    })
}

async fn start(config: Config) -> Result<ExitCode, Box<dyn Error>> {
    let bound = Bound::new(config).await?;
    let transport = bedrock::connect(&bound.config.upstream).await?;
    let checked = Arc::clone(&transport);
    bound.lifecycle.require("credentials", move || checked.check_credentials());
    bound.serve(transport).await
}

// === impl Bound ===

impl Bound {
    /// Listens, so that a port that is taken is found out before anything else is done.
    pub(super) async fn new(config: Config) -> Result<Self, Box<dyn Error>> {
        let config::ServerSettings { listen, ops_listen, drain, .. } = config.server;
        let server = Server::bind(&ServerSettings { listen, ops_listen, drain }).await?;
        let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"))?);
        let signals = Signals::system()?;
        Ok(Self { server, metrics, lifecycle: Lifecycle::new(), signals, config })
    }

    /// Where clients connect.
    #[cfg(feature = "emulator")]
    pub(super) fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.server.address()
    }

    /// Serves until told to stop.
    pub(super) async fn serve(self, transport: Arc<dyn Transport>) -> Result<ExitCode, Box<dyn Error>> {
        let Self { server, metrics, lifecycle, signals, config } = self;
        let settings = StackSettings::new(&config)?;
        let app = App::new(&config, transport, metrics.clone(), lifecycle.clone());
        let surfaces = stack(routes(app), &settings, &metrics, &lifecycle);
        let drained = server.run(surfaces, &lifecycle, &metrics, signals).await;
        Ok(ExitCode::from(drained.exit_code()))
    }
}
