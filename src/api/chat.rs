//! `POST /v1/chat/completions`.

use super::{
    sse::{self, SseSettings},
    values,
};
use crate::{
    dispatch::{Answer, Content, Dispatcher},
    error::GatewayError,
    json,
    middleware::body::Bodies,
    openai::chat::ChatRequest,
    telemetry::record::CallRecord,
    text,
    translate::Warning,
};
use axum::{
    Extension, Json,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header::HeaderMap};
use std::sync::Arc;

/// Bedrock's id of the call, as Bedrock itself names it.
pub const X_AMZN_REQUESTID: HeaderName = HeaderName::from_static("x-amzn-requestid");
/// The Bedrock model that served the call.
pub const X_GATEWAY_MODEL: HeaderName = HeaderName::from_static("x-gateway-model");
/// Members of the request that were left out or changed: `param: what; param: what`.
pub const X_GATEWAY_WARNINGS: HeaderName = HeaderName::from_static("x-gateway-warnings");

/// Longest value of `x-gateway-warnings`, in bytes: clients bound the size of all headers, some at 8 KiB.
const MAX_WARNINGS_BYTES: usize = 2048;

/// The most JSON values in a body. Outside of strings each of them is worth about a token, so that no model could take
/// more, and each may take half a KiB of memory.
const MAX_VALUES: usize = 200_000;

/// Longest part of an error that quotes the request, in characters.
const MAX_QUOTED: usize = 200;

/// What the handler needs.
#[derive(Clone)]
pub struct ChatState {
    /// Takes requests to Bedrock.
    pub dispatcher: Arc<Dispatcher>,
    /// Reads bodies within their limits.
    pub bodies: Arc<Bodies>,
    /// How streams are written.
    pub sse: SseSettings,
}

/// Answers one chat completion request, whole or streamed. Whatever keeps the answer, or its first event, from
/// coming is answered as an error.
pub async fn completions(
    State(state): State<ChatState>,
    Extension(record): Extension<CallRecord>,
    body: Body,
) -> Response {
    let mut response = answer(state, &record, body).await.unwrap_or_else(IntoResponse::into_response);
    // On failures above all: it is what AWS support asks for.
    if let Some(id) = record.bedrock_request_id() {
        insert(response.headers_mut(), X_AMZN_REQUESTID, &id);
    }
    response
}

async fn answer(state: ChatState, record: &CallRecord, body: Body) -> Result<Response, GatewayError> {
    // Bedrock's request, made of the body and about as large, lives until there is an answer: so does the room.
    let (bytes, room) = state.bodies.read(body).await?;
    record.body_read();
    let plan = state.dispatcher.plan(parse(&bytes)?, bytes.len(), record).await?;
    drop(bytes);
    let Answer { served, warnings, content } = state.dispatcher.chat(plan, record).await?;
    let mut response = match content {
        Content::Whole(completion) => Json(completion).into_response(),
        Content::Stream(stream) => {
            let room = stream.is_waiting().then_some(room);
            sse::response(*stream, state.sse, room)
        }
    };
    let headers = response.headers_mut();
    insert(headers, X_GATEWAY_MODEL, served.as_str());
    if !warnings.is_empty() {
        insert(headers, X_GATEWAY_WARNINGS, &warnings_value(&warnings));
    }
    Ok(response)
}

/// Reads the body; a second pass finds what is wrong, and the path of the field, when the first one fails.
fn parse(bytes: &[u8]) -> Result<ChatRequest<'_>, GatewayError> {
    if values::exceed(bytes, MAX_VALUES) {
        return Err(GatewayError::TooManyValues { limit: MAX_VALUES });
    }
    // Characters that are checked at once are not checked string by string.
    let read = match str::from_utf8(bytes) {
        Ok(text) => json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    };
    read.map_err(|error| fault(bytes, error))
}

fn fault(bytes: &[u8], error: serde_json::Error) -> GatewayError {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read =
        text::looked_into(|| serde_path_to_error::deserialize::<_, ChatRequest<'_>>(&mut deserializer));
    let (path, error) = match read {
        Err(error) => (error.path().to_string(), error.into_inner()),
        // It is behind the request.
        Ok(_) => (String::new(), error),
    };
    if !error.is_data() {
        let message = format!("The request body is not valid JSON: {}.", cut(&error.to_string()));
        return GatewayError::InvalidBody { code: "invalid_json", message, param: None };
    }
    let error = error.to_string();
    // A field that is missing, or there twice, is named by the error: the path ends at its parent.
    let field = |what: &str| error.strip_prefix(what).and_then(|rest| rest.split('`').next());
    let missing = field("missing field `");
    let code = if missing.is_some() { "missing_required_parameter" } else { "invalid_value" };
    let param = param(&path, missing.or_else(|| field("duplicate field `")));
    let message = format!("The request body is invalid at `{param}`: {}.", cut(&error));
    GatewayError::InvalidBody { code, message, param: Some(param) }
}

/// The path of the field at fault. `named` is the field that the error itself names, below the path.
fn param(path: &str, named: Option<&str>) -> String {
    match (path, named) {
        ("" | ".", Some(field)) => field.to_owned(),
        ("" | ".", None) => "body".to_owned(),
        (path, Some(field)) => format!("{path}.{field}"),
        (path, None) => path.to_owned(),
    }
}

/// An error quotes what it found, and a client may have put a whole document where a number belongs. The position
/// stands at its end.
fn cut(error: &str) -> String {
    let Some((start, _)) = error.char_indices().nth(MAX_QUOTED) else { return error.to_owned() };
    let position = error.rfind(" at line ").map_or("", |at| &error[at..]);
    format!("{}...{position}", &error[..start])
}

fn warnings_value(warnings: &[Warning]) -> String {
    let mut value = String::new();
    for warning in warnings {
        let next = warning.to_string();
        if value.len() + next.len() > MAX_WARNINGS_BYTES {
            value.push_str("; ...");
            break;
        }
        if !value.is_empty() {
            value.push_str("; ");
        }
        value.push_str(&next);
    }
    value
}

/// Names in a request are the client's own: what does not fit into a header becomes `?`.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    let fits = |c: char| c == ' ' || c.is_ascii_graphic();
    let value = match value.chars().all(fits) {
        true => HeaderValue::from_str(value),
        false => HeaderValue::try_from(value.replace(|c| !fits(c), "?")),
    };
    if let Ok(value) = value {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> (Option<String>, String) {
        match parse(body.as_bytes()) {
            Err(GatewayError::InvalidBody { message, param, .. }) => (param, message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_type_is_named_by_its_path() {
        for (body, path) in [
            (r#"{"messages":[{"role":"user","content":5}]}"#, "messages[0].content"),
            (r#"{"messages":[{"role":"bot","content":"x"}]}"#, "messages[0].role"),
            (r#"{"messages":[{"role":7,"content":"x"}]}"#, "messages[0].role"),
            (r#"{"messages":[{"role":null,"content":"x"}]}"#, "messages[0].role"),
            (r#"{"messages":[{"role":{"user":null},"content":"x"}]}"#, "messages[0].role"),
            (r#"{"messages":[{"content":"x"}]}"#, "messages[0].role"),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"text","text":7}]}]}"#,
                "messages[0].content[0].text",
            ),
            (
                r#"{"messages":[],"tools":[{"type":"function","function":{"name":1}}]}"#,
                "tools[0].function.name",
            ),
            (r#"{"messages":[],"temperature":"hot"}"#, "temperature"),
            (r#"{"messages":"hello"}"#, "messages"),
            (r#"{"messages":[],"model":"a","model":"b"}"#, "model"),
            (r#"[1]"#, "body"),
            (r#""text""#, "body"),
        ] {
            let (param, message) = refusal(body);
            assert_eq!(param.as_deref(), Some(path), "{body}: {message}");
            assert!(message.contains(path), "{message}");
        }
    }

    #[test]
    fn a_missing_field_is_told_from_a_wrong_one() {
        for (body, expected) in [
            (r#"{"messages":[{"content":"x"}]}"#, "missing_required_parameter"),
            (r#"{"messages":[{"role":7}]}"#, "invalid_value"),
            (r#"{"messages":"missing field `role`"}"#, "invalid_value"),
        ] {
            let error = parse(body.as_bytes()).unwrap_err();
            assert!(matches!(error, GatewayError::InvalidBody { code, .. } if code == expected), "{error:?}");
        }
    }

    #[test]
    fn what_is_no_json_has_no_path() {
        for body in ["", "{", "{\"messages\":[}", "hello", "{\"messages\":[]} x"] {
            assert_eq!(refusal(body).0, None, "{body}");
        }
        assert!(matches!(parse(b"{\"model\":\"\xff\"}"), Err(GatewayError::InvalidBody { .. })));
        for content in
            [r#""\ud800""#, r#"[{"type":"text","text":"\udc00"}]"#, r#"[{"type":"text","odd":1e999}]"#]
        {
            let body = format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#);
            let syntax = serde_json::from_str::<serde_json::Value>(&body).unwrap_err();
            assert_eq!(refusal(&body), (None, format!("The request body is not valid JSON: {syntax}.")));
        }
    }

    #[test]
    fn a_body_of_too_many_values_is_refused_before_it_takes_memory() {
        let body = |values: usize| {
            format!(r#"{{"messages":[],"odd":[{}]}}"#, vec![r#"{"":0}"#; values / 2].join(","))
        };
        assert!(parse(body(MAX_VALUES - 10).as_bytes()).is_ok());
        let error = parse(body(MAX_VALUES + 10).as_bytes()).unwrap_err();
        assert!(matches!(error, GatewayError::TooManyValues { limit: MAX_VALUES }), "{error:?}");
        let text = format!(r#"{{"messages":[],"odd":"{}"}}"#, "[,".repeat(MAX_VALUES));
        assert!(parse(text.as_bytes()).is_ok(), "what a string holds is no value");
    }

    #[test]
    fn a_document_in_the_wrong_place_is_not_sent_back() {
        let body = format!(r#"{{"messages":"{}"}}"#, "ü".repeat(100_000));
        let (param, message) = refusal(&body);
        assert_eq!(param.as_deref(), Some("messages"));
        assert!(message.len() < 700, "{} bytes", message.len());
        assert!(message.ends_with("... at line 1 column 200014."), "{message}");
    }

    #[test]
    fn warnings_fit_into_a_header_whatever_the_client_wrote() {
        let warning =
            |param: &str| Warning { param: param.to_owned(), why: "unknown".into(), done: "left out".into() };
        let mut headers = HeaderMap::new();
        let value = warnings_value(&[warning("seed"), warning("naïve\r\nx-evil: 1")]);
        insert(&mut headers, X_GATEWAY_WARNINGS, &value);
        assert_eq!(
            headers[X_GATEWAY_WARNINGS],
            "seed: unknown, left out; na?ve??x-evil: 1: unknown, left out"
        );
        let many: Vec<_> = (0..500).map(|index| warning(&format!("member_{index}"))).collect();
        assert!(warnings_value(&many).len() < MAX_WARNINGS_BYTES + 8);
    }
}
