"""LiteLLM with the provider `openai`, as its guide shows it."""

import litellm
import pytest

from frameworks import ASK, LOOK, RESULT, City, asked_for_structure, models, ran_the_tool, saw_the_picture
from gateway import KEY

pytestmark = models

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}]


@pytest.fixture
def complete(gateway, emulator, model):
    def call(messages, **more):
        base = {"model": f"openai/{model}", "api_base": gateway.base_url, "api_key": KEY, "max_retries": 0}
        return litellm.completion(messages=messages, **base, **more)

    return call


def whole(complete, messages, **more):
    return complete(messages, **more)


def streamed(complete, messages, **more):
    return litellm.stream_chunk_builder(list(complete(messages, stream=True, **more)))


@pytest.mark.parametrize("ask", [whole, streamed])
def test_a_tool_loop(complete, emulator, ask):
    messages = [{"role": "user", "content": ASK}]
    message = ask(complete, messages, tools=TOOLS).choices[0].message
    (call,) = message.tool_calls
    messages += [message, {"role": "tool", "tool_call_id": call.id, "content": RESULT}]
    assert RESULT in ask(complete, messages, tools=TOOLS).choices[0].message.content
    assert ran_the_tool(emulator)


def test_structure_by_schema(complete, emulator, model):
    answer = complete([{"role": "user", "content": "Paris"}], response_format=City)
    assert City.model_validate_json(answer.choices[0].message.content)
    assert asked_for_structure(emulator, model)


def test_a_picture(complete, emulator):
    assert complete([{"role": "user", "content": LOOK}]).choices[0].message.content
    assert saw_the_picture(emulator)


def test_a_stream(complete):
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(complete([{"role": "user", "content": "Hello"}], **options))
    assert len(chunks) > 2
    answer = litellm.stream_chunk_builder(chunks)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens > 0
