//! The cache points of a finished request, made to keep Bedrock's rules (translation reference §1.6): where they may
//! stand, how many there may be, and that those of an hour come before those of five minutes.

use super::{Caching, automatic};
use crate::{
    converse::{CachePoint, CacheTtl, ContentBlock, Message, Request, SystemBlock, ToolWrapper},
    translate::{Context, Judge, Refusal},
};

/// Keeps the client's cache points within the model's limits, and adds the operator's.
pub(in crate::translate) fn points(
    body: &mut Request<'_>,
    caching: Caching,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    if cx.can.cache_points == 0 {
        return Ok(());
    }
    place(&mut body.messages, &caching, judge)?;
    if caching.implicit
        && let Some(last) = automatic::last_user_turn(&body.messages)
    {
        automatic::close(&mut body.messages[last]);
    }
    bound(body, &caching, cx, judge)?;
    lifetimes(body, &caching, cx, judge)?;
    if !caching.explicit {
        automatic::add(body, cx);
    }
    // Five minutes is what a point means that says nothing.
    each(body).filter(|point| point.ttl == Some(CacheTtl::FiveMinutes)).for_each(|point| point.ttl = None);
    Ok(())
}

/// All cache points in the order of the prompt: tools, system, messages.
pub(super) fn each<'b>(body: &'b mut Request<'_>) -> impl Iterator<Item = &'b mut CachePoint> {
    let tools = body.tool_config.iter_mut().flat_map(|config| &mut config.tools);
    let tools = tools.filter_map(|tool| match tool {
        ToolWrapper::CachePoint(point) => Some(point),
        _ => None,
    });
    let system = body.system.iter_mut().filter_map(|block| match block {
        SystemBlock::CachePoint(point) => Some(point),
        SystemBlock::Text(_) => None,
    });
    let messages = body.messages.iter_mut().flat_map(|message| &mut message.content);
    let messages = messages.filter_map(|block| match block {
        ContentBlock::CachePoint(point) => Some(point),
        _ => None,
    });
    tools.chain(system).chain(messages)
}

/// Where among these blocks a cache point may stand that was meant for their end: not behind a film, a document that is
/// no PDF, or reasoning. 0 is nowhere.
pub(super) fn place_in(blocks: &[ContentBlock<'_>]) -> usize {
    blocks.len() - blocks.iter().rev().take_while(|block| is_refused(block)).count()
}

/// Whether no cache point may follow this block.
fn is_refused(block: &ContentBlock<'_>) -> bool {
    match block {
        ContentBlock::Document(document) => document.format != "pdf",
        ContentBlock::Video(_) | ContentBlock::ReasoningContent(_) => true,
        _ => false,
    }
}

/// Moves points before the blocks that none may follow; neighbours become one.
fn place(messages: &mut [Message<'_>], caching: &Caching, judge: &mut Judge) -> Result<(), Refusal> {
    let (mut moved, mut lost) = (false, false);
    for message in messages {
        if !message.content.iter().any(|block| matches!(block, ContentBlock::CachePoint(_))) {
            continue;
        }
        let mut placed: Vec<ContentBlock<'_>> = Vec::with_capacity(message.content.len());
        // As `place_in` would find it.
        let mut at = 0;
        for block in message.content.drain(..) {
            let ContentBlock::CachePoint(point) = block else {
                at = if is_refused(&block) { at } else { placed.len() + 1 };
                placed.push(block);
                continue;
            };
            moved |= at != placed.len();
            match placed[..at].last_mut() {
                None => lost = true,
                Some(ContentBlock::CachePoint(there)) => there.ttl = longer(there.ttl, point.ttl),
                Some(_) => {
                    placed.insert(at, ContentBlock::CachePoint(point));
                    at += 1;
                }
            }
        }
        message.content = placed;
    }
    let why = "Bedrock takes no cache point after a video, a document that is no PDF, or reasoning";
    match (lost, moved) {
        (true, _) => judge.leave_out(caching.marks, why),
        (false, true) => judge.change(caching.marks, why, "set before it"),
        (false, false) => Ok(()),
    }
}

/// Of too many points the last ones stay, as at OpenAI: the last holds the most of the prompt.
fn bound(
    body: &mut Request<'_>,
    caching: &Caching,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let most = cx.can.cache_points;
    let Some(mut excess) = each(body).count().checked_sub(most as usize).filter(|excess| *excess > 0) else {
        return Ok(());
    };
    let why = format!("this model takes {most} cache points in a request");
    judge.change(caching.marks, why, format!("the last {most} were sent"))?;
    let mut keep = |point: bool| {
        let drop = point && excess > 0;
        excess -= usize::from(drop);
        !drop
    };
    if let Some(config) = &mut body.tool_config {
        config.tools.retain(|tool| keep(matches!(tool, ToolWrapper::CachePoint(_))));
    }
    body.system.retain(|block| keep(matches!(block, SystemBlock::CachePoint(_))));
    for message in &mut body.messages {
        message.content.retain(|block| keep(matches!(block, ContentBlock::CachePoint(_))));
    }
    Ok(())
}

/// The client's lifetimes, as far as the model has them.
fn lifetimes(
    body: &mut Request<'_>,
    caching: &Caching,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    const SHORTENED: &str = "cached for five minutes";
    let (mut any, mut unknown, mut short, mut late) = (false, None, false, false);
    for point in each(body) {
        any = true;
        let param =
            if point.ttl.is_some() { caching.marks } else { caching.ttl.map_or("", |(param, _)| param) };
        point.ttl = point.ttl.or(caching.ttl.map(|(_, ttl)| ttl));
        let hour = point.ttl == Some(CacheTtl::OneHour);
        if hour && !cx.can.cache_1h {
            unknown = Some(param);
        }
        late |= hour && cx.can.cache_1h && short;
        short |= !hour || !cx.can.cache_1h;
        // The client's five minutes say so until the operator's points are set among them.
        point.ttl = Some(if short { CacheTtl::FiveMinutes } else { CacheTtl::OneHour });
    }
    if let Some((param, _)) = caching.ttl.filter(|_| !any) {
        judge.leave_out(param, "nothing in the request is marked to be cached")?;
    }
    if let Some(param) = unknown {
        judge.change(param, "this model caches for five minutes only", SHORTENED)?;
    }
    if late {
        let why = "Bedrock wants what is cached for an hour before what is cached for five minutes";
        judge.change(caching.marks, why, SHORTENED)?;
    }
    Ok(())
}

fn longer(one: Option<CacheTtl>, other: Option<CacheTtl>) -> Option<CacheTtl> {
    match (one, other) {
        (Some(CacheTtl::OneHour), _) | (_, Some(CacheTtl::OneHour)) => Some(CacheTtl::OneHour),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        converse::{CachePointKind, Document, ReasoningContent, Role, Source},
        translate::Unsupported,
    };

    fn point(ttl: Option<CacheTtl>) -> ContentBlock<'static> {
        ContentBlock::CachePoint(CachePoint { kind: CachePointKind::Default, ttl })
    }

    fn document(format: &'static str) -> ContentBlock<'static> {
        let source = Source::Bytes("AAAA".into());
        ContentBlock::Document(Document { format, name: format.to_owned(), source, citations: None })
    }

    fn text() -> ContentBlock<'static> {
        ContentBlock::Text("Hi".into())
    }

    /// The kinds of the blocks after the points are placed, and what was reported.
    fn placed(content: Vec<ContentBlock<'_>>) -> (String, Vec<String>) {
        let mut messages = [Message { role: Role::User, content }];
        let mut judge = Judge::new(Unsupported::Lenient);
        let caching = Caching { marks: "cache_control", ttl: None, implicit: false, explicit: false };
        place(&mut messages, &caching, &mut judge).unwrap();
        let kinds = messages[0].content.iter().map(|block| match block {
            ContentBlock::CachePoint(CachePoint { ttl: Some(CacheTtl::OneHour), .. }) => "hour",
            ContentBlock::CachePoint(_) => "point",
            ContentBlock::Document(document) => document.format,
            ContentBlock::ReasoningContent(_) => "reasoning",
            _ => "text",
        });
        (kinds.collect::<Vec<_>>().join(" "), judge.warnings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn row_74_no_point_follows_a_document_that_is_no_pdf() {
        let (kinds, reports) = placed(vec![text(), document("txt"), document("csv"), point(None), text()]);
        assert_eq!(kinds, "text point txt csv text");
        assert_eq!(reports.len(), 1);
        assert!(reports[0].ends_with("set before it"), "{reports:?}");
        assert_eq!(placed(vec![text(), document("pdf"), point(None)]), ("text pdf point".to_owned(), vec![]));
    }

    #[test]
    fn row_74_a_point_with_nothing_before_it_is_left_out() {
        let (kinds, reports) = placed(vec![document("txt"), point(None), text(), point(None)]);
        assert_eq!(kinds, "txt text point");
        assert!(reports[0].ends_with("left out"), "{reports:?}");
        let reasoning = ContentBlock::ReasoningContent(ReasoningContent::RedactedContent("AAAA".into()));
        assert_eq!(placed(vec![reasoning, point(None)]).0, "reasoning");
    }

    #[test]
    fn points_that_meet_become_the_longer_one() {
        let hour = Some(CacheTtl::OneHour);
        let five = Some(CacheTtl::FiveMinutes);
        assert_eq!(placed(vec![text(), point(five), document("txt"), point(hour)]).0, "text hour txt");
        assert_eq!(placed(vec![text(), point(hour), document("txt"), point(None)]).0, "text hour txt");
    }
}
