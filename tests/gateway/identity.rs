//! How the process identifies itself to Bedrock: everything comes from the environment that the AWS SDK reads, and the
//! emulator checks signatures.

use bedrock_gateway::emulator::{Credentials, Emulator, Settings};

use serde_json::json;

use crate::process::{Process, SECRET_ACCESS_KEY, emulator, signed};
use crate::running::{chat, streamed};

const CONFIG: &str = r#"
models: { mappings: { gpt-4o: "amazon.nova-pro-v1:0" } }
integrations: { authentication: { type: none } }
"#;

const UNUSABLE: &str = "500 server_error upstream_auth_error - - false";

#[tokio::test]
async fn requests_are_signed_with_the_environments_credentials() {
    let emulator = emulator().await;
    let process = Process::serve(CONFIG, &signed(&emulator)).await;
    for model in
        ["gpt-4o", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456"]
    {
        for mut body in [chat(), streamed()] {
            body["model"] = model.into();
            let answer = process.chat(&body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
    assert_eq!(emulator.requests().len(), 5, "four calls, and the question what the profile stands for");
    assert!(emulator.requests().iter().all(|call| {
        call.header("authorization").is_some_and(|value| {
            value.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
                && value.contains("/us-east-1/bedrock/aws4_request")
        })
    }));
}

#[tokio::test]
async fn a_session_token_goes_with_the_signature() {
    let credentials = Credentials {
        session_token: Some("session".to_owned()),
        ..Credentials::new("AKIDEXAMPLE", SECRET_ACCESS_KEY)
    };
    let emulator =
        Emulator::start(Settings { credentials: Some(credentials), ..Settings::default() }).await.unwrap();
    let mut environment = signed(&emulator);
    let without = Process::serve(CONFIG, &environment).await;
    assert_eq!(without.chat(&chat()).await.failure(), UNUSABLE);
    environment.push(("AWS_SESSION_TOKEN", "session".to_owned()));
    let with = Process::serve(CONFIG, &environment).await;
    assert_eq!(with.chat(&chat()).await.status, 200);
}

#[tokio::test]
async fn a_bearer_token_is_used_and_wins() {
    let settings = Settings { bearer: Some("bedrock-api-key-1".to_owned()), ..Settings::default() };
    let emulator = Emulator::start(settings).await.unwrap();
    let bearer = ("AWS_BEARER_TOKEN_BEDROCK", "bedrock-api-key-1".to_owned());
    let endpoint = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", emulator.endpoint());
    for environment in [vec![endpoint, bearer.clone()], [signed(&emulator), vec![bearer]].concat()] {
        let process = Process::serve(CONFIG, &environment).await;
        for body in [chat(), streamed()] {
            assert_eq!(process.chat(&body).await.status, 200);
        }
    }
    assert!(
        emulator
            .requests()
            .iter()
            .all(|call| call.header("authorization") == Some("Bearer bedrock-api-key-1"))
    );
}

/// Never the client's fault, and never told in detail.
#[tokio::test]
async fn unusable_credentials_are_the_gateways_own_failure() {
    let emulator = emulator().await;
    let endpoint = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", emulator.endpoint());
    let key = |id: &str, secret: &str| {
        vec![
            endpoint.clone(),
            ("AWS_ACCESS_KEY_ID", id.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
        ]
    };
    for environment in [
        key("AKIDEXAMPLE", "a-wrong-secret"),
        key("AKIDUNKNOWN", SECRET_ACCESS_KEY),
        vec![endpoint.clone(), ("AWS_BEARER_TOKEN_BEDROCK", "a-wrong-token".to_owned())],
        vec![endpoint.clone()],
    ] {
        let process = Process::serve(CONFIG, &environment).await;
        for body in [chat(), streamed()] {
            let answer = process.chat(&body).await;
            assert_eq!(answer.failure(), UNUSABLE);
            assert!(!answer.text().contains("AKID"), "{}", answer.text());
        }
        let warning = process.line(|line| line["level"] == "WARN" && line["fault"].is_string()).await;
        assert!(warning["fault"].as_str().unwrap().starts_with("credentials: "), "{warning}");
    }
}

/// A deployment whose role is broken does not pass its checks.
#[tokio::test]
async fn without_credentials_it_is_alive_and_not_ready() {
    let process = Process::serve(CONFIG, &[]).await;
    let warning = process.line(|line| line["message"] == "not ready").await;
    assert_eq!((&warning["level"], &warning["missing"]), (&json!("WARN"), &json!("credentials")));
    let problem = warning["problem"].as_str().unwrap();
    assert!(problem.starts_with("credentials: no usable AWS credentials: "), "{problem}");
    assert!(problem.contains("AWS_BEARER_TOKEN_BEDROCK"), "{problem}");
    let ready = process.call("/ready", None).await;
    assert_eq!(
        (ready.status, ready.json()),
        (503, json!({"status": "not_ready", "missing": ["credentials"]}))
    );
    assert_eq!(process.call("/health", None).await.status, 200);
    assert_eq!(process.chat(&chat()).await.failure(), UNUSABLE, "served as well as it can be");
}

/// Nothing is asked of Bedrock for it.
#[tokio::test]
async fn with_credentials_of_either_kind_it_is_ready() {
    let emulator = emulator().await;
    let bearer = vec![
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", emulator.endpoint()),
        ("AWS_BEARER_TOKEN_BEDROCK", "bedrock-api-key-1".to_owned()),
    ];
    for environment in [signed(&emulator), bearer] {
        let process = Process::serve(CONFIG, &environment).await;
        process.ready().await;
        process.line(|line| line["level"] == "INFO" && line["found"] == "credentials").await;
        assert!(!process.lines().iter().any(|line| line.contains("WARN")), "{:#?}", process.lines());
    }
    assert_eq!(emulator.requests().len(), 0);
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_put_right() {
    let settings = Settings {
        credentials: Some(Credentials::new("AKIDEXAMPLE", SECRET_ACCESS_KEY)),
        clock_offset_secs: 3600,
        ..Settings::default()
    };
    let emulator = Emulator::start(settings).await.unwrap();
    let process = Process::serve(CONFIG, &signed(&emulator)).await;
    assert_eq!(process.chat(&chat()).await.status, 200);
    assert_eq!(emulator.requests().len(), 2, "the refusal that told the time, and the call");
    assert_eq!(process.chat(&streamed()).await.status, 200);
    assert_eq!(emulator.requests().len(), 3, "the time is kept");
}

#[tokio::test]
async fn the_configured_endpoint_wins_over_the_environment() {
    let emulator = emulator().await;
    let config = format!("upstream: {{ endpoint_url: \"{}\" }}\n{CONFIG}", emulator.endpoint());
    let mut environment = signed(&emulator);
    environment[0].1 = "http://127.0.0.1:1".to_owned();
    let process = Process::serve(&config, &environment).await;
    assert_eq!(process.chat(&chat()).await.status, 200);
}
