"""Whole answers, through OpenAI's client for Python."""

import openai
import pytest

from gateway import ARN, CLAUDE, KEY, MODEL, NOVA, text

HELLO = [{"role": "user", "content": "Hello"}]


def test_a_whole_answer(client, emulator):
    usage = {
        "inputTokens": 7,
        "outputTokens": 3,
        "totalTokens": 60,
        "cacheReadInputTokens": 40,
        "cacheWriteInputTokens": 10,
    }
    emulator.script(text("Good ", "day.", usage=usage))
    answer = client.chat.completions.create(model=MODEL, messages=HELLO)
    assert answer.object == "chat.completion"
    assert answer.id.startswith("chatcmpl-")
    assert answer.model == MODEL
    (choice,) = answer.choices
    assert (choice.index, choice.finish_reason, choice.message.role) == (0, "stop", "assistant")
    assert choice.message.content == "Good day."
    assert choice.message.refusal is None
    assert choice.message.tool_calls is None
    assert answer.usage.prompt_tokens == 57
    assert answer.usage.completion_tokens == 3
    assert answer.usage.total_tokens == 60
    assert answer.usage.prompt_tokens_details.cached_tokens == 40


def test_only_what_was_asked_reaches_bedrock(client, emulator):
    client.chat.completions.create(model=MODEL, messages=HELLO)
    (call,) = emulator.calls()
    assert call["path"] == "/model/amazon.nova-lite-v1%3A0/converse"
    assert call["json"] == {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}


def test_roles_parts_and_parameters(client, emulator):
    client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}, {"type": "text", "text": " "}]},
            {"role": "user", "content": [{"type": "text", "text": "One"}, {"type": "text", "text": "Two"}]},
            {"role": "user", "content": "Three"},
            {"role": "assistant", "content": "Four"},
            {"role": "user", "content": "Five"},
        ],
        max_completion_tokens=100,
        temperature=0.5,
        top_p=0.9,
        stop=["END"],
    )
    (body,) = emulator.bodies()
    assert body == {
        "system": [{"text": "Be brief."}, {"text": "Be kind."}],
        "messages": [
            {"role": "user", "content": [{"text": "One"}, {"text": "Two"}, {"text": "Three"}]},
            {"role": "assistant", "content": [{"text": "Four"}]},
            {"role": "user", "content": [{"text": "Five"}]},
        ],
        "inferenceConfig": {"maxTokens": 100, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]},
    }


@pytest.mark.parametrize("reason, finish", [("max_tokens", "length"), ("content_filtered", "content_filter")])
def test_finish_reasons(client, emulator, reason, finish):
    emulator.script(text("Cut off", stop_reason=reason))
    answer = client.chat.completions.create(model=MODEL, messages=HELLO)
    assert answer.choices[0].finish_reason == finish


@pytest.mark.parametrize("model", [NOVA, CLAUDE, ARN])
def test_bedrock_ids_pass_through(client, emulator, model):
    answer = client.chat.completions.create(model=model, messages=HELLO)
    assert answer.model == model
    # Of a profile that only its ARN names, Bedrock is asked first which model it is.
    (call,) = [call for call in emulator.calls() if call["path"].startswith("/model/")]
    assert call["model"] == model
    # The signature was checked over this path.
    assert call["path"].count("/") == 3


def test_headers(client, emulator, gateway):
    answer = client.chat.completions.with_raw_response.create(
        model=MODEL, messages=HELLO, seed=7, extra_headers={"x-request-id": "mine-1"}
    )
    (call,) = emulator.calls()
    assert answer.headers["x-amzn-requestid"] == call["request_id"]
    assert answer.headers["x-gateway-model"] == NOVA
    assert answer.headers["x-gateway-warnings"].startswith("seed: ")
    assert answer.headers["x-request-id"] == answer.request_id == "mine-1"
    assert answer.parse()._request_id == "mine-1"
    line = gateway.logged("mine-1")
    assert (line["status"], line["model"], line["warnings"]) == (200, MODEL, 1)
    assert line["user_agent"].startswith("OpenAI/Python")


def test_every_answer_has_an_id_of_its_own(client, emulator):
    answers = [client.chat.completions.create(model=MODEL, messages=HELLO) for _ in range(3)]
    assert len({answer.id for answer in answers}) == 3
    assert len({answer._request_id for answer in answers}) == 3


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/api/v1", "/prod/v1", "/prod/api/v1"])
def test_base_urls(gateway, emulator, path):
    with openai.OpenAI(base_url=gateway.origin + path, api_key=KEY) as client:
        answer = client.chat.completions.create(model=MODEL, messages=HELLO)
        assert answer.choices[0].message.content
        assert client.models.retrieve(MODEL).id == MODEL


def test_a_large_prompt(client, emulator):
    prompt = "word " * 200_000
    client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": prompt}])
    (body,) = emulator.bodies()
    assert body["messages"][0]["content"] == [{"text": prompt}]


def test_any_letters(client, emulator):
    said = "Grüße, 世界 👩‍👩‍👧‍👦 \u0000\u2028 \"quoted\" \\ end"
    emulator.script(text(said))
    answer = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": said}])
    assert answer.choices[0].message.content == said
    assert emulator.bodies()[0]["messages"][0]["content"] == [{"text": said}]


def test_models(client):
    listed = [model.id for model in client.models.list()]
    assert listed == [MODEL, "claude"]
    for model in [MODEL, NOVA, CLAUDE, ARN]:
        shown = client.models.retrieve(model)
        assert (shown.id, shown.object) == (model, "model")
    with pytest.raises(openai.NotFoundError) as raised:
        client.models.retrieve("no-such-model")
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")
