//! Why the model stopped (translation reference §3.1).

use super::{ReplyError, Warning, shown};
use crate::{converse::StopReason, openai::completion::FinishReason};

/// OpenAI's reason. What the answer holds overrules what Bedrock says about tools: agents run what they get, and
/// wait for what they are promised.
pub(super) fn finish_reason(reason: &StopReason, has_tool_calls: bool) -> Result<FinishReason, ReplyError> {
    Ok(match reason {
        StopReason::EndTurn | StopReason::ToolUse | StopReason::StopSequence | StopReason::Other(_) => {
            match has_tool_calls {
                true => FinishReason::ToolCalls,
                false => FinishReason::Stop,
            }
        }
        StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => FinishReason::Length,
        StopReason::GuardrailIntervened | StopReason::ContentFiltered => FinishReason::ContentFilter,
        StopReason::MalformedModelOutput => return Err(ReplyError::MalformedModelOutput),
        StopReason::MalformedToolUse => return Err(ReplyError::MalformedToolUse),
    })
}

/// Whether the model came to the end of its answer by itself. One of the client's own stop sequences cuts it short.
pub(super) fn is_the_end(reason: &StopReason, finish_reason: FinishReason) -> bool {
    finish_reason == FinishReason::Stop && *reason != StopReason::StopSequence
}

/// What the client is told of a reason that is newer than this program, and read as the end of the turn.
pub fn unknown_stop(reason: &StopReason) -> Option<Warning> {
    let StopReason::Other(word) = reason else { return None };
    let why = format!("Bedrock's stopReason \"{}\" is not known", shown(word));
    Some(Warning { param: "finish_reason".to_owned(), why: why.into(), done: "read as end_turn".into() })
}
