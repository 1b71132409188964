"""Pydantic AI with its `OpenAIChatModel`, as its guide shows it."""

import asyncio

import pytest
from pydantic_ai import Agent, BinaryContent, NativeOutput, PromptedOutput
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from frameworks import (
    ASK,
    PICTURE,
    RESULT,
    City,
    asked_for_a_tool,
    asked_for_structure,
    models,
    ran_the_tool,
    saw_the_picture,
)
from gateway import KEY

pytestmark = models


@pytest.fixture
def chat(gateway, emulator, model):
    return OpenAIChatModel(model, provider=OpenAIProvider(base_url=gateway.base_url, api_key=KEY))


def whole(agent, prompt):
    return agent.run_sync(prompt).output


def streamed(agent, prompt):
    async def run():
        async with agent.run_stream(prompt) as answer:
            return await answer.get_output()

    return asyncio.run(run())


@pytest.mark.parametrize("ask", [whole, streamed])
def test_a_tool_loop(chat, emulator, ask):
    agent = Agent(chat)

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """The weather in a city"""
        return RESULT

    assert RESULT in ask(agent, ASK)
    assert ran_the_tool(emulator)


@pytest.mark.parametrize("ask", [whole, streamed])
def test_structure_by_schema(chat, emulator, model, ask):
    assert isinstance(ask(Agent(chat, output_type=NativeOutput(City)), "Paris"), City)
    assert asked_for_structure(emulator, model)


@pytest.mark.parametrize("ask", [whole, streamed])
def test_structure_by_tool(chat, emulator, ask):
    assert isinstance(ask(Agent(chat, output_type=City), "Paris"), City)
    assert asked_for_a_tool(emulator)


def test_structure_by_prompt(chat):
    assert isinstance(whole(Agent(chat, output_type=PromptedOutput(City)), "Paris"), City)


def test_a_picture(chat, emulator):
    assert whole(Agent(chat), ["What is this?", BinaryContent(data=PICTURE, media_type="image/png")])
    assert saw_the_picture(emulator)


def test_a_stream(chat):
    async def run():
        async with Agent(chat).run_stream("Hello") as answer:
            return [piece async for piece in answer.stream_text(delta=True, debounce_by=None)], answer.usage

    pieces, usage = asyncio.run(run())
    assert len(pieces) > 1
    assert usage.output_tokens > 0
