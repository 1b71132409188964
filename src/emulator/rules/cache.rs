//! Rules about cache points (user guide, prompt caching): which family has them, how many, where and for how long.

use serde_json::Value;

use super::{Conversation, Refusal, Rule, ensure};

pub(super) const RULES: &[Rule] = &[
    the_family_caches,
    points_are_few,
    points_follow_something,
    points_follow_what_can_be_cached,
    long_points_come_first,
];

/// In tools, system and messages together.
const MAX_POINTS: usize = 4;

fn the_family_caches(c: &Conversation<'_>) -> Result<(), Refusal> {
    let Some(cache) = c.family.cache else {
        return ensure(points(c).next().is_none(), || {
            "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for \
             more information."
                .to_owned()
        });
    };
    let in_tools =
        list(&c.request["toolConfig"]["tools"]).iter().any(|tool| tool.get("cachePoint").is_some());
    ensure(cache.tools || !in_tools, || {
        "This model doesn't support the cachePoint field in toolConfig.tools.".to_owned()
    })?;
    ensure(cache.long || points(c).all(|point| point["ttl"] != "1h"), || {
        "This model doesn't support a cachePoint with a ttl of 1h. Use 5m and try again.".to_owned()
    })
}

fn points_are_few(c: &Conversation<'_>) -> Result<(), Refusal> {
    let count = points(c).count();
    ensure(count <= MAX_POINTS, || {
        format!("A maximum of {MAX_POINTS} blocks with cachePoint may be provided. Found {count}.")
    })
}

/// A point at the beginning of a list, or right behind another one, ends nothing.
fn points_follow_something(c: &Conversation<'_>) -> Result<(), Refusal> {
    for (place, blocks) in lists(c) {
        for (number, block) in blocks.iter().enumerate() {
            let before = number.checked_sub(1).map(|before| &blocks[before]);
            let follows = before.is_some_and(|before| before.get("cachePoint").is_none());
            ensure(block.get("cachePoint").is_none() || follows, || {
                format!("{place}.{number}.type: Field required")
            })?;
        }
    }
    Ok(())
}

fn points_follow_what_can_be_cached(c: &Conversation<'_>) -> Result<(), Refusal> {
    for (place, blocks) in lists(c) {
        for (number, pair) in
            blocks.windows(2).enumerate().filter(|(_, pair)| pair[1].get("cachePoint").is_some())
        {
            let document = pair[0].get("document").is_some_and(|document| document["format"] != "pdf");
            let wrong = ["video", "reasoningContent"].iter().find(|kind| pair[0].get(**kind).is_some());
            let wrong = if document { Some(&"document") } else { wrong };
            ensure(wrong.is_none(), || {
                let kind = wrong.copied().unwrap_or_default();
                format!("{place}.{}.type: Field required. A cachePoint cannot follow a {kind}.", number + 1)
            })?;
        }
    }
    Ok(())
}

/// In the order tools, system, messages, 1h points stand before 5m points.
fn long_points_come_first(c: &Conversation<'_>) -> Result<(), Refusal> {
    let long: Vec<bool> = points(c).map(|point| point["ttl"] == "1h").collect();
    ensure(long.is_sorted_by(|before, after| before >= after), || {
        "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block".to_owned()
    })
}

/// The lists that can have cache points, in the order in which a prompt is cached.
fn lists<'a>(c: &Conversation<'a>) -> Vec<(String, &'a [Value])> {
    let request = c.request;
    let mut lists = vec![
        ("toolConfig.tools".to_owned(), list(&request["toolConfig"]["tools"])),
        ("system".to_owned(), list(&request["system"])),
    ];
    let turns = c.turns.iter().enumerate();
    lists.extend(turns.map(|(place, turn)| (format!("messages.{place}.content"), turn.blocks)));
    lists
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn points<'a>(c: &Conversation<'a>) -> impl Iterator<Item = &'a Value> {
    lists(c).into_iter().flat_map(|(_, blocks)| blocks).filter_map(|block| block.get("cachePoint"))
}
