//! Request members without a counterpart in Converse: what each of them may hold without meaning anything, and
//! what happens when it means something (translation reference §2.2).

use super::{Judge, Refusal};
use crate::openai::chat::Rest;
use serde_json::Value;

/// A member of `POST /v1/chat/completions` that Converse has no place for.
struct Unmapped {
    name: &'static str,
    /// Values that ask for nothing. Null never does.
    idle: fn(&Value) -> bool,
    otherwise: Otherwise,
}

/// What happens when the member asks for something.
enum Otherwise {
    /// Nothing: it is for the gateway's own bookkeeping or a pure latency hint.
    NoOp,
    /// It is left out with a warning (strict: refused), for this reason.
    LeaveOut(&'static str),
    /// The answer would not be what the client asked for: refused, for this reason.
    Refuse(&'static str),
}

use Otherwise::{LeaveOut, NoOp, Refuse};

const NEVER: fn(&Value) -> bool = |_| false;
const ZERO: fn(&Value) -> bool = |value| value.as_f64() == Some(0.0);
const FALSE: fn(&Value) -> bool = |value| value == false;
const EMPTY: fn(&Value) -> bool = |value| {
    value.as_object().is_some_and(serde_json::Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
};
const LATER: &str = "this version of the gateway does not support it";

const UNMAPPED: &[Unmapped] = &[
    Unmapped { name: "audio", idle: NEVER, otherwise: Refuse("Bedrock's Converse gives text, not speech") },
    Unmapped { name: "frequency_penalty", idle: ZERO, otherwise: LeaveOut("not supported by Bedrock") },
    Unmapped { name: "logit_bias", idle: EMPTY, otherwise: Refuse("Bedrock's Converse has no logit bias") },
    Unmapped {
        name: "logprobs",
        idle: FALSE,
        otherwise: Refuse("Bedrock's Converse gives no log probabilities"),
    },
    Unmapped {
        name: "modalities",
        idle: |value| *value == serde_json::json!(["text"]) || EMPTY(value),
        otherwise: Refuse("only [\"text\"] is possible: Bedrock's Converse gives text"),
    },
    Unmapped { name: "moderation", idle: NEVER, otherwise: Refuse(LATER) },
    Unmapped { name: "prediction", idle: NEVER, otherwise: NoOp },
    Unmapped { name: "presence_penalty", idle: ZERO, otherwise: LeaveOut("not supported by Bedrock") },
    Unmapped { name: "seed", idle: NEVER, otherwise: LeaveOut("not supported by Bedrock") },
    Unmapped { name: "store", idle: FALSE, otherwise: LeaveOut("the gateway stores no completions") },
    Unmapped {
        name: "top_logprobs",
        idle: ZERO,
        otherwise: Refuse("Bedrock's Converse gives no log probabilities"),
    },
    Unmapped {
        name: "verbosity",
        idle: |value| value == "medium",
        otherwise: LeaveOut("not supported by Bedrock"),
    },
];

/// Whether it is a member of OpenAI's.
pub(super) fn knows(name: &str) -> bool {
    UNMAPPED.iter().any(|member| member.name == name)
}

/// Judges every member that has no field of its own; what the table does not know is unknown.
pub(super) fn judge(rest: &mut Rest, judge: &mut Judge) -> Result<(), Refusal> {
    for Unmapped { name, idle, otherwise } in UNMAPPED {
        let Some(value) = rest.remove(*name) else { continue };
        if value.is_null() || idle(&value) {
            continue;
        }
        match otherwise {
            NoOp => {}
            LeaveOut(why) => judge.leave_out(*name, *why)?,
            Refuse(why) => {
                return Err(Refusal::unsupported(*name, format!("`{name}` is not supported: {why}.")));
            }
        }
    }
    judge.unknown("", rest)
}
