//! `message.function_call` and the role `function`, the deprecated forms of `tool_calls` and `tool`: they become
//! these before anything else looks at the conversation (translation reference §2.1).

use super::super::{Judge, Refusal};
use crate::{
    openai::chat::{AssistantToolCall, Message, Rest, Role},
    text::Word,
};
use std::collections::{HashMap, VecDeque};

/// The calls that have no result yet, by their functions: where each stands, and its id.
type Open<'a> = HashMap<Word<'a>, VecDeque<(usize, String)>>;

/// Rewrites them. They have no ids: a call gets the next number of the conversation, and a result belongs to the
/// first open call of its function.
pub(in crate::translate) fn modernise(
    messages: &mut [Message<'_>],
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let mut open = Open::new();
    let mut calls = 0;
    for (index, message) in messages.iter_mut().enumerate() {
        match message.role {
            Role::Function => {
                message.role = Role::Tool;
                message.tool_call_id = Some(answered(index, message, &mut open)?.into());
            }
            Role::Assistant => {
                let Some(function) = message.function_call.take() else { continue };
                if message.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty()) {
                    let param = format!("messages[{index}].function_call");
                    judge.leave_out(param, "the message has `tool_calls`")?;
                    continue;
                }
                calls += 1;
                let id = format!("function_call_{calls}");
                open.entry(function.name.clone()).or_default().push_back((index, id.clone()));
                let (function, rest) = (Some(*function), Rest::new());
                let call = AssistantToolCall { id: id.into(), kind: None, function, custom: None, rest };
                message.tool_calls = Some(vec![call]);
            }
            _ => {}
        }
    }
    open.values().flatten().min().map_or(Ok(()), |(index, _)| {
        let param = format!("messages[{index}].function_call");
        let message = format!("`{param}` has no answer: a function message with its name must follow.");
        Err(Refusal::invalid(param, message))
    })
}

/// The id of the call that a function message answers.
fn answered<'a>(index: usize, message: &Message<'a>, open: &mut Open<'a>) -> Result<String, Refusal> {
    let param = format!("messages[{index}].name");
    let Some(name) = &message.name else {
        return Err(Refusal::missing(&param, format!("`{param}` is required in a function message.")));
    };
    open.get_mut(name).and_then(VecDeque::pop_front).map(|(_, id)| id).ok_or_else(|| {
        let message = format!("`{param}` does not name a `function_call` that is still open before it.");
        Refusal::invalid(param, message)
    })
}
