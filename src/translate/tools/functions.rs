//! `message.function_call` and the role `function`, the deprecated forms of `tool_calls` and `tool`: they become
//! these before anything else looks at the conversation (translation reference §2.1).

use super::super::{Judge, Refusal};
use crate::openai::chat::{AssistantToolCall, Message, Rest, Role};
use std::{fmt::Arguments, mem};

/// A call that has no result yet.
struct Open {
    path: String,
    name: String,
    id: String,
}

/// Rewrites them. They have no ids: a call gets the next number of the conversation, and a result belongs to the
/// first open call of its function.
pub(in crate::translate) fn modernise(messages: &mut [Message], judge: &mut Judge) -> Result<(), Refusal> {
    let mut open: Vec<Open> = Vec::new();
    let mut calls = 0;
    for (index, message) in messages.iter_mut().enumerate() {
        let path = format_args!("messages[{index}]");
        match message.role {
            Role::Function => {
                message.role = Role::Tool;
                message.tool_call_id = Some(answered(path, message, &mut open)?);
            }
            Role::Assistant => {
                let Some(function) = message.function_call.take() else { continue };
                if message.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty()) {
                    judge.leave_out(format!("{path}.function_call"), "the message has `tool_calls`")?;
                    continue;
                }
                calls += 1;
                let id = format!("function_call_{calls}");
                open.push(Open { path: path.to_string(), name: function.name.clone(), id: id.clone() });
                let (function, rest) = (Some(*function), Rest::new());
                let call = AssistantToolCall { id, kind: None, function, custom: None, rest };
                message.tool_calls = Some(vec![call]);
            }
            _ => {}
        }
    }
    open.first().map_or(Ok(()), |call| {
        let param = format!("{}.function_call", call.path);
        let message = format!("`{param}` has no answer: a function message with its name must follow.");
        Err(Refusal::invalid(param, message))
    })
}

/// The id of the call that a function message answers.
fn answered(path: Arguments<'_>, message: &mut Message, open: &mut Vec<Open>) -> Result<String, Refusal> {
    let param = format!("{path}.name");
    let Some(name) = message.name.as_deref() else {
        return Err(Refusal::missing(&param, format!("`{param}` is required in a function message.")));
    };
    match open.iter().position(|call| call.name == name) {
        Some(at) => Ok(mem::take(&mut open.remove(at).id)),
        None => {
            let message = format!("`{param}` does not name a `function_call` that is still open before it.");
            Err(Refusal::invalid(param, message))
        }
    }
}
