"""Clients that do not wait for the end: Bedrock must not go on for nobody."""

import asyncio

import openai
import pytest

from gateway import KEY, MODEL, text

HELLO = [{"role": "user", "content": "Hello"}]
# Three events, then silence.
ENDLESS = text("Once ", "upon ", "a time", end={"hang_after": {"events": 3}})
MUTE = {"end": "hang_before_head"}


def cancelled(gateway, request_id):
    return gateway.logged(request_id)["outcome"] == "cancelled"


def test_a_closed_stream(client, emulator, gateway):
    emulator.script(ENDLESS)
    stream = client.chat.completions.create(
        model=MODEL, messages=HELLO, stream=True, extra_headers={"x-request-id": "closed"}
    )
    next(stream)
    stream.close()
    assert emulator.wait_for_hang_up()["outcome"]["events"] == 3
    assert cancelled(gateway, "closed")


def test_a_loop_that_is_left(client, emulator, gateway):
    emulator.script(ENDLESS)
    with client.chat.completions.create(
        model=MODEL, messages=HELLO, stream=True, extra_headers={"x-request-id": "left"}
    ) as stream:
        for _ in stream:
            break
    emulator.wait_for_hang_up()
    assert cancelled(gateway, "left")


def test_a_cancelled_task(gateway, emulator):
    emulator.script(ENDLESS)

    async def run():
        async with openai.AsyncOpenAI(base_url=gateway.base_url, api_key=KEY) as client:
            reading = asyncio.Event()

            async def read():
                stream = await client.chat.completions.create(
                    model=MODEL, messages=HELLO, stream=True, extra_headers={"x-request-id": "task"}
                )
                async for _ in stream:
                    reading.set()

            task = asyncio.create_task(read())
            await reading.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(emulator.wait_for_hang_up)

    asyncio.run(run())
    assert cancelled(gateway, "task")


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_runs_out_of_time(once, emulator, gateway, stream):
    emulator.script(MUTE)
    with pytest.raises(openai.APITimeoutError):
        once.chat.completions.create(
            model=MODEL, messages=HELLO, stream=stream, timeout=0.2, extra_headers={"x-request-id": f"late-{stream}"}
        )
    emulator.wait_for_hang_up()
    line = gateway.logged(f"late-{stream}")
    assert (line["status"], line["outcome"]) == (499, "cancelled")


def test_the_next_call_is_not_troubled(client, emulator):
    emulator.script(ENDLESS, text("Fine."))
    client.chat.completions.create(model=MODEL, messages=HELLO, stream=True).close()
    assert client.chat.completions.create(model=MODEL, messages=HELLO).choices[0].message.content == "Fine."
