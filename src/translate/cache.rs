//! Prompt caching: what the client says about it (translation reference §2.1, §2.2). The cache points themselves are
//! set at the end, on the finished request ([`points`]); the operator's are in `automatic`.

mod automatic;
mod points;

pub use automatic::PromptCache;
pub(super) use points::points;

use super::{Context, Judge, Refusal, shown};
use crate::{
    converse::{CachePoint, CachePointKind, CacheTtl},
    openai::chat::{CacheBreakpoint, CacheControl, CacheOptions, ChatRequest, Content},
};
use std::fmt::Arguments;

/// Why marks are left out on models that need none or take none.
const NO_CACHING: &str = "this model takes no cache points";

/// A client's mark that the prompt up to here shall be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    ttl: Option<CacheTtl>,
}

/// What the request says about caching besides the marks on its parts.
#[derive(Debug)]
pub(super) struct Caching {
    /// What reports call the marks: the spelling that the client uses.
    marks: &'static str,
    /// How long, where a mark does not say it; with the member that says so.
    ttl: Option<(&'static str, CacheTtl)>,
    /// A point at the end of the last user turn is wanted too.
    implicit: bool,
    /// No points but the client's own are wanted.
    explicit: bool,
}

/// Which spellings of a mark were seen.
#[derive(Default)]
struct Seen {
    control: bool,
    breakpoint: bool,
}

// === impl Mark ===

impl Mark {
    /// Reads the two spellings of a mark: Anthropic's `cache_control` and OpenAI's `prompt_cache_breakpoint`.
    pub(super) fn of(
        prefix: Arguments<'_>,
        control: Option<Box<CacheControl>>,
        breakpoint: Option<Box<CacheBreakpoint>>,
        judge: &mut Judge,
    ) -> Result<Option<Self>, Refusal> {
        let mut mark = None;
        if let Some(control) = control {
            let CacheControl { kind, ttl, rest } = *control;
            let path = format!("{prefix}cache_control");
            judge.unknown(format_args!("{path}."), &rest)?;
            only("ephemeral", format!("{path}.type"), &kind)?;
            mark = Some(Self { ttl: lifetime(format!("{path}.ttl"), ttl, judge)? });
        }
        if let Some(breakpoint) = breakpoint {
            let CacheBreakpoint { mode, ttl, rest } = *breakpoint;
            let path = format!("{prefix}prompt_cache_breakpoint");
            judge.unknown(format_args!("{path}."), &rest)?;
            only("explicit", format!("{path}.mode"), &mode)?;
            let ttl = lifetime(format!("{path}.ttl"), ttl, judge)?;
            mark = Some(Self { ttl: mark.and_then(|mark| mark.ttl).or(ttl) });
        }
        Ok(mark)
    }

    /// The cache point that it asks for.
    pub(super) fn point(self) -> CachePoint {
        CachePoint { kind: CachePointKind::Default, ttl: self.ttl }
    }
}

/// Reads `prompt_cache_options` and `prompt_cache_retention`, and takes the marks out that the model cannot have: each
/// kind is reported once, however many there are. Comes before the messages and tools are translated.
pub(super) fn caching(
    request: &mut ChatRequest<'_>,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Caching, Refusal> {
    let CacheOptions { mode, ttl, rest } = request.prompt_cache_options.take().unwrap_or_default();
    judge.unknown("prompt_cache_options.", &rest)?;
    let (implicit, explicit) = match mode.as_deref() {
        None => (false, false),
        Some("implicit") => (true, false),
        Some("explicit") => (false, true),
        Some(mode) => {
            let message = format!(
                "`prompt_cache_options.mode` must be \"implicit\" or \"explicit\", not \"{}\".",
                shown(mode)
            );
            return Err(Refusal::invalid("prompt_cache_options.mode", message));
        }
    };
    let retention = retention(request.prompt_cache_retention.take())?;
    let ttl = lifetime("prompt_cache_options.ttl".to_owned(), ttl, judge)?
        .map(|ttl| ("prompt_cache_options.ttl", ttl))
        .or(retention.map(|ttl| ("prompt_cache_retention", ttl)));
    let none = cx.can.cache_points == 0;
    if !none && !cx.can.cache_tools && marked_tools(request) {
        judge.leave_out("tools.cache_control", "this model takes no cache points among its tools")?;
    }
    let seen = marks(request, none);
    if none {
        for (param, asked) in [
            ("cache_control", seen.control),
            ("prompt_cache_breakpoint", seen.breakpoint),
            ("prompt_cache_options", implicit),
            (ttl.map_or("", |(param, _)| param), ttl.is_some()),
        ] {
            if asked {
                judge.leave_out(param, NO_CACHING)?;
            }
        }
    }
    let marks = if seen.breakpoint && !seen.control { "prompt_cache_breakpoint" } else { "cache_control" };
    Ok(Caching { marks, ttl, implicit, explicit })
}

/// `prompt_cache_retention` is an upper bound: an hour keeps within a day.
fn retention(word: Option<String>) -> Result<Option<CacheTtl>, Refusal> {
    match word.as_deref() {
        None | Some("in_memory" | "in-memory") => Ok(None),
        Some("24h") => Ok(Some(CacheTtl::OneHour)),
        Some(word) => {
            let message = format!(
                "`prompt_cache_retention` must be \"in_memory\" or \"24h\", not \"{}\".",
                shown(word)
            );
            Err(Refusal::invalid("prompt_cache_retention", message))
        }
    }
}

/// A lifetime of Bedrock's that is as long as the one asked for.
fn lifetime(param: String, word: Option<String>, judge: &mut Judge) -> Result<Option<CacheTtl>, Refusal> {
    match word.as_deref() {
        None => Ok(None),
        Some("5m") => Ok(Some(CacheTtl::FiveMinutes)),
        Some("30m" | "1h") => Ok(Some(CacheTtl::OneHour)),
        Some("12h" | "24h") => {
            judge.change(param, "Bedrock caches for an hour at most", "cached for an hour")?;
            Ok(Some(CacheTtl::OneHour))
        }
        Some(word) => {
            let message = format!(
                "`{param}` must be one of \"5m\", \"30m\", \"1h\", \"12h\", not \"{}\".",
                shown(word)
            );
            Err(Refusal::invalid(param, message))
        }
    }
}

fn only(known: &str, param: String, word: &str) -> Result<(), Refusal> {
    if word == known {
        return Ok(());
    }
    let message = format!("`{param}` must be \"{known}\", not \"{}\".", shown(word));
    Err(Refusal::unsupported_value(param, message))
}

/// Takes the marks of the tools out; whether there were any.
fn marked_tools(request: &mut ChatRequest<'_>) -> bool {
    let tools = request.tools.iter_mut().flatten();
    tools.filter_map(|tool| tool.cache_control.take()).count() > 0
}

/// Looks at all marks, and takes them out if told to.
fn marks(request: &mut ChatRequest<'_>, take: bool) -> Seen {
    let mut seen = Seen::default();
    let mut control = |mark: &mut Option<Box<CacheControl>>| {
        seen.control |= mark.is_some();
        mark.take_if(|_| take);
    };
    request.tools.iter_mut().flatten().for_each(|tool| control(&mut tool.cache_control));
    for message in &mut request.messages {
        control(&mut message.cache_control);
        let Some(Content::Parts(parts)) = &mut message.content else { continue };
        for part in parts {
            control(&mut part.cache_control);
            seen.breakpoint |= part.prompt_cache_breakpoint.is_some();
            part.prompt_cache_breakpoint.take_if(|_| take);
        }
    }
    seen
}
