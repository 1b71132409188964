//! What a stream carries besides words and calls: a document of a given shape, sources, pictures.

use super::{ChunkMachine, StreamError};
use crate::openai::{
    chunk::{Chunk, Delta},
    citation::{ImageOutput, ImageUrl},
    completion::FinishReason,
};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};

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
        reason: FinishReason,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) -> Result<(), StreamError> {
        let Some(expected) = &self.restore.format else { return Ok(()) };
        let Shaped { text, document } = &self.shaped;
        let is_whole = reason == FinishReason::Stop;
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

    /// The sources of a block, or of whatever is left.
    pub(super) fn emit_sources(&mut self, block: Option<u32>, emit: &mut impl FnMut(&Chunk<'_>)) {
        if let Some(sources) = self.citing.close(block) {
            let (annotations, citations) = (&sources.annotations[..], &sources.citations[..]);
            self.emit(Delta { annotations, citations, ..Delta::default() }, None, emit);
        }
    }

    /// A picture; without bytes it could not be made.
    pub(super) fn emit_image(&mut self, format: &str, bytes: &[u8], emit: &mut impl FnMut(&Chunk<'_>)) {
        if bytes.is_empty() {
            return;
        }
        let url = format!("data:image/{format};base64,{}", BASE64.encode(bytes));
        let image = ImageOutput { index: self.images, kind: "image_url", image_url: ImageUrl { url } };
        self.images += 1;
        self.emit(Delta { images: Some([&image]), ..Delta::default() }, None, emit);
    }
}
