"""Tools, as agents use them: calls, results, the final answer; through OpenAI's client for Python."""

import json

import openai
import pydantic
import pytest

from gateway import MODEL, text, tool

ASK = [{"role": "user", "content": "What is the weather in Paris, and what time is it?"}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    },
    {"type": "function", "function": {"name": "get_time"}},
]
CALLS = {
    "blocks": [
        {"text": {"chunks": ["Let me ", "look."]}},
        tool("call_1", "get_weather", '{"ci', 'ty": "Par', 'is"}'),
        tool("call_2", "get_time"),
    ]
}
RESULTS = {"get_weather": "21 degrees", "get_time": "noon"}
# What the whole loop must have sent in its second call.
SECOND = [
    {"role": "user", "content": [{"text": ASK[0]["content"]}]},
    {
        "role": "assistant",
        "content": [
            {"text": "Let me look."},
            {"toolUse": {"toolUseId": "call_1", "name": "get_weather", "input": {"city": "Paris"}}},
            {"toolUse": {"toolUseId": "call_2", "name": "get_time", "input": {}}},
        ],
    },
    {
        "role": "user",
        "content": [
            {"toolResult": {"toolUseId": "call_1", "content": [{"text": "21 degrees"}]}},
            {"toolResult": {"toolUseId": "call_2", "content": [{"text": "noon"}]}},
        ],
    },
]


def whole(client, messages):
    choice = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0]
    return choice.finish_reason, choice.message.model_dump(exclude_none=True)


def streamed(client, messages):
    """Puts the message together from its pieces, by the rules of OpenAI's guide."""
    said, calls, finish = "", {}, None
    for chunk in client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS, stream=True):
        (choice,) = chunk.choices
        said += choice.delta.content or ""
        finish = choice.finish_reason or finish
        for piece in choice.delta.tool_calls or []:
            if piece.id:
                assert piece.index == len(calls), "indices have no gaps"
                calls[piece.index] = {"id": piece.id, "type": piece.type, "function": {"name": piece.function.name, "arguments": ""}}
            calls[piece.index]["function"]["arguments"] += piece.function.arguments
    message = {"role": "assistant", "content": said}
    return finish, {**message, "tool_calls": list(calls.values())} if calls else message


def helped(client, messages):
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=TOOLS) as stream:
        choice = stream.get_final_completion().choices[0]
    message = choice.message.model_dump(exclude_none=True)
    for call in message.get("tool_calls", []):
        # Members of the helper's own.
        call.pop("index", None)
        call["function"].pop("parsed_arguments", None)
    message.pop("parsed", None)
    return choice.finish_reason, message


@pytest.mark.parametrize("ask", [whole, streamed, helped])
def test_a_loop(client, emulator, ask):
    emulator.script(CALLS, text("It is ", "21 degrees at noon."))
    messages = list(ASK)
    finish, message = ask(client, messages)
    assert finish == "tool_calls"
    assert [call["id"] for call in message["tool_calls"]] == ["call_1", "call_2"]
    assert [json.loads(call["function"]["arguments"]) for call in message["tool_calls"]] == [{"city": "Paris"}, {}]
    messages.append(message)
    for call in message["tool_calls"]:
        result = RESULTS[call["function"]["name"]]
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
    finish, message = ask(client, messages)
    assert finish == "stop"
    assert message["content"] == "It is 21 degrees at noon."
    assert "tool_calls" not in message

    first, second = emulator.bodies()
    names = [spec["toolSpec"]["name"] for spec in first["toolConfig"]["tools"]]
    assert names == ["get_weather", "get_time"]
    schema = first["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
    assert schema == TOOLS[0]["function"]["parameters"]
    assert second["messages"] == SECOND
    assert second["toolConfig"] == first["toolConfig"]


# Refuses tools in a stream, and text beside tool calls.
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"


def test_a_streamed_loop_on_a_model_that_cannot_stream_tools(client, emulator):
    emulator.script(CALLS, text("It is 21 degrees at noon."))
    messages = list(ASK)
    for expected in ["tool_calls", "stop"]:
        options = {"include_usage": True}
        with client.chat.completions.stream(
            model=LLAMA, messages=messages, tools=TOOLS, stream_options=options
        ) as stream:
            completion = stream.get_final_completion()
        (choice,) = completion.choices
        assert choice.finish_reason == expected
        assert completion.usage.total_tokens > 0
        messages.append(choice.message)
        for call in choice.message.tool_calls or []:
            result = RESULTS[call.function.name]
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    assert choice.message.content == "It is 21 degrees at noon."
    assert [call["path"].rsplit("/")[-1] for call in emulator.calls()] == ["converse", "converse"]
    second = emulator.bodies()[1]["messages"]
    assert [turn["role"] for turn in second] == ["user", "assistant", "user", "assistant", "user"]
    assert second[1]["content"] == [{"text": "Let me look."}]
    assert [list(block) for block in second[3]["content"]] == [["toolUse"], ["toolUse"]]


def test_a_loop_of_many_rounds(client, emulator):
    rounds = 5
    emulator.script(*({"blocks": [tool(f"call_{n}", "get_time")]} for n in range(rounds)), text("Done."))
    messages = list(ASK)
    for _ in range(rounds):
        finish, message = streamed(client, messages)
        assert finish == "tool_calls"
        (call,) = message["tool_calls"]
        messages += [message, {"role": "tool", "tool_call_id": call["id"], "content": "noon"}]
    assert streamed(client, messages) == ("stop", {"role": "assistant", "content": "Done."})
    last = emulator.bodies()[-1]["messages"]
    assert [turn["role"] for turn in last] == ["user", "assistant"] * rounds + ["user"]


def test_the_emulator_left_alone_plays_along(client, emulator):
    finish, message = streamed(client, [{"role": "user", "content": "Use get_weather"}])
    assert finish == "tool_calls"
    (call,) = message["tool_calls"]
    result = {"role": "tool", "tool_call_id": call["id"], "content": "21 degrees"}
    finish, message = streamed(client, [{"role": "user", "content": "Use get_weather"}, message, result])
    assert finish == "stop"
    assert "21 degrees" in message["content"]


def test_events_of_the_helper(client, emulator):
    emulator.script(CALLS)
    with client.chat.completions.stream(model=MODEL, messages=ASK, tools=TOOLS) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
    assert [(event.index, event.name, event.arguments) for event in done] == [
        (0, "get_weather", '{"city": "Paris"}'),
        (1, "get_time", "{}"),
    ]


def test_interleaved_calls(client, emulator):
    def event(kind, **payload):
        return {"event": {"kind": kind, "payload": payload}}

    def start(block, call_id):
        return event("contentBlockStart", contentBlockIndex=block, start={"toolUse": {"toolUseId": call_id, "name": "get_weather"}})

    def piece(block, fragment):
        return event("contentBlockDelta", contentBlockIndex=block, delta={"toolUse": {"input": fragment}})

    events = [
        event("messageStart", role="assistant"),
        start(3, "call_1"),
        start(7, "call_2"),
        piece(3, '{"city":'),
        piece(7, '{"city":"Ro'),
        piece(3, '"Paris"}'),
        piece(7, 'me"}'),
        event("contentBlockStop", contentBlockIndex=3),
        event("contentBlockStop", contentBlockIndex=7),
        event("messageStop", stopReason="tool_use"),
        event("metadata", usage={"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}, metrics={"latencyMs": 1}),
    ]
    emulator.script({"events": events})
    _, message = streamed(client, ASK)
    arguments = [json.loads(call["function"]["arguments"]) for call in message["tool_calls"]]
    assert arguments == [{"city": "Paris"}, {"city": "Rome"}]


@pytest.mark.parametrize(
    "choice, sent",
    [
        ("auto", None),
        ("required", {"any": {}}),
        ({"type": "function", "function": {"name": "get_time"}}, {"tool": {"name": "get_time"}}),
    ],
)
def test_tool_choice(client, emulator, choice, sent):
    client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS, tool_choice=choice)
    assert emulator.bodies()[0]["toolConfig"].get("toolChoice") == sent


def test_tool_choice_none_keeps_the_tools_at_home(client, emulator):
    client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS, tool_choice="none")
    assert "toolConfig" not in emulator.bodies()[0]


def test_one_call_at_a_time(client, emulator):
    client.chat.completions.create(model="claude", messages=ASK, tools=TOOLS, parallel_tool_calls=False)
    fields = emulator.bodies()[0]["additionalModelRequestFields"]
    assert fields == {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}


def test_tools_made_from_classes(client, emulator):
    class GetWeather(pydantic.BaseModel):
        """The weather in a city"""

        city: str

    emulator.script({"blocks": [tool("call_1", "GetWeather", '{"city": "Paris"}')]})
    tools = [openai.pydantic_function_tool(GetWeather)]
    answer = client.chat.completions.parse(model=MODEL, messages=ASK, tools=tools)
    (call,) = answer.choices[0].message.tool_calls
    assert call.function.parsed_arguments == GetWeather(city="Paris")
