//! What must not be seen: prompts, answers and credentials in debug prints and logs, however loud they are
//! set.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bedrock_gateway::bedrock::{Deadlines, Frames, Operation, TransportKind, whole};

use crate::server::{Server, answer, chunk, stream_end, stream_head};
use crate::{BOTH, SECRET_KEY, call, event, kind, transport};

const PROMPT: &str = "the-prompt-of-a-client";
const ANSWER: &str = "the-answer-of-the-model";

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn debug_of_a_call_shows_its_length_only() {
    let printed = format!("{:?}", call(Operation::Converse, "m", PROMPT));
    assert_eq!(printed, r#"Call { operation: Converse, model_id: "m", body: 22 bytes }"#);
}

/// Everything that the crates below us log at their loudest, for answers, streams and refusals.
#[tokio::test]
async fn nothing_private_is_logged_at_any_level() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process: which callsites are live is decided for all threads at once.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let server =
        Server::start(|_, seen| match (seen.target.contains("refused"), seen.target.ends_with("stream")) {
            (true, _) => answer(400, "x-amzn-errortype: ValidationException\r\n", r#"{"message":"No."}"#),
            (false, true) => vec![stream_head(), chunk(&event("contentBlockDelta", ANSWER)), stream_end()],
            (false, false) => answer(200, "", ANSWER),
        })
        .await;
    let transport = transport(&server).await;
    for operation in BOTH {
        for model_id in ["answered", "refused"] {
            let Ok(reply) = transport.call(call(operation, model_id, PROMPT)).await else { continue };
            tracing::trace!(?reply, "a reply");
            if operation == Operation::ConverseStream {
                let mut frames = Frames::new(reply, &Deadlines::default()).unwrap();
                let frame = frames.next().await;
                tracing::trace!(?frame, ?frames, "a frame");
            } else {
                assert_eq!(whole(reply, &Deadlines::default(), 100).await.unwrap(), ANSWER);
            }
        }
    }
    assert!(server.seen().iter().all(|seen| seen.body == PROMPT.as_bytes()));
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let loud = if kind() == TransportKind::Sdk { "transmitting request" } else { "hyper" };
    assert!(logged.contains(loud), "what the crates below trace is part of what is looked at");
    let signature = server.seen()[0].header("authorization").unwrap().rsplit('=').next().unwrap().to_owned();
    for secret in [PROMPT, ANSWER, SECRET_KEY, &signature] {
        if let Some(line) = logged.lines().find(|line| line.contains(secret)) {
            panic!("`{secret}` was logged: {line}");
        }
    }
}
