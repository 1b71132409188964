//! What a stream carries besides words and calls: a document of a given shape, sources, pictures.

use super::{ChunkMachine, StreamError};
use crate::{
    openai::chunk::{Chunk, Delta},
    translate::citations::Sources,
};

/// An answer of a given shape, so far.
#[derive(Default)]
pub(super) struct Shaped {
    /// Text, held back.
    pub(super) text: String,
    /// The input of the tool that carries the answer.
    pub(super) document: Option<String>,
}

private_debug!(Shaped);

// === impl ChunkMachine ===

impl ChunkMachine {
    /// The answer has ended: is it what was asked for? What is cut short, or a call, is not the answer yet.
    pub(super) fn shape(
        &mut self,
        is_whole: bool,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) -> Result<(), StreamError> {
        let Some(expected) = &self.restore.format else { return Ok(()) };
        let Shaped { text, document } = &self.shaped;
        match document {
            Some(document) if is_whole => {
                expected.read(document)?;
            }
            Some(_) => {}
            None => {
                let text = if is_whole { expected.read(text)? } else { text };
                if !text.is_empty() {
                    self.emit(Delta { content: Some(text), ..Delta::default() }, None, emit);
                }
            }
        }
        Ok(())
    }

    /// The next piece of the document.
    pub(super) fn document(&mut self, piece: &str, emit: &mut impl FnMut(&Chunk<'_>)) {
        self.shaped.document.get_or_insert_default().push_str(piece);
        self.emit(Delta { content: Some(piece), ..Delta::default() }, None, emit);
    }

    /// Sources, pictures and Bedrock's own tools, each in one piece: the SDK's helper for Node keeps only the last one of a member that it
    /// does not know.
    pub(super) fn emit_extras(&self, emit: &mut impl FnMut(&Chunk<'_>)) {
        let Sources { annotations, citations } = self.citing.sources();
        let (images, server_tools) = (&*self.images, &*self.server_tools);
        let delta = Delta { annotations, citations, images, server_tools, ..Delta::default() };
        if !(annotations.is_empty() && citations.is_empty() && images.is_empty() && server_tools.is_empty()) {
            self.emit(delta, None, emit);
        }
    }
}
