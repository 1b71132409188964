//! `bedrock-gateway demo`: the gateway over an emulated Bedrock on loopback. Needs no AWS account and no
//! configuration.

use super::{block_on, failed, say, serve::Bound};
use crate::{
    bedrock::{self, Settings, StartError, Transport},
    config::{self, Environment},
    emulator::{self, Credentials, Emulator},
};
use aws_credential_types::provider::SharedCredentialsProvider;
use std::{error::Error, net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

/// What the emulator checks signatures against; it never leaves the process.
const ACCESS_KEY_ID: &str = "AKIADEMO";

/// The configuration that the project ships.
const SHIPPED: &str = include_str!("../../config/gateway.yaml");

/// Run the gateway over an emulated Bedrock: needs no AWS account
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
}

/// Runs until SIGTERM or SIGINT.
pub(super) fn run(args: DemoArgs) -> ExitCode {
    block_on(async {
        match start(args).await {
            Ok(code) => code,
            Err(error) => failed("the demo could not start", &error),
        }
    })
}

async fn start(args: DemoArgs) -> Result<ExitCode, Box<dyn Error>> {
    let secret = random()?;
    let settings = emulator::Settings {
        credentials: Some(Credentials::new(ACCESS_KEY_ID, &secret)),
        ..emulator::Settings::default()
    };
    let emulator = Emulator::start(settings).await?;
    let key = format!("br-demo-{}", random()?);
    let mut config = config::parse_text(SHIPPED, &environment(&key))?;
    config.server.listen = args.listen;
    // Nobody balances load in front of a demo.
    config.server.drain.delay = Duration::ZERO;
    let transport = transport(&emulator, secret).await?;
    let bound = Bound::new(config).await?;
    say(&welcome(bound.address()?, &key))?;
    bound.serve(transport).await
}

/// The demo is the same wherever it is started: of the environment it takes nothing.
fn environment(key: &str) -> Environment {
    Environment::from_iter([("API_KEYS", key)])
}

async fn transport(emulator: &Emulator, secret: String) -> Result<Arc<dyn Transport>, StartError> {
    let credentials = aws_credential_types::Credentials::new(ACCESS_KEY_ID, secret, None, None, "demo");
    let sdk = aws_config::SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let settings = Settings {
        region: Some("us-east-1".to_owned()),
        endpoint_url: Some(emulator.endpoint()),
        ..Settings::default()
    };
    bedrock::connect_with(&sdk, &settings).await
}

fn welcome(address: SocketAddr, key: &str) -> String {
    format!(
        "bedrock-gateway demo: an emulated Bedrock answers, no AWS account is used. Ctrl-C stops it.\n\
         \n\
         base URL  http://{address}/v1\n\
         API key   {key}\n\
         \n\
         Try it:\n\
         \n  \
         curl -N http://{address}/v1/chat/completions \\\n    \
         -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\\n    \
         -d '{{\"model\":\"gpt-4o\",\"stream\":true,\"messages\":[{{\"role\":\"user\",\"content\":\"Hello!\"}}]}}'\n"
    )
}

fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}
