//! Promise 7: a rolling deploy loses no stream that is shorter than the drain deadline. On the process itself.

use std::io::ErrorKind;
use std::time::Duration;

use bedrock_gateway::emulator::Script;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::client::{failure, request, send};
use crate::process::{Process, emulator, signed};
use crate::running::{PATIENCE, chat, soon, streamed};
use crate::sse::Transcript;

const CONFIG: &str = r#"
models: { mappings: { gpt-4o: "amazon.nova-pro-v1:0" } }
integrations: { authentication: { type: none } }
"#;

/// `server.drain`; the section `server` is still open.
fn config(delay: &str, deadline: &str) -> String {
    format!("  drain: {{ delay: {delay}, deadline: {deadline} }}\n{CONFIG}")
}

fn message(text: &str) -> impl Fn(&Value) -> bool {
    move |line| line["message"] == text
}

#[tokio::test]
async fn streams_run_on_while_new_work_goes_elsewhere() {
    let emulator = emulator().await;
    let process = Process::serve(&config("2s", "30s"), &signed(&emulator)).await;
    emulator.script(Script::text(["one ", "two"]).delay_before(2, Duration::from_millis(3500)));
    let mut stream = process.open(&streamed()).await;
    let mut read = soon(stream.read_until("one ")).await;
    process.ready().await;

    process.signal("TERM");
    process.line(message("no longer ready, still taking requests")).await;
    let ready = process.call("/ready", None).await;
    assert_eq!((ready.status, ready.json()), (503, json!({"status": "not_ready", "missing": ["draining"]})));
    assert_eq!(process.call("/health", None).await.status, 200);
    assert_eq!(process.chat(&chat()).await.status, 200, "load balancers have not noticed yet");

    process.line(message("listener closed, waiting for calls to finish")).await;
    let refused = async {
        while TcpStream::connect(process.address).await.map_err(|error| error.kind()).err()
            != Some(ErrorKind::ConnectionRefused)
        {}
    };
    soon(refused).await;

    read.push_str(soon(stream.whole()).await.text());
    let transcript = Transcript::parse(&read);
    assert_eq!((transcript.content().as_str(), transcript.is_done()), ("one two", true));
    let (code, lines) = process.exit().await;
    assert_eq!(code, 0, "{lines:#?}");
}

#[tokio::test]
async fn what_outlives_the_deadline_is_told_and_so_is_the_orchestrator() {
    let emulator = emulator().await;
    let process = Process::serve(&config("0s", "300ms"), &signed(&emulator)).await;
    emulator.script(Script::text(["one ", "two"]).hang_after(2));
    let mut stream = process.open(&streamed()).await;
    let mut read = soon(stream.read_until("one ")).await;
    emulator.script(Script::hang());
    let waiting = chat();
    let whole =
        async { send(process.address, request("/v1/chat/completions", Some(&waiting))).await.whole().await };
    let stop = async {
        emulator.wait_for(|call| call.path.ends_with("/converse"), PATIENCE).await.unwrap();
        process.signal("TERM");
    };
    let (whole, ()) = soon(async { tokio::join!(whole, stop) }).await;
    assert_eq!(whole.failure(), "503 server_error gateway_shutting_down - 1 -");

    read.push_str(soon(stream.whole()).await.text());
    let transcript = Transcript::parse(&read);
    assert_eq!(failure(transcript.error().unwrap()), "server_error gateway_shutting_down -");
    assert_eq!((transcript.content().as_str(), transcript.finish_reasons().len()), ("one ", 0));
    let (code, lines) = process.exit().await;
    assert_eq!(code, 3, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains(r#""message":"drained","cut":2"#)), "{lines:#?}");
}

#[tokio::test]
async fn a_second_signal_does_not_wait() {
    for (delay, deadline) in [("300s", "300s"), ("0s", "300s")] {
        let emulator = emulator().await;
        let process = Process::serve(&config(delay, deadline), &signed(&emulator)).await;
        emulator.script(Script::text(["one ", "two"]).hang_after(2));
        let mut stream = process.open(&streamed()).await;
        let mut read = soon(stream.read_until("one ")).await;
        process.signal("TERM");
        let draining = if delay == "0s" {
            "listener closed, waiting for calls to finish"
        } else {
            "no longer ready, still taking requests"
        };
        process.line(message(draining)).await;
        process.signal("TERM");
        read.push_str(soon(stream.whole()).await.text());
        assert!(Transcript::parse(&read).error().is_some());
        assert_eq!(process.exit().await.0, 3);
    }
}

/// Neither between two searches for credentials nor in the middle of one.
#[tokio::test]
async fn a_process_that_still_looks_for_credentials_ends_at_once() {
    let hangs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", hangs.local_addr().unwrap());
    for environment in [vec![], vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)]] {
        let process = Process::serve(&config("0s", "300s"), &environment).await;
        let held = if environment.is_empty() {
            process.line(message("not ready")).await;
            None
        } else {
            Some(soon(hangs.accept()).await.unwrap())
        };
        assert_eq!(process.call("/ready", None).await.status, 503);
        process.signal("TERM");
        assert_eq!(process.exit().await.0, 0);
        drop(held);
    }
}

/// An idle connection is closed, not waited for; a terminal's Ctrl-C does what an orchestrator's SIGTERM does.
#[tokio::test]
async fn an_idle_process_ends_at_once() {
    for signal in ["TERM", "INT"] {
        let emulator = emulator().await;
        let process = Process::serve(&config("0s", "300s"), &signed(&emulator)).await;
        let silent = TcpStream::connect(process.address).await.unwrap();
        let idle = send(process.address, request("/health", None)).await;
        process.signal(signal);
        assert_eq!(process.exit().await.0, 0, "{signal}");
        drop((silent, idle));
    }
}
