use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message as OracleMessage};
use http_body_util::channel::Channel;
use tokio::time::{Instant, sleep};

use super::*;

const EVENTSTREAM: &str = "application/vnd.amazon.eventstream";

fn message(headers: &[(&str, &str)], payload: &str) -> Bytes {
    let mut message = OracleMessage::new(payload.as_bytes().to_vec());
    for (name, value) in headers {
        let value = HeaderValue::String((*value).to_owned().into());
        message = message.add_header(Header::new((*name).to_owned(), value));
    }
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes.into()
}

fn event(event_type: &str, payload: &str) -> Bytes {
    message(&[(":message-type", "event"), (":event-type", event_type)], payload)
}

/// A reply whose body is fed through the sender.
fn open(deadlines: Deadlines) -> (http_body_util::channel::Sender<Bytes, Fault>, Frames) {
    let (sender, body) = Channel::new(64);
    (sender, Frames::new(reply(Box::pin(body), EVENTSTREAM), &deadlines).unwrap())
}

fn reply(body: ReplyBody, content_type: &str) -> Reply {
    Reply { request_id: Some("r-1".into()), content_type: Some(content_type.into()), body }
}

/// A reply that is all there.
fn ready(chunks: impl IntoIterator<Item = Bytes>) -> Frames {
    struct Chunks(VecDeque<Bytes>);
    impl http_body::Body for Chunks {
        type Data = Bytes;
        type Error = Fault;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Fault>>> {
            Poll::Ready(self.0.pop_front().map(|chunk| Ok(http_body::Frame::data(chunk))))
        }
    }
    let body = Box::pin(Chunks(chunks.into_iter().collect()));
    Frames::new(reply(body, EVENTSTREAM), &Deadlines::default()).unwrap()
}

async fn fault(mut frames: Frames) -> Fault {
    loop {
        match frames.next().await.expect("a fault before the end") {
            Ok(_) => {}
            Err(fault) => {
                assert!(frames.next().await.is_none(), "nothing comes after a fault");
                assert_eq!(fault.request_id.as_deref(), Some("r-1"));
                return fault;
            }
        }
    }
}

#[tokio::test]
async fn events_come_out_in_order_and_the_end_is_an_end() {
    let mut frames =
        ready([event("messageStart", r#"{"role":"assistant","p":"ab"}"#), event("messageStop", "{}")]);
    let first = frames.next().await.unwrap().unwrap();
    assert_eq!(
        (&*first.event_type, &first.payload[..]),
        ("messageStart", &br#"{"role":"assistant","p":"ab"}"#[..])
    );
    assert_eq!(&*frames.next().await.unwrap().unwrap().event_type, "messageStop");
    assert!(frames.next().await.is_none());
}

/// The caller gathers what is ready into one write, so nothing that is ready may be held back.
#[tokio::test]
async fn all_that_has_arrived_is_given_out_before_pending() {
    let (mut sender, mut frames) = open(Deadlines::default());
    let three: Vec<u8> = (0..3).flat_map(|n| event("contentBlockDelta", &n.to_string())).collect();
    sender.send_data(Bytes::from(three[..three.len() - 20].to_vec())).await.unwrap();
    sender.send_data(Bytes::from(three[three.len() - 20..].to_vec())).await.unwrap();
    std::future::poll_fn(|cx| {
        for n in 0..3 {
            let Poll::Ready(Some(Ok(frame))) = frames.poll_next(cx) else {
                panic!("frame {n} was held back")
            };
            assert_eq!(frame.payload, n.to_string());
        }
        assert!(frames.poll_next(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn failures_in_any_dress_become_faults() {
    let exception = [(":message-type", "exception"), (":exception-type", "throttlingException")];
    let as_event = [(":message-type", "event"), (":event-type", "throttlingException")];
    for headers in [exception, as_event] {
        let frames =
            ready([event("messageStart", "{}"), message(&headers, r#"{"message":"Too many requests"}"#)]);
        let fault = fault(frames).await;
        assert_eq!((fault.kind, fault.status), (FaultKind::Throttled, Some(429)));
        assert_eq!(fault.message, "Too many requests");
    }
    let error = [(":message-type", "error"), (":error-code", "InternalFailure"), (":error-message", "Oops")];
    let fault = fault(ready([message(&error, "")])).await;
    assert_eq!((fault.kind, fault.status, fault.message.as_str()), (FaultKind::Internal, Some(500), "Oops"));
}

#[tokio::test]
async fn messages_of_an_unknown_type_are_passed_over() {
    let mut frames = ready([
        message(&[(":message-type", "weather"), (":event-type", "rain")], "{}"),
        message(&[], "{}"),
        event("brandNewEvent", "{}"),
    ]);
    assert_eq!(&*frames.next().await.unwrap().unwrap().event_type, "brandNewEvent");
    assert!(frames.next().await.is_none());
}

#[tokio::test]
async fn what_is_no_event_stream_is_refused() {
    for content_type in ["application/json", "", "text/html; charset=utf-8"] {
        let reply = reply(Box::pin(http_body_util::Empty::new().map_err_never()), content_type);
        let fault = Frames::new(reply, &Deadlines::default()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Protocol);
        assert_eq!(fault.request_id.as_deref(), Some("r-1"));
    }
    let with_parameter = "Application/vnd.amazon.eventstream; charset=utf-8";
    let reply = reply(Box::pin(http_body_util::Empty::new().map_err_never()), with_parameter);
    assert!(Frames::new(reply, &Deadlines::default()).is_ok());
}

#[tokio::test]
async fn a_stream_that_ends_where_it_must_not_is_a_protocol_fault() {
    let whole = event("messageStart", "{}");
    let cut = fault(ready([whole.clone(), whole.slice(..30)])).await;
    assert_eq!(cut.kind, FaultKind::Protocol);
    assert_eq!(fault(ready([])).await.kind, FaultKind::Protocol, "no event at all");
    let garbage = fault(ready([whole, Bytes::from_static(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")])).await;
    assert_eq!(garbage.kind, FaultKind::Protocol);
}

#[tokio::test]
async fn a_cut_connection_is_passed_on() {
    let (mut sender, frames) = open(Deadlines::default());
    sender.send_data(event("messageStart", "{}")).await.unwrap();
    sender.abort(Fault::new(FaultKind::Connection, "reset"));
    assert_eq!(fault(frames).await.kind, FaultKind::Connection);
}

#[tokio::test(start_paused = true)]
async fn each_deadline_is_kept_to_the_second() {
    let seconds = Duration::from_secs;
    let deadlines = Deadlines {
        first_event: seconds(100),
        gap: seconds(30),
        total: seconds(200),
        ..Deadlines::default()
    };

    let started = Instant::now();
    let (sender, frames) = open(deadlines);
    assert_eq!(fault(frames).await.kind, FaultKind::Timeout(Stage::FirstEvent));
    assert_eq!(started.elapsed().as_secs(), 100);
    drop(sender);

    // A first event, then silence: the gap counts although the timer was set for the first event.
    let started = Instant::now();
    let (mut sender, frames) = open(deadlines);
    let feed = async {
        sleep(seconds(10)).await;
        sender.send_data(event("messageStart", "{}")).await.unwrap();
        std::future::pending::<()>().await;
    };
    let fault_of_gap = tokio::select! { fault = fault(frames) => fault, () = feed => unreachable!() };
    assert_eq!(fault_of_gap.kind, FaultKind::Timeout(Stage::Gap));
    assert_eq!(fault_of_gap.message, "nothing more from Bedrock within 30 s");
    assert_eq!(started.elapsed().as_secs(), 40);

    // Events within every gap, without end: the total.
    let started = Instant::now();
    let (mut sender, frames) = open(deadlines);
    let feed = async {
        loop {
            sleep(seconds(29)).await;
            sender.send_data(event("contentBlockDelta", "{}")).await.unwrap();
        }
    };
    let fault_of_total = tokio::select! { fault = fault(frames) => fault, () = feed => unreachable!() };
    assert_eq!(fault_of_total.kind, FaultKind::Timeout(Stage::Total));
    assert_eq!(started.elapsed().as_secs(), 200);
}

/// A reader that does not ask is not a silent Bedrock.
#[tokio::test(start_paused = true)]
async fn the_time_a_slow_client_takes_is_not_a_gap() {
    let deadlines = Deadlines { gap: Duration::from_secs(30), ..Deadlines::default() };
    let (mut sender, mut frames) = open(deadlines);
    sender.send_data(event("contentBlockDelta", "{}")).await.unwrap();
    frames.next().await.unwrap().unwrap();
    sleep(Duration::from_secs(600)).await;
    sender.send_data(event("contentBlockDelta", "{}")).await.unwrap();
    frames.next().await.unwrap().unwrap();
    assert_eq!(fault(frames).await.kind, FaultKind::Timeout(Stage::Gap), "but its silence after that is");
}

#[tokio::test(start_paused = true)]
async fn endless_deadlines_are_possible() {
    let (mut sender, mut frames) = open(Deadlines {
        first_event: Duration::MAX,
        gap: Duration::MAX,
        total: Duration::MAX,
        ..Deadlines::default()
    });
    let feed = async {
        sleep(Duration::from_secs(86_400)).await;
        sender.send_data(event("messageStart", "{}")).await.unwrap();
        sender
    };
    let (frame, _sender) = tokio::join!(frames.next(), feed);
    assert_eq!(&*frame.unwrap().unwrap().event_type, "messageStart");
}

#[tokio::test]
async fn debug_prints_no_content() {
    let mut frames = ready([event("contentBlockDelta", "a secret")]);
    let frame = frames.next().await.unwrap().unwrap();
    assert_eq!(format!("{frame:?}"), r#"Frame { event_type: "contentBlockDelta", payload: 8 bytes }"#);
    assert!(!format!("{frames:?}").contains("secret"));
}

/// `Empty` cannot fail; a reply's body may.
trait MapErrNever {
    fn map_err_never(
        self,
    ) -> http_body_util::combinators::MapErr<Self, fn(std::convert::Infallible) -> Fault>
    where
        Self: Sized;
}

impl MapErrNever for http_body_util::Empty<Bytes> {
    fn map_err_never(
        self,
    ) -> http_body_util::combinators::MapErr<Self, fn(std::convert::Infallible) -> Fault> {
        http_body_util::BodyExt::map_err(self, |never| match never {})
    }
}
