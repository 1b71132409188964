//! Every row of the error table (translation reference §4.1), from Bedrock's answer to the client's, in the four
//! places where it can happen: in a plain call, before a stream, as its first event, and in its middle.

use bedrock_gateway::bedrock::{Fault, FaultKind, Stage};
use bedrock_gateway::emulator::{End, Event, Script};
use serde_json::json;

use crate::client::failure;
use crate::memory::{Memory, Step, beginning};
use crate::running::{MODEL, TestGateway, chat, streamed};
use crate::sse::Transcript;

/// What Bedrock says, and what the client gets: status, type, code, param, `Retry-After`, `x-should-retry`.
struct Row {
    status: u16,
    kind: &'static str,
    message: &'static str,
    answer: &'static str,
}

const fn row(status: u16, kind: &'static str, message: &'static str, answer: &'static str) -> Row {
    Row { status, kind, message, answer }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(429, "ThrottlingException", "Too many requests, please wait before trying again.", "429 rate_limit_error rate_limit_exceeded - 5 -"),
    row(429, "ThrottlingException", "Too many tokens, please wait before trying again.", "429 rate_limit_error rate_limit_exceeded - 5 -"),
    row(429, "ModelNotReadyException", "The model is not ready.", "503 server_error model_not_ready - 15 -"),
    row(400, "ServiceQuotaExceededException", "Your request exceeds the service quota.", "429 insufficient_quota insufficient_quota - - false"),
    row(403, "AccessDeniedException", "User: arn:aws:sts::1:assumed-role/r is not authorized to perform: bedrock:InvokeModel", "403 permission_error access_denied - - -"),
    row(403, "AccessDeniedException", "You don't have access to the model with the specified model ID.", "403 permission_error model_access_denied - - -"),
    row(403, "AccessDeniedException", "MPAgreementBeingCreated: try again in 15 minutes", "503 permission_error model_access_pending - 900 false"),
    row(404, "FTUFormNotFilled", "Fill the form in.", "403 permission_error model_use_case_required - - -"),
    row(404, "ResourceNotFoundException", "This model version has reached the end of its life.", "404 invalid_request_error model_not_found model - -"),
    row(400, "ValidationException", "The provided model identifier is invalid.", "404 invalid_request_error model_not_found model - -"),
    row(400, "ValidationException", "Invocation of model ID m with on-demand throughput isn\u{2019}t supported.", "400 invalid_request_error inference_profile_required model - -"),
    row(400, "ValidationException", "Input is too long for requested model.", "400 invalid_request_error context_length_exceeded messages - -"),
    row(400, "ValidationException", "The maximum tokens you requested exceeds the model limit of 4096.", "400 invalid_request_error invalid_value max_tokens - -"),
    row(400, "ValidationException", "Something is wrong.", "400 invalid_request_error invalid_value - - -"),
    row(400, "ValidationException", "The compiled grammar is too large.", "400 invalid_request_error invalid_json_schema response_format - -"),
    row(400, "ValidationException", "data retention mode 'default' is not available for this model", "403 permission_error data_retention_required - - -"),
    row(424, "ModelErrorException", "The model failed.", "502 server_error model_error - - -"),
    row(408, "ModelTimeoutException", "The model timed out.", "504 server_error model_timeout - - -"),
    row(424, "ModelStreamErrorException", "The stream failed.", "502 server_error model_stream_error - - -"),
    row(500, "InternalServerException", "Internal error.", "500 server_error internal_error - - -"),
    row(500, "InternalFailure", "Internal failure.", "500 server_error internal_error - - -"),
    row(503, "ServiceUnavailableException", "No capacity.", "503 server_error service_unavailable - 2 -"),
    row(529, "overloaded_error", "Overloaded", "503 server_error overloaded - 2 -"),
    row(400, "ConflictException", "Conflict.", "400 invalid_request_error conflict - - -"),
    row(403, "UnrecognizedClientException", "The security token included in the request is invalid.", "500 server_error upstream_auth_error - - false"),
    row(403, "InvalidClientTokenId", "No such key.", "500 server_error upstream_auth_error - - false"),
    row(403, "ExpiredTokenException", "The security token included in the request is expired", "500 server_error upstream_auth_error - - false"),
    row(400, "IncompleteSignatureException", "Incomplete.", "500 server_error upstream_auth_error - - false"),
    row(403, "InvalidSignatureException", "The request signature we calculated does not match.", "500 server_error upstream_auth_error - - false"),
    row(400, "RequestExpired", "Too late.", "500 server_error upstream_auth_error - - false"),
];

// === impl Row ===

impl Row {
    /// The name that the exception has in a stream.
    fn exception(&self) -> String {
        let mut letters = self.kind.chars();
        letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
    }

    /// Type, code and param: what is left of the answer in a frame.
    fn object(&self) -> String {
        self.answer.split(' ').skip(1).take(3).collect::<Vec<_>>().join(" ")
    }

    /// The details of these are for the operator.
    fn is_quoted(&self) -> bool {
        !self.answer.contains("upstream_auth_error") && !self.answer.contains(" access_denied")
    }
}

#[tokio::test]
async fn a_refusal_is_an_http_error_whether_a_stream_was_asked_for_or_not() {
    let gateway = TestGateway::start().await;
    for row in ROWS {
        for body in [chat(), streamed()] {
            gateway.emulator.script(Script::failure(row.status, row.kind, row.message));
            let answer = gateway.chat(&body).await;
            assert_eq!(answer.failure(), row.answer, "{} {}", row.kind, row.message);
            assert_eq!(answer.json()["error"]["message"] == row.message, row.is_quoted(), "{}", row.kind);
            let call = gateway.emulator.requests().pop().unwrap();
            assert_eq!(answer.header("x-amzn-requestid"), Some(&*call.request_id), "{}", row.kind);
        }
    }
    assert_eq!(gateway.emulator.requests().len(), 2 * ROWS.len(), "each was tried once");
}

#[tokio::test]
async fn a_failure_in_the_first_event_is_still_an_http_error() {
    let gateway = TestGateway::start().await;
    for row in ROWS {
        let as_exception = Script::text(["never"]).exception_after(0, row.exception(), row.message);
        let as_error = Script::text(["never"]).error_frame_after(0, row.exception(), row.message);
        for script in [as_exception, as_error] {
            gateway.emulator.script(script);
            let answer = gateway.chat(&streamed()).await;
            assert_eq!(answer.failure(), row.answer, "{}", row.kind);
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    }
}

#[tokio::test]
async fn a_failure_in_mid_stream_is_a_frame_and_the_end() {
    let gateway = TestGateway::start().await;
    for row in ROWS {
        gateway.emulator.script(Script::text(["a", "b", "c"]).exception_after(
            3,
            row.exception(),
            row.message,
        ));
        let answer = gateway.chat(&streamed()).await;
        assert_eq!(answer.status, 200);
        let transcript = answer.transcript();
        assert_eq!(transcript.content(), "ab", "{}", row.kind);
        assert_eq!(failure(transcript.error().unwrap()), row.object(), "{}", row.kind);
        assert_eq!(transcript.finish_reasons(), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn a_daily_quota_comes_back_at_midnight_utc() {
    let gateway = TestGateway::start().await;
    let text = "Too many tokens per day, please wait before trying again.";
    gateway.emulator.script(Script::failure(429, "ThrottlingException", text));
    let answer = gateway.chat(&chat()).await;
    let midnight: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&midnight), "{midnight}");
    let expected = format!("429 insufficient_quota insufficient_quota - {midnight} false");
    assert_eq!(answer.failure(), expected);
}

#[tokio::test]
async fn bedrocks_own_retry_after_is_passed_on() {
    let gateway = TestGateway::start().await;
    for (status, kind) in [(429, "ThrottlingException"), (503, "ServiceUnavailableException"), (529, "x")] {
        gateway.emulator.script(Script::failure(status, kind, "later").header("retry-after", "42"));
        let answer = gateway.chat(&streamed()).await;
        assert_eq!(answer.header("retry-after"), Some("42"), "{kind}");
    }
}

#[tokio::test]
async fn the_model_s_own_status_decides_whose_fault_an_error_of_the_model_is() {
    let gateway = TestGateway::start().await;
    for (original, expected) in [
        (400, "400 invalid_request_error model_error - - -"),
        (429, "400 invalid_request_error model_error - - -"),
        (500, "502 server_error model_error - - -"),
    ] {
        let body = json!({"message": "It failed.", "originalStatusCode": original}).to_string();
        let script = Script::raw(424, "application/json", body);
        gateway.emulator.script(script.header("x-amzn-errortype", "ModelErrorException"));
        assert_eq!(gateway.chat(&chat()).await.failure(), expected, "{original}");
    }
}

#[tokio::test]
async fn a_request_too_large_for_bedrock_is_a_413() {
    let gateway = TestGateway::start().await;
    gateway.emulator.script(Script::raw(413, "text/html", "<html>"));
    let answer = gateway.chat(&chat()).await;
    assert_eq!(answer.failure(), "413 invalid_request_error request_too_large - - -");
}

#[tokio::test]
async fn what_is_no_answer_of_bedrock_is_a_bad_gateway() {
    let gateway = TestGateway::start().await;
    let protocol = "502 server_error upstream_protocol_error - - -";
    let connection = "502 server_error upstream_connection_error - - -";
    for (body, script, expected) in [
        (chat(), Script::raw(200, "application/json", "{\"output\":"), protocol),
        (chat(), Script::raw(200, "application/json", "{}"), protocol),
        (chat(), Script::answer(json!({"output": {}, "stopReason": "end_turn"})), protocol),
        (chat(), Script::raw(200, "text/html", "<html>"), protocol),
        (chat(), Script::raw(302, "text/html", "<html>"), protocol),
        (chat(), Script::text(["cut"]).cut_after(0), connection),
        (streamed(), Script::raw(200, "text/html", "<html>"), protocol),
        (streamed(), Script::raw(200, "application/json", "{}"), protocol),
        (streamed(), Script::raw(200, "application/vnd.amazon.eventstream", ""), protocol),
        (streamed(), Script::raw(200, "application/vnd.amazon.eventstream", "no frames at all"), protocol),
        (streamed(), Script::events([Event::Bytes { base64: "AAAA".to_owned() }]), protocol),
        (streamed(), Script::text(["cut"]).cut_inside(0, 20), connection),
        (streamed(), Script::text(["cut"]).cut_after(0), connection),
    ] {
        let shown = format!("{script:?}");
        gateway.emulator.script(script);
        assert_eq!(gateway.chat(&body).await.failure(), expected, "{shown}");
    }
}

#[tokio::test]
async fn a_malformed_answer_of_the_model_is_a_bad_gateway_or_an_error_frame() {
    let gateway = TestGateway::start().await;
    for reason in ["malformed_model_output", "malformed_tool_use"] {
        gateway.emulator.script(Script::text(["half"]).stop_reason(reason));
        assert_eq!(gateway.chat(&chat()).await.failure(), format!("502 server_error {reason} - - -"));
        gateway.emulator.script(Script::text(["half"]).stop_reason(reason));
        let transcript = gateway.chat(&streamed()).await.transcript();
        assert_eq!(failure(transcript.error().unwrap()), format!("server_error {reason} -"));
        assert_eq!((transcript.content().as_str(), transcript.finish_reasons().len()), ("half", 0));
    }
}

#[tokio::test]
async fn deadlines_before_the_first_event_are_gateway_timeouts() {
    let timeout = "504 server_error upstream_timeout - - -";
    let gateway = TestGateway::with(&[
        ("GATEWAY__UPSTREAM__DEADLINES__HEAD", "100ms"),
        ("GATEWAY__UPSTREAM__DEADLINES__FIRST_EVENT", "100ms"),
        ("GATEWAY__UPSTREAM__DEADLINES__GAP", "100ms"),
    ])
    .await;
    for (body, script) in [
        (chat(), Script::hang()),
        (streamed(), Script::hang()),
        (streamed(), Script::text(["late"]).hang_after(0)),
        (chat(), Script::text(["late"]).end(End::HangAfter { events: 0 })),
    ] {
        gateway.emulator.script(script);
        assert_eq!(gateway.chat(&body).await.failure(), timeout);
    }
}

#[tokio::test]
async fn nobody_at_bedrocks_address_is_a_bad_gateway() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let gateway = TestGateway::with(&[("GATEWAY__UPSTREAM__ENDPOINT_URL", &nobody)]).await;
    for body in [chat(), streamed()] {
        let answer = gateway.chat(&body).await;
        assert_eq!(answer.failure(), "502 server_error upstream_connection_error - - -");
    }
}

/// The faults that a test on loopback cannot bring about.
#[tokio::test(start_paused = true)]
async fn faults_of_the_transport_have_their_answers_and_their_frames() {
    for (kind, answer) in [
        (FaultKind::Timeout(Stage::Connect), "502 server_error upstream_connection_error -"),
        (FaultKind::Timeout(Stage::Head), "504 server_error upstream_timeout -"),
        (FaultKind::Timeout(Stage::Total), "504 server_error upstream_timeout -"),
        (FaultKind::Connection, "502 server_error upstream_connection_error -"),
        (FaultKind::Protocol, "502 server_error upstream_protocol_error -"),
    ] {
        let fault = Fault::new(kind, "why");
        let gateway = Memory::failing(fault.clone()).gateway(&[]);
        assert_eq!(gateway.answer(&streamed()).await.failure(), format!("{answer} - -"));
        let steps = [Step::Bytes(beginning()), Step::Fail(fault)];
        let broken = Memory::stream(steps).gateway(&[]).answer(&streamed()).await;
        let transcript: Transcript = broken.transcript();
        assert_eq!(failure(transcript.error().unwrap()), answer[4..]);
    }
}

#[tokio::test]
async fn names_that_no_model_has_are_refused_before_bedrock_is_asked() {
    let gateway = TestGateway::start().await;
    let mut body = chat();
    body["model"] = json!("gpt-9");
    assert_eq!(gateway.chat(&body).await.failure(), "404 invalid_request_error model_not_found model - -");
    body.as_object_mut().unwrap().remove("model");
    let unnamed = "400 invalid_request_error missing_required_parameter model - -";
    assert_eq!(gateway.chat(&body).await.failure(), unnamed);
    assert!(gateway.emulator.requests().is_empty());
    body["model"] = json!(MODEL);
    assert_eq!(gateway.chat(&body).await.status, 200);
}

#[tokio::test]
async fn row_84_a_throttle_is_a_429_that_says_when_to_come_back() {
    let gateway = TestGateway::start().await;
    gateway.emulator.script(Script::failure(429, "ThrottlingException", "Too many requests, please wait."));
    assert_eq!(gateway.chat(&chat()).await.failure(), "429 rate_limit_error rate_limit_exceeded - 5 -");
}

#[tokio::test]
async fn row_85_a_throttle_before_the_first_chunk_is_no_stream() {
    let gateway = TestGateway::start().await;
    gateway.emulator.script(Script::failure(429, "ThrottlingException", "Too many requests, please wait."));
    let answer = gateway.chat(&streamed()).await;
    assert_eq!(answer.failure(), "429 rate_limit_error rate_limit_exceeded - 5 -");
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn row_93_every_failure_has_an_error_object_of_its_own_kind() {
    let gateway = TestGateway::start().await;
    for row in ROWS {
        gateway.emulator.script(Script::failure(row.status, row.kind, row.message));
        let answer = gateway.chat(&chat()).await;
        assert_eq!(failure(&answer.json()), row.object(), "{}", row.kind);
    }
}
