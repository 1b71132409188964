//! What operators see: one log line per request, and metrics that Prometheus can read.

use crate::support::{TestServer, chat, get_, piece};
use bedrock_gateway::telemetry::logs::{LogFormat, LogSettings, subscriber};
use serde_json::Value;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};
use tracing::subscriber::DefaultGuard;

/// Everything that is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn capture(filter: &str) -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let settings = LogSettings { format: LogFormat::Json, filter: Some(filter.into()) };
        let subscriber = subscriber(&settings, move || writer.clone()).unwrap();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn requests(&self) -> Vec<Value> {
        let lines = self.text();
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["message"] == "request").collect()
    }
}

#[tokio::test]
async fn a_call_is_one_line() {
    let (log, _guard) = Log::capture("");
    let server = TestServer::with(|options| options.keys(&["sk-secret"])).await;
    let request = chat()
        .header("authorization", "Bearer sk-secret")
        .header("x-request-id", "mine")
        .header("user-agent", "OpenAI/Python 3.54");
    server.ask(request, "a private prompt").await;
    server.metric("gateway_in_flight_requests 0").await;
    let lines = log.requests();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    for (field, value) in [
        ("request_id", Value::from("mine")),
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
    let (log, _guard) = Log::capture("");
    let mut server = TestServer::with(|options| options.keys(&["sk-secret"])).await;
    server.ask(chat(), "").await;
    server.ask(get_("/nothing"), "").await;
    let mut client = server.client().await;
    let key = "Bearer sk-secret";
    let mut response = client.open(chat().header("authorization", key), "stream").await;
    let stream = server.streams.recv().await.unwrap();
    stream.send("data: a private answer\n\n").await;
    piece(&mut response).await.unwrap();
    client.hang_up();
    server.metric("gateway_stream_outcomes_total{outcome=\"cancelled\"} 1").await;

    let lines = log.requests();
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
    let (log, _guard) = Log::capture("trace,hyper=trace,h2=trace,axum=trace,tower_http=trace");
    let server = TestServer::with(|options| options.keys(&["sk-secret"])).await;
    for key in ["Bearer sk-secret", "Bearer sk-guess"] {
        server.ask(chat().header("authorization", key), "a private prompt").await;
        server.ask(chat().header("x-api-key", &key[7..]), "panic").await;
    }
    server.ask(get_("/v1/models/x?api_key=sk-secret"), "").await;
    server.ask(get_("/metrics"), "").await;
    let text = log.text();
    assert!(log.requests().len() >= 6, "{text}");
    for secret in ["sk-secret", "sk-guess", "private"] {
        assert!(!text.contains(secret), "{secret} in {text}");
        assert!(!server.metrics.render().contains(secret));
    }
}

#[tokio::test]
async fn probes_are_silent_while_they_succeed() {
    let (log, _guard) = Log::capture("info");
    let server = TestServer::start().await;
    for path in ["/health", "/ready", "/metrics"] {
        server.ask(get_(path), "").await;
    }
    assert_eq!(log.requests(), Vec::<Value>::new());
    let _block = server.life.block("store");
    server.ask(get_("/ready"), "").await;
    assert_eq!(log.requests().len(), 1);
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
