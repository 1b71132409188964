//! How chunks are written.

use super::ChunkMachine;
use crate::{
    openai::{
        chunk::{Chunk, ChunkChoice, CustomDelta, Delta, FunctionDelta, ToolCallDelta},
        completion::{FinishReason, ResponseFields, Usage},
    },
    translate::ReplyHead,
};

// === impl ChunkMachine ===

impl ChunkMachine {
    pub(super) fn emit_arguments(&self, index: u32, arguments: &str, emit: &mut impl FnMut(&Chunk<'_>)) {
        let function = FunctionDelta { name: None, arguments };
        match self.restore.functions {
            true => self.emit_function(index, function, emit),
            false => {
                let function = Some(function);
                self.emit_call(ToolCallDelta { index, id: None, kind: None, function, custom: None }, emit);
            }
        }
    }

    /// `function_call` has room for the first call; the model repeats what stays unanswered.
    pub(super) fn emit_function(
        &self,
        call: u32,
        function: FunctionDelta<'_>,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) {
        if call == 0 {
            self.emit(Delta { function_call: Some(function), ..Delta::default() }, None, emit);
        }
    }

    /// A piece of a custom tool's text.
    pub(super) fn emit_input(&self, index: u32, input: &str, emit: &mut impl FnMut(&Chunk<'_>)) {
        if !input.is_empty() {
            let custom = Some(CustomDelta { name: None, input });
            self.emit_call(ToolCallDelta { index, id: None, kind: None, function: None, custom }, emit);
        }
    }

    pub(super) fn emit_call(&self, call: ToolCallDelta<'_>, emit: &mut impl FnMut(&Chunk<'_>)) {
        self.emit(Delta { tool_calls: Some([call]), ..Delta::default() }, None, emit);
    }

    pub(super) fn emit(
        &self,
        delta: Delta<'_>,
        finish_reason: Option<FinishReason>,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) {
        let choice = ChunkChoice { index: 0, delta, logprobs: None, finish_reason };
        emit(&self.chunk(Some(choice), self.include_usage.then_some(None)));
    }

    /// The end of the answer.
    pub(super) fn emit_end(
        &self,
        reason: FinishReason,
        fields: Option<&ResponseFields>,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) {
        let delta = Delta::default();
        let choice = ChunkChoice { index: 0, delta, logprobs: None, finish_reason: Some(reason) };
        let end = self.chunk(Some(choice), self.include_usage.then_some(None));
        emit(&Chunk { response_fields: fields, ..end });
    }

    pub(super) fn chunk<'a>(
        &'a self,
        choices: Option<ChunkChoice<'a>>,
        usage: Option<Option<Usage>>,
    ) -> Chunk<'a> {
        let ReplyHead { id, created, model } = &self.head;
        Chunk {
            id,
            object: "chat.completion.chunk",
            created: *created,
            model,
            choices,
            usage,
            service_tier: None,
            trace: None,
            response_fields: None,
        }
    }
}
