//! What the prompt cache holds, and how the tokens of a request are booked with it (user guide, prompt caching).
//!
//! A cache point writes what stands before it, if that is long enough. A later request reads the longest beginning that
//! it shares with what was written, as far as its own last point reaches.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Value, json};

use super::models::Cache;
use super::recent::Recent;
use super::tokens;

/// The beginnings of prompts that were written. Nothing expires but by their number.
#[derive(Default)]
pub(super) struct Ledger {
    held: Recent<u64>,
}

/// How the input of one request was booked, in tokens.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Booked {
    /// Neither read nor written.
    pub(super) plain: u64,
    pub(super) read: u64,
    /// By how long it lasts.
    pub(super) written_1h: u64,
    pub(super) written_5m: u64,
}

/// A beginning of a prompt.
#[derive(Clone, Copy)]
struct Beginning {
    hash: u64,
    tokens: u64,
}

// === impl Ledger ===

impl Ledger {
    /// Books a request of the model `id`. Without `cache` there are no cache points in it.
    pub(super) fn book(&self, id: &str, cache: Option<Cache>, request: &Value) -> Booked {
        let all = tokens::of_request(request);
        let mut booked = Booked { plain: all, ..Booked::default() };
        let Some(cache) = cache else { return booked };
        let (passed, points) = beginnings(id, request);
        let counts = |tokens: u64| (cache.minimum..=cache.maximum).contains(&tokens);
        let points: Vec<_> = points.into_iter().filter(|(beginning, _)| counts(beginning.tokens)).collect();
        let Some((last, _)) = points.last() else { return booked };
        let held = passed.iter().filter(|b| b.tokens <= last.tokens && self.held.contains(&b.hash));
        booked.read = held.map(|beginning| beginning.tokens).max().unwrap_or_default();
        let mut done = booked.read;
        for (point, long) in &points {
            let more = point.tokens.saturating_sub(done);
            *(if *long { &mut booked.written_1h } else { &mut booked.written_5m }) += more;
            done += more;
            self.held.insert(point.hash);
        }
        booked.plain = all.saturating_sub(done);
        booked
    }
}

/// Every beginning of the prompt, and those that end at a cache point, with whether that lasts an hour.
fn beginnings(id: &str, request: &Value) -> (Vec<Beginning>, Vec<(Beginning, bool)>) {
    let tools = request["toolConfig"]["tools"].as_array().into_iter().flatten().map(|tool| ("tool", tool));
    let system = request["system"].as_array().into_iter().flatten().map(|block| ("system", block));
    let messages = request["messages"].as_array().into_iter().flatten().flat_map(|message| {
        let role = message["role"].as_str().unwrap_or_default();
        message["content"].as_array().into_iter().flatten().map(move |block| (role, block))
    });
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    let (mut passed, mut points) = (Vec::new(), Vec::new());
    let mut tokens = 0;
    for (place, block) in tools.chain(system).chain(messages) {
        if let Some(point) = block.get("cachePoint") {
            points.push((Beginning { hash: hasher.finish(), tokens }, point["ttl"] == "1h"));
        } else {
            (place, block.to_string()).hash(&mut hasher);
            tokens += tokens::of_json(block);
            passed.push(Beginning { hash: hasher.finish(), tokens });
        }
    }
    (passed, points)
}

// === impl Booked ===

impl Booked {
    /// The `usage` member of an answer of so many tokens.
    pub(super) fn usage(&self, output: u64) -> Value {
        let written = self.written_1h + self.written_5m;
        let mut usage = json!({
            "inputTokens": self.plain,
            "outputTokens": output,
            "totalTokens": self.plain + output + self.read + written,
            "cacheReadInputTokens": self.read,
            "cacheWriteInputTokens": written,
        });
        let details = [("1h", self.written_1h), ("5m", self.written_5m)];
        let details = details.into_iter().filter(|(_, tokens)| *tokens > 0);
        let details: Vec<Value> =
            details.map(|(ttl, tokens)| json!({"ttl": ttl, "inputTokens": tokens})).collect();
        if !details.is_empty() {
            usage["cacheDetails"] = details.into();
        }
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHE: Cache = Cache { minimum: 100, maximum: 1_000, long: true, tools: true };

    fn text(tokens: usize) -> Value {
        json!({"text": "abcd".repeat(tokens - 1)})
    }

    fn point(ttl: &str) -> Value {
        json!({"cachePoint": {"type": "default", "ttl": ttl}})
    }

    fn request(system: &Value, content: &Value) -> Value {
        json!({"system": system, "messages": [{"role": "user", "content": content}]})
    }

    #[test]
    fn a_prefix_is_written_once_and_read_afterwards() {
        let ledger = Ledger::default();
        let first = request(&json!([text(200), point("1h")]), &json!([text(50), point("5m")]));
        let all = tokens::of_request(&first);
        let written = ledger.book("m", Some(CACHE), &first);
        let plain = all - 250;
        assert_eq!(written, Booked { plain, read: 0, written_1h: 200, written_5m: 50 });
        assert_eq!(written.usage(9)["totalTokens"], all + 9);
        assert_eq!(
            written.usage(9)["cacheDetails"],
            json!([{"ttl": "1h", "inputTokens": 200}, {"ttl": "5m", "inputTokens": 50}])
        );
        let read = ledger.book("m", Some(CACHE), &first);
        assert_eq!(read, Booked { plain, read: 250, written_1h: 0, written_5m: 0 });
        assert_eq!(read.usage(9).get("cacheDetails"), None);
        assert_eq!(ledger.book("other", Some(CACHE), &first).read, 0);
    }

    #[test]
    fn a_longer_request_reads_what_an_earlier_one_wrote() {
        let ledger = Ledger::default();
        ledger.book("m", Some(CACHE), &request(&json!([text(200), point("5m")]), &json!([text(10)])));
        let moved = request(&json!([text(200)]), &json!([text(10), point("5m")]));
        let booked = ledger.book("m", Some(CACHE), &moved);
        assert_eq!((booked.read, booked.written_5m), (200, 10));
        let changed = request(&json!([text(201)]), &json!([text(10), point("5m")]));
        assert_eq!(ledger.book("m", Some(CACHE), &changed).read, 0);
    }

    #[test]
    fn what_is_too_short_or_too_long_is_not_cached() {
        let ledger = Ledger::default();
        for tokens in [50, 2_000] {
            let request = request(&json!([text(tokens), point("5m")]), &json!([text(10)]));
            let booked = ledger.book("m", Some(CACHE), &request);
            assert_eq!(booked, Booked { plain: tokens::of_request(&request), ..Booked::default() });
        }
    }
}
