"""Reasoning that goes on over several turns with tools, though OpenAI's client knows nothing of it: a message is appended
as it came, and carries what the model needs to go on."""

import json

import pytest

from gateway import text, tool

ASK = [{"role": "user", "content": "What is the weather in Paris and in Rome?"}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]
SETTINGS = {"model": "claude", "tools": TOOLS, "reasoning_effort": "low"}


def thought(signature, *chunks):
    return {"reasoning": {"chunks": chunks, "signature": signature}}


def script(emulator):
    """Two rounds of a call, then the answer; the model thinks before each, once in secret."""
    emulator.script(
        {"blocks": [thought("Zmlyc3Q=", "First ", "Paris."), tool("call_1", "get_weather", '{"city": "Paris"}')]},
        {"blocks": [{"redacted": {"data_base64": "b3BhcXVl"}}, tool("call_2", "get_weather", '{"city": "Rome"}')]},
        {"blocks": [thought("dGhpcmQ=", "Both known."), {"text": {"chunks": ["21 and 24 degrees."]}}]},
        text("You are welcome."),
    )


def whole(client, messages):
    return client.chat.completions.create(messages=messages, **SETTINGS).choices[0].message


def helped(client, messages):
    with client.chat.completions.stream(messages=messages, **SETTINGS) as stream:
        return stream.get_final_completion().choices[0].message


@pytest.mark.parametrize("dump", [{}, {"exclude_none": True}], ids=["all", "set"])
@pytest.mark.parametrize("ask", [whole, helped])
def test_a_loop_with_the_message_as_it_came(client, emulator, ask, dump):
    script(emulator)
    messages = list(ASK)
    for result in ["21 degrees", "24 degrees"]:
        message = ask(client, messages)
        (call,) = message.tool_calls
        # The streaming helper's own members are no part of the API.
        sent = message.model_dump(**dump)
        sent.pop("parsed", None)
        for dumped in sent["tool_calls"]:
            dumped.pop("index", None)
            dumped["function"].pop("parsed_arguments", None)
        messages += [sent, {"role": "tool", "tool_call_id": call.id, "content": result}]
    answer = ask(client, messages)
    assert answer.content == "21 and 24 degrees."
    assert answer.reasoning_content == "Both known."
    messages += [answer.model_dump(**dump), {"role": "user", "content": "Thank you."}]
    assert ask(client, messages).content == "You are welcome."

    bodies = emulator.bodies()
    for body in bodies:
        assert body["additionalModelRequestFields"] == {"thinking": {"type": "enabled", "budget_tokens": 2048}}
    turns = bodies[-1]["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * 3 + ["user"]
    assert [turn["content"][0] for turn in turns[1::2]] == [
        {"reasoningContent": {"reasoningText": {"text": "First Paris.", "signature": "Zmlyc3Q="}}},
        {"reasoningContent": {"redactedContent": "b3BhcXVl"}},
        {"reasoningContent": {"reasoningText": {"text": "Both known.", "signature": "dGhpcmQ="}}},
    ]
    # What was said stays as it was, byte for byte: the signatures and the prompt cache need that.
    for shorter, longer in zip(bodies, bodies[1:]):
        said = shorter["messages"]
        assert json.dumps(longer["messages"][: len(said)]) == json.dumps(said)


def test_a_client_that_loses_the_signatures_goes_on_without_reasoning(client, emulator):
    script(emulator)
    message = whole(client, ASK)
    (call,) = message.tool_calls
    bare = {"role": "assistant", "content": message.content, "tool_calls": [call.model_dump()]}
    result = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}
    raw = client.chat.completions.with_raw_response.create(messages=[*ASK, bare, result], **SETTINGS)
    assert raw.headers["x-gateway-warnings"].startswith("reasoning_effort: ")
    assert "additionalModelRequestFields" not in emulator.bodies()[-1]


def test_reasoning_tokens(client, emulator):
    fields = {"usage": {"output_tokens_details": {"thinking_tokens": 7}}}
    emulator.script(text("Hello.", additional_fields=fields), text("Hello.", additional_fields=fields))
    answer = client.chat.completions.create(messages=ASK, **SETTINGS)
    assert answer.usage.completion_tokens_details.reasoning_tokens == 7
    stream = client.chat.completions.create(
        messages=ASK, stream=True, stream_options={"include_usage": True}, **SETTINGS
    )
    assert list(stream)[-1].usage.completion_tokens_details.reasoning_tokens == 7
    for body in emulator.bodies():
        assert body["additionalModelResponseFieldPaths"] == ["/usage/output_tokens_details"]
