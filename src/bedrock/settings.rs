//! What an operator chooses about one Bedrock target: where it is, and how long to wait for it.

use std::time::Duration;

/// One Bedrock target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// AWS region; `None` takes it from the environment, the profile or the instance.
    pub region: Option<String>,
    /// Base URL in place of the region's own endpoint; `None` leaves `AWS_ENDPOINT_URL_BEDROCK_RUNTIME` in
    /// force. A path in it is kept and prefixed to every request path.
    pub endpoint_url: Option<String>,
    /// Base URL of the control plane; `None` takes the one beside the Bedrock Runtime endpoint: `bedrock` where that
    /// says `bedrock-runtime`, and any other as it is.
    pub control_endpoint_url: Option<String>,
    /// How long to wait for what.
    pub deadlines: Deadlines,
    /// Which transport reaches it.
    pub transport: TransportKind,
}

/// How Bedrock is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransportKind {
    /// Directly where that can serve the target, else through the SDK.
    #[default]
    Auto,
    /// Requests are signed and sent by the gateway itself; a target that this cannot serve is an error at start.
    Direct,
    /// Through `aws-sdk-bedrockruntime`.
    Sdk,
}

/// How long each stage of an exchange may take.
///
/// The long ones are long on purpose: the arguments of a tool call can take Bedrock more than two minutes
/// without a single event, and a plain answer's head arrives only when the whole answer is ready
/// (translation reference §3.5, "Idle gaps"). A client that loses patience first simply hangs up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Name lookup, TCP and TLS handshake. 5 s.
    pub connect: Duration,
    /// From the call to the status line, credentials and connection included. 900 s, for a `Converse`
    /// answer's head comes when the answer is complete.
    pub head: Duration,
    /// From the head to the first event of a stream. 300 s.
    pub first_event: Duration,
    /// Between two events of a stream, or two reads of a plain body. 300 s.
    pub gap: Duration,
    /// From the head to the end of the body. 3600 s.
    pub total: Duration,
}

// === impl Deadlines ===

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            head: Duration::from_secs(900),
            first_event: Duration::from_secs(300),
            gap: Duration::from_secs(300),
            total: Duration::from_secs(3600),
        }
    }
}
