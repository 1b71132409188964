//! One call: authenticate, find the operation, apply the rules, take a script or make an answer up.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::ledger::Ledger;
use super::models::{Kind, Model};
use super::playback::{Body, Step, stream_steps, whole_steps};
use super::queue::{Prepared, Queue};
use super::recent::Recent;
use super::record::{Journal, Outcome, Recorded};
use super::reply::{Head, Refusal, json_step};
use super::script::{End, Event, Script};
use super::sigv4::Signed;
use super::{Settings, answer, auth, control, date, embeddings, models, random, rules, scripting, tokens};

/// The largest body of an InvokeModel call (API reference, InvokeModel), in bytes.
const MAX_BODY_BYTES: usize = 25_000_000;

/// What all connections share.
pub(super) struct Service {
    pub(super) settings: RwLock<Arc<Settings>>,
    pub(super) queue: Queue,
    pub(super) journal: Arc<Journal>,
    pub(super) ledger: Ledger,
    pub(super) connections: AtomicU64,
}

/// A reply before it has its ids: the head, and what the body does.
type Reply = Result<(Head, Vec<Step>), Refusal>;

// === impl Service ===

impl Service {
    /// Answers one request.
    pub(super) async fn call(&self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let settings = Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner));
        let request_id = random::uuid();
        let body = Limited::new(body, MAX_BODY_BYTES).collect().await.map(|whole| whole.to_bytes());
        let scripting = parts.uri.path().starts_with(scripting::PREFIX);
        let journal = if scripting { &Journal::new(0) } else { &self.journal };
        let entry = journal.open(recorded(&parts, body.as_ref().ok(), &request_id));
        let reply = match body {
            Err(_) => Err(Refusal::new(
                413,
                "RequestEntityTooLargeException",
                "The request body exceeds 25000000 bytes.",
            )),
            Ok(body) if scripting => scripting::call(self, &parts, &body),
            Ok(body) => self.operate(&settings, &parts, &body).await,
        };
        let (head, steps) = reply.unwrap_or_else(|refusal| {
            let (head, body) = refusal.into_parts();
            (head, vec![Step::Write(body, 1)])
        });
        head.respond(steps, &request_id, &date::http(date::now(settings.clock_offset_secs)), entry)
    }

    pub(super) fn reconfigure(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    async fn operate(&self, settings: &Settings, parts: &Parts, body: &Bytes) -> Reply {
        let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
        let signed = Signed { method: parts.method.as_str(), path, query, headers: &parts.headers, body };
        auth::check(settings, &signed, date::now(settings.clock_offset_secs))?;
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match (&parts.method, segments.as_slice()) {
            (&Method::GET, ["foundation-models" | "inference-profiles", ..]) => {
                let answer = control::get(settings, path, query)?;
                Ok((Head::json(200), json_step(&answer)))
            }
            (&Method::POST, ["model", _, operation]) => {
                let id = model_id(path).unwrap_or_default();
                let body = parse(body)?;
                match *operation {
                    "converse" => self.converse(settings, &id, &body, false).await,
                    "converse-stream" => self.converse(settings, &id, &body, true).await,
                    "invoke" => invoke(models::resolve(&id, &settings.profiles)?, &body),
                    "count-tokens" => count_tokens(&id, &body, &self.queue.spoken),
                    _ => Err(unknown_operation()),
                }
            }
            _ => Err(unknown_operation()),
        }
    }

    async fn converse(&self, settings: &Settings, id: &str, body: &Value, streams: bool) -> Reply {
        let model = models::resolve(id, &settings.profiles)?;
        rules::check(model, body, streams, &self.queue.spoken)?;
        let prepared = match self.queue.take(id) {
            Some(scripted) => scripted,
            None => Prepared::new(self.made_up(settings, body, model, streams)),
        };
        let script = &prepared.script;
        if matches!(script.end, End::HangBeforeHead) {
            std::future::pending::<()>().await;
        }
        if script.head_delay_ms > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(script.head_delay_ms)).await;
        }
        if let Some(failure) = &script.failure {
            let (head, body) = Refusal::new(failure.status, &*failure.kind, &*failure.message).into_parts();
            return Ok((head.with(&script.headers), vec![Step::Write(body, 1)]));
        }
        if let Some(raw) = &script.raw {
            let body = STANDARD.decode(&raw.body_base64).unwrap_or_default().into();
            let head = Head::new(raw.status, &*raw.content_type).with(&script.headers);
            return Ok((head, whole_steps(script, body)));
        }
        if streams {
            let head = Head::new(200, "application/vnd.amazon.eventstream").with(&script.headers);
            return Ok((head, stream_steps(&prepared)));
        }
        if let End::EventAfter { event: Event::Exception { kind, payload }, .. } = &script.end {
            return Err(thrown(kind, payload));
        }
        let body = script.to_answer().to_string().into();
        Ok((Head::json(200).with(&script.headers), whole_steps(script, body)))
    }

    /// The default answer, at a human pace when it streams: each event takes two to four thirds of the set pace.
    fn made_up(&self, settings: &Settings, body: &Value, model: &Model, streams: bool) -> Script {
        let mut script = answer::to(body, model, &self.ledger);
        let pace_ms = u64::try_from(settings.pace.as_millis()).unwrap_or(u64::MAX);
        if streams && pace_ms > 0 {
            let third = pace_ms / 3;
            let pauses = (0..script.to_events().len()).map(|event| {
                (event, pace_ms.saturating_sub(third).saturating_add(random::next() % (2 * third + 1)))
            });
            script.delays_before_ms = pauses.collect::<BTreeMap<_, _>>();
        }
        script
    }
}

fn recorded(parts: &Parts, body: Option<&Bytes>, request_id: &str) -> Recorded {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Recorded {
        request_id: request_id.to_owned(),
        method: parts.method.to_string(),
        path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        model: model_id(parts.uri.path()),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.cloned().unwrap_or_default(),
        outcome: Outcome::Running { events: 0 },
    }
}

/// The model id of a path, decoded once.
fn model_id(path: &str) -> Option<String> {
    let encoded = path.strip_prefix("/model/")?.split('/').next()?;
    Some(percent_decode_str(encoded).decode_utf8_lossy().into_owned())
}

fn parse(body: &Bytes) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body)
        .map_err(|_| Refusal::new(400, "SerializationException", "The request body is not valid JSON."))
}

fn unknown_operation() -> Refusal {
    Refusal::new(
        404,
        "UnknownOperationException",
        "The requested operation is not recognized by the service.",
    )
}

fn invoke(model: &Model, body: &Value) -> Reply {
    let Kind::Embedding(kind) = model.kind else {
        return Err(Refusal::validation("The emulator answers InvokeModel for embedding models only."));
    };
    let (answer, read) = embeddings::answer(kind, body)?;
    let mut head = Head::json(200);
    let counts = [("input", read), ("output", 0)];
    head.headers.extend(
        counts.map(|(kind, count)| (format!("x-amzn-bedrock-{kind}-token-count"), count.to_string())),
    );
    head.headers.insert("x-amzn-bedrock-invocation-latency".to_owned(), "1".to_owned());
    Ok((head, json_step(&answer)))
}

/// CountTokens takes the base ids of Claude models only, those too that need a profile to converse.
fn count_tokens(id: &str, body: &Value, spoken: &Recent<String>) -> Reply {
    let model =
        models::base(id).ok_or_else(|| Refusal::validation("The provided model identifier is invalid."))?;
    if !matches!(model.kind, Kind::Chat(family) if family.anthropic) {
        return Err(Refusal::validation("The provided model doesn't support counting tokens."));
    }
    let input = &body["input"];
    let count = match (input.get("converse"), input.get("invokeModel")) {
        (Some(converse), None) => {
            rules::check(model, converse, false, spoken)?;
            tokens::of_request(converse)
        }
        (None, Some(invoke)) => {
            let decoded = invoke["body"].as_str().and_then(|text| STANDARD.decode(text).ok());
            let body = decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            tokens::of_json(
                &body.ok_or_else(|| Refusal::validation("input.invokeModel.body is not valid JSON."))?,
            )
        }
        _ => {
            return Err(Refusal::validation(
                "Exactly one of 'converse' and 'invokeModel' must be set at 'input'.",
            ));
        }
    };
    Ok((Head::json(200), json_step(&json!({"inputTokens": count}))))
}

/// What an exception is that comes before there is a stream to put it in.
fn thrown(kind: &str, payload: &Value) -> Refusal {
    let status = match kind {
        "validationException" => 400,
        "modelTimeoutException" => 408,
        "modelStreamErrorException" => 424,
        "throttlingException" => 429,
        "serviceUnavailableException" => 503,
        _ => 500,
    };
    let mut letters = kind.chars();
    let name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    Refusal::new(status, name, payload["message"].as_str().unwrap_or_default())
}
