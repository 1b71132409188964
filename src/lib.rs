//! An OpenAI-compatible gateway to AWS Bedrock.
//!
//! OpenAI clients point their base URL here; the gateway answers from Bedrock's Converse and ConverseStream.
//!
//! # The life of a request
//!
//! ```text
//! admit → authenticate → throttle → plan → attempt → translate → settle
//! ```
//! | phase | where | refuses with |
//! |---|---|---|
//! | admit | [`middleware::admit`]: a place among the requests in flight, kept until the last byte of the answer | 503 |
//! | authenticate | [`middleware::authenticate`]: whose request it is | 401 |
//! | throttle | [`middleware::throttle`]: the global rate | 429 |
//! | plan | [`dispatch`] with [`route`], [`media`] and [`translate`]: a name becomes a model, the request a Converse body | 400, 404 |
//! | attempt | [`dispatch`] through [`bedrock`]: one call, up to its first event | what [`error`] makes of the fault |
//! | translate | [`translate`]: the answer, or each event of it | 502, or an error frame |
//! | settle | [`telemetry`]: metrics and one log line when the last byte has gone, or the client has | never |
//!
//! # The layers
//!
//! A module imports only from layers below its own (`tests/architecture.rs` holds this table and fails on a breach).
//!
//! | layer | modules |
//! |---|---|
//! | 5 root | [`cli`], [`server`], [`app`], [`config`] |
//! | 4 edge: HTTP in, HTTP out | [`api`], [`middleware`], [`error`] |
//! | 3 flow | [`dispatch`] |
//! | 2 adapters: what talks to the outside | [`bedrock`], [`media`], [`telemetry`], [`lifecycle`] |
//! | 1 logic: pure | [`translate`], [`route`], [`limit`] |
//! | 0 words | [`openai`], [`converse`], [`catalog`], [`account`], [`usage`], [`clock`], [`random`] |
//! | below the words | [`json`], which reads requests; below it [`text`], strings as they stand in them |
//! | apart | `emulator`, a Bedrock look-alike that shares nothing with the gateway |

/// What holds a prompt or an answer shows its name alone: a `{:?}` somewhere must not bring content into a log.
macro_rules! private_debug {
    ($($name:ident $(<$life:lifetime>)?),+ $(,)?) => {$(
        impl $(<$life>)? std::fmt::Debug for $name $(<$life>)? {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+};
}

pub mod json;
pub mod text;

pub mod account;
pub mod catalog;
pub mod clock;
pub mod converse;
pub mod openai;
pub mod random;
pub mod usage;

pub mod limit;
pub mod route;
pub mod translate;

pub mod bedrock;
pub mod lifecycle;
pub mod media;
pub mod telemetry;

pub mod dispatch;

pub mod api;
pub mod error;
pub mod middleware;

pub mod app;
pub mod cli;
pub mod config;
pub mod server;

#[cfg(feature = "emulator")]
pub mod emulator;
