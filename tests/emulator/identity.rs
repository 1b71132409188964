//! Signatures of the SDK are accepted, and everything that is wrong with one gets AWS's name for it.

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::error::ProvideErrorMetadata as _;
use bedrock_gateway::emulator::{Credentials, Settings};
use http::StatusCode;

use crate::support::{MODEL, bearer_client, client, http, path, signing_client, start, user};

async fn code(client: &Client, model: &str) -> Result<(), String> {
    let sent = client.converse().model_id(model).messages(user("Hi")).send().await;
    let answer = sent.map(|_| ()).map_err(|error| error.into_service_error());
    answer.map_err(|error| error.code().unwrap_or_default().to_owned())
}

fn signed() -> Settings {
    Settings { credentials: Some(Credentials::new("AKIDEXAMPLE", "secret")), ..Settings::default() }
}

#[tokio::test]
async fn signatures_of_the_sdk_agree_for_arns_and_streams() {
    let emulator = start(signed()).await;
    let client = client(&emulator);
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456";
    for model in [MODEL, arn, "amazon.nova-lite-v1:0"] {
        assert_eq!(code(&client, model).await, Ok(()), "{model}");
    }
    let calls = emulator.requests();
    assert_eq!(calls[1].model.as_deref(), Some(arn));
    assert!(calls[1].path.contains("%3A") && calls[1].path.contains("%2F"), "{}", calls[1].path);
    let stream = client.converse_stream().model_id(arn).messages(user("Hi")).send().await;
    assert!(stream.is_ok());
}

#[tokio::test]
async fn wrong_identities_get_the_name_of_what_is_wrong() {
    let expired = vec!["ASIAEXPIRED".to_owned()];
    let emulator = start(Settings { expired_access_key_ids: expired, ..signed() }).await;
    for (id, secret, token, expected) in [
        ("AKIDEXAMPLE", "wrong", None, "InvalidSignatureException"),
        ("AKIDOTHER", "secret", None, "UnrecognizedClientException"),
        ("AKIDEXAMPLE", "secret", Some("token"), "UnrecognizedClientException"),
        ("ASIAEXPIRED", "secret", Some("token"), "ExpiredTokenException"),
    ] {
        let client = signing_client(&emulator, id, secret, token);
        assert_eq!(code(&client, MODEL).await, Err(expected.to_owned()), "{id} {secret}");
    }
    let bare = http(&emulator, "POST", &path(MODEL, "converse"), "{}").await;
    assert_eq!(bare.status(), StatusCode::FORBIDDEN);
    let kind = bare.headers()["x-amzn-errortype"].to_str().expect("text");
    assert!(kind.starts_with("MissingAuthenticationTokenException"), "{kind}");
}

#[tokio::test]
async fn session_tokens_must_match() {
    let mut credentials = Credentials::new("ASIAEXAMPLE", "secret");
    credentials.session_token = Some("token".to_owned());
    let emulator = start(Settings { credentials: Some(credentials), ..Settings::default() }).await;
    let right = signing_client(&emulator, "ASIAEXAMPLE", "secret", Some("token"));
    assert_eq!(code(&right, MODEL).await, Ok(()));
    let without = signing_client(&emulator, "ASIAEXAMPLE", "secret", None);
    assert_eq!(code(&without, MODEL).await, Err("UnrecognizedClientException".to_owned()));
}

#[tokio::test]
async fn a_service_an_hour_ahead_refuses_once_and_the_sdk_follows_its_date() {
    let emulator = start(Settings { clock_offset_secs: 3_600, ..signed() }).await;
    let client = client(&emulator);
    assert_eq!(code(&client, MODEL).await, Err("InvalidSignatureException".to_owned()));
    assert_eq!(code(&client, MODEL).await, Ok(()), "the SDK corrects its clock by the Date header");
}

#[tokio::test]
async fn bearer_tokens_are_compared() {
    let emulator = start(Settings { bearer: Some("api-key".to_owned()), ..Settings::default() }).await;
    assert_eq!(code(&bearer_client(&emulator, "api-key"), MODEL).await, Ok(()));
    let wrong = code(&bearer_client(&emulator, "other"), MODEL).await;
    assert_eq!(wrong, Err("AccessDeniedException".to_owned()));
    assert_eq!(emulator.requests()[0].header("authorization"), Some("Bearer api-key"));
}

#[tokio::test]
async fn credentials_can_be_rotated_while_it_runs() {
    let emulator = start(signed()).await;
    let old = client(&emulator);
    assert_eq!(code(&old, MODEL).await, Ok(()));
    let settings = serde_json::json!({
        "credentials": {"access_key_id": "AKIDNEW", "secret_access_key": "new"},
        "expired_access_key_ids": ["AKIDEXAMPLE"],
        "pace_ms": 0,
    });
    let changed = http(&emulator, "PUT", "/_emulator/settings", settings.to_string()).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_eq!(code(&old, MODEL).await, Err("ExpiredTokenException".to_owned()));
    assert_eq!(code(&signing_client(&emulator, "AKIDNEW", "new", None), MODEL).await, Ok(()));
}
