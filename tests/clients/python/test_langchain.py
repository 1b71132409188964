"""LangChain's `ChatOpenAI`, as its guide shows it."""

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from frameworks import (
    ASK,
    LOOK,
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


@tool
def get_weather(city: str) -> str:
    """The weather in a city"""
    return RESULT


@pytest.fixture
def langchain(gateway, emulator, model):
    return ChatOpenAI(base_url=gateway.base_url, api_key=KEY, model=model, max_retries=0)


def whole(chat, messages):
    return chat.invoke(messages)


def streamed(chat, messages):
    first, *rest = chat.stream(messages)
    return sum(rest, first)


@pytest.mark.parametrize("ask", [whole, streamed])
def test_a_tool_loop(langchain, emulator, ask):
    chat = langchain.bind_tools([get_weather])
    messages = [HumanMessage(ASK)]
    message = ask(chat, messages)
    (call,) = message.tool_calls
    messages += [message, ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])]
    assert RESULT in ask(chat, messages).content
    assert ran_the_tool(emulator)


def test_structure_by_schema(langchain, emulator, model):
    assert isinstance(langchain.with_structured_output(City, method="json_schema").invoke("Paris"), City)
    assert asked_for_structure(emulator, model)


def test_structure_by_tool(langchain, emulator):
    assert isinstance(langchain.with_structured_output(City, method="function_calling").invoke("Paris"), City)
    assert asked_for_a_tool(emulator)


def test_structure_without_a_schema(langchain):
    assert isinstance(langchain.with_structured_output(None, method="json_mode").invoke("Paris, as JSON"), dict)


def test_a_picture(langchain, emulator):
    assert langchain.invoke([HumanMessage(LOOK)]).content
    assert saw_the_picture(emulator)


def test_a_stream(langchain):
    chunks = list(langchain.stream("Hello", stream_usage=True))
    assert len(chunks) > 2
    whole = sum(chunks[1:], chunks[0])
    assert whole.content
    assert whole.response_metadata["finish_reason"] == "stop"
    assert whole.usage_metadata["output_tokens"] > 0
