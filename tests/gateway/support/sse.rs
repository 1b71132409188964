//! What a client reads from a stream, judged as strictly as the strictest client.

use serde_json::Value;

/// The events of a stream in their order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transcript(pub(crate) Vec<Event>);

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// A `chat.completion.chunk`.
    Chunk(Value),
    /// `{"error": {..}}`
    Error(Value),
    /// `[DONE]`
    Done,
    /// A comment line, which clients skip.
    Comment(String),
}

// === impl Transcript ===

impl Transcript {
    /// Takes a whole stream apart. Anything but `data:` and comment lines, each with an empty line after it, is a
    /// failure; so is anything after an error or after `[DONE]`.
    pub(crate) fn parse(text: &str) -> Self {
        assert!(text.is_empty() || text.ends_with("\n\n"), "cut inside an event: {text:?}");
        let events: Vec<Event> = text.split_terminator("\n\n").map(Event::parse).collect();
        let closing = |event: &Event| matches!(event, Event::Done | Event::Error(_));
        if let Some(place) = events.iter().position(closing) {
            assert_eq!(place, events.len() - 1, "events after the end: {text}");
        }
        Self(events)
    }

    pub(crate) fn chunks(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().filter_map(|event| if let Event::Chunk(chunk) = event { Some(chunk) } else { None })
    }

    /// All text of the answer.
    pub(crate) fn content(&self) -> String {
        self.deltas().filter_map(|delta| delta["content"].as_str()).collect()
    }

    pub(crate) fn deltas(&self) -> impl Iterator<Item = &Value> {
        self.chunks().filter_map(|chunk| chunk.pointer("/choices/0/delta"))
    }

    pub(crate) fn finish_reasons(&self) -> Vec<&str> {
        self.chunks().filter_map(|chunk| chunk.pointer("/choices/0/finish_reason")?.as_str()).collect()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.0.last() == Some(&Event::Done)
    }

    /// The error that ends the stream.
    pub(crate) fn error(&self) -> Option<&Value> {
        if let Some(Event::Error(error)) = self.0.last() { Some(error) } else { None }
    }

    /// The same without what differs from answer to answer: `id` and `created`, which must be the same in all chunks.
    pub(crate) fn anonymous(mut self) -> Self {
        let mut heads = Vec::new();
        for event in &mut self.0 {
            if let Event::Chunk(chunk) = event {
                heads.push((chunk["id"].take(), chunk["created"].take()));
            }
        }
        assert!(heads.windows(2).all(|two| two[0] == two[1]), "{heads:?}");
        self
    }
}

// === impl Event ===

impl Event {
    fn parse(text: &str) -> Self {
        assert!(!text.contains('\n'), "more than one line: {text:?}");
        if let Some(comment) = text.strip_prefix(": ") {
            return Self::Comment(comment.to_owned());
        }
        let data = text.strip_prefix("data: ").unwrap_or_else(|| panic!("no data line: {text:?}"));
        if data == "[DONE]" {
            return Self::Done;
        }
        let json: Value = serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"));
        if json.get("error").is_some() {
            return Self::Error(json);
        }
        assert_eq!(json["object"], "chat.completion.chunk", "{data}");
        assert!(json["choices"].is_array(), "{data}");
        Self::Chunk(json)
    }
}
