"""A tool loop while Claude reasons, through each framework: which of them bring its signed thoughts back, and that the
others go on without reasoning. The emulated model refuses thoughts that it did not sign, and, while it reasons, a call
without them."""

import agents
import litellm
import openai
import pytest
from agents.extensions.models.litellm_model import LitellmModel
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI
from openai.types.shared import Reasoning
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIChatModelSettings
from pydantic_ai.providers.openai import OpenAIProvider

import test_agents_sdk
import test_langchain
import test_litellm
import test_pydantic_ai
from frameworks import ASK, RESULT, SONNET, ran_the_tool
from gateway import KEY, text, tool

# LiteLLM does not know that the model takes it.
EFFORT = {"reasoning_effort": "low", "allowed_openai_params": ["reasoning_effort"]}


def langchain(base_url, way):
    chat = ChatOpenAI(base_url=base_url, api_key=KEY, model=SONNET, max_retries=0, reasoning_effort="low")
    chat, ask = chat.bind_tools([test_langchain.get_weather]), getattr(test_langchain, way)
    message = ask(chat, [HumanMessage(ASK)])
    (call,) = message.tool_calls
    return ask(chat, [HumanMessage(ASK), message, ToolMessage(RESULT, tool_call_id=call["id"])]).content


def lite(base_url, way):
    def complete(messages, **more):
        base = {"model": f"openai/{SONNET}", "api_base": base_url, "api_key": KEY, "max_retries": 0}
        return litellm.completion(messages=messages, tools=test_litellm.TOOLS, **base, **EFFORT, **more)

    ask, messages = getattr(test_litellm, way), [{"role": "user", "content": ASK}]
    while True:
        message = ask(complete, messages).choices[0].message
        if not message.tool_calls:
            return message.content
        (call,) = message.tool_calls
        messages += [message, {"role": "tool", "tool_call_id": call.id, "content": RESULT}]


def pydantic_ai(base_url, way):
    chat = OpenAIChatModel(SONNET, provider=OpenAIProvider(base_url=base_url, api_key=KEY))
    agent = Agent(chat, model_settings=OpenAIChatModelSettings(openai_reasoning_effort="low"))

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """The weather in a city"""
        return RESULT

    return getattr(test_pydantic_ai, way)(agent, ASK)


def weather_agent(chat, way, **more):
    settings = agents.ModelSettings(reasoning=Reasoning(effort="low"), **more)
    tools = [test_agents_sdk.get_weather]
    agent = agents.Agent(name="weather", model=chat, tools=tools, model_settings=settings)
    return getattr(test_agents_sdk, way)(agent, ASK)


def agents_sdk(base_url, way):
    client = openai.AsyncOpenAI(base_url=base_url, api_key=KEY, max_retries=0)
    return weather_agent(OpenAIChatCompletionsModel(model=SONNET, openai_client=client), way)


def agents_sdk_on_litellm(base_url, way):
    chat = LitellmModel(model=f"openai/{SONNET}", base_url=base_url, api_key=KEY)
    return weather_agent(chat, way, extra_args={"allowed_openai_params": EFFORT["allowed_openai_params"]})


def thinks(body):
    return "thinking" in body.get("additionalModelRequestFields", {})


def thoughts(body):
    blocks = [block for turn in body["messages"] for block in turn["content"]]
    return [block["reasoningContent"] for block in blocks if "reasoningContent" in block]


@pytest.mark.parametrize("way", ["whole", "streamed"])
@pytest.mark.parametrize("run", [lite, agents_sdk_on_litellm])
def test_signed_thoughts_come_back(gateway, emulator, run, way):
    assert RESULT in run(gateway.base_url, way)
    assert ran_the_tool(emulator)
    first, second = emulator.bodies()
    assert thinks(first) and thinks(second)
    (thought,) = thoughts(second)
    assert thought["reasoningText"]["signature"]


@pytest.mark.parametrize("way", ["whole", "streamed"])
@pytest.mark.parametrize("run", [langchain, pydantic_ai, agents_sdk])
def test_without_its_thoughts_the_model_goes_on_without_reasoning(gateway, emulator, run, way):
    assert RESULT in run(gateway.base_url, way)
    assert ran_the_tool(emulator)
    first, second = emulator.bodies()
    assert thinks(first) and not thinks(second)
    assert thoughts(second) == []


@pytest.mark.parametrize("way", ["whole", "streamed"])
def test_secret_thoughts_come_back(gateway, emulator, way):
    signed = {"reasoning": {"chunks": ["First ", "Paris."], "signature": "Zmlyc3Q="}}
    secret = {"redacted": {"data_base64": "b3BhcXVl"}}
    emulator.script(
        {"blocks": [signed, tool("call_1", "get_weather", '{"city": "Paris"}')]},
        {"blocks": [secret, tool("call_2", "get_weather", '{"city": "Rome"}')]},
        text("Warm."),
    )
    assert lite(gateway.base_url, way) == "Warm."
    last = emulator.bodies()[-1]
    assert thinks(last)
    assert thoughts(last) == [
        {"reasoningText": {"text": "First Paris.", "signature": "Zmlyc3Q="}},
        {"redactedContent": "b3BhcXVl"},
    ]
