use super::*;
use crate::{
    bedrock::Reply,
    catalog::{Catalog, ModelId},
    clock::SystemClock,
    openai::chunk::Chunk,
    route::Settings,
    telemetry::{
        labels::{Outcome, Route as Asked},
        record::{Ending, Received},
        summary::Summary,
    },
};
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use futures_util::{FutureExt, future::BoxFuture};
use http_body_util::{BodyExt, Full};
use std::{
    task::{Context, Poll, Waker},
    time::Duration,
};

/// Bedrock as one test needs it: an answer that is all there, or none ever.
struct Scripted(Option<Bytes>);

impl Transport for Scripted {
    fn call(&self, _: Call) -> BoxFuture<'static, Result<Reply, Fault>> {
        let Some(body) = self.0.clone() else { return std::future::pending().boxed() };
        let body = Box::pin(Full::new(body).map_err(|never| match never {}));
        let content_type = Some("application/vnd.amazon.eventstream".into());
        async { Ok(Reply { request_id: None, content_type, body }) }.boxed()
    }
}

fn event(event_type: &str, payload: &str) -> Vec<u8> {
    let header =
        |name: &str, value: &str| Header::new(name.to_owned(), HeaderValue::String(value.to_owned().into()));
    let message = Message::new(payload.as_bytes().to_vec())
        .add_header(header(":message-type", "event"))
        .add_header(header(":event-type", event_type));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

fn text(text: &str) -> Vec<u8> {
    event("contentBlockDelta", &format!(r#"{{"contentBlockIndex":0,"delta":{{"text":"{text}"}}}}"#))
}

fn dispatcher(answer: Option<Vec<u8>>) -> Arc<Dispatcher> {
    let default_model = Some(ModelId::parse("amazon.nova-lite-v1:0").unwrap());
    Arc::new(Dispatcher {
        transport: Arc::new(Scripted(answer.map(Bytes::from))),
        target: "here".into(),
        models: Arc::new(Models::new(
            Settings { default_model, ..Settings::default() },
            Arc::new(Catalog::built_in().unwrap()),
        )),
        profiles: None,
        policy: Arc::new(Policy::default()),
        media: None,
        deadlines: Deadlines::default(),
        metrics: Arc::new(Metrics::new("test").unwrap()),
        lifecycle: Lifecycle::new(),
        clock: Arc::new(SystemClock),
    })
}

fn record() -> CallRecord {
    let route = Asked::ChatCompletions;
    CallRecord::open(Received { request_id: "id".into(), method: http::Method::POST, route })
}

fn request() -> ChatRequest<'static> {
    serde_json::from_str(r#"{"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#).unwrap()
}

async fn stream(events: Vec<u8>, record: &CallRecord) -> Box<ChatStream> {
    let dispatcher = dispatcher(Some(events));
    let plan = dispatcher.plan(request(), 0, record).await.unwrap();
    match dispatcher.chat(plan, record).await.unwrap().content {
        Content::Stream(stream) => stream,
        Content::Whole(_) => panic!("a stream was asked for"),
    }
}

fn poll(stream: &mut ChatStream, emit: &mut impl FnMut(&Chunk<'_>)) -> Poll<Result<Progress, Error>> {
    stream.poll_chunks(&mut Context::from_waker(Waker::noop()), emit)
}

fn close(record: &CallRecord) -> Summary {
    record.close(Ending { status: 200, head: None, outcome: Outcome::Ok })
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_is_counted() {
    let dispatcher = dispatcher(None);
    let plan = dispatcher.plan(request(), 0, &record()).now_or_never().unwrap().unwrap();
    assert!(dispatcher.chat(plan, &record()).now_or_never().is_none());
    let counted = r#"gateway_upstream_requests_total{model="amazon.nova-lite-v1:0",result="cancelled",target="here"} 1"#;
    let metrics = dispatcher.metrics.render();
    assert!(metrics.lines().any(|line| line == counted), "{metrics}");
}

#[tokio::test]
async fn one_poll_takes_few_large_events() {
    let large = text(&"x".repeat(40_000));
    let mut stream = stream([event("messageStart", "{}"), large.repeat(10)].concat(), &record()).await;
    let mut taken = 0;
    let progress = poll(&mut stream, &mut |chunk| taken += serde_json::to_vec(chunk).unwrap().len());
    assert!(matches!(progress, Poll::Ready(Ok(Progress::More))), "{progress:?}");
    assert!((80_000..90_000).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn an_empty_text_is_no_first_token() {
    for (said, first) in [("", None), ("Hi", Some(Duration::ZERO))] {
        let record = record();
        let events = [event("messageStart", "{}"), text(""), text(said)].concat();
        let _ = poll(&mut *stream(events, &record).await, &mut |_| {});
        assert_eq!(close(&record).first_token, first, "{said:?}");
    }
}

/// A chat request with one image by this URL.
fn looking(url: &str) -> ChatRequest<'static> {
    let part = serde_json::json!({"type": "image_url", "image_url": {"url": url}});
    let body = serde_json::json!({"messages": [{"role": "user", "content": [part]}]}).to_string();
    serde_json::from_str(body.leak()).unwrap()
}

#[tokio::test]
async fn row_63_media_by_url_are_fetched_before_bedrock_is_asked() {
    let host = crate::media::tests::Host::start().await;
    let mut dispatcher = Arc::into_inner(dispatcher(None)).unwrap();
    dispatcher.media = Some(host.fetcher());
    let plan = dispatcher.plan(looking(&host.url("/png")), 0, &record()).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&plan.call.body).unwrap();
    let image = &body["messages"][0]["content"][0]["image"];
    assert_eq!(*image, serde_json::json!({"format": "png", "source": {"bytes": "iVBORw0KGgo="}}));
    let Err(Error::Refused(refusal)) = dispatcher.plan(looking(&host.url("/500")), 0, &record()).await else {
        panic!("a refusal")
    };
    assert_eq!(refusal.param, "messages[0].content[0].image_url.url");
    let expected =
        "`messages[0].content[0].image_url.url` could not be fetched: its host answered with status 500.";
    assert_eq!(refusal.message, expected);
}

#[test]
fn what_cannot_be_read_is_not_quoted() {
    let error = Error::undecodable(serde_json::from_str::<u64>("\"s3cret\"").unwrap_err());
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}
