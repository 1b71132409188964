//! Any stream of events gives a sound sequence of chunks, and a stream that is whole gives all of it.

use bedrock_gateway::{
    converse::{Delta, ReasoningDelta, StopReason, StreamEvent},
    translate::{ChunkMachine, ReplyHead, Restore, StreamError},
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A block of an answer, in the pieces in which it comes.
#[derive(Debug, Clone)]
enum Block {
    Text(Vec<String>),
    Tool { server_side: bool, input: Vec<String> },
    Reasoning { text: Vec<String>, signature: Vec<String> },
    Redacted(String),
    Unknown,
}

/// How an answer comes.
#[derive(Debug, Clone)]
struct Script {
    /// Each with whether its stop comes.
    blocks: Vec<(Block, bool)>,
    /// Which block goes on next.
    turns: Vec<prop::sample::Index>,
    message_start: bool,
    stop_reason: Option<StopReason>,
    usage: bool,
    usage_first: bool,
    include_usage: bool,
}

fn pieces() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof![3 => "[ -~é\n]{1,6}", 1 => Just(String::new())], 0..5)
}

fn block() -> impl Strategy<Value = Block> {
    prop_oneof![
        pieces().prop_map(Block::Text),
        (prop::bool::weighted(0.2), pieces())
            .prop_map(|(server_side, input)| Block::Tool { server_side, input }),
        (pieces(), pieces()).prop_map(|(text, signature)| Block::Reasoning { text, signature }),
        Just(Block::Redacted("b3BhcXVl".to_owned())),
        Just(Block::Unknown),
    ]
}

fn stop_reason() -> impl Strategy<Value = StopReason> {
    prop::sample::select(vec![
        StopReason::EndTurn,
        StopReason::ToolUse,
        StopReason::MaxTokens,
        StopReason::StopSequence,
        StopReason::GuardrailIntervened,
        StopReason::ContentFiltered,
        StopReason::ModelContextWindowExceeded,
        StopReason::Other("new".to_owned()),
    ])
}

fn script() -> impl Strategy<Value = Script> {
    let blocks = prop::collection::vec((block(), prop::bool::weighted(0.8)), 0..6);
    let turns = prop::collection::vec(any::<prop::sample::Index>(), 64);
    let ends = (prop::option::weighted(0.9, stop_reason()), prop::bool::weighted(0.9), any::<bool>());
    (blocks, turns, prop::bool::weighted(0.9), ends, any::<bool>()).prop_map(
        |(blocks, turns, message_start, (stop_reason, usage, usage_first), include_usage)| Script {
            blocks,
            turns,
            message_start,
            stop_reason,
            usage,
            usage_first,
            include_usage,
        },
    )
}

fn events_of(index: u32, block: &Block, stops: bool) -> Vec<StreamEvent<'_>> {
    let delta = |delta| StreamEvent::Delta { block: index, delta };
    let mut events = Vec::new();
    match block {
        Block::Text(pieces) => {
            events.extend(pieces.iter().map(|piece| delta(Delta::Text(piece.as_str().into()))));
        }
        Block::Tool { server_side, input } => {
            let (tool_use_id, name) = (format!("id{index}").into(), format!("f{index}").into());
            events.push(StreamEvent::ToolStart {
                block: index,
                tool_use_id,
                name,
                server_side: *server_side,
            });
            events.extend(input.iter().map(|piece| delta(Delta::ToolInput(piece.as_str().into()))));
        }
        Block::Reasoning { text, signature } => {
            let text = text.iter().map(|piece| ReasoningDelta::Text(piece.as_str().into()));
            let signature = signature.iter().map(|piece| ReasoningDelta::Signature(piece.as_str().into()));
            events.extend(text.chain(signature).map(|piece| delta(Delta::Reasoning(piece))));
        }
        Block::Redacted(data) => {
            events.push(delta(Delta::Reasoning(ReasoningDelta::Redacted(data.as_str().into()))));
        }
        Block::Unknown => events.extend([StreamEvent::Unknown, delta(Delta::Unknown)]),
    }
    if stops {
        events.push(StreamEvent::BlockStop { block: index });
    }
    events
}

fn metadata() -> StreamEvent<'static> {
    StreamEvent::decode("metadata", br#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}"#)
        .unwrap()
}

impl Script {
    /// The events, the blocks interleaved.
    fn events(&self) -> Vec<StreamEvent<'_>> {
        let mut waiting: Vec<_> = (0_u32..)
            .zip(&self.blocks)
            .map(|(index, (block, stops))| events_of(index, block, *stops).into_iter())
            .collect();
        let mut events: Vec<StreamEvent<'_>> = Vec::new();
        events.extend(self.message_start.then_some(StreamEvent::MessageStart));
        let mut turns = self.turns.iter().cycle();
        while !waiting.is_empty() {
            let at = turns.next().unwrap().index(waiting.len());
            match waiting[at].next() {
                Some(event) => events.push(event),
                None => drop(waiting.remove(at)),
            }
        }
        let stop = self
            .stop_reason
            .clone()
            .map(|stop_reason| StreamEvent::MessageStop { stop_reason, fields: None });
        let usage = self.usage.then(metadata);
        match self.usage_first {
            true => events.extend([usage, stop].into_iter().flatten()),
            false => events.extend([stop, usage].into_iter().flatten()),
        }
        events
    }
}

/// The chunks as a client reads them, and how it ended.
fn run(events: Vec<StreamEvent<'_>>, include_usage: bool) -> (Vec<Value>, Result<(), StreamError>) {
    let head = ReplyHead { id: "chatcmpl-1".to_owned(), created: 7, model: "m".to_owned() };
    let mut machine = ChunkMachine::new(head, include_usage, Restore::default());
    let mut chunks = Vec::new();
    let mut emit =
        |chunk: &bedrock_gateway::openai::chunk::Chunk<'_>| chunks.push(serde_json::to_value(chunk).unwrap());
    let end = events
        .into_iter()
        .try_for_each(|event| machine.on(event, &mut emit))
        .and_then(|()| machine.finish(&mut emit));
    (chunks, end)
}

/// What a client has after the last chunk.
#[derive(Debug, Default, PartialEq)]
struct Read {
    content: String,
    reasoning: String,
    /// Id, name, arguments.
    calls: Vec<(String, String, String)>,
    thinking: Vec<Value>,
    finish: Option<String>,
    usage: Option<Value>,
}

/// Reads the chunks as the SDKs do, and insists on everything that they rely on.
fn read(chunks: &[Value], include_usage: bool) -> Read {
    let mut read = Read::default();
    for (at, chunk) in chunks.iter().enumerate() {
        assert_eq!(
            (&chunk["id"], &chunk["object"], &chunk["created"], &chunk["model"]),
            (&json!("chatcmpl-1"), &json!("chat.completion.chunk"), &json!(7), &json!("m"))
        );
        assert_eq!(chunk.get("usage").is_some(), include_usage, "usage is there if it was asked for");
        assert!(read.usage.is_none(), "nothing follows the usage");
        let choices = chunk["choices"].as_array().unwrap();
        let Some(choice) = choices.first() else {
            assert!(read.finish.is_some(), "usage comes after the end");
            assert!(chunk["usage"].is_object());
            read.usage = Some(chunk["usage"].clone());
            continue;
        };
        assert_eq!((choices.len(), &choice["index"]), (1, &json!(0)));
        assert!(chunk["usage"].is_null(), "only the last chunk has usage");
        assert!(read.finish.is_none(), "nothing but usage follows the end");
        let delta = choice["delta"].as_object().unwrap();
        assert_eq!(delta.contains_key("role"), at == 0, "the role comes once, first");
        read.finish = choice["finish_reason"].as_str().map(str::to_owned);
        assert_eq!(delta.is_empty(), read.finish.is_some(), "the end adds nothing, all others something");
        read.content += delta.get("content").map_or("", |text| text.as_str().unwrap());
        read.reasoning += delta.get("reasoning_content").map_or("", |text| text.as_str().unwrap());
        for block in delta.get("thinking_blocks").into_iter().flat_map(|blocks| blocks.as_array().unwrap()) {
            assert_eq!(block["index"], read.thinking.len());
            read.thinking.push(block.clone());
        }
        for call in delta.get("tool_calls").into_iter().flat_map(|calls| calls.as_array().unwrap()) {
            let (index, function) = (call["index"].as_u64().unwrap() as usize, &call["function"]);
            let arguments = function["arguments"].as_str().unwrap();
            if index == read.calls.len() {
                let word = |value: &Value| value.as_str().unwrap().to_owned();
                assert_eq!((&call["type"], arguments), (&json!("function"), ""));
                read.calls.push((word(&call["id"]), word(&function["name"]), String::new()));
            } else {
                assert!(
                    call.get("id").is_none() && call.get("type").is_none() && function.get("name").is_none()
                );
                assert_ne!(arguments, "", "a piece says something");
                read.calls[index].2 += arguments;
            }
        }
    }
    read
}

/// What the events say, told without a machine.
fn expected(script: &Script, events: &[StreamEvent<'_>]) -> Read {
    let mut read = Read::default();
    let mut call_of = std::collections::HashMap::new();
    for event in events {
        match event {
            StreamEvent::ToolStart { block, tool_use_id, name, server_side: false } => {
                call_of.insert(*block, read.calls.len());
                read.calls.push((tool_use_id.to_string(), name.to_string(), String::new()));
            }
            StreamEvent::Delta { delta: Delta::Text(text), .. } => read.content += text,
            StreamEvent::Delta { delta: Delta::Reasoning(ReasoningDelta::Text(text)), .. } => {
                read.reasoning += text;
            }
            StreamEvent::Delta { block, delta: Delta::ToolInput(input) } => {
                if let Some(call) = call_of.get(block) {
                    read.calls[*call].2 += input;
                }
            }
            _ => {}
        }
    }
    for call in read.calls.iter_mut().filter(|call| call.2.is_empty()) {
        call.2.push_str("{}");
    }
    read.finish = script.stop_reason.as_ref().map(|reason| {
        let calls = !read.calls.is_empty();
        match reason {
            StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => "length",
            StopReason::GuardrailIntervened | StopReason::ContentFiltered => "content_filter",
            _ if calls => "tool_calls",
            _ => "stop",
        }
        .to_owned()
    });
    read
}

/// The blocks to send back, whatever their order.
fn thinking_of(script: &Script) -> Vec<String> {
    let mut all: Vec<String> = (script.blocks.iter())
        .filter_map(|(block, _)| match block {
            Block::Reasoning { text, signature } if !signature.is_empty() => {
                Some(format!("{}|{}", text.concat(), signature.concat()))
            }
            Block::Redacted(data) => Some(data.clone()),
            _ => None,
        })
        .collect();
    all.sort();
    all
}

fn any_event() -> impl Strategy<Value = StreamEvent<'static>> {
    let block = 0..4_u32;
    let delta = prop_oneof![
        "[a-z]{0,3}".prop_map(|text| Delta::Text(text.into())),
        "[a-z]{0,3}".prop_map(|text| Delta::ToolInput(text.into())),
        "[a-z]{0,3}".prop_map(|text| Delta::Reasoning(ReasoningDelta::Text(text.into()))),
        "[a-z]{0,3}".prop_map(|text| Delta::Reasoning(ReasoningDelta::Signature(text.into()))),
        "[a-z=]{0,4}".prop_map(|text| Delta::Reasoning(ReasoningDelta::Redacted(text.into()))),
        Just(()).prop_map(|()| Delta::Unknown),
    ];
    prop_oneof![
        2 => Just(()).prop_map(|()| StreamEvent::MessageStart),
        4 => (block.clone(), any::<bool>()).prop_map(|(block, server_side)| StreamEvent::ToolStart {
            block, tool_use_id: "id".into(), name: "f".into(), server_side,
        }),
        12 => (block.clone(), delta).prop_map(|(block, delta)| StreamEvent::Delta { block, delta }),
        4 => block.prop_map(|block| StreamEvent::BlockStop { block }),
        1 => stop_reason().prop_map(|stop_reason| StreamEvent::MessageStop { stop_reason, fields: None }),
        1 => Just(()).prop_map(|()| metadata()),
        1 => Just(()).prop_map(|()| StreamEvent::Unknown),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_well_formed_stream_reaches_the_client_whole(script in script()) {
        let (chunks, end) = run(script.events(), script.include_usage);
        let mut read = read(&chunks, script.include_usage);
        let mut thinking: Vec<String> = std::mem::take(&mut read.thinking)
            .iter()
            .map(|block| match block["type"].as_str().unwrap() {
                "thinking" => {
                    format!("{}|{}", block["thinking"].as_str().unwrap(), block["signature"].as_str().unwrap())
                }
                _ => block["data"].as_str().unwrap().to_owned(),
            })
            .collect();
        thinking.sort();
        let usage = read.usage.take();
        let whole = script.stop_reason.is_some() && (script.usage || !script.include_usage);
        prop_assert_eq!(end, if whole { Ok(()) } else { Err(StreamError::Truncated) });
        prop_assert_eq!(usage.is_some(), whole && script.include_usage);
        if script.stop_reason.is_some() {
            prop_assert_eq!(thinking, thinking_of(&script));
            prop_assert_eq!(read, expected(&script, &script.events()));
        } else {
            prop_assert_eq!(read.finish, None, "a stream that broke is never made to look finished");
            prop_assert_eq!(read.content, expected(&script, &script.events()).content);
        }
    }

    /// Whatever comes in whatever order: what was sent is the sound beginning of an answer, and the end is told.
    #[test]
    fn any_events_give_a_sound_beginning(events in prop::collection::vec(any_event(), 0..24), include_usage: bool) {
        let stops = events.iter().filter(|event| matches!(event, StreamEvent::MessageStop { .. })).count();
        let (chunks, end) = run(events, include_usage);
        let read = read(&chunks, include_usage);
        prop_assert!(end.is_err() || stops == 1);
        prop_assert!(end.is_err() || read.finish.is_some());
        prop_assert_eq!(end.is_ok() && include_usage, read.usage.is_some());
    }
}
