//! The direct transport: requests signed and sent without the SDK's machinery, which costs several times what they
//! themselves do. The SDK decides once, at start, what a request looks like ([`blueprint`]), and its credential chain
//! says who sends it ([`identity`]).
//!
//! | module | holds |
//! |---|---|
//! | `blueprint` | what is learnt from the SDK, and whether the two agree |
//! | `endpoint` | where requests go |
//! | `identity` | who sends them: a bearer token, or credentials that are kept and renewed |
//! | `request`, `sign` | a request, and AWS Signature Version 4 |
//! | `skew` | the time to sign for |
//! | `pool`, `link`, `relay` | connections |
//!
//! As through the SDK, a call is repeated for the sake of routing never. It is repeated once when Bedrock refuses its
//! signature: for its time, which the refusal tells, or when other credentials are there by then.

mod blueprint;
mod endpoint;
mod identity;
mod link;
mod pool;
mod relay;
mod request;
mod sign;
mod skew;

use std::sync::Arc;
use std::time::SystemTime;

use aws_config::SdkConfig;
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{HeaderName, Method, Request, Response, header};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::sdk::SdkTransport;
use super::{Call, Deadlines, Fault, FaultKind, Operation, Reply, Settings, Stage, StartError, Transport};
use blueprint::{Agent, Authorization, Blueprint, made_up_keys};
use endpoint::Endpoint;
use identity::{Identity, Keys};
use link::{LinkBody, RequestBody};
use request::Draft;
use sign::{Signer, Stamp};
use skew::Clock;

/// Largest refusal that is read, in bytes. They are a sentence long.
const MAX_REFUSAL: usize = 64 * 1024;

const X_AMZN_REQUESTID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// One Bedrock target, reached without the SDK.
#[derive(Clone)]
pub(super) struct DirectTransport(Arc<Target>);

struct Target {
    runtime: Endpoint,
    control: Endpoint,
    identity: Identity,
    agent: Agent,
    clock: Clock,
    deadlines: Deadlines,
}

/// An answer other than 2xx, or none.
struct Refusal {
    fault: Fault,
    /// Bedrock's time.
    date: Option<String>,
    /// When the request was sent, on our clock.
    sent: SystemTime,
}

// === impl DirectTransport ===

impl DirectTransport {
    /// Sets up the target that `sdk` leads to.
    ///
    /// # Errors
    /// [`StartError::NotDirect`] when the SDK does more for this target than is known here.
    pub(super) async fn beside(
        sdk: &SdkTransport,
        config: &SdkConfig,
        settings: &Settings,
    ) -> Result<Self, StartError> {
        let specimen =
            sdk.specimen(made_up_keys()).await.map_err(|fault| StartError::NotDirect(fault.message))?;
        let own_control = settings.control_endpoint_url.as_deref();
        let blueprint = Blueprint::read(&specimen, config, own_control).map_err(StartError::NotDirect)?;
        let source = config.time_source().unwrap_or_default();
        let identity = match blueprint.authorization {
            Authorization::Bearer(value) => Identity::Bearer(value),
            Authorization::Signature(scope) => {
                Identity::Keys(Arc::new(Keys::new(config.credentials_provider(), scope, source.clone())))
            }
        };
        let deadlines = settings.deadlines;
        let dial = sdk.dial();
        Ok(Self(Arc::new(Target {
            runtime: blueprint.runtime.connect(dial.clone(), deadlines),
            control: blueprint.control.connect(dial, deadlines),
            identity,
            agent: blueprint.agent,
            clock: Clock::new(source),
            deadlines,
        })))
    }
}

impl Transport for DirectTransport {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Reply, Fault>> {
        let target = Arc::clone(&self.0);
        Box::pin(async move {
            match timeout(target.deadlines.head, target.exchange(&call)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(target.deadlines.missed(Stage::Head)),
            }
        })
    }

    fn check_credentials(&self) -> BoxFuture<'static, Result<(), Fault>> {
        let target = Arc::clone(&self.0);
        Box::pin(async move { target.signer().await.map(drop) })
    }
}

// === impl Target ===

impl Target {
    /// One attempt, and a second one if the signature of the first was refused and can be mended.
    async fn exchange(&self, call: &Call) -> Result<Reply, Fault> {
        let signer = self.signer().await?;
        let Refusal { fault, date, sent } = match self.attempt(call, signer.as_deref()).await {
            Ok(reply) => return Ok(reply),
            Err(refusal) => *refusal,
        };
        let again = match (&self.identity, signer) {
            (Identity::Keys(_), Some(signer)) if fault.is_clock_skew() => {
                self.clock.learn(date.as_deref(), sent);
                signer
            }
            (Identity::Keys(keys), Some(signer)) if fault.is_refused_identity() => {
                match keys.instead_of(&signer).await {
                    Some(other) => other,
                    None => return Err(fault),
                }
            }
            _ => return Err(fault),
        };
        self.attempt(call, Some(&again)).await.map_err(|refusal| refusal.fault)
    }

    /// Whoever signs; nobody where a bearer token is enough.
    async fn signer(&self) -> Result<Option<Arc<Signer>>, Fault> {
        match &self.identity {
            Identity::Bearer(_) => Ok(None),
            Identity::Keys(keys) => keys.signer().await.map(Some),
        }
    }

    async fn attempt(&self, call: &Call, signer: Option<&Signer>) -> Result<Reply, Box<Refusal>> {
        let sent = self.clock.uncorrected();
        let refused = |fault, date| Box::new(Refusal { fault, date, sent });
        let (request, endpoint) = self.request(call, signer).map_err(|fault| refused(fault, None))?;
        let answer = endpoint.pool.send(request).await.map_err(|fault| refused(fault, None))?;
        if answer.status().is_success() {
            return Ok(reply(answer));
        }
        let (head, body) = answer.into_parts();
        let body = beginning(body).await;
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let fault = Fault::from_answer(head.status.as_u16(), header, &body);
        Err(refused(fault, header("date").map(str::to_owned)))
    }

    /// The request that `call` is, signed, and where it goes.
    fn request(
        &self,
        call: &Call,
        signer: Option<&Signer>,
    ) -> Result<(Request<RequestBody>, &Endpoint), Fault> {
        let (method, endpoint, path) = self.line(call)?;
        let mut draft = Draft::new(method, path, call.body.clone(), &endpoint.place.host, &self.agent);
        let authorised = match (&self.identity, signer) {
            (Identity::Bearer(value), _) => {
                draft.authorize(value.clone());
                Some(())
            }
            (Identity::Keys(_), signer) => {
                signer.zip(Stamp::new(self.clock.now())).and_then(|(signer, at)| draft.sign(signer, &at))
            }
        };
        let request = authorised.and_then(|()| draft.finish());
        let request = request
            .ok_or_else(|| Fault::new(FaultKind::Connection, "the request to Bedrock cannot be written"))?;
        Ok((request, endpoint))
    }

    /// Method, endpoint and path of a call (translation reference §1.1).
    fn line(&self, call: &Call) -> Result<(Method, &Endpoint, String), Fault> {
        let label = call.label()?;
        let (runtime, control) = (&self.runtime.place.base, &self.control.place.base);
        Ok(match call.operation {
            Operation::Converse => (Method::POST, &self.runtime, format!("{runtime}/model/{label}/converse")),
            Operation::ConverseStream => {
                (Method::POST, &self.runtime, format!("{runtime}/model/{label}/converse-stream"))
            }
            Operation::GetInferenceProfile => {
                (Method::GET, &self.control, format!("{control}/inference-profiles/{label}"))
            }
        })
    }
}

fn reply(answer: Response<LinkBody>) -> Reply {
    let (head, body) = answer.into_parts();
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).map(Box::from);
    Reply {
        request_id: header(X_AMZN_REQUESTID),
        content_type: header(header::CONTENT_TYPE),
        body: Box::pin(body),
    }
}

/// What can be had of a body. One that breaks off is still an answer, and its head says most.
async fn beginning(mut body: LinkBody) -> Bytes {
    let mut bytes = BytesMut::new();
    while let Some(Ok(frame)) = body.frame().await {
        bytes.extend_from_slice(&frame.into_data().unwrap_or_default());
        if bytes.len() > MAX_REFUSAL {
            break;
        }
    }
    bytes.freeze()
}
