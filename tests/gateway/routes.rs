//! What answers where, and that everything else is refused in the same envelope.

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::client::{Answer, request, send};
use crate::memory::{Memory, Still, whole};
use crate::running::{TestGateway, chat, soon};

fn still(overrides: &[(&str, &str)]) -> Still {
    Memory::stream([]).gateway(overrides)
}

async fn get(gateway: &Still, path: &str) -> Answer {
    whole(gateway.send(request(path, None)).await).await
}

async fn method(gateway: &Still, method: Method, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    whole(gateway.send(request).await).await
}

fn model(id: &str, owned_by: &str) -> Value {
    json!({"id": id, "object": "model", "created": 0, "owned_by": owned_by})
}

#[tokio::test]
async fn clients_are_served_under_both_prefixes_and_below_the_base_path() {
    let gateway = still(&[("GATEWAY__SERVER__BASE_PATH", "/prod")]);
    for prefix in ["/v1", "/api/v1", "/prod/v1", "/prod/api/v1"] {
        let request = request(&format!("{prefix}/chat/completions"), Some(&chat()));
        assert_eq!(gateway.send(request).await.status(), 200, "{prefix}");
        assert_eq!(get(&gateway, &format!("{prefix}/models")).await.status, 200, "{prefix}");
    }
    for probe in ["/health", "/ready", "/metrics", "/prod/health", "/prod/ready", "/prod/metrics"] {
        assert_eq!(get(&gateway, probe).await.status, 200, "{probe}");
    }
    for path in ["/prod", "/prod/", "/prod/prod/v1/models", "/other/v1/models"] {
        assert_eq!(get(&gateway, path).await.status, 404, "{path}");
    }
    assert_eq!(get(&still(&[]), "/prod/v1/models").await.status, 404);
}

#[tokio::test]
async fn the_models_are_the_aliases() {
    let expected = json!({"object": "list", "data": [
        model("gpt-4o", "amazon"), model("claude", "anthropic"), model("with-defaults", "amazon"),
    ]});
    for path in ["/v1/models", "/api/v1/models"] {
        assert_eq!(get(&still(&[]), path).await.json(), expected);
    }
}

#[tokio::test]
async fn a_model_is_shown_by_any_name_it_can_be_called_by() {
    let gateway = still(&[]);
    let profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0";
    let opaque = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456";
    for (id, owned_by) in [
        ("gpt-4o", "amazon"),
        ("amazon.nova-lite-v1:0", "amazon"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic"),
        (profile, "amazon"),
        (opaque, "bedrock"),
    ] {
        let encoded = id.replace(':', "%3A").replace('/', "%2F");
        for path in
            [format!("/v1/models/{id}"), format!("/v1/models/{encoded}"), format!("/api/v1/models/{id}")]
        {
            let answer = get(&gateway, &path).await;
            assert_eq!((answer.status, answer.json()), (200, model(id, owned_by)), "{path}");
        }
    }
    for unknown in ["gpt-9", "no/such:model", "%F0%9F%A6%80"] {
        let answer = get(&gateway, &format!("/v1/models/{unknown}")).await;
        assert_eq!(answer.failure(), "404 invalid_request_error model_not_found model - -", "{unknown}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_in_the_envelope() {
    let gateway = still(&[]);
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v2/models",
        "/v1/completions",
        "/v1/chat",
        "/v1/chat/completions/x",
        "/admin",
        "/v1//models",
    ] {
        let answer = get(&gateway, path).await;
        assert_eq!(answer.failure(), "404 invalid_request_error unknown_url - - -", "{path}");
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(message, format!("Unknown request URL: GET {path}."));
    }
    for (method_, path, allow) in [
        (Method::GET, "/v1/chat/completions", "POST"),
        (Method::DELETE, "/api/v1/chat/completions", "POST"),
        (Method::POST, "/v1/models", "GET,HEAD"),
        (Method::DELETE, "/v1/models/gpt-4o", "GET,HEAD"),
        (Method::POST, "/health", "GET,HEAD"),
        (Method::PUT, "/metrics", "GET,HEAD"),
    ] {
        let answer = method(&gateway, method_.clone(), path).await;
        assert_eq!(
            answer.failure(),
            "405 invalid_request_error method_not_allowed - - -",
            "{method_} {path}"
        );
        assert_eq!(answer.header("allow"), Some(allow), "{method_} {path}");
    }
    let secret = get(&gateway, "/v1/nothing?api_key=sk-secret").await;
    assert!(!secret.text().contains("sk-secret"), "{}", secret.text());
    let long = get(&gateway, &format!("/{}", "x".repeat(5000))).await;
    assert!(long.text().len() < 500, "{}", long.text());
}

#[tokio::test]
async fn probes_say_what_is_so() {
    let gateway = TestGateway::start().await;
    assert_eq!(gateway.get("/health").await.json(), json!({"status": "ok"}));
    assert_eq!(gateway.get("/ready").await.json(), json!({"status": "ready"}));
    let metrics = gateway.get("/metrics").await;
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert!(metrics.text().contains("gateway_build_info{version=\"0.0.0-test\"} 1\n"));
}

#[tokio::test]
async fn ready_names_what_is_missing() {
    use bedrock_gateway::lifecycle::Phase;
    let gateway = still(&[]);
    let block = gateway.lifecycle().block("store");
    let answer = get(&gateway, "/ready").await;
    assert_eq!((answer.status, answer.json()), (503, json!({"status": "not_ready", "missing": ["store"]})));
    drop(block);
    assert_eq!(get(&gateway, "/ready").await.status, 200);
    gateway.lifecycle().enter(Phase::Draining);
    let answer = get(&gateway, "/ready").await;
    assert_eq!(
        (answer.status, answer.json()),
        (503, json!({"status": "not_ready", "missing": ["draining"]}))
    );
    assert_eq!(get(&gateway, "/health").await.status, 200, "a process that drains is alive");
    assert_eq!(gateway.answer(&chat()).await.status, 200, "and still works");
}

#[tokio::test]
async fn operators_have_an_address_of_their_own_when_they_want_one() {
    let gateway = TestGateway::with(&[("GATEWAY__SERVER__OPS_LISTEN", "127.0.0.1:0")]).await;
    let operators = gateway.operators.unwrap();
    assert_eq!(gateway.get("/metrics").await.status, 404);
    assert_eq!(gateway.get("/health").await.status, 200, "load balancers ask where clients do");
    for (path, status) in [("/metrics", 200), ("/health", 200), ("/ready", 200), ("/v1/models", 404)] {
        let answer = soon(async { send(operators, request(path, None)).await.whole().await }).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let gateway = still(&[]);
    let bad = Request::post("/v1/chat/completions").body(Body::from("{")).unwrap();
    for request in [
        request("/v1/chat/completions", Some(&chat())),
        bad,
        request("/v1/models", None),
        request("/v1/models/none", None),
        request("/nowhere", None),
        request("/health", None),
        Request::delete("/v1/models").body(Body::empty()).unwrap(),
    ] {
        let shown = format!("{request:?}");
        let answer = whole(gateway.send(request).await).await;
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 32), "{shown}");
    }
    for (given, kept) in [("req_1.2-3", true), ("a b", false), ("{}", false), ("x/y", false)] {
        let mut request = request("/health", None);
        request.headers_mut().insert("x-request-id", given.parse().unwrap());
        let answer = whole(gateway.send(request).await).await;
        assert_eq!(answer.header("x-request-id") == Some(given), kept, "{given}");
    }
}
