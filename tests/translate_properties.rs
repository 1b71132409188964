//! What holds for every request and every stream, however odd: the translation never panics, what it sends keeps
//! Bedrock's rules, and what it makes of a stream is a sound sequence of chunks.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a property that cannot be checked has failed")]

#[path = "translate_properties/bodies.rs"]
mod bodies;
#[path = "translate_properties/conversations.rs"]
mod conversations;
#[path = "translate_properties/cost.rs"]
mod cost;
#[path = "translate_properties/escapes.rs"]
mod escapes;
#[path = "translate_properties/events.rs"]
mod events;
#[path = "translate_properties/families.rs"]
mod families;
#[path = "translate_properties/media.rs"]
mod media;
#[path = "translate_properties/rules.rs"]
mod rules;
#[path = "translate_properties/tools.rs"]
mod tools;
