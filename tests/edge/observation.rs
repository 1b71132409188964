//! What operators see: one log line per request, and metrics that Prometheus can read.

use crate::support::{TestServer, chat, get_, piece, until};
use bedrock_gateway::telemetry::logs::{LogFormat, LogSettings, subscriber};
use serde_json::Value;
use std::{
    io::{self, Write},
    sync::{Mutex, Once},
};

/// Everything that this process logs. One for all tests, since `tracing` caches what is enabled per process; each test
/// knows its own lines by their request ids.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter = Some("trace,hyper=trace,h2=trace,axum=trace,tower_http=trace".to_owned());
        let settings = LogSettings { format: LogFormat::Json, filter };
        tracing::subscriber::set_global_default(subscriber(&settings, || Writer).unwrap()).unwrap();
    });
}

fn log() -> String {
    String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
}

/// The lines of the calls with this id, once there are so many.
async fn lines(request_id: &str, count: usize) -> Vec<Value> {
    let of_id = || -> Vec<Value> {
        let log = log();
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["request_id"] == request_id).collect()
    };
    until(request_id, async || of_id().len() >= count).await;
    let lines = of_id();
    assert!(lines.len() == count && lines.iter().all(|line| line["message"] == "request"), "{lines:?}");
    lines
}

#[tokio::test]
async fn a_call_is_one_line() {
    capture();
    let server = TestServer::with(|options| options.keys(&["sk-secret"])).await;
    let request = chat()
        .header("authorization", "Bearer sk-secret")
        .header("x-request-id", "one-line")
        .header("user-agent", "OpenAI/Python 3.54");
    server.ask(request, "a private prompt").await;
    let line = &lines("one-line", 1).await[0];
    for (field, value) in [
        ("level", Value::from("INFO")),
        ("method", "POST".into()),
        ("route", "chat_completions".into()),
        ("status", 200.into()),
        ("outcome", "ok".into()),
        ("key_id", "746b4ad1".into()),
        ("model", "gpt-4o".into()),
        ("served_model", "amazon.nova-pro-v1:0".into()),
        ("stream", false.into()),
        ("input_tokens", 3.into()),
        ("output_tokens", 5.into()),
        ("user_agent", "OpenAI/Python 3.54".into()),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    for field in ["duration_ms", "overhead_ms"] {
        assert!(line[field].is_f64(), "{field}: {line}");
    }
    for field in ["error_code", "ttft_ms", "upstream_ms", "target", "warnings"] {
        assert!(line.get(field).is_none(), "{field}: {line}");
    }
}

#[tokio::test]
async fn failures_say_why() {
    capture();
    let mut server = TestServer::with(|options| options.keys(&["sk-secret"])).await;
    server.ask(chat().header("x-request-id", "why"), "").await;
    server.ask(get_("/nothing").header("x-request-id", "why"), "").await;
    let mut client = server.client().await;
    let request = chat().header("authorization", "Bearer sk-secret").header("x-request-id", "why");
    let mut response = client.open(request, "stream").await;
    let stream = server.streams.recv().await.unwrap();
    stream.send("data: a private answer\n\n").await;
    piece(&mut response).await.unwrap();
    client.hang_up();

    let lines = lines("why", 3).await;
    let facts: Vec<_> =
        lines.iter().map(|line| [&line["status"], &line["outcome"], &line["error_code"]]).collect();
    assert_eq!(
        serde_json::to_string(&facts).unwrap(),
        r#"[[401,"error","invalid_api_key"],[404,"error","unknown_url"],[200,"cancelled",null]]"#
    );
    assert_eq!(lines[2]["output_tokens"], 11, "what was used up to the hang-up is in the line");
    assert!(lines[2]["ttft_ms"].is_f64());
}

#[tokio::test]
async fn no_log_holds_a_secret_even_at_trace() {
    capture();
    let server = TestServer::with(|options| options.keys(&["sk-secret"])).await;
    for key in ["Bearer sk-secret", "Bearer sk-guess"] {
        let request = || chat().header("x-request-id", "secrets");
        server.ask(request().header("authorization", key), "a private prompt").await;
        server.ask(request().header("x-api-key", &key[7..]), "panic").await;
    }
    server.ask(get_("/v1/models/x?api_key=sk-secret").header("x-request-id", "secrets"), "").await;
    lines("secrets", 5).await;
    let log = log();
    for secret in ["sk-secret", "sk-guess", "private"] {
        assert!(!log.contains(secret), "{secret} in {log}");
        assert!(!server.metrics.render().contains(secret));
    }
}

#[tokio::test]
async fn probes_are_of_no_interest_while_they_succeed() {
    capture();
    let server = TestServer::start().await;
    for path in ["/health", "/ready", "/metrics"] {
        server.ask(get_(path).header("x-request-id", "good-probe"), "").await;
    }
    assert!(lines("good-probe", 3).await.iter().all(|line| line["level"] == "DEBUG"));
    let _block = server.life.block("store");
    server.ask(get_("/ready").header("x-request-id", "bad-probe"), "").await;
    assert_eq!(lines("bad-probe", 1).await[0]["level"], "INFO");
}

#[tokio::test]
async fn the_metrics_are_prometheus_text() {
    let server = TestServer::start().await;
    server.ask(chat(), "hello").await;
    server.metric("gateway_in_flight_requests 0").await;
    let text = server.ask(get_("/metrics"), "").await.body;
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let name = series.split('{').next().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
        let family =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(text.contains(&format!("# TYPE {family} ")), "{line}");
        assert!(text.contains(&format!("# HELP {family} ")), "{line}");
    }
    for line in [
        r#"gateway_build_info{version="0.0.0-test"} 1"#,
        r#"gateway_requests_total{model="gpt-4o",route="chat_completions",status="200"} 1"#,
        r#"gateway_request_duration_seconds_count{model="gpt-4o",route="chat_completions"} 1"#,
        r#"gateway_request_duration_seconds_bucket{model="gpt-4o",route="chat_completions",le="600"} 1"#,
        r#"gateway_overhead_seconds_count{route="chat_completions"} 1"#,
        r#"gateway_tokens_total{kind="output",model="gpt-4o"} 5"#,
        r#"gateway_stream_outcomes_total{outcome="ok"} 0"#,
    ] {
        assert!(text.lines().any(|have| have == line), "no {line} in\n{text}");
    }
    for name in ["process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"] {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.split(' ').next_back().unwrap().parse::<f64>().unwrap() > 0.0, "{line}");
    }
}
