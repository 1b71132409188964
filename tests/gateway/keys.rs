//! Who may call, through the whole stack.

use axum::body::Body;
use http::Request;

use crate::client::{Answer, request};
use crate::logs;
use crate::memory::{Memory, Step, Still, beginning, ending, whole};
use crate::running::chat;

fn gateway(overrides: &[(&str, &str)]) -> Still {
    let keys = [
        ("GATEWAY__INTEGRATIONS__AUTHENTICATION__TYPE", "api_key"),
        ("API_KEYS", "sk-one, sk-two"),
        ("ADMIN_API_KEY", "sk-admin"),
    ];
    let overrides: Vec<_> = keys.into_iter().chain(overrides.iter().copied()).collect();
    Memory::stream([Step::Bytes(beginning()), Step::Bytes(ending())]).gateway(&overrides)
}

async fn call(gateway: &Still, mut request: Request<Body>, header: Option<(&'static str, &str)>) -> Answer {
    if let Some((name, value)) = header {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    whole(gateway.send(request).await).await
}

#[tokio::test]
async fn a_key_opens_every_client_route_and_nothing_else_does() {
    let gateway = gateway(&[]);
    let routes =
        || ["/v1/chat/completions", "/api/v1/chat/completions"].map(|path| request(path, Some(&chat())));
    let routes =
        || routes().into_iter().chain(["/v1/models", "/v1/models/gpt-4o"].map(|path| request(path, None)));
    for (header, status) in [
        (Some(("authorization", "Bearer sk-one")), 200),
        (Some(("authorization", "bearer sk-two")), 200),
        (Some(("x-api-key", "sk-admin")), 200),
        (Some(("authorization", "Bearer sk-three")), 401),
        (Some(("authorization", "Bearer sk-one, sk-two")), 401),
        (Some(("authorization", "Basic sk-one")), 401),
        (Some(("authorization", "sk-one")), 401),
        (Some(("x-api-key", "")), 401),
        (None, 401),
    ] {
        for request in routes() {
            let answer = call(&gateway, request, header).await;
            assert_eq!(answer.status, status, "{header:?}");
            if status == 401 {
                assert_eq!(answer.failure(), "401 invalid_request_error invalid_api_key - - -");
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
                assert!(!answer.text().contains("sk-three"), "{}", answer.text());
            }
        }
    }
    assert_eq!(gateway.memory.calls(), 3 * 2);
}

#[tokio::test]
async fn probes_need_no_key() {
    let gateway = gateway(&[]);
    for path in ["/health", "/ready", "/metrics"] {
        assert_eq!(call(&gateway, request(path, None), None).await.status, 200, "{path}");
    }
    assert_eq!(call(&gateway, request("/nowhere", None), None).await.status, 404);
}

#[tokio::test]
async fn the_configured_header_works_beside_the_others() {
    let gateway =
        gateway(&[("GATEWAY__INTEGRATIONS__AUTHENTICATION__API_KEY__HEADER_NAME", "X-Company-Key")]);
    for (name, value, status) in [
        ("x-company-key", "sk-one", 200),
        ("x-company-key", "sk-none", 401),
        ("authorization", "Bearer sk-one", 200),
        ("x-api-key", "sk-one", 200),
    ] {
        let answer = call(&gateway, request("/v1/models", None), Some((name, value))).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn strangers_do_not_use_up_the_rate() {
    let gateway = gateway(&[("GATEWAY__PERFORMANCE__API_GATEWAY__THROTTLING__RATE_LIMIT", "0.001")]);
    for _ in 0..5 {
        assert_eq!(call(&gateway, request("/v1/models", None), None).await.status, 401);
    }
    let key = Some(("x-api-key", "sk-one"));
    assert_eq!(call(&gateway, request("/v1/models", None), key).await.status, 200);
    assert_eq!(call(&gateway, request("/v1/models", None), key).await.status, 429);
}

/// The log tells keys apart by the beginning of their SHA-256.
#[tokio::test]
async fn the_log_names_a_key_without_telling_it() {
    let gateway = gateway(&[]);
    let answer =
        call(&gateway, request("/v1/chat/completions", Some(&chat())), Some(("x-api-key", "sk-one"))).await;
    let line = logs::line(answer.header("x-request-id").unwrap()).await;
    assert_eq!(line["key_id"], "456f1612", "{line}");
    assert!(!line.to_string().contains("sk-one"));
    let refused = call(&gateway, request("/v1/models", None), Some(("x-api-key", "sk-wrong"))).await;
    let line = logs::line(refused.header("x-request-id").unwrap()).await;
    assert_eq!((&line["status"], &line["error_code"]), (&401.into(), &"invalid_api_key".into()), "{line}");
    assert!(line.get("key_id").is_none() && !line.to_string().contains("sk-wrong"));
}

#[tokio::test]
async fn without_authentication_nobody_is_asked() {
    let gateway = Memory::stream([]).gateway(&[]);
    assert_eq!(call(&gateway, request("/v1/models", None), None).await.status, 200);
    assert_eq!(
        call(&gateway, request("/v1/models", None), Some(("authorization", "Bearer x"))).await.status,
        200
    );
}
