//! Application inference profiles: what is asked of the control plane, and what a request becomes by its answer.

use std::sync::Arc;

use bedrock_gateway::app::App;
use bedrock_gateway::bedrock::{Fault, FaultKind, Operation, Settings};
use bedrock_gateway::config::{Environment, parse_text};
use bedrock_gateway::dispatch::Dispatcher;
use bedrock_gateway::lifecycle::Lifecycle;
use bedrock_gateway::telemetry::labels::Route;
use bedrock_gateway::telemetry::metrics::Metrics;
use bedrock_gateway::telemetry::record::{CallRecord, Received};
use serde_json::{Value, json};

use crate::identity::expected_authorization;
use crate::server::{Seen, Server, Step, answer};
use crate::{call, connected, sdk_config, settings};

const ARN: &str = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3d4e5f6";
const PATH: &str = "/inference-profiles/arn%3Aaws%3Abedrock%3Aus-west-2%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3d4e5f6";

const PROFILE: &str = r#"{"inferenceProfileName":"mine","type":"APPLICATION","models":[
    {"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-8"},
    {"modelArn":"arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-opus-4-8"}]}"#;

const REPLY: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;

/// A Bedrock whose control plane gives `profile`.
async fn bedrock(profile: fn() -> Vec<Step>) -> Server {
    Server::start(move |_, seen: &Seen| match seen.target.starts_with("/inference-profiles/") {
        true => profile(),
        false => answer(200, "content-type: application/json\r\n", REPLY),
    })
    .await
}

async fn gateway(server: &Server, more: &str) -> Arc<Dispatcher> {
    let text = format!(
        "{{ integrations: {{ authentication: {{ type: none }} }}, upstream: {{ endpoint_url: \"{}\" }}, {more} }}",
        server.url
    );
    let config = parse_text(&text, &Environment::default()).unwrap();
    let transport = connected(&sdk_config().build(), &config.upstream).await.unwrap();
    let metrics = Arc::new(Metrics::new("test").unwrap());
    App::new(&config, transport, metrics, Lifecycle::new()).chat.dispatcher
}

/// Asks for one tool call at a time, which only Claude can be told, and gives what Bedrock got for it.
async fn ask(gateway: &Arc<Dispatcher>, server: &Server, model: &str) -> Value {
    let request = json!({
        "model": model,
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "parallel_tool_calls": false
    });
    let received =
        Received { request_id: "id".into(), method: http::Method::POST, route: Route::ChatCompletions };
    let record = CallRecord::open(received);
    let request = request.to_string();
    let plan = gateway.plan(serde_json::from_str(&request).unwrap(), request.len(), &record).await.unwrap();
    gateway.chat(plan, &record).await.unwrap();
    let sent: Value = serde_json::from_slice(&server.seen().pop().unwrap().body).unwrap();
    sent["additionalModelRequestFields"]["tool_choice"]["disable_parallel_tool_use"].clone()
}

fn questions(server: &Server) -> usize {
    server.seen().iter().filter(|seen| seen.target == PATH).count()
}

#[tokio::test]
async fn the_question_is_a_signed_get_without_a_body() {
    let server = bedrock(|| answer(200, "", PROFILE)).await;
    let elsewhere = Server::start(|_, _| answer(200, "", PROFILE)).await;
    let beside = settings(&server.url);
    let own = Settings { control_endpoint_url: Some(elsewhere.url.clone()), ..settings(&server.url) };
    for (settings, asked) in [(beside, &server), (own, &elsewhere)] {
        let transport = connected(&sdk_config().build(), &settings).await.unwrap();
        transport.call(call(Operation::GetInferenceProfile, ARN, "")).await.unwrap();
        let [seen] = asked.seen().try_into().unwrap();
        assert_eq!((&*seen.target, seen.body.len()), (PATH, 0));
        assert_eq!(seen.header("content-type"), None);
        assert_eq!(seen.header("host"), asked.url.strip_prefix("http://"));
        assert_eq!(seen.header("authorization").unwrap(), expected_authorization("GET", asked, &seen));
    }
}

#[tokio::test]
async fn a_refusal_is_a_fault() {
    let denied = "x-amzn-errortype: AccessDeniedException\r\n";
    let server = Server::start(move |_, _| answer(403, denied, r#"{"message":"not allowed"}"#)).await;
    let transport = connected(&sdk_config().build(), &settings(&server.url)).await.unwrap();
    let fault: Fault = transport.call(call(Operation::GetInferenceProfile, ARN, "")).await.unwrap_err();
    assert_eq!((fault.kind, fault.status), (FaultKind::AccessDenied, Some(403)));
}

#[tokio::test]
async fn row_58_a_profile_is_treated_as_its_model() {
    let server = bedrock(|| answer(200, "", PROFILE)).await;
    let gateway = gateway(&server, "models: {}").await;
    for _ in 0..3 {
        assert_eq!(ask(&gateway, &server, ARN).await, json!(true));
    }
    assert_eq!(questions(&server), 1, "asked once");
    assert!(
        server.seen().pop().unwrap().target.starts_with("/model/arn%3Aaws"),
        "and called by its own name"
    );
    let counted = r#"gateway_upstream_requests_total{model="anthropic.claude-opus-4-8""#;
    assert!(gateway.metrics.render().contains(counted));
}

#[tokio::test]
async fn row_58_a_profile_that_cannot_be_looked_up_is_served_all_the_same() {
    let server = bedrock(|| answer(403, "x-amzn-errortype: AccessDeniedException\r\n", "{}")).await;
    let gateway = gateway(&server, "models: {}").await;
    for _ in 0..2 {
        assert_eq!(ask(&gateway, &server, ARN).await, Value::Null);
    }
    assert_eq!(questions(&server), 1, "the refusal is remembered");
}

#[tokio::test]
async fn row_58_what_the_operator_says_is_not_asked() {
    let server = bedrock(|| answer(200, "", PROFILE)).await;
    let named = format!("catalog: {{ models: {{ \"{ARN}\": {{ model: amazon.nova-lite-v1:0 }} }} }}");
    let alias = format!("models: {{ mappings: {{ mine: \"{ARN}\" }} }}, {named}");
    for (more, model) in [(&*named, ARN), (&*alias, "mine"), ("catalog: { resolve_profiles: false }", ARN)] {
        let gateway = gateway(&server, more).await;
        assert_eq!(ask(&gateway, &server, model).await, Value::Null);
    }
    assert_eq!(questions(&server), 0);
}
