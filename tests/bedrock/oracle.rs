//! The direct transport and the one on the SDK, side by side: the same bytes go out, signed for the same instant, and
//! the same replies are read to the same result.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::StaticTimeSource;
use aws_types::app_name::AppName;
use bedrock_gateway::bedrock::{
    Deadlines, Fault, Frames, Operation, Settings, Transport, TransportKind, connect_with, whole,
};
use bytes::Bytes;
use serde_json::json;

use crate::server::{Seen, Server, Step, answer, chunk, stream_end, stream_head};
use crate::{call, event, frame, kind, sdk_config, settings, soon};

/// The SDK numbers its attempts. Nothing else may differ.
const SDK_ONLY: [&str; 2] = ["amz-sdk-request", "amz-sdk-invocation-id"];

const TRANSPORTS: [TransportKind; 2] = [TransportKind::Direct, TransportKind::Sdk];

/// Noon of 28 November 2026.
const NOON: u64 = 1_795_867_200;

async fn both(config: &SdkConfig, settings: &Settings) -> [Arc<dyn Transport>; 2] {
    let mut connected = Vec::new();
    for transport in TRANSPORTS {
        let settings = Settings { transport, ..settings.clone() };
        connected.push(connect_with(config, &settings).await.unwrap());
    }
    connected.try_into().ok().unwrap()
}

/// Without what is the SDK's own, and in order: the order of headers means nothing.
fn comparable(seen: &Seen) -> Seen {
    let mut seen = seen.clone();
    seen.headers.retain(|(name, _)| !SDK_ONLY.contains(&name.as_str()));
    seen.headers.sort();
    seen
}

/// Leaves a request where `tests/clients/python/sigv4_check.py` finds it, so that botocore can judge it too.
fn record(server: &Server, seen: &Seen, credentials: &Credentials, region: &str, name: &str) {
    let Some(folder) = std::env::var_os("SIGV4_CAPTURES") else { return };
    let captured = json!({
        "method": seen.method,
        "url": format!("{}{}", server.url, seen.target),
        "headers": seen.headers,
        "body": String::from_utf8(seen.body.clone()).unwrap(),
        "access_key": credentials.access_key_id(),
        "secret_key": credentials.secret_access_key(),
        "session_token": credentials.session_token(),
        "region": region,
    });
    let folder = std::path::PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{:?}-{name}.json", kind()).to_lowercase());
    std::fs::write(file, captured.to_string()).unwrap();
}

#[tokio::test]
async fn both_put_the_same_request_on_the_wire() {
    let models = [
        "amazon.nova-lite-v1:0",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3",
        "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:provisioned-model/x9",
        "a b+c~d%2Fé",
        "%",
        "…/../.hidden",
        "!*'();:@&=+$,/?#[]-_.~\\\"<>^`{|}",
    ];
    let bodies =
        ["{}", r#"{"messages":[{"role":"user","content":[{"text":"Grüße\n"}]}]}"#, &"x".repeat(70_000)];
    let long = "T0ken/+=".repeat(120);
    let identities = [
        Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None, None, "test"),
        Credentials::new("ASIA", "s", Some(long), None, "test"),
    ];
    let places = [
        ("us-west-2", "", NOON),
        ("us-gov-west-1", "/prefix/x", NOON + 43_199),
        ("ap-northeast-1", "/", 951_782_400),
    ];
    for (number, credentials) in identities.iter().enumerate() {
        for (region, base, time) in places {
            let server = Server::start(|_, _| answer(200, "", "{}")).await;
            let config = sdk_config()
                .region(Region::new(region))
                .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
                .app_name(AppName::new("oracle").unwrap())
                .time_source(StaticTimeSource::new(SystemTime::UNIX_EPOCH + Duration::from_secs(time)))
                .build();
            let transports = both(&config, &settings(&format!("{}{base}", server.url))).await;
            for (model, id) in models.iter().enumerate() {
                for (operation, body) in operations(bodies) {
                    for transport in &transports {
                        transport.call(call(operation, id, body)).await.unwrap();
                    }
                    let seen = server.seen();
                    let [direct, sdk] = [&seen[seen.len() - 2], &seen[seen.len() - 1]];
                    assert_eq!(comparable(direct), comparable(sdk), "{operation:?} {id}");
                    // botocore takes a body as text; one of each size is enough.
                    let name = format!("{number}-{region}-{model}-{operation:?}-{}", body.len());
                    let ours = if kind() == TransportKind::Sdk { sdk } else { direct };
                    record(&server, ours, credentials, region, &name);
                }
            }
        }
    }
}

fn operations(bodies: [&str; 3]) -> impl Iterator<Item = (Operation, &str)> {
    let posts = [Operation::Converse, Operation::ConverseStream].into_iter();
    let posts = posts.flat_map(move |operation| bodies.into_iter().map(move |body| (operation, body)));
    posts.chain([(Operation::GetInferenceProfile, "")])
}

/// What became of a call, as far as the gateway can see.
#[derive(Debug, PartialEq)]
enum Outcome {
    Whole(Option<Box<str>>, Option<Box<str>>, Result<Bytes, Fault>),
    Stream(Vec<Result<(String, String), Fault>>),
    Refused(Fault),
}

async fn outcome(transport: &Arc<dyn Transport>, operation: Operation) -> Outcome {
    let deadlines = Deadlines::default();
    let reply = match soon(transport.call(call(operation, "m", "{}"))).await {
        Ok(reply) => reply,
        Err(fault) => return Outcome::Refused(fault),
    };
    if operation != Operation::ConverseStream {
        let (id, content_type) = (reply.request_id.clone(), reply.content_type.clone());
        let body = soon(whole(reply, &deadlines, 1 << 20)).await;
        return Outcome::Whole(id, content_type, body);
    }
    let mut frames = match Frames::new(reply, &deadlines) {
        Ok(frames) => frames,
        Err(fault) => return Outcome::Refused(fault),
    };
    let mut events = Vec::new();
    while let Some(frame) = soon(frames.next()).await {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        events.push(frame.map(|frame| (frame.event_type.to_string(), text(&frame.payload))));
    }
    Outcome::Stream(events)
}

fn raw(bytes: &str) -> Step {
    Step::Send(bytes.replace('\n', "\r\n").into_bytes())
}

/// A reply by its number, and how many of them there are.
fn reply(number: usize) -> Option<Vec<Step>> {
    let events = [event("messageStart", "{}"), event("new", r#"{"a":1}"#)].concat();
    let throttled = "x-amzn-errortype: ThrottlingException:http://x/\r\nretry-after: 7\r\n";
    let exception = frame(
        &[(":message-type", "exception"), (":exception-type", "throttlingException")],
        r#"{"message":"Slow down."}"#,
    );
    let large = "y".repeat(300_000);
    Some(match number {
        0 => answer(200, "content-type: application/json\r\n", "{\"a\": 1.0}"),
        1 => answer(200, "", ""),
        2 => answer(200, "content-type: application/json\r\nx-more: 1\r\n", &large),
        3 => vec![stream_head(), chunk(&events), stream_end()],
        4 => events
            .chunks(5)
            .map(chunk)
            .fold(vec![stream_head()], |mut steps, step| {
                steps.push(step);
                steps
            })
            .into_iter()
            .chain([stream_end()])
            .collect(),
        5 => vec![stream_head(), chunk(&events[..events.len() - 3]), stream_end()],
        6 => vec![stream_head(), chunk(&[&events[..], &exception].concat()), stream_end()],
        7 => vec![stream_head(), stream_end()],
        8 => vec![stream_head(), chunk(b"these bytes are no frames of any kind"), stream_end()],
        9 => answer(429, throttled, r#"{"message":"Too many requests."}"#),
        10 => answer(400, "", r#"{"__type":"com.amazon.coral#ValidationException","Message":"No."}"#),
        11 => answer(500, "content-type: text/html\r\n", "<html>"),
        12 => answer(503, "x-amzn-errortype: ServiceUnavailableException\r\n", ""),
        13 => answer(302, "location: http://127.0.0.1:1/\r\n", ""),
        14 => answer(424, "x-amzn-errortype: ModelErrorException\r\n", r#"{"originalStatusCode":502}"#),
        15 => vec![raw("HTTP/1.1 204 No Content\nx-amzn-requestid: r-2\n\n")],
        16 => vec![raw("HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\ncontent-length: 2\n\n{}")],
        // Without a length: the end of the connection is the end of the body.
        17 => vec![raw("HTTP/1.1 200 OK\ncontent-type: application/json\n\n{}"), Step::Cut],
        18 => vec![raw("HTTP/1.0 200 OK\ncontent-length: 2\n\n{}"), Step::Cut],
        19 => answer(403, "x-amzn-errortype: UnrecognizedClientException\r\n", r#"{"message":"Who?"}"#),
        _ => return None,
    })
}

#[tokio::test]
async fn both_read_the_same_of_every_reply() {
    for number in 0.. {
        if reply(number).is_none() {
            assert!(number > 0);
            break;
        }
        for operation in [Operation::Converse, Operation::ConverseStream, Operation::GetInferenceProfile] {
            let mut outcomes = Vec::new();
            for transport in TRANSPORTS {
                let server = Server::start(move |_, _| reply(number).unwrap()).await;
                let settings = Settings { transport, ..settings(&server.url) };
                let transport = connect_with(&sdk_config().build(), &settings).await.unwrap();
                outcomes.push((outcome(&transport, operation).await, server.counts().requests));
            }
            let [direct, sdk] = outcomes.try_into().unwrap();
            assert_eq!(direct, sdk, "reply {number}, {operation:?}");
        }
    }
}

/// Broken connections are told in other words, for other programs see them.
#[tokio::test]
async fn both_call_the_same_a_broken_connection() {
    let scripts: [fn() -> Vec<Step>; 5] = [
        || vec![Step::Cut],
        || vec![raw("HTTP/1.1 200"), Step::Cut],
        || vec![raw("this is no HTTP\n\n")],
        || vec![raw("HTTP/1.1 200 OK\ncontent-length: 9\n\n{"), Step::Cut],
        || vec![stream_head(), chunk(&event("messageStart", "{}")), raw("zz\n"), Step::Cut],
    ];
    for (number, script) in scripts.into_iter().enumerate() {
        for operation in [Operation::Converse, Operation::ConverseStream] {
            let mut kinds = Vec::new();
            for transport in TRANSPORTS {
                let server = Server::start(move |_, _| script()).await;
                let settings = Settings { transport, ..settings(&server.url) };
                let transport = connect_with(&sdk_config().build(), &settings).await.unwrap();
                let fault = match outcome(&transport, operation).await {
                    Outcome::Whole(.., Err(fault)) | Outcome::Refused(fault) => Some(fault.kind),
                    Outcome::Whole(.., Ok(_)) => None,
                    Outcome::Stream(mut events) => events.pop().and_then(Result::err).map(|fault| fault.kind),
                };
                kinds.push((fault, server.counts().requests));
            }
            assert!(kinds[0].0.is_some(), "script {number}, {operation:?}");
            assert_eq!(kinds[0], kinds[1], "script {number}, {operation:?}");
        }
    }
}
