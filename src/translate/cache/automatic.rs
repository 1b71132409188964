//! The operator's cache points: what is likely to come again is cached without the client's doing.

use super::points::{each, place_in};
use crate::{
    converse::{
        CachePoint, CachePointKind, CacheTtl, ContentBlock, Message, ReasoningContent, Request, Role,
        SystemBlock, ToolInputSchema, ToolResultBlock, ToolWrapper,
    },
    text::Text,
    translate::Context,
};

/// `policy.prompt_cache`: where points are set that the client did not ask for. Writing a cache costs more than
/// reading the prompt once, so all are off by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromptCache {
    /// After the last tool.
    pub tools: bool,
    /// After the last system block.
    pub system: bool,
    /// At the end of the last user turn and of the one before it, where the last request's point stood.
    pub messages: bool,
    /// How long; five minutes when absent.
    pub ttl: Option<CacheTtl>,
}

/// Where a point may be added.
#[derive(Debug, Clone, Copy)]
enum Place {
    Tools,
    System,
    /// The message with this index.
    Message(usize),
}

/// Bytes of text that make a token, by the rule of thumb.
const BYTES_PER_TOKEN: usize = 4;

/// Adds the operator's points: within what the client's leave of the model's limit, and where the prompt is long enough
/// to be cached, by estimate.
pub(super) fn add(body: &mut Request<'_>, cx: Context<'_>) {
    let policy = cx.policy.prompt_cache;
    let mut left = (cx.can.cache_points as usize).saturating_sub(each(body).count());
    let last = last_user_turn(&body.messages).filter(|_| policy.messages);
    let before = last.and_then(|last| last_user_turn(&body.messages[..last]));
    // The most worth first: a limit may leave no room for all.
    let places = [
        last.map(Place::Message),
        policy.system.then_some(Place::System),
        (policy.tools && cx.can.cache_tools).then_some(Place::Tools),
        before.map(Place::Message),
    ];
    for place in places.into_iter().flatten() {
        let long = prefix(body, place) / BYTES_PER_TOKEN >= cx.can.cache_min_tokens as usize;
        if left > 0 && long && set(body, place) {
            left -= 1;
        }
    }
    order(body, policy.ttl.filter(|_| cx.can.cache_1h));
}

/// The index of the last message of the user.
pub(super) fn last_user_turn(messages: &[Message<'_>]) -> Option<usize> {
    messages.iter().rposition(|message| message.role == Role::User)
}

/// Sets a point at the end of a message, unless there is one or none may stand there.
pub(super) fn close(message: &mut Message<'_>) -> bool {
    let at = place_in(&message.content);
    let free =
        message.content[..at].last().is_some_and(|block| !matches!(block, ContentBlock::CachePoint(_)));
    if free {
        message.content.insert(at, ContentBlock::CachePoint(point()));
    }
    free
}

fn set(body: &mut Request<'_>, place: Place) -> bool {
    match place {
        Place::Message(index) => close(&mut body.messages[index]),
        Place::System => {
            let free = matches!(body.system.last(), Some(SystemBlock::Text(_)));
            body.system.extend(free.then(|| SystemBlock::CachePoint(point())));
            free
        }
        Place::Tools => {
            let Some(config) = &mut body.tool_config else { return false };
            let free = config.tools.last().is_some_and(|tool| !matches!(tool, ToolWrapper::CachePoint(_)));
            config.tools.extend(free.then(|| ToolWrapper::CachePoint(point())));
            free
        }
    }
}

fn point() -> CachePoint {
    CachePoint { kind: CachePointKind::Default, ttl: None }
}

/// Points of an hour must come before those of five minutes. The client's are in that order, the new ones adapt: before
/// the client's last hour they get one (the prompt up to it is kept for so long anyway), after its first five minutes
/// they get those.
fn order(body: &mut Request<'_>, ttl: Option<CacheTtl>) {
    let hour = |point: &CachePoint| point.ttl == Some(CacheTtl::OneHour);
    let mut points: Vec<&mut CachePoint> = each(body).collect();
    let hours = points.iter().rposition(|point| hour(point)).map_or(0, |last| last + 1);
    for point in &mut points[..hours] {
        point.ttl = Some(CacheTtl::OneHour);
    }
    // What is new has no lifetime yet; the client's five minutes say so.
    let said = |point: &&mut CachePoint| point.ttl == Some(CacheTtl::FiveMinutes);
    let short = points.iter().position(said).unwrap_or(points.len());
    points.iter_mut().take(short).filter(|point| point.ttl.is_none()).for_each(|point| point.ttl = ttl);
}

/// Bytes of text of the prompt up to there; media do not count.
fn prefix(body: &Request<'_>, place: Place) -> usize {
    let tools = body.tool_config.iter().flat_map(|config| &config.tools).map(tool).sum::<usize>();
    let system = || body.system.iter().map(system).sum::<usize>();
    match place {
        Place::Tools => tools,
        Place::System => tools + system(),
        Place::Message(last) => {
            let blocks = body.messages[..=last].iter().flat_map(|message| &message.content);
            tools + system() + blocks.map(block).sum::<usize>()
        }
    }
}

fn tool(tool: &ToolWrapper<'_>) -> usize {
    let ToolWrapper::ToolSpec(spec) = tool else { return 0 };
    let ToolInputSchema::Json(schema) = &spec.input_schema;
    spec.name.len() + spec.description.as_ref().map_or(0, Text::len) + schema.get().len()
}

fn system(block: &SystemBlock<'_>) -> usize {
    if let SystemBlock::Text(text) = block { text.len() } else { 0 }
}

fn block(block: &ContentBlock<'_>) -> usize {
    match block {
        ContentBlock::Text(text) => text.len(),
        ContentBlock::ToolUse(call) => call.name.len() + call.input.get().len(),
        ContentBlock::ToolResult(result) => {
            let texts = result.content.iter().map(|part| match part {
                ToolResultBlock::Text(text) => text.len(),
                _ => 0,
            });
            texts.sum()
        }
        ContentBlock::ReasoningContent(ReasoningContent::ReasoningText(reasoning)) => reasoning.text.len(),
        _ => 0,
    }
}
