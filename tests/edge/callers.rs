//! Keys, rates, ids and addresses.

use crate::support::{TestServer, chat, get_, post_};
use bedrock_gateway::middleware::authenticate::Authentication;
use http::{HeaderName, Method, StatusCode};

#[tokio::test]
async fn without_a_key_nothing_but_probes() {
    let server = TestServer::with(|options| options.keys(&["sk-right", "sk-other"])).await;
    for request in [
        chat(),
        chat().header("authorization", "Bearer sk-wrong"),
        chat().header("x-api-key", "sk-righ"),
        post_("/api/v1/chat/completions"),
        get_("/v1/models/nova"),
    ] {
        let answer = server.ask(request, "").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.error_code(), "invalid_api_key");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.header("x-request-id").len(), 32);
    }
    for request in [chat().header("authorization", "Bearer sk-right"), chat().header("x-api-key", "sk-other")]
    {
        assert_eq!(server.ask(request, "hello").await.status, StatusCode::OK);
    }
    for path in ["/health", "/ready", "/metrics"] {
        assert_eq!(server.ask(get_(path), "").await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn debug_output_of_a_request_hides_its_keys() {
    let server = TestServer::with(|options| {
        let header = Some(HeaderName::from_static("x-customer-key"));
        options.stack.authentication = Authentication::api_keys(header, ["sk-right"]).unwrap();
    })
    .await;
    for (header, value) in
        [("authorization", "Bearer sk-right"), ("x-api-key", "sk-right"), ("x-customer-key", "sk-right")]
    {
        let shown = server.ask(get_("/v1/headers").header(header, value), "").await.body;
        assert!(shown.contains(&format!("\"{header}\": Sensitive")), "{shown}");
    }
}

#[tokio::test]
async fn over_the_rate_the_client_learns_when_to_come_back() {
    let server = TestServer::with(|options| options.throttle(0.1, 2)).await;
    let mut client = server.client().await;
    for _ in 0..2 {
        assert_eq!(client.ask(chat(), "hello").await.status, StatusCode::OK);
    }
    let refused = client.ask(chat(), "hello").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.error_code(), "rate_limit_exceeded");
    assert_eq!(refused.json()["error"]["type"], "rate_limit_error");
    assert_eq!(refused.header("retry-after"), "10");
    server.metric("gateway_throttled_total{limit=\"global\"} 1").await;
    assert_eq!(client.ask(get_("/health"), "").await.status, StatusCode::OK, "probes are not limited");
}

#[tokio::test]
async fn strangers_do_not_use_up_the_rate() {
    let server = TestServer::with(|options| {
        options.keys(&["sk-right"]);
        options.throttle(0.001, 1);
    })
    .await;
    for _ in 0..3 {
        assert_eq!(server.ask(chat(), "").await.status, StatusCode::UNAUTHORIZED);
    }
    let request = chat().header("authorization", "Bearer sk-right");
    assert_eq!(server.ask(request, "hello").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_a_request_id() {
    let server = TestServer::start().await;
    for (path, status) in [("/health", 200), ("/nothing", 404), ("/v1/chat/completions", 405)] {
        let given = server.ask(get_(path).header("x-request-id", "mine.1"), "").await;
        assert_eq!((given.status.as_u16(), given.header("x-request-id")), (status, "mine.1"), "{path}");
        let made = server.ask(get_(path).header("x-request-id", "not {mine}"), "").await;
        assert_eq!(made.header("x-request-id").len(), 32, "{path}");
    }
}

#[tokio::test]
async fn unknown_routes_and_methods_answer_in_the_envelope() {
    let server = TestServer::with(|options| options.stack.base_path = "/prod".into()).await;
    for path in ["/", "/v1", "/v1/engines?key=sk-secret", "/v2/chat/completions", "/prod/nothing", "/prod"] {
        let answer = server.ask(get_(path), "").await;
        assert_eq!((answer.status, &*answer.error_code()), (StatusCode::NOT_FOUND, "unknown_url"), "{path}");
        assert!(!answer.body.contains("sk-secret"));
    }
    for (method, path, allow) in [
        (Method::GET, "/v1/chat/completions", "POST"),
        (Method::DELETE, "/prod/api/v1/chat/completions", "POST"),
        (Method::POST, "/v1/models/nova", "GET,HEAD"),
        (Method::PUT, "/prod/ready", "GET,HEAD"),
    ] {
        let request = http::Request::builder().method(method.clone()).uri(path);
        let answer = server.ask(request, "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.error_code(), "method_not_allowed");
        assert_eq!(answer.header("allow"), allow, "{path}");
        assert!(answer.body.contains(&format!("{method} {path}")), "{}", answer.body);
    }
}

#[tokio::test]
async fn everything_answers_at_every_place() {
    let server = TestServer::with(|options| options.stack.base_path = "/prod".into()).await;
    for base in ["", "/prod"] {
        for version in ["/v1", "/api/v1"] {
            let path = format!("{base}{version}/chat/completions");
            assert_eq!(server.ask(post_(&path), "hello").await.body, "hello", "{path}");
            let path = format!("{base}{version}/models/arn:aws:bedrock:eu-west-1::model/a.b-v1:0");
            let id = server.ask(get_(&path), "").await.body;
            assert_eq!(id, "arn:aws:bedrock:eu-west-1::model/a.b-v1:0", "{path}");
        }
        for path in ["/health", "/ready", "/metrics"] {
            let path = format!("{base}{path}");
            assert_eq!(server.ask(get_(&path), "").await.status, StatusCode::OK, "{path}");
        }
    }
    server.metric(r#"gateway_requests_total{model="gpt-4o",route="chat_completions",status="200"} 4"#).await;
    server.metric(r#"gateway_requests_total{model="none",route="model",status="200"} 4"#).await;
}

#[tokio::test]
async fn operators_can_have_an_address_of_their_own() {
    let server = TestServer::with(|options| options.stack.separate_operators = true).await;
    assert_eq!(server.ask(get_("/metrics"), "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.ask(get_("/ready"), "").await.status, StatusCode::OK);
    let mut operator = crate::support::Client::connect(server.operators.unwrap()).await.unwrap();
    for (path, status) in [("/metrics", 200), ("/health", 200), ("/v1/models/nova", 404)] {
        assert_eq!(operator.ask(get_(path), "").await.status.as_u16(), status, "{path}");
    }
}
