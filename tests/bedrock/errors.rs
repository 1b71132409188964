//! Refusals before and inside a stream, each after exactly one attempt, and the one refusal that is repeated.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bedrock_gateway::bedrock::{Deadlines, FaultKind, Frames, Operation};

use crate::server::{Seen, Server, Step, answer, chunk, stream_end, stream_head};
use crate::{BOTH, event, frame, send, transport};

#[tokio::test]
async fn refusals_are_typed_and_retries_are_off() {
    let cases = [
        (429, "ThrottlingException", "Too many requests, please wait.", FaultKind::Throttled),
        (503, "ServiceUnavailableException", "No capacity.", FaultKind::ServiceUnavailable),
        (500, "InternalServerException", "Oops.", FaultKind::Internal),
        (400, "ValidationException", "The provided model identifier is invalid.", FaultKind::ModelNotFound),
        (424, "ModelErrorException", "Broken.", FaultKind::ModelError { original_status: Some(502) }),
        (408, "ModelTimeoutException", "Slow.", FaultKind::ModelTimeout),
        (403, "UnrecognizedClientException", "The security token is invalid.", FaultKind::Credentials),
        (418, "BrandNewException", "Something new.", FaultKind::Invalid { param: None }),
    ];
    for operation in BOTH {
        for (status, name, message, kind) in cases.clone() {
            let server = Server::start(move |_, _| {
                let headers = format!("x-amzn-errortype: {name}:http://example.com/\r\nretry-after: 3\r\n");
                answer(status, &headers, &format!(r#"{{"message":"{message}","originalStatusCode":502}}"#))
            })
            .await;
            let fault = send(&transport(&server).await, operation).await.unwrap_err();
            assert_eq!((&fault.kind, fault.status), (&kind, Some(status)), "{operation:?} {name}");
            assert_eq!(fault.message, message);
            assert_eq!(fault.request_id.as_deref(), Some("r-1"));
            assert_eq!(fault.retry_after, Some(Duration::from_secs(3)));
            assert_eq!(server.counts().requests, 1, "{operation:?} {name}");
        }
    }
}

#[tokio::test]
async fn a_refusal_without_type_or_json_still_has_its_status() {
    for operation in BOTH {
        let server = Server::start(|_, _| answer(529, "content-type: text/html\r\n", "<html>")).await;
        let fault = send(&transport(&server).await, operation).await.unwrap_err();
        assert_eq!((fault.kind, fault.status), (FaultKind::Overloaded, Some(529)));
        assert_eq!(fault.request_id.as_deref(), Some("r-1"));
    }
}

#[tokio::test]
async fn a_refusal_whose_body_breaks_off_still_has_its_type() {
    let server = Server::start(|_, _| {
        let head = "HTTP/1.1 429 X\r\nx-amzn-errortype: ThrottlingException\r\ncontent-length: 99\r\n\r\n{";
        vec![Step::Send(head.as_bytes().to_vec()), Step::Cut]
    })
    .await;
    let fault = send(&transport(&server).await, Operation::ConverseStream).await.unwrap_err();
    assert_eq!((fault.kind, fault.status), (FaultKind::Throttled, Some(429)));
}

#[tokio::test]
async fn an_exception_inside_the_stream_ends_it() {
    let server = Server::start(|_, _| {
        let exception = [(":message-type", "exception"), (":exception-type", "modelStreamErrorException")];
        let payload = r#"{"message":"Broken.","originalStatusCode":500,"p":"abc"}"#;
        let bytes = [event("messageStart", "{}"), frame(&exception, payload)].concat();
        vec![stream_head(), chunk(&bytes), stream_end()]
    })
    .await;
    let reply = send(&transport(&server).await, Operation::ConverseStream).await.unwrap();
    let mut frames = Frames::new(reply, &Deadlines::default()).unwrap();
    assert_eq!(&*frames.next().await.unwrap().unwrap().event_type, "messageStart");
    let fault = frames.next().await.unwrap().unwrap_err();
    assert_eq!(fault.kind, FaultKind::ModelStreamError { original_status: Some(500) });
    assert_eq!((fault.status, fault.request_id.as_deref()), (Some(424), Some("r-1")));
    assert!(frames.next().await.is_none());
    assert_eq!(server.counts().requests, 1);
}

/// A service whose clock is an hour ahead, and which refuses what is signed for another time.
fn an_hour_ahead(seen: &Seen) -> Vec<Step> {
    let now = DateTime::from(SystemTime::now() + Duration::from_secs(3600));
    let signed = seen.signed_at();
    let date = format!("date: {}\r\n", now.fmt(Format::HttpDate).unwrap());
    if (now.secs() - signed.secs()).abs() <= 300 {
        return answer(200, &date, "{}");
    }
    let message =
        format!(r#"{{"message":"Signature expired: {signed} is now earlier than {now} (- 5 min.)"}}"#);
    answer(403, &format!("x-amzn-errortype: InvalidSignatureException\r\n{date}"), &message)
}

#[tokio::test]
async fn a_wrong_clock_costs_one_attempt_of_the_first_call_only() {
    for operation in BOTH {
        let server = Server::start(|_, seen| an_hour_ahead(seen)).await;
        let transport = transport(&server).await;
        send(&transport, operation).await.unwrap();
        assert_eq!(server.counts().requests, 2);
        send(&transport, operation).await.unwrap();
        send(&transport, operation).await.unwrap();
        assert_eq!(server.counts().requests, 4, "the skew is remembered");
        let bodies: Vec<_> = server.seen().into_iter().map(|seen| seen.body).collect();
        assert!(
            bodies.iter().all(|body| body == br#"{"messages":[]}"#),
            "the repetition carries the body too"
        );
    }
}

#[tokio::test]
async fn a_clock_that_cannot_be_corrected_is_given_up_after_the_second_attempt() {
    let server = Server::start(|_, _| {
        let message = r#"{"message":"Signature not yet current: 20261121T220000Z is still later than …"}"#;
        answer(403, "x-amzn-errortype: InvalidSignatureException\r\n", message)
    })
    .await;
    let fault = send(&transport(&server).await, Operation::Converse).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Credentials);
    assert_eq!(server.counts().requests, 2);
}

#[tokio::test]
async fn a_wrong_secret_is_no_clock_skew() {
    let server = Server::start(|_, _| {
        let message =
            r#"{"message":"The request signature we calculated does not match the signature you provided."}"#;
        answer(403, "x-amzn-errortype: InvalidSignatureException\r\n", message)
    })
    .await;
    let fault = send(&transport(&server).await, Operation::Converse).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Credentials);
    assert_eq!(server.counts().requests, 1);
}
