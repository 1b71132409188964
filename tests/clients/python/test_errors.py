"""Errors and retries, through OpenAI's client for Python."""

import openai
import pytest

from gateway import KEY, MODEL, exception_after, failure, text

HELLO = [{"role": "user", "content": "Hello"}]
BUSY = failure(503, "ServiceUnavailableException", "No capacity", retry_after="1")
SLOW_DOWN = failure(429, "ThrottlingException", "Too many requests, please wait", retry_after="1")


def ask(client, stream=False, **changed):
    answer = client.chat.completions.create(**{"model": MODEL, "messages": HELLO, "stream": stream, **changed})
    return list(answer) if stream else answer


@pytest.mark.parametrize("stream", [False, True])
def test_a_wrong_key(gateway, emulator, stream):
    with openai.OpenAI(base_url=gateway.base_url, api_key="wrong") as client:
        with pytest.raises(openai.AuthenticationError) as raised:
            ask(client, stream)
    error = raised.value
    assert (error.status_code, error.code, error.type) == (401, "invalid_api_key", "invalid_request_error")
    assert error.request_id
    assert emulator.calls() == []


def test_the_key_in_another_header(gateway, emulator):
    headers = {"x-api-key": KEY}
    with openai.OpenAI(base_url=gateway.base_url, api_key="placeholder", default_headers=headers) as client:
        assert ask(client).choices


BAD_REQUESTS = [
    ({"temperature": 3}, "temperature", "invalid_value"),
    ({"temperature": "hot"}, "temperature", "invalid_value"),
    ({"n": 2}, "n", "unsupported_value"),
    ({"messages": []}, "messages", "invalid_value"),
    ({"messages": [{"role": "robot", "content": "Hello"}]}, "messages[0].role", "invalid_value"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
     "messages[0].content[0].image_url.url", "invalid_value"),
    ({"response_format": {"type": "xml"}}, "response_format.type", "unsupported_value"),
    ({"logprobs": True}, "logprobs", "unsupported_parameter"),
]  # fmt: skip


@pytest.mark.parametrize("changed, param, code", BAD_REQUESTS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_bad_request(client, emulator, stream, changed, param, code):
    with pytest.raises(openai.BadRequestError) as raised:
        ask(client, stream, **changed)
    assert (raised.value.param, raised.value.code) == (param, code)
    assert param in raised.value.message
    assert emulator.calls() == []


@pytest.mark.parametrize("model", ["no-such-model", "amazon.no-such-model-v1:0"])
def test_an_unknown_model(client, emulator, model):
    with pytest.raises(openai.NotFoundError) as raised:
        ask(client, model=model)
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")


def test_an_unknown_route(client):
    with pytest.raises(openai.NotFoundError) as raised:
        client.embeddings.create(model=MODEL, input="Hello")
    assert raised.value.code == "unknown_url"


def test_a_body_over_the_limit(client, emulator):
    with pytest.raises(openai.APIStatusError) as raised:
        ask(client, messages=[{"role": "user", "content": "x" * 3_000_000}])
    assert (raised.value.status_code, raised.value.code) == (413, "request_too_large")
    assert emulator.calls() == []


# Bedrock's failure, and what the client makes of it.
FAILURES = [
    (429, "ThrottlingException", "Too many requests", openai.RateLimitError, "rate_limit_exceeded"),
    (400, "ValidationException", "Input is too long for requested model.", openai.BadRequestError,
     "context_length_exceeded"),
    (403, "AccessDeniedException", "No access to the model", openai.PermissionDeniedError, None),
    (403, "UnrecognizedClientException", "The security token is invalid", openai.InternalServerError,
     "upstream_auth_error"),
    (424, "ModelErrorException", "The model failed", openai.InternalServerError, "model_error"),
    (408, "ModelTimeoutException", "The model took too long", openai.InternalServerError, "model_timeout"),
    (500, "InternalServerException", "Oops", openai.InternalServerError, "internal_error"),
    (503, "ServiceUnavailableException", "No capacity", openai.InternalServerError, "service_unavailable"),
]  # fmt: skip


@pytest.mark.parametrize("status, kind, message, raises, code", FAILURES)
@pytest.mark.parametrize("stream", [False, True])
def test_bedrock_fails(once, emulator, stream, status, kind, message, raises, code):
    emulator.script(failure(status, kind, message))
    with pytest.raises(raises) as raised:
        ask(once, stream)
    assert code is None or raised.value.code == code
    (call,) = emulator.calls()
    assert raised.value.response.headers["x-amzn-requestid"] == call["request_id"]


def test_retry_after(once, emulator):
    emulator.script(failure(429, "ThrottlingException", "Too many requests", retry_after="42"))
    with pytest.raises(openai.RateLimitError) as raised:
        ask(once)
    assert raised.value.response.headers["retry-after"] == "42"


def test_a_failure_before_the_first_event_is_a_status(once, emulator):
    emulator.script(text("never", end=exception_after(0, "throttlingException", "Too many requests")))
    with pytest.raises(openai.RateLimitError) as raised:
        once.chat.completions.create(model=MODEL, messages=HELLO, stream=True)
    assert raised.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize("busy", [BUSY, SLOW_DOWN])
@pytest.mark.parametrize("stream", [False, True])
def test_the_client_tries_again(client, emulator, busy, stream):
    emulator.script(busy, text("At last."))
    ask(client, stream)
    # One call to Bedrock for each of the client's attempts.
    assert len(emulator.calls()) == 2


def test_the_client_gives_up(client, emulator):
    emulator.always(BUSY)
    with pytest.raises(openai.InternalServerError):
        ask(client.with_options(max_retries=1))
    assert len(emulator.calls()) == 2


def test_the_client_obeys_when_another_attempt_is_of_no_use(client, emulator):
    emulator.always(failure(400, "ServiceQuotaExceededException", "You have reached a quota"))
    with pytest.raises(openai.RateLimitError) as raised:
        ask(client)
    assert raised.value.code == "insufficient_quota"
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert len(emulator.calls()) == 1


def test_the_rate_of_the_gateway(serve, emulator):
    gateway = serve(performance={"api_gateway": {"throttling": {"rate_limit": 1, "burst_limit": 2}}})
    with openai.OpenAI(base_url=gateway.base_url, api_key=KEY) as client:
        for _ in range(2):
            ask(client)
        with pytest.raises(openai.RateLimitError) as raised:
            ask(client.with_options(max_retries=0))
        assert raised.value.code == "rate_limit_exceeded"
        assert int(raised.value.response.headers["retry-after"]) >= 1
        # Its own retries bring the client through.
        ask(client)
    assert len(emulator.calls()) == 3


def test_an_upstream_that_is_not_there(serve, emulator):
    gateway = serve(upstream={"endpoint_url": "http://127.0.0.1:9"})
    with openai.OpenAI(base_url=gateway.base_url, api_key=KEY, max_retries=0) as client:
        with pytest.raises(openai.InternalServerError) as raised:
            ask(client)
    assert (raised.value.status_code, raised.value.code) == (502, "upstream_connection_error")
