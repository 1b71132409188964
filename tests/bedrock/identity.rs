//! Who the gateway is to Bedrock: signatures, bearer tokens, the environment, missing and cached credentials.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use bedrock_gateway::bedrock::{FaultKind, Operation, Settings, TransportKind, connect};

use crate::server::{Seen, Server, answer};
use crate::{
    ACCESS_KEY, BOTH, SECRET_KEY, call, connected, kind, sdk_config, send, settings, soon, transport,
};

/// The `authorization` header that `seen` should have, computed from what came over the wire.
pub(crate) fn expected_authorization(method: &str, server: &Server, seen: &Seen) -> String {
    let time = SystemTime::try_from(seen.signed_at()).unwrap();
    let identity = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-west-2")
        .name("bedrock")
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let authorization = seen.header("authorization").unwrap();
    let (_, signed) = authorization.split_once("SignedHeaders=").unwrap();
    let signed: Vec<_> = signed.split(',').next().unwrap().split(';').collect();
    let headers =
        seen.headers.iter().filter(|(name, _)| signed.contains(&name.as_str()) && name != "x-amz-date");
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
    let url = format!("{}{}", server.url, seen.target);
    let request = SignableRequest::new(method, url, headers, SignableBody::Bytes(&seen.body)).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let (headers, _) = instructions.into_parts();
    headers.iter().find(|header| header.name() == "authorization").unwrap().value().to_owned()
}

#[tokio::test]
async fn row_56_every_model_id_is_encoded_once_and_signed_as_it_is_sent() {
    let ids = [
        ("amazon.nova-lite-v1:0", "amazon.nova-lite-v1%3A0"),
        (
            "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3",
            "arn%3Aaws%3Abedrock%3Aus-west-2%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3",
        ),
        ("a b+c~d%2Fé", "a%20b%2Bc~d%252F%C3%A9"),
    ];
    for operation in BOTH {
        for (model_id, encoded) in ids {
            let server = Server::start(|_, _| answer(200, "", "{}")).await;
            let body = r#"{"messages":[{"role":"user","content":[{"text":"Grüße"}]}]}"#;
            transport(&server).await.call(call(operation, model_id, body)).await.unwrap();
            let [seen] = server.seen().try_into().unwrap();
            let path = if operation == Operation::Converse { "converse" } else { "converse-stream" };
            assert_eq!(seen.target, format!("/model/{encoded}/{path}"));
            assert_eq!(seen.header("authorization").unwrap(), expected_authorization("POST", &server, &seen));
            assert!(
                seen.header("authorization").unwrap().contains("content-length"),
                "the length of our body is signed"
            );
        }
    }
}

/// Answers the two questions that the SDK asks of the environment about this service.
#[derive(Clone, Debug)]
struct Environment {
    endpoint: String,
}

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        match (key.env(), key.service_id()) {
            ("AWS_BEARER_TOKEN", "bedrock") => Some("a-bedrock-key".to_owned()),
            ("AWS_ENDPOINT_URL", "Bedrock Runtime") => Some(self.endpoint.clone()),
            _ => None,
        }
    }
}

#[tokio::test]
async fn a_bearer_token_replaces_the_signature() {
    for operation in BOTH {
        let server = Server::start(|_, _| answer(200, "", "{}")).await;
        let environment = Environment { endpoint: server.url.clone() };
        let config = sdk_config().service_config(environment).build();
        let transport = connected(&config, &Settings::default()).await.unwrap();
        send(&transport, operation).await.unwrap();
        let [seen] = server.seen().try_into().unwrap();
        assert_eq!(seen.header("authorization"), Some("Bearer a-bedrock-key"));
        assert_eq!(seen.header("x-amz-date"), None);
        assert_eq!(seen.body, br#"{"messages":[]}"#);
    }
}

/// Runs itself again with an environment of its own, for a process cannot safely change its own.
#[tokio::test]
async fn the_environment_is_honoured() {
    const NAME: &str = "identity::the_environment_is_honoured";
    if std::env::var_os("BEDROCK_TEST_CHILD").is_some() {
        let settings = Settings { transport: kind(), ..Settings::default() };
        let transport = connect(&settings).await.unwrap();
        send(&transport, Operation::Converse).await.unwrap();
        return;
    }
    let server = Server::start(|_, _| answer(200, "", "{}")).await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", NAME]).env_clear().envs([
        ("BEDROCK_TEST_CHILD", "1"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &server.url),
        ("AWS_BEARER_TOKEN_BEDROCK", "from-the-environment"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    let ended = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    let [seen] = server.seen().try_into().unwrap();
    assert_eq!(seen.header("authorization"), Some("Bearer from-the-environment"));
}

#[tokio::test]
async fn settings_override_the_environment() {
    let server = Server::start(|_, _| answer(200, "", "{}")).await;
    let config = sdk_config().endpoint_url("http://127.0.0.1:1").build();
    let settings = Settings { region: Some("ap-northeast-1".to_owned()), ..settings(&server.url) };
    send(&connected(&config, &settings).await.unwrap(), Operation::Converse).await.unwrap();
    let [seen] = server.seen().try_into().unwrap();
    assert!(seen.header("authorization").unwrap().contains("/ap-northeast-1/bedrock/aws4_request"));
}

#[derive(Debug, Default)]
struct Counting {
    asked: Arc<AtomicUsize>,
    lifetime: Option<Duration>,
    /// How often it fails before it succeeds.
    failures: usize,
}

impl ProvideCredentials for Counting {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        if self.asked.fetch_add(1, Ordering::SeqCst) < self.failures {
            return future::ProvideCredentials::ready(Err(CredentialsError::provider_error(
                "the role is gone",
            )));
        }
        let expiry = self.lifetime.map(|lifetime| SystemTime::now() + lifetime);
        future::ProvideCredentials::ready(Ok(Credentials::new(ACCESS_KEY, SECRET_KEY, None, expiry, "test")))
    }
}

#[tokio::test]
async fn credentials_are_cached_until_they_expire() {
    for (lifetime, fetches) in [(None, 1), (Some(Duration::from_secs(3600)), 1), (Some(Duration::ZERO), 4)] {
        let server = Server::start(|_, _| answer(200, "", "{}")).await;
        let provider = Counting { lifetime, ..Counting::default() };
        let asked = provider.asked.clone();
        let config = sdk_config().credentials_provider(SharedCredentialsProvider::new(provider)).build();
        let transport = connected(&config, &settings(&server.url)).await.unwrap();
        for operation in [BOTH, BOTH].concat() {
            send(&transport, operation).await.unwrap();
        }
        assert_eq!(asked.load(Ordering::SeqCst), fetches, "{lifetime:?}");
    }
}

#[tokio::test]
async fn missing_credentials_are_explained_and_nothing_is_sent() {
    let server = Server::start(|_, _| answer(200, "", "{}")).await;
    let broken = Counting { failures: usize::MAX, ..Counting::default() };
    let broken = sdk_config().credentials_provider(SharedCredentialsProvider::new(broken)).build();
    let none = SdkConfig::builder().behavior_version(aws_config::BehaviorVersion::latest()).build();
    let no_source = if kind() == TransportKind::Sdk { "auth scheme" } else { "no source of credentials" };
    for (config, why) in [(broken, "the role is gone"), (none, no_source)] {
        let settings = Settings { region: Some("us-west-2".to_owned()), ..settings(&server.url) };
        let transport = connected(&config, &settings).await.unwrap();
        let mut faults = vec![soon(transport.check_credentials()).await.unwrap_err()];
        for operation in BOTH {
            faults.push(soon(send(&transport, operation)).await.unwrap_err());
        }
        for fault in faults {
            assert_eq!(fault.kind, FaultKind::Credentials, "{fault}");
            assert!(fault.message.contains(why), "{fault}");
            assert!(fault.message.contains("AWS_BEARER_TOKEN_BEDROCK"), "{fault}");
        }
    }
    assert_eq!(server.counts().connections, 0);
}

#[tokio::test]
async fn credentials_are_checked_without_a_call_and_kept_for_the_first() {
    let server = Server::start(|_, _| answer(200, "", "{}")).await;
    let provider = Counting { failures: 1, ..Counting::default() };
    let asked = provider.asked.clone();
    let config = sdk_config().credentials_provider(SharedCredentialsProvider::new(provider)).build();
    let transport = connected(&config, &settings(&server.url)).await.unwrap();
    let fault = transport.check_credentials().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Credentials, "{fault}");
    assert_eq!(transport.check_credentials().await, Ok(()), "a failure is not kept");
    assert_eq!(server.counts().connections, 0);
    send(&transport, Operation::Converse).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

/// Gives other credentials every time.
#[derive(Debug, Default)]
struct Rotating(AtomicUsize);

impl ProvideCredentials for Rotating {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let access_key = format!("AKID{}", self.0.fetch_add(1, Ordering::SeqCst));
        future::ProvideCredentials::ready(Ok(Credentials::new(access_key, SECRET_KEY, None, None, "test")))
    }
}

/// Directly. The SDK keeps what it has, and there is no way to tell it.
#[tokio::test]
async fn refused_credentials_are_replaced_by_others_once() {
    let refusal = |seen: &Seen, takes: &str| match seen.header("authorization").unwrap().contains(takes) {
        true => answer(200, "", "{}"),
        false => answer(
            403,
            "x-amzn-errortype: ExpiredTokenException\r\n",
            r#"{"message":"The security token included in the request is expired"}"#,
        ),
    };
    for (takes, requests, succeeds) in [("=AKID1/", 2, true), ("=AKID7/", 2, false)] {
        let server = Server::start(move |_, seen| refusal(seen, takes)).await;
        let provider = SharedCredentialsProvider::new(Rotating::default());
        let config = sdk_config().credentials_provider(provider).build();
        let transport = connected(&config, &settings(&server.url)).await.unwrap();
        let outcome = soon(send(&transport, Operation::Converse)).await;
        let (requests, succeeds) =
            if kind() == TransportKind::Sdk { (1, false) } else { (requests, succeeds) };
        assert_eq!((server.counts().requests, outcome.is_ok()), (requests, succeeds), "{takes}");
        if let Err(fault) = outcome {
            assert_eq!(fault.kind, FaultKind::Credentials);
        }
    }
}

#[tokio::test]
async fn a_bearer_token_is_all_that_is_needed() {
    let environment = Environment { endpoint: "http://127.0.0.1:1".to_owned() };
    let without = SdkConfig::builder().behavior_version(aws_config::BehaviorVersion::latest());
    let broken = Counting { failures: usize::MAX, ..Counting::default() };
    let asked = broken.asked.clone();
    let beside = sdk_config().credentials_provider(SharedCredentialsProvider::new(broken));
    for config in [without, beside] {
        let config = config.service_config(environment.clone()).build();
        let settings = Settings { region: Some("us-west-2".to_owned()), ..Settings::default() };
        let transport = connected(&config, &settings).await.unwrap();
        assert_eq!(transport.check_credentials().await, Ok(()));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}
