//! `bedrock-gateway emulator`: the Bedrock look-alike alone. Any AWS SDK reaches it through
//! `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`.

use super::{block_on, failed, say};
use crate::{
    emulator::{Credentials, Emulator, Settings},
    lifecycle::signals::Signals,
};
use std::{net::SocketAddr, process::ExitCode, time::Duration};

/// Run the emulated Bedrock alone
#[derive(Debug, clap::Args)]
pub(super) struct EmulatorArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:4566")]
    listen: SocketAddr,
    /// Time between two pieces of a streamed answer, in milliseconds
    #[arg(long)]
    pace_ms: Option<u64>,
    /// Check SigV4 signatures against this key id
    #[arg(long, requires = "secret_access_key")]
    access_key_id: Option<String>,
    /// Check SigV4 signatures against this secret
    #[arg(long, requires = "access_key_id")]
    secret_access_key: Option<String>,
    /// Accept this bearer token
    #[arg(long)]
    bearer: Option<String>,
    /// How far the emulator's clock is ahead, in seconds
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    clock_offset: i64,
}

/// Runs until SIGTERM or SIGINT.
pub(super) fn run(args: EmulatorArgs) -> ExitCode {
    let credentials = args.access_key_id.zip(args.secret_access_key);
    let defaults = Settings::default();
    let settings = Settings {
        listen: args.listen,
        pace: args.pace_ms.map_or(defaults.pace, Duration::from_millis),
        credentials: credentials.map(|(id, secret)| Credentials::new(id, secret)),
        bearer: args.bearer,
        clock_offset_secs: args.clock_offset,
        ..defaults
    };
    block_on(async {
        let mut signals = match Signals::system() {
            Ok(signals) => signals,
            Err(error) => return failed("signals cannot be received", &error),
        };
        let emulator = match Emulator::start(settings).await {
            Ok(emulator) => emulator,
            Err(error) => return failed("the emulator could not start", &error),
        };
        if let Err(error) = say(&format!("emulator listening on {}", emulator.endpoint())) {
            return failed("standard output is closed", &error);
        }
        emulator.until(async { _ = signals.next().await }).await;
        ExitCode::SUCCESS
    })
}
