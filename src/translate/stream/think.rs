//! How the model's reasoning grows.

use super::{ChunkMachine, Kind, Open, StreamError};
use crate::{
    converse::ReasoningDelta,
    openai::chunk::{Chunk, Delta},
};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};

// === impl ChunkMachine ===

impl ChunkMachine {
    pub(super) fn reasoning(
        &mut self,
        block: u32,
        piece: ReasoningDelta<'_>,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) -> Result<(), StreamError> {
        let at = match self.blocks.iter().position(|open| open.index == block) {
            Some(at) => at,
            None => {
                let kind = Kind::Reasoning { thinking: String::new(), signature: None, redacted: None };
                self.blocks.push(Open { index: block, kind });
                self.blocks.len() - 1
            }
        };
        let Kind::Reasoning { thinking, signature, redacted } = &mut self.blocks[at].kind else {
            return Err(StreamError::Misfit);
        };
        match piece {
            ReasoningDelta::Signature(piece) => signature.get_or_insert_default().push_str(&piece),
            ReasoningDelta::Redacted(piece) => {
                let redacted = redacted.get_or_insert_default();
                BASE64.decode_vec(&*piece, redacted).map_err(|_| StreamError::Misfit)?;
            }
            ReasoningDelta::Text(text) => {
                thinking.push_str(&text);
                if !text.is_empty() {
                    self.emit(Delta { reasoning_content: Some(&text), ..Delta::default() }, None, emit);
                }
            }
        }
        Ok(())
    }
}
