"""Prompt caching and what stands around a conversation, through OpenAI's client for Python."""

import openai
import pytest

from gateway import CLAUDE, KEY, MODEL, NOVA, text

HELLO = [{"role": "user", "content": "Hello"}]
POINT = {"cachePoint": {"type": "default"}}
HOUR = {"cachePoint": {"type": "default", "ttl": "1h"}}


@pytest.fixture(scope="session")
def generous(serve):
    """A gateway that lets clients do what it can."""
    policy = {"metadata": True, "guardrail": {"client_override": True}, "prompt_cache": {"messages": True}}
    return serve(policy=policy)


@pytest.fixture
def trusted(generous, emulator):
    with openai.OpenAI(base_url=generous.base_url, api_key=KEY, max_retries=0) as client:
        yield client


def test_marks_of_openai_and_of_anthropic(client, emulator):
    client.chat.completions.create(
        model=CLAUDE,
        messages=[
            {
                "role": "system",
                "content": [{"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            },
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Hello", "prompt_cache_breakpoint": {"mode": "explicit"}},
                    {"type": "text", "text": "there"},
                ],
            },
        ],
        prompt_cache_options={"mode": "explicit", "ttl": "30m"},
        prompt_cache_key="k",
    )
    (body,) = emulator.bodies()
    assert body["system"] == [{"text": "Long."}, HOUR]
    assert body["messages"][0]["content"] == [{"text": "Hello"}, HOUR, {"text": "there"}]


def test_written_tokens_by_lifetime(client, emulator):
    usage = {
        "inputTokens": 7,
        "outputTokens": 3,
        "totalTokens": 60,
        "cacheReadInputTokens": 0,
        "cacheWriteInputTokens": 50,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 20}, {"ttl": "5m", "inputTokens": 30}],
    }
    emulator.script(text("Good day.", usage=usage), text("Good day.", usage=usage))
    whole = client.chat.completions.create(model=MODEL, messages=HELLO).usage
    chunks = client.chat.completions.create(
        model=MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    for usage in (whole, list(chunks)[-1].usage):
        details = usage.prompt_tokens_details
        assert (usage.prompt_tokens, usage.total_tokens) == (57, 60)
        assert details.cache_write_tokens == 50
        assert details.cache_write_tokens_details == {"5m": 30, "1h": 20}


def test_extra_body_is_merged_by_the_client(trusted, emulator):
    trusted.chat.completions.create(
        model=CLAUDE,
        messages=HELLO,
        service_tier="flex",
        metadata={"team": "a"},
        safety_identifier="somebody",
        extra_body={
            "guardrail_config": {"guardrail_identifier": "gr1", "guardrail_version": "DRAFT"},
            "additional_model_request_fields": {"anthropic_beta": ["context-1m-2025-08-07"]},
            "additional_model_response_field_paths": ["/stop_sequence"],
        },
    )
    (body,) = emulator.bodies()
    assert body["serviceTier"] == {"type": "flex"}
    assert body["guardrailConfig"] == {"guardrailIdentifier": "gr1", "guardrailVersion": "DRAFT"}
    assert body["additionalModelRequestFields"] == {"anthropic_beta": ["context-1m-2025-08-07"]}
    assert body["additionalModelResponseFieldPaths"] == ["/stop_sequence"]
    assert body["requestMetadata"]["team"] == "a"
    assert len(body["requestMetadata"]["user"]) == 64


def test_a_literal_extra_body(trusted, emulator):
    trusted.chat.completions.create(
        model=CLAUDE,
        messages=HELLO,
        extra_body={"extra_body": {"service_tier": "priority", "anthropic_beta": ["context-1m-2025-08-07"]}},
    )
    (body,) = emulator.bodies()
    assert body["serviceTier"] == {"type": "priority"}
    assert body["additionalModelRequestFields"] == {"anthropic_beta": ["context-1m-2025-08-07"]}


def test_the_operators_points(trusted, emulator):
    # Nova caches no fewer than a thousand tokens.
    long = "Hello. " * 1000
    for first in [long, "Hello"]:
        turns = [
            {"role": "user", "content": first},
            {"role": "assistant", "content": "Good day."},
            {"role": "user", "content": "Well?"},
        ]
        trusted.chat.completions.create(model=NOVA, messages=turns)
    cached, short = ([message["content"] for message in body["messages"]] for body in emulator.bodies())
    assert cached == [[{"text": long}, POINT], [{"text": "Good day."}], [{"text": "Well?"}, POINT]]
    assert short == [[{"text": "Hello"}], [{"text": "Good day."}], [{"text": "Well?"}]]


def test_what_the_operator_does_not_allow(once, emulator):
    with pytest.raises(openai.BadRequestError) as refused:
        once.chat.completions.create(
            model=MODEL,
            messages=HELLO,
            extra_body={"guardrailConfig": {"guardrailIdentifier": "gr1", "guardrailVersion": "1"}},
        )
    assert (refused.value.param, refused.value.code) == ("guardrailConfig", "unsupported_parameter")
    assert emulator.calls() == []
