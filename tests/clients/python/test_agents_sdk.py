"""OpenAI's Agents SDK on chat completions, as its guide shows it for other providers."""

import asyncio

import agents
import openai
import pytest
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel

from frameworks import ASK, PICTURE_URL, RESULT, City, asked_for_structure, models, ran_the_tool, saw_the_picture
from gateway import KEY

pytestmark = models

# Traces go to OpenAI.
agents.set_tracing_disabled(True)


@agents.function_tool
def get_weather(city: str) -> str:
    """The weather in a city"""
    return RESULT


@pytest.fixture
def chat(gateway, emulator, model):
    client = openai.AsyncOpenAI(base_url=gateway.base_url, api_key=KEY, max_retries=0)
    return OpenAIChatCompletionsModel(model=model, openai_client=client)


def whole(agent, prompt):
    return asyncio.run(agents.Runner.run(agent, prompt)).final_output


def events(agent, prompt):
    """All events of a stream, and what came of them."""
    async def run():
        answer = agents.Runner.run_streamed(agent, prompt)
        return [event async for event in answer.stream_events()], answer.final_output

    return asyncio.run(run())


def streamed(agent, prompt):
    return events(agent, prompt)[1]


@pytest.mark.parametrize("ask", [whole, streamed])
def test_a_tool_loop(chat, emulator, ask):
    assert RESULT in ask(agents.Agent(name="weather", model=chat, tools=[get_weather]), ASK)
    assert ran_the_tool(emulator)


@pytest.mark.parametrize("ask", [whole, streamed])
def test_structure_by_schema(chat, emulator, model, ask):
    assert isinstance(ask(agents.Agent(name="cities", model=chat, output_type=City), "Paris"), City)
    assert asked_for_structure(emulator, model)


def test_a_picture(chat, emulator):
    content = [{"type": "input_text", "text": "What is this?"}, {"type": "input_image", "image_url": PICTURE_URL}]
    assert whole(agents.Agent(name="eyes", model=chat), [{"role": "user", "content": content}])
    assert saw_the_picture(emulator)


def test_a_stream(chat):
    came, output = events(agents.Agent(name="talker", model=chat), "Hello")
    deltas = [
        event.data.delta
        for event in came
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
    ]
    assert len(deltas) > 1
    assert "".join(deltas) == output
