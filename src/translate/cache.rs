//! Prompt caching: cache points where the client, or the operator, wants them (translation reference §2.2).

use super::{Context, Judge, Refusal};
use crate::{
    converse::{CachePoint, CachePointKind, CacheTtl, Request},
    openai::chat::ChatRequest,
};
use serde_json::Value;
use std::fmt::Arguments;

/// A client's mark that the prompt up to here shall be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    ttl: Option<CacheTtl>,
}

// === impl Mark ===

impl Mark {
    /// Reads the two spellings of a mark: Anthropic's `cache_control` and OpenAI's `prompt_cache_breakpoint`.
    pub(super) fn of(
        prefix: Arguments<'_>,
        control: Option<Value>,
        breakpoint: Option<Value>,
        judge: &mut Judge,
    ) -> Result<Option<Self>, Refusal> {
        for (name, mark) in [("cache_control", control), ("prompt_cache_breakpoint", breakpoint)] {
            if mark.is_some() {
                judge.leave_out(format!("{prefix}{name}"), "not supported by this version")?;
            }
        }
        Ok(None)
    }

    /// The cache point that it asks for.
    pub(super) fn point(self) -> CachePoint {
        CachePoint { kind: CachePointKind::Default, ttl: self.ttl }
    }
}

/// What the request says about caching besides the marks on its parts.
#[derive(Debug, Default)]
pub(super) struct Caching {}

/// Reads `prompt_cache_options` and `prompt_cache_retention`.
pub(super) fn caching(request: &mut ChatRequest, judge: &mut Judge) -> Result<Caching, Refusal> {
    let empty = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
    if request.prompt_cache_options.take().is_some_and(|options| !empty(&options)) {
        judge.leave_out("prompt_cache_options", "not supported by this version")?;
    }
    if request.prompt_cache_retention.take().is_some() {
        judge.leave_out("prompt_cache_retention", "not supported by this version")?;
    }
    Ok(Caching::default())
}

/// Keeps the cache points of the finished request within the model's limits, and adds the operator's.
pub(super) fn points(
    _body: &mut Request,
    _caching: Caching,
    _cx: Context<'_>,
    _judge: &mut Judge,
) -> Result<(), Refusal> {
    Ok(())
}
