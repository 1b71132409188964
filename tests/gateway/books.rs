//! What is counted: every metric of design §4.4 that exists, exactly, after known traffic; and that no client can make
//! up label values.

use std::collections::BTreeMap;

use bedrock_gateway::bedrock::{Fault, FaultKind};
use bedrock_gateway::emulator::Script;
use serde_json::json;

use crate::client::request;
use crate::logs;
use crate::memory::{Memory, whole};
use crate::running::{TestGateway, chat, streamed};

/// What the test's traffic must give. The call of `/metrics` that shows it is not counted yet.
const EXPECTED: &str = r#"
build_info{version="0.0.0-test"} 1
in_flight_requests 0
open_streams 0
overhead_seconds_count{route="chat_completions"} 8
overhead_seconds_count{route="health"} 1
overhead_seconds_count{route="model"} 1
overhead_seconds_count{route="models"} 1
overhead_seconds_count{route="unknown"} 1
request_duration_seconds_count{model="amazon.nova-pro-v1:0",route="chat_completions"} 5
request_duration_seconds_count{model="anthropic.claude-haiku-4-5-20251001-v1:0",route="chat_completions"} 1
request_duration_seconds_count{model="other",route="chat_completions"} 1
request_duration_seconds_count{model="none",route="chat_completions"} 1
request_duration_seconds_count{model="none",route="health"} 1
request_duration_seconds_count{model="none",route="model"} 1
request_duration_seconds_count{model="none",route="models"} 1
request_duration_seconds_count{model="none",route="unknown"} 1
requests_total{model="amazon.nova-pro-v1:0",route="chat_completions",status="200"} 4
requests_total{model="amazon.nova-pro-v1:0",route="chat_completions",status="429"} 1
requests_total{model="anthropic.claude-haiku-4-5-20251001-v1:0",route="chat_completions",status="200"} 1
requests_total{model="other",route="chat_completions",status="200"} 1
requests_total{model="none",route="chat_completions",status="404"} 1
requests_total{model="none",route="health",status="200"} 1
requests_total{model="none",route="model",status="200"} 1
requests_total{model="none",route="models",status="200"} 1
requests_total{model="none",route="unknown",status="404"} 1
stream_outcomes_total{outcome="cancelled"} 0
stream_outcomes_total{outcome="error"} 1
stream_outcomes_total{outcome="ok"} 1
throttled_total{limit="body_total"} 0
throttled_total{limit="global"} 0
throttled_total{limit="in_flight"} 0
time_to_first_token_seconds_count{model="amazon.nova-pro-v1:0"} 2
tokens_total{kind="input",model="amazon.nova-pro-v1:0"} 33
tokens_total{kind="output",model="amazon.nova-pro-v1:0"} 66
tokens_total{kind="cache_read",model="amazon.nova-pro-v1:0"} 99
tokens_total{kind="cache_write",model="amazon.nova-pro-v1:0"} 132
tokens_total{kind="input",model="anthropic.claude-haiku-4-5-20251001-v1:0"} 5
tokens_total{kind="output",model="anthropic.claude-haiku-4-5-20251001-v1:0"} 6
tokens_total{kind="input",model="other"} 7
tokens_total{kind="output",model="other"} 8
upstream_duration_seconds_count{model="amazon.nova-pro-v1:0",target="us-east-1"} 5
upstream_duration_seconds_count{model="anthropic.claude-haiku-4-5-20251001-v1:0",target="us-east-1"} 1
upstream_duration_seconds_count{model="other",target="us-east-1"} 1
upstream_requests_total{model="amazon.nova-pro-v1:0",result="ok",target="us-east-1"} 4
upstream_requests_total{model="amazon.nova-pro-v1:0",result="throttled",target="us-east-1"} 1
upstream_requests_total{model="anthropic.claude-haiku-4-5-20251001-v1:0",result="ok",target="us-east-1"} 1
upstream_requests_total{model="other",result="ok",target="us-east-1"} 1
"#;

/// Counters and gauges as they are, histograms by their counts.
fn exact<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, &'a str> {
    let lines = lines.filter(|line| !line.contains("_bucket{") && !line.contains("_sum{"));
    lines.map(|line| line.rsplit_once(' ').unwrap()).collect()
}

#[tokio::test]
async fn known_traffic_gives_exact_counts() {
    let gateway = TestGateway::start().await;
    let usage = |script: Script| script.usage_with_cache(11, 22, 33, 44);
    let mut claude = chat();
    claude["model"] = json!("claude");
    let mut odd = chat();
    odd["model"] = json!("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456");
    let mut unknown = chat();
    unknown["model"] = json!("gpt-9");
    let traffic = [
        (chat(), Some(usage(Script::text(["a"]))), 200),
        (chat(), Some(usage(Script::text(["a"]))), 200),
        (streamed(), Some(usage(Script::text(["a", "b"]))), 200),
        (streamed(), Some(Script::text(["a", "b"]).cut_after(2)), 200),
        (streamed(), Some(Script::failure(429, "ThrottlingException", "slow")), 429),
        (claude, Some(Script::text(["a"]).usage(5, 6)), 200),
        (odd, Some(Script::text(["a"]).usage(7, 8)), 200),
        (unknown, None, 404),
    ];
    for (body, script, status) in traffic {
        script.into_iter().for_each(|script| gateway.emulator.script(script));
        let answer = gateway.chat(&body).await;
        assert_eq!(answer.status, status);
        logs::line(answer.header("x-request-id").unwrap()).await;
    }
    for path in ["/v1/models", "/v1/models/gpt-4o", "/health", "/nowhere"] {
        let answer = gateway.get(path).await;
        logs::line(answer.header("x-request-id").unwrap()).await;
    }
    let metrics = gateway.metrics("").await;
    let found = exact(metrics.iter().map(String::as_str));
    assert_eq!(found, exact(EXPECTED.trim().lines()));
}

#[tokio::test]
async fn the_durations_of_a_call_are_told_apart() {
    let gateway = TestGateway::start().await;
    let second = std::time::Duration::from_millis(300);
    gateway.emulator.script(Script::text(["a", "b"]).head_delay(second).delay_before(1, second));
    let answer = gateway.chat(&streamed()).await;
    let line = logs::line(answer.header("x-request-id").unwrap()).await;
    let ms = |name: &str| line[name].as_f64().unwrap();
    assert!((300.0..600.0).contains(&ms("upstream_ms")), "{line}");
    assert!((600.0..900.0).contains(&ms("ttft_ms")), "{line}");
    assert!(ms("duration_ms") >= ms("ttft_ms") && ms("overhead_ms") < 100.0, "{line}");
}

/// 10,000 names that pass through as Bedrock ids and that Bedrock does not know.
#[tokio::test]
async fn clients_cannot_make_up_label_values() {
    let fault = Fault::new(FaultKind::ModelNotFound, "The provided model identifier is invalid.");
    let gateway = Memory::failing(fault).gateway(&[]);
    let series = || gateway.parts.metrics.render().lines().filter(|line| !line.starts_with('#')).count();
    let mut after_one = 0;
    for number in 0..10_000_u32 {
        let name = match number % 4 {
            0 => format!("acme{number}.model-v{number}:0"),
            1 => format!("us.amazon.nova-{number}-v1:0"),
            2 => format!("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/{number:012}"),
            _ => format!("gpt-{number}"),
        };
        let mut body = if number % 2 == 0 { chat() } else { streamed() };
        body["model"] = json!(name);
        assert_eq!(gateway.post(&body).await.status(), 404, "{name}");
        let show = request(&format!("/v1/models/{name}"), None);
        whole(gateway.send(show).await).await;
        let nowhere = request(&format!("/nowhere/{number}"), None);
        assert_eq!(whole(gateway.send(nowhere).await).await.status, 404);
        if number == 3 {
            after_one = series();
        }
    }
    assert_eq!(series(), after_one);
    assert_eq!(gateway.memory.calls(), 7_500);
    let text = gateway.parts.metrics.render();
    assert!(
        text.contains(r#"gateway_requests_total{model="other",route="chat_completions",status="404"} 7500"#)
    );
    assert!(
        text.contains(r#"gateway_requests_total{model="none",route="chat_completions",status="404"} 2500"#)
    );
}
