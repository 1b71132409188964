//! Where the answer has it from (translation reference §3.3).
//!
//! Bedrock cites whole blocks, so a citation spans its block. A source on the web is OpenAI's `url_citation`; whatever
//! else was cited (documents, search results) has no place there and keeps Bedrock's own words in `citations`.

use crate::{
    converse::Citation,
    openai::citation::{Annotation, SourceCitation, UrlCitation},
};
use std::ops::Range;

/// The sources of an answer, or of a piece of it.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// On the web.
    pub(super) annotations: Vec<Annotation>,
    /// Elsewhere.
    pub(super) citations: Vec<SourceCitation>,
}

/// The sources of a streamed answer, as its blocks grow.
#[derive(Debug, Default)]
pub(super) struct Citing {
    /// Characters of text so far.
    written: usize,
    /// The block that grew last, and where it began.
    block: Option<(u32, usize)>,
    /// Citations of blocks that have not stopped: which block, and where it began.
    open: Vec<(u32, usize, Citation)>,
    sources: Sources,
}

// === impl Sources ===

impl Sources {
    /// Adds a source of the characters in `span`.
    pub(super) fn add(&mut self, citation: Citation, span: Range<usize>) {
        let Range { start: start_index, end: end_index } = span;
        match citation.web() {
            Some((url, title)) => {
                let (title, url) = (title.unwrap_or(url).to_owned(), url.to_owned());
                let url_citation = UrlCitation { start_index, end_index, title, url };
                self.annotations.push(Annotation { kind: "url_citation", url_citation });
            }
            None => {
                let citation = citation.0.into();
                self.citations.push(SourceCitation { start_index, end_index, citation });
            }
        }
    }
}

// === impl Citing ===

impl Citing {
    /// A block has grown by this text.
    pub(super) fn text(&mut self, block: u32, text: &str) {
        self.start(block);
        self.written += text.chars().count();
    }

    /// A block has a source.
    pub(super) fn cite(&mut self, block: u32, citation: Citation) {
        let start = self.start(block);
        self.open.push((block, start, citation));
    }

    /// A block, or the answer, is whole.
    pub(super) fn close(&mut self, block: Option<u32>) {
        let is_whole = |(of, ..): &mut (u32, usize, Citation)| block.is_none_or(|block| block == *of);
        for (_, start, citation) in self.open.extract_if(.., is_whole) {
            self.sources.add(citation, start..self.written);
        }
    }

    /// The sources so far.
    pub(super) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Where a block began.
    fn start(&mut self, block: u32) -> usize {
        match self.block {
            Some((last, start)) if last == block => start,
            _ => {
                self.block = Some((block, self.written));
                self.written
            }
        }
    }
}
