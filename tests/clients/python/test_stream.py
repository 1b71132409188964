"""Streamed answers, through OpenAI's client for Python."""

import asyncio

import openai
import pytest
import requests

from gateway import KEY, MODEL, exception_after, text, wait_for

HELLO = [{"role": "user", "content": "Hello"}]
FAMILY = "👩‍👩‍👧‍👦"


def content(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def finishes(chunks):
    return [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason]


def test_a_stream(client, emulator):
    emulator.script(text("", "Good ", "day."))
    chunks = list(client.chat.completions.create(model=MODEL, messages=HELLO, stream=True))
    assert content(chunks) == "Good day."
    assert finishes(chunks) == ["stop"]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert len({(chunk.id, chunk.created, chunk.model, chunk.object) for chunk in chunks}) == 1
    assert (chunks[0].model, chunks[0].object) == (MODEL, "chat.completion.chunk")
    assert not any("usage" in chunk.model_fields_set for chunk in chunks)
    (call,) = emulator.calls()
    assert call["path"].endswith("/converse-stream")


def test_a_stream_arrives_while_it_is_made(client, emulator):
    emulator.script(text("first", "never", end={"hang_after": {"events": 2}}))
    with client.chat.completions.create(model=MODEL, messages=HELLO, stream=True) as stream:
        chunks = [next(stream), next(stream)]
    assert content(chunks) == "first"
    emulator.wait_for_hang_up()


def test_open_streams_are_counted(client, emulator, gateway):
    def metrics():
        lines = requests.get(f"{gateway.origin}/metrics", timeout=10).text.splitlines()
        return dict(line.split() for line in lines if line.startswith(("gateway_open", "gateway_in_flight")))

    emulator.script(text("first", end={"hang_after": {"events": 2}}))
    with client.chat.completions.create(model=MODEL, messages=HELLO, stream=True) as stream:
        next(stream)
        assert metrics() == {"gateway_in_flight_requests": "1", "gateway_open_streams": "1"}
    emulator.wait_for_hang_up()
    wait_for(lambda: set(metrics().values()) == {"0"}, "the end of the stream")


def test_an_async_stream(gateway, emulator):
    emulator.script(text("Good ", "day."))

    async def run():
        async with openai.AsyncOpenAI(base_url=gateway.base_url, api_key=KEY) as client:
            stream = await client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)
            return [chunk async for chunk in stream]

    chunks = asyncio.run(run())
    assert content(chunks) == "Good day."
    assert finishes(chunks) == ["stop"]


def test_many_async_streams_at_once(gateway, emulator):
    emulator.always(text("one ", "two ", "three", event_delay_ms=5))

    async def one(client):
        stream = await client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)
        return content([chunk async for chunk in stream])

    async def run():
        async with openai.AsyncOpenAI(base_url=gateway.base_url, api_key=KEY) as client:
            return await asyncio.gather(*(one(client) for _ in range(100)))

    assert asyncio.run(run()) == ["one two three"] * 100
    assert len(emulator.calls()) == 100


def test_usage_comes_when_it_is_asked_for(client, emulator):
    usage = {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}
    emulator.script(text("Hi", usage=usage))
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(model=MODEL, messages=HELLO, stream=True, stream_options=options))
    last = chunks.pop()
    assert last.choices == []
    assert (last.usage.prompt_tokens, last.usage.completion_tokens, last.usage.total_tokens) == (5, 2, 7)
    assert all(chunk.usage is None and "usage" in chunk.model_fields_set for chunk in chunks)


def test_the_stream_helper(client, emulator):
    emulator.script(text("Good ", "day."))
    with client.chat.completions.stream(model=MODEL, messages=HELLO, stream_options={"include_usage": True}) as stream:
        events = list(stream)
        completion = stream.get_final_completion()
    # The first chunk has a role and no text yet, as at OpenAI.
    assert [event.delta for event in events if event.type == "content.delta"] == ["", "Good ", "day."]
    assert [event.content for event in events if event.type == "content.done"] == ["Good day."]
    assert completion.choices[0].message.content == "Good day."
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.total_tokens > 0


def test_letters_split_over_events_and_packets(client, emulator):
    pieces = list(FAMILY) + ["Grüße, ", "世", "界"]
    for size in (1, 3, 7):
        emulator.script(text(*pieces, writes={"bytes": size}))
        chunks = list(client.chat.completions.create(model=MODEL, messages=HELLO, stream=True))
        assert content(chunks) == "".join(pieces)


def test_a_burst(client, emulator):
    pieces = [f"token{index} " for index in range(3000)]
    emulator.script(text(*pieces, writes="burst"))
    chunks = list(client.chat.completions.create(model=MODEL, messages=HELLO, stream=True))
    assert content(chunks) == "".join(pieces)
    assert finishes(chunks) == ["stop"]


def test_keep_alives_are_sent_and_not_seen(serve, emulator):
    gateway = serve(server={"keep_alive": "20ms"})
    slow = text("Good ", "day.", delays_before_ms={"2": 200})
    emulator.script(slow, slow)
    body = {"model": MODEL, "messages": HELLO, "stream": True}
    raw = requests.post(
        f"{gateway.base_url}/chat/completions", json=body, headers={"authorization": f"Bearer {KEY}"}, timeout=10
    )
    assert raw.text.count("\n: ") >= 3
    assert raw.text.endswith("data: [DONE]\n\n")
    with openai.OpenAI(base_url=gateway.base_url, api_key=KEY) as client:
        chunks = list(client.chat.completions.create(model=MODEL, messages=HELLO, stream=True))
    assert content(chunks) == "Good day."


def test_reasoning_streams_beside_the_answer(client, emulator):
    reasoning = {"reasoning": {"chunks": ["Let me ", "think."], "signature": "c2ln"}}
    emulator.script({"blocks": [reasoning, {"text": {"chunks": ["Done."]}}]})
    with client.chat.completions.stream(model="claude", messages=HELLO) as stream:
        message = stream.get_final_completion().choices[0].message
    assert message.content == "Done."
    assert message.reasoning_content == "Let me think."
    (block,) = message.thinking_blocks
    assert (block["thinking"], block["signature"]) == ("Let me think.", "c2ln")


BREAKS = [
    (exception_after(3, "modelStreamErrorException", "the model broke"), "model_stream_error"),
    (exception_after(3, "throttlingException", "slow down"), "rate_limit_exceeded"),
    ({"cut_after": {"events": 3}}, "upstream_connection_error"),
    ({"cut_inside": {"event": 3, "bytes": 20}}, "upstream_connection_error"),
    ({"clean_after": {"events": 3}}, "upstream_protocol_error"),
]


@pytest.mark.parametrize("end, code", BREAKS)
def test_a_broken_stream_raises(client, emulator, end, code):
    emulator.script(text("Good ", "day, ", "everybody", end=end))
    chunks = []
    with pytest.raises(openai.APIError) as raised:
        for chunk in client.chat.completions.create(model=MODEL, messages=HELLO, stream=True):
            chunks.append(chunk)
    assert raised.value.code == code
    assert not isinstance(raised.value, openai.APIStatusError)
    assert content(chunks) == "Good day, "
    assert finishes(chunks) == []
    assert len(emulator.calls()) == 1


def test_a_broken_stream_never_becomes_a_completion(client, emulator):
    emulator.script(text("Good ", "day, ", end={"cut_after": {"events": 2}}))
    with pytest.raises(openai.APIError):
        with client.chat.completions.stream(model=MODEL, messages=HELLO) as stream:
            stream.get_final_completion()
