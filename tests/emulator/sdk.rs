//! The typed SDK client reads answers, streams, tool calls and errors as it would Bedrock's.

use aws_sdk_bedrockruntime::error::ProvideErrorMetadata as _;
use aws_sdk_bedrockruntime::operation::RequestId as _;
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamOutput as StreamHead;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ContentBlockDelta, ContentBlockStart, ConversationRole, ConverseStreamOutput,
    ConverseTokensRequest, CountTokensInput, InferenceConfiguration, ReasoningContentBlockDelta, StopReason,
    Tool, ToolConfiguration, ToolInputSchema, ToolResultBlock, ToolResultContentBlock, ToolSpecification,
};
use aws_smithy_types::{Blob, Document};
use bedrock_gateway::emulator::{Outcome, Script, Settings};

use crate::support::{MODEL, PATIENCE, client, message, start, user};

async fn events(mut head: StreamHead) -> Result<Vec<ConverseStreamOutput>, ConverseStreamOutputError> {
    let mut events = Vec::new();
    loop {
        match head.stream.recv().await {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return Ok(events),
            Err(error) => return Err(error.into_service_error()),
        }
    }
}

fn text(events: &[ConverseStreamOutput]) -> String {
    let deltas = events.iter().filter_map(|event| event.as_content_block_delta().ok()?.delta());
    deltas.filter_map(|delta| delta.as_text().ok().cloned()).collect()
}

fn stop(events: &[ConverseStreamOutput]) -> Option<&StopReason> {
    events.iter().find_map(|event| event.as_message_stop().ok()).map(|stop| stop.stop_reason())
}

fn tools() -> ToolConfiguration {
    let city = Document::Object([("type".to_owned(), Document::from("string"))].into());
    let properties = Document::Object([("city".to_owned(), city)].into());
    let schema = [("type".to_owned(), Document::from("object")), ("properties".to_owned(), properties)];
    let spec = ToolSpecification::builder()
        .name("get_weather")
        .description("The weather in a city")
        .input_schema(ToolInputSchema::Json(Document::Object(schema.into())))
        .build()
        .expect("name and schema are set");
    ToolConfiguration::builder().tools(Tool::ToolSpec(spec)).build().expect("one tool is set")
}

#[tokio::test]
async fn converse_answers_visibly_emulated_within_max_tokens() {
    let emulator = start(Settings::default()).await;
    let call = client(&emulator).converse().model_id(MODEL).messages(user("Hello there"));
    let answer = call.clone().send().await.expect("an answer");
    assert!(answer.request_id().is_some_and(|id| id.len() == 36));
    assert_eq!(answer.stop_reason(), &StopReason::EndTurn);
    let content = answer.output().and_then(|output| output.as_message().ok()).expect("a message").content();
    let said = content[0].as_text().expect("text");
    assert_eq!(said, "[emulated by bedrock-gateway: no model was called] You said: \"Hello there\".");
    let usage = answer.usage().expect("usage");
    assert_eq!(usage.total_tokens(), usage.input_tokens() + usage.output_tokens());

    let limited = call.inference_config(InferenceConfiguration::builder().max_tokens(2).build());
    let limited = limited.send().await.expect("an answer");
    assert_eq!(limited.stop_reason(), &StopReason::MaxTokens);
    assert_eq!(limited.usage().map(|usage| usage.output_tokens()), Some(2));
}

#[tokio::test]
async fn converse_stream_comes_in_the_documented_order() {
    let emulator = start(Settings::default()).await;
    let head = client(&emulator).converse_stream().model_id(MODEL).messages(user("Hello")).send().await;
    let events = events(head.expect("a stream")).await.expect("a whole stream");
    assert!(events[0].is_message_start());
    assert!(events[events.len() - 3].is_content_block_stop());
    assert!(events[events.len() - 2].is_message_stop());
    assert!(events[events.len() - 1].is_metadata());
    assert!(text(&events).ends_with("You said: \"Hello\"."));
    let calls = emulator.requests();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].outcome, Outcome::Completed { events: events.len() });
    assert_eq!(calls[0].model.as_deref(), Some(MODEL));
}

#[tokio::test]
async fn a_tool_loop_runs_through_streamed_calls() {
    let emulator = start(Settings::default()).await;
    let client = client(&emulator);
    let asked = user("Use get_weather, please");
    let call = client.converse_stream().model_id(MODEL).messages(asked.clone()).tool_config(tools());
    let first = events(call.send().await.expect("a stream")).await.expect("a whole stream");
    assert_eq!(stop(&first), Some(&StopReason::ToolUse));
    let tool_start = first.iter().find_map(|event| event.as_content_block_start().ok()?.start());
    let Some(ContentBlockStart::ToolUse(used)) = tool_start else { panic!("no tool call in {first:?}") };
    let deltas = first.iter().filter_map(|event| event.as_content_block_delta().ok()?.delta());
    let input: String = deltas.filter_map(|d| d.as_tool_use().ok()).map(|tool| tool.input()).collect();
    assert_eq!(input, r#"{"city":"example"}"#);

    let input = Document::Object([("city".to_owned(), Document::from("example"))].into());
    let call = aws_sdk_bedrockruntime::types::ToolUseBlock::builder()
        .tool_use_id(used.tool_use_id())
        .name(used.name())
        .input(input)
        .build()
        .expect("all is set");
    let result = ToolResultBlock::builder()
        .tool_use_id(used.tool_use_id())
        .content(ToolResultContentBlock::Text("21 degrees".to_owned()))
        .build()
        .expect("all is set");
    let second = client
        .converse_stream()
        .model_id(MODEL)
        .messages(asked)
        .messages(message(ConversationRole::Assistant, ContentBlock::ToolUse(call)))
        .messages(message(ConversationRole::User, ContentBlock::ToolResult(result)))
        .tool_config(tools());
    let second = events(second.send().await.expect("a stream")).await.expect("a whole stream");
    assert!(text(&second).ends_with("The tool answered: \"21 degrees\"."));
}

#[tokio::test]
async fn scripted_reasoning_tools_and_citations_are_typed_blocks() {
    let emulator = start(Settings::default()).await;
    let citation = serde_json::json!({
        "title": "A page", "location": {"web": {"url": "https://example.com/"}}, "sourceContent": [],
    });
    let script = Script::default()
        .and_reasoning(["Let me ", "think."], Some("c2ln"))
        .and_redacted("hidden")
        .and_citations(["Cited."], vec![citation])
        .and_tool_use("tooluse_1", "get_weather", ["{\"city\":", "\"Oslo\"}"])
        .usage_with_cache(16, 9, 0, 2387);
    emulator.script(script.clone());
    emulator.script(script);
    let client = client(&emulator);
    let call = client.converse_stream().model_id(MODEL).messages(user("Hi")).send().await;
    let events = events(call.expect("a stream")).await.expect("a whole stream");
    let deltas: Vec<&ContentBlockDelta> =
        events.iter().filter_map(|event| event.as_content_block_delta().ok()?.delta()).collect();
    let reasoning: Vec<_> = deltas.iter().filter_map(|delta| delta.as_reasoning_content().ok()).collect();
    assert_eq!(reasoning[2], &ReasoningContentBlockDelta::Signature("c2ln".to_owned()));
    assert_eq!(reasoning[3], &ReasoningContentBlockDelta::RedactedContent(Blob::new("hidden")));
    assert!(deltas.iter().any(|delta| delta.is_citation()));
    let metadata = events.iter().find_map(|event| event.as_metadata().ok()?.usage()).expect("usage");
    assert_eq!((metadata.total_tokens(), metadata.cache_write_input_tokens()), (2412, Some(2387)));

    let whole = client.converse().model_id(MODEL).messages(user("Hi")).send().await.expect("an answer");
    let content = whole.output().and_then(|output| output.as_message().ok()).expect("a message").content();
    let kinds = [
        content[0].is_reasoning_content(),
        content[1].is_reasoning_content(),
        content[2].is_citations_content(),
        content[3].as_tool_use().is_ok_and(|tool| tool.input().as_object().is_some_and(|o| o.len() == 1)),
    ];
    assert_eq!(kinds, [true; 4]);
    assert_eq!(whole.stop_reason(), &StopReason::ToolUse);
}

#[tokio::test]
async fn errors_before_the_stream_are_typed() {
    let emulator = start(Settings::default()).await;
    let client = client(&emulator);
    emulator
        .script(Script::failure(429, "ThrottlingException", "Too many tokens").header("retry-after", "7"));
    let call = client.converse_stream().model_id(MODEL).messages(user("Hi"));
    let error = call.send().await.expect_err("a throttle").into_service_error();
    assert!(error.is_throttling_exception(), "{error:?}");
    assert_eq!(error.message(), Some("Too many tokens"));
    assert!(error.meta().request_id().is_some());

    emulator.script(Script::failure(503, "ServiceUnavailableException", "busy"));
    let call = client.converse().model_id(MODEL).messages(user("Hi"));
    assert!(
        call.clone()
            .send()
            .await
            .expect_err("no service")
            .into_service_error()
            .is_service_unavailable_exception()
    );

    let unknown = call.model_id("no.such-model").send().await.expect_err("no model").into_service_error();
    assert!(unknown.is_validation_exception());
    assert_eq!(unknown.message(), Some("The provided model identifier is invalid."));
}

#[tokio::test]
async fn exceptions_in_the_stream_are_typed() {
    let emulator = start(Settings::default()).await;
    let client = client(&emulator);
    for (kind, is_kind) in [
        ("throttlingException", ConverseStreamOutputError::is_throttling_exception as fn(&_) -> bool),
        ("modelStreamErrorException", ConverseStreamOutputError::is_model_stream_error_exception),
        ("internalServerException", ConverseStreamOutputError::is_internal_server_exception),
    ] {
        emulator.script(Script::text(["a", "b"]).exception_after(2, kind, "it broke"));
        let head = client.converse_stream().model_id(MODEL).messages(user("Hi")).send().await;
        let error = events(head.expect("a stream")).await.expect_err("an exception");
        assert!(is_kind(&error), "{kind}: {error:?}");
        assert_eq!(error.message(), Some("it broke"));
    }
    emulator.script(Script::text(["a"]).error_frame_after(1, "InternalFailure", "unmodelled"));
    let head = client.converse_stream().model_id(MODEL).messages(user("Hi")).send().await;
    let error = events(head.expect("a stream")).await.expect_err("an error");
    // This SDK has no notion of unmodelled errors: all it says is that the frame is none that it knows.
    assert_eq!(error.code(), None);
}

#[tokio::test]
async fn tokens_are_counted_and_text_is_embedded() {
    let emulator = start(Settings::default()).await;
    let client = client(&emulator);
    let input = ConverseTokensRequest::builder().messages(user("Count these words")).build();
    let call = client.count_tokens().input(CountTokensInput::Converse(input));
    let counted =
        call.clone().model_id("anthropic.claude-haiku-4-5-20251001-v1:0").send().await.expect("a count");
    assert!(counted.input_tokens() > 4);
    let profile = call.model_id(MODEL).send().await.expect_err("profiles are not counted for");
    assert!(profile.into_service_error().is_validation_exception());

    let body = serde_json::json!({"inputText": "hello", "dimensions": 256, "normalize": true}).to_string();
    let call = client.invoke_model().model_id("amazon.titan-embed-text-v2:0").body(Blob::new(body));
    let answer = call.send().await.expect("an embedding");
    let answer: serde_json::Value = serde_json::from_slice(answer.body().as_ref()).expect("JSON");
    assert_eq!(answer["embedding"].as_array().map(Vec::len), Some(256));
}

#[tokio::test]
async fn a_dropped_stream_is_booked_as_hung_up() {
    let emulator = start(Settings::default()).await;
    emulator.script(Script::text(["a", "b", "c"]).hang_after(2));
    let client = client(&emulator);
    let mut head =
        client.converse_stream().model_id(MODEL).messages(user("Hi")).send().await.expect("a stream");
    assert!(head.stream.recv().await.expect("an event").is_some());
    drop(head);
    let call = emulator.wait_hung_up(PATIENCE).await.expect("a client that hung up");
    assert_eq!(call.outcome, Outcome::HungUp { events: 2 });

    emulator.clear_requests();
    emulator.script(Script::hang());
    let waiting = client.converse().model_id(MODEL).messages(user("Hi")).send();
    let gone =
        async { emulator.wait_for(|call| call.outcome == Outcome::Running { events: 0 }, PATIENCE).await };
    tokio::select! {
        _ = waiting => panic!("a hang was answered"),
        call = gone => assert!(call.is_some()),
    }
    let call = emulator.wait_hung_up(PATIENCE).await.expect("a client that hung up");
    assert_eq!(call.outcome, Outcome::HungUp { events: 0 });
}
