"""Tools in their other forms, through OpenAI's client for Python: long names, custom tools, the deprecated functions."""

import json

import pytest

from gateway import MODEL, text, tool

ASK = [{"role": "user", "content": "Go."}]
LONG = "mcp__github-enterprise-server__pull_requests__list_review_comments_"
SHELL = {"type": "custom", "custom": {"name": "sh.run", "description": "Runs a command."}}
COMMAND = 'echo "näïve 😀\\n"\n'


def sent_names(emulator):
    """What the gateway called the tools in its last call."""
    return [entry["toolSpec"]["name"] for entry in emulator.bodies()[-1]["toolConfig"]["tools"]]


def fragments(value, size=3):
    """The JSON of a value in pieces, as ASCII: characters beyond it come as escapes that are cut."""
    whole = json.dumps(value)
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def legal_name(client, emulator, tools):
    """The name under which the only tool is sent: the same in every request."""
    client.chat.completions.create(model=MODEL, messages=ASK, tools=tools)
    (name,) = sent_names(emulator)
    emulator.reset()
    return name


@pytest.mark.parametrize("how", ["whole", "helper"])
def test_a_long_name_makes_the_round_trip(client, emulator, how):
    assert len(LONG) > 64
    tools = [{"type": "function", "function": {"name": LONG}}]
    short = legal_name(client, emulator, tools)
    assert len(short) <= 64
    emulator.script({"blocks": [tool("call_1", short, "{}")]}, text("Done."))
    asked = {"model": MODEL, "messages": ASK, "tools": tools}
    if how == "whole":
        message = client.chat.completions.create(**asked).choices[0].message
    else:
        with client.chat.completions.stream(**asked) as stream:
            message = stream.get_final_completion().choices[0].message
    (call,) = message.tool_calls
    assert call.function.name == LONG
    history = {"role": "assistant", "tool_calls": [{"id": call.id, "type": "function", "function": {"name": LONG, "arguments": "{}"}}]}
    result = {"role": "tool", "tool_call_id": call.id, "content": "none"}
    answer = client.chat.completions.create(model=MODEL, messages=[*ASK, history, result], tools=tools)
    assert answer.choices[0].message.content == "Done."
    body = emulator.bodies()[-1]
    assert body["messages"][1]["content"][0]["toolUse"]["name"] == short
    assert sent_names(emulator) == [short]


def whole_custom(client, **asked):
    choice = client.chat.completions.create(**asked).choices[0]
    return choice.finish_reason, choice.message.model_dump(exclude_none=True)["tool_calls"]


def streamed_custom(client, **asked):
    calls, finish = {}, None
    for chunk in client.chat.completions.create(stream=True, **asked):
        (choice,) = chunk.choices
        finish = choice.finish_reason or finish
        for piece in choice.delta.model_dump(exclude_none=True).get("tool_calls", []):
            if "id" in piece:
                assert piece["custom"]["input"] == ""
                calls[piece["index"]] = {"id": piece["id"], "type": piece["type"], "custom": dict(piece["custom"])}
            else:
                calls[piece["index"]]["custom"]["input"] += piece["custom"]["input"]
    return finish, list(calls.values())


@pytest.mark.parametrize("ask", [whole_custom, streamed_custom])
def test_a_custom_tool_makes_the_round_trip(client, emulator, ask):
    name = legal_name(client, emulator, [SHELL])
    emulator.script({"blocks": [tool("call_1", name, *fragments({"input": COMMAND}))]}, text("Done."))
    finish, calls = ask(client, model=MODEL, messages=ASK, tools=[SHELL])
    assert finish == "tool_calls"
    assert calls == [{"id": "call_1", "type": "custom", "custom": {"name": "sh.run", "input": COMMAND}}]
    messages = [*ASK, {"role": "assistant", "tool_calls": calls}, {"role": "tool", "tool_call_id": "call_1", "content": "ok"}]
    client.chat.completions.create(model=MODEL, messages=messages, tools=[SHELL])
    use = emulator.bodies()[-1]["messages"][1]["content"][0]["toolUse"]
    assert use == {"toolUseId": "call_1", "name": name, "input": {"input": COMMAND}}


def whole_function(client, **asked):
    choice = client.chat.completions.create(**asked).choices[0]
    return choice.finish_reason, choice.message.model_dump(exclude_none=True)


def streamed_function(client, **asked):
    call, finish = {}, None
    for chunk in client.chat.completions.create(stream=True, **asked):
        (choice,) = chunk.choices
        finish = choice.finish_reason or finish
        if piece := choice.delta.function_call:
            call = call or {"name": piece.name, "arguments": ""}
            call["arguments"] += piece.arguments
    return finish, {"role": "assistant", "content": None, "function_call": call}


@pytest.mark.parametrize("ask", [whole_function, streamed_function])
def test_deprecated_functions_make_the_round_trip(client, emulator, ask):
    asked = {"model": MODEL, "functions": [{"name": "get_weather"}]}
    messages = list(ASK)
    for turn in range(2):
        emulator.script({"blocks": [tool(f"call_{turn}", "get_weather", '{"city":', '"Paris"}')]})
        finish, message = ask(client, messages=messages, **asked)
        assert finish == "function_call"
        assert message["function_call"] == {"name": "get_weather", "arguments": '{"city":"Paris"}'}
        messages += [message, {"role": "function", "name": "get_weather", "content": f"{turn} degrees"}]
    emulator.script(text("Cold."))
    answer = client.chat.completions.create(messages=messages, **asked)
    assert (answer.choices[0].finish_reason, answer.choices[0].message.content) == ("stop", "Cold.")
    turns = emulator.bodies()[-1]["messages"]
    uses = [block["toolUse"]["toolUseId"] for turn in turns for block in turn["content"] if "toolUse" in block]
    results = [block["toolResult"] for turn in turns for block in turn["content"] if "toolResult" in block]
    assert len(set(uses)) == 2 and uses == [result["toolUseId"] for result in results]
    assert [result["content"] for result in results] == [[{"text": "0 degrees"}], [{"text": "1 degrees"}]]


def test_allowed_tools(client, emulator):
    tools = [{"type": "function", "function": {"name": name}} for name in ["one", "two", "three"]]
    allowed = [{"type": "function", "function": {"name": name}} for name in ["three", "one"]]
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": allowed}}
    client.chat.completions.create(model=MODEL, messages=ASK, tools=tools, tool_choice=choice)
    assert sent_names(emulator) == ["one", "three"]
    assert emulator.bodies()[-1]["toolConfig"]["toolChoice"] == {"any": {}}
