"""The emulator against boto3, which nobody here wrote.

Starts the binary as `emulator --listen 127.0.0.1:0` and reads its address from the
line `emulator listening on http://127.0.0.1:PORT`.
"""

import json
import subprocess
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from gateway import BINARY

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456"
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "get_weather",
                "description": "The weather in a city",
                "inputSchema": {
                    "json": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
                },
            }
        }
    ]
}


@pytest.fixture(scope="module")
def endpoint():
    command = [BINARY, "emulator", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("emulator listening on http://127.0.0.1:"), line
        yield line.split()[-1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(autouse=True)
def fresh(endpoint):
    """Each test finds the emulator without scripts, calls and credentials, and not dawdling."""
    control(endpoint, "DELETE", "scripts")
    control(endpoint, "DELETE", "requests")
    control(endpoint, "PUT", "settings", {"pace_ms": 0})


def control(endpoint, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{endpoint}/_emulator/{path}", data=data, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def client(endpoint, service="bedrock-runtime", secret="secret"):
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def text_of(events):
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    return "".join(delta.get("text", "") for delta in deltas)


def test_converse(endpoint):
    answer = client(endpoint).converse(modelId=MODEL, messages=HELLO, system=[{"text": "Be brief."}])
    said = answer["output"]["message"]["content"][0]["text"]
    assert said == '[emulated by bedrock-gateway: no model was called] You said: "Hello".'
    assert answer["stopReason"] == "end_turn"
    usage = answer["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


def test_converse_stream_text(endpoint):
    events = list(client(endpoint).converse_stream(modelId=MODEL, messages=HELLO)["stream"])
    kinds = [next(iter(event)) for event in events]
    assert kinds[0] == "messageStart"
    assert kinds[-3:] == ["contentBlockStop", "messageStop", "metadata"]
    assert text_of(events).endswith('You said: "Hello".')


def test_converse_stream_tool_loop(endpoint):
    runtime = client(endpoint)
    messages = [{"role": "user", "content": [{"text": "Use get_weather"}]}]
    events = list(runtime.converse_stream(modelId=MODEL, messages=messages, toolConfig=TOOLS)["stream"])
    starts = [event["contentBlockStart"]["start"] for event in events if "contentBlockStart" in event]
    (used,) = [start["toolUse"] for start in starts]
    deltas = [event["contentBlockDelta"]["delta"]["toolUse"]["input"] for event in events if "contentBlockDelta" in event]
    assert json.loads("".join(deltas)) == {"city": "example"}
    assert [event["messageStop"]["stopReason"] for event in events if "messageStop" in event] == ["tool_use"]

    call = {"toolUseId": used["toolUseId"], "name": used["name"], "input": {"city": "example"}}
    result = {"toolUseId": used["toolUseId"], "content": [{"text": "21 degrees"}]}
    messages += [
        {"role": "assistant", "content": [{"toolUse": call}]},
        {"role": "user", "content": [{"toolResult": result}]},
    ]
    events = runtime.converse_stream(modelId=MODEL, messages=messages, toolConfig=TOOLS)["stream"]
    assert text_of(list(events)).endswith('The tool answered: "21 degrees".')


def test_converse_stream_reasoning(endpoint):
    blocks = [
        {"reasoning": {"chunks": ["Let me ", "think."], "signature": "c2ln"}},
        {"redacted": {"data_base64": "aGlkZGVu"}},
        {"text": {"chunks": ["", "Done."]}},
    ]
    control(endpoint, "POST", "scripts", {"blocks": blocks, "writes": {"bytes": 1}})
    events = list(client(endpoint).converse_stream(modelId=MODEL, messages=HELLO)["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    reasoning = [delta["reasoningContent"] for delta in deltas if "reasoningContent" in delta]
    assert reasoning == [{"text": "Let me "}, {"text": "think."}, {"signature": "c2ln"}, {"redactedContent": b"hidden"}]
    assert text_of(events) == "Done."


def deltas_of(events, member):
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    return [delta[member] for delta in deltas if member in delta]


def metadata_of(events):
    (metadata,) = [event["metadata"] for event in events if "metadata" in event]
    return metadata


def both(endpoint, **call):
    """The answer of Converse, and the events of ConverseStream, to the same call."""
    runtime = client(endpoint)
    return runtime.converse(**call), list(runtime.converse_stream(**call)["stream"])


def test_thinking_is_signed_and_comes_back(endpoint):
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    messages = [{"role": "user", "content": [{"text": "Use get_weather"}]}]
    call = {"modelId": MODEL, "toolConfig": TOOLS, "additionalModelRequestFields": thinking}
    call["additionalModelResponseFieldPaths"] = ["/usage/output_tokens_details"]
    answer, events = both(endpoint, messages=messages, **call)
    content = answer["output"]["message"]["content"]
    signature = content[0]["reasoningContent"]["reasoningText"]["signature"]
    assert deltas_of(events, "reasoningContent")[-1] == {"signature": signature}
    assert answer["additionalModelResponseFields"]["usage"]["output_tokens_details"]["thinking_tokens"] > 0

    result = {"toolUseId": content[1]["toolUse"]["toolUseId"], "content": [{"text": "21 degrees"}]}
    after = [{"role": "user", "content": [{"toolResult": result}]}]
    answer, _ = both(endpoint, messages=[*messages, answer["output"]["message"], *after], **call)
    assert answer["stopReason"] == "end_turn"
    runtime = client(endpoint)
    without = {"role": "assistant", "content": content[1:]}
    with pytest.raises(runtime.exceptions.ValidationException, match="Expected `thinking`"):
        runtime.converse(messages=[*messages, without, *after], **call)


def test_redacted_reasoning_is_bytes_both_ways(endpoint):
    answer, events = both(endpoint, modelId="us.openai.gpt-6-sol", messages=HELLO)
    (block, _) = answer["output"]["message"]["content"]
    assert deltas_of(events, "reasoningContent") == [block["reasoningContent"]]
    assert isinstance(block["reasoningContent"]["redactedContent"], bytes)
    again = [*HELLO, answer["output"]["message"], *HELLO]
    assert client(endpoint).converse(modelId="us.openai.gpt-6-sol", messages=again)["stopReason"] == "end_turn"


def test_structured_output(endpoint):
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        "required": ["city", "size"],
        "additionalProperties": False,
    }
    structure = {"jsonSchema": {"schema": json.dumps(schema), "name": "answer"}}
    config = {"textFormat": {"type": "json_schema", "structure": structure}}
    answer, events = both(endpoint, modelId=MODEL, messages=HELLO, outputConfig=config)
    assert json.loads(answer["output"]["message"]["content"][0]["text"]) == {"city": "example", "size": 1}
    assert text_of(events) == answer["output"]["message"]["content"][0]["text"]


def test_guardrail(endpoint):
    config = {"guardrailIdentifier": "blocked", "guardrailVersion": "DRAFT", "trace": "enabled"}
    answer, events = both(endpoint, modelId=MODEL, messages=HELLO, guardrailConfig=config)
    assert answer["stopReason"] == "guardrail_intervened"
    trace = answer["trace"]["guardrail"]
    assert trace["inputAssessment"]["blocked"]["topicPolicy"]["topics"][0]["action"] == "BLOCKED"
    assert metadata_of(events)["trace"]["guardrail"] == trace


def test_documents_images_and_citations(endpoint):
    document = {"format": "txt", "name": "notes", "source": {"bytes": b"It is warm."}, "citations": {"enabled": True}}
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01"
    image = {"format": "png", "source": {"bytes": png}}
    messages = [{"role": "user", "content": [{"document": document}, {"image": image}, {"text": "Is it?"}]}]
    answer, events = both(endpoint, modelId=MODEL, messages=messages)
    echo, cited = answer["output"]["message"]["content"]
    assert echo["text"].endswith('You showed: document "notes" (txt), image (png).')
    (citation,) = cited["citationsContent"]["citations"]
    assert (citation["title"], citation["location"]["documentChar"]["documentIndex"]) == ("notes", 0)
    assert deltas_of(events, "citation") == [citation]


def test_web_grounding(endpoint):
    tools = {"tools": [{"systemTool": {"name": "nova_grounding"}}]}
    answer, events = both(endpoint, modelId="us.amazon.nova-2-lite-v1:0", messages=HELLO, toolConfig=tools)
    content = answer["output"]["message"]["content"]
    assert [next(iter(block)) for block in content] == ["toolUse", "toolResult", "text", "citationsContent"]
    assert content[0]["toolUse"]["type"] == "server_tool_use"
    assert content[3]["citationsContent"]["citations"][0]["location"]["web"]["domain"] == "example.com"
    starts = [event["contentBlockStart"]["start"] for event in events if "contentBlockStart" in event]
    assert starts[1]["toolResult"]["toolUseId"] == content[0]["toolUse"]["toolUseId"]
    assert deltas_of(events, "toolResult") == [[{"text": "One page was found."}]]


def test_cached_tokens_and_tiers(endpoint):
    system = [{"text": "word " * 5000}, {"cachePoint": {"type": "default", "ttl": "1h"}}]
    call = {"modelId": MODEL, "messages": HELLO, "system": system, "serviceTier": {"type": "flex"}}
    answer, events = both(endpoint, **call)
    written, read = answer["usage"], metadata_of(events)["usage"]
    assert written["cacheDetails"] == [{"ttl": "1h", "inputTokens": written["cacheWriteInputTokens"]}]
    assert read["cacheReadInputTokens"] == written["cacheWriteInputTokens"] > 4096
    assert read["totalTokens"] == read["inputTokens"] + read["outputTokens"] + read["cacheReadInputTokens"]
    assert answer["serviceTier"] == metadata_of(events)["serviceTier"] == {"type": "flex"}


def test_get_inference_profile(endpoint):
    control(endpoint, "PUT", "settings", {"pace_ms": 0, "profiles": {"abc123def456": "us.anthropic.claude-opus-4-8"}})
    bedrock = client(endpoint, "bedrock")
    for name, base in [(ARN, "anthropic.claude-opus-4-8"), (MODEL, MODEL.removeprefix("us."))]:
        profile = bedrock.get_inference_profile(inferenceProfileIdentifier=name)
        assert profile["models"][0]["modelArn"].endswith(f"foundation-model/{base}")
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.get_inference_profile(inferenceProfileIdentifier="unknown")
    runtime = client(endpoint)
    with pytest.raises(runtime.exceptions.ValidationException, match="temperature"):
        runtime.converse(modelId=ARN, messages=HELLO, inferenceConfig={"temperature": 0.5})
    control(endpoint, "PUT", "settings", {"pace_ms": 0, "listing_denied": True})
    with pytest.raises(bedrock.exceptions.AccessDeniedException):
        bedrock.get_inference_profile(inferenceProfileIdentifier=ARN)
    with pytest.raises(bedrock.exceptions.AccessDeniedException):
        bedrock.list_inference_profiles()

def test_exception_in_the_stream(endpoint):
    event = {"exception": {"kind": "throttlingException", "payload": {"message": "slow down"}}}
    script = {"blocks": [{"text": {"chunks": ["a", "b"]}}], "end": {"event_after": {"events": 2, "event": event}}}
    control(endpoint, "POST", "scripts", script)
    seen = []
    with pytest.raises(EventStreamError) as raised:
        for event in client(endpoint).converse_stream(modelId=MODEL, messages=HELLO)["stream"]:
            seen.append(event)
    assert len(seen) == 2
    assert raised.value.response["Error"] == {"Code": "throttlingException", "Message": "slow down"}


def test_error_frame_in_the_stream(endpoint):
    event = {"error": {"code": "InternalFailure", "message": "unmodelled"}}
    control(endpoint, "POST", "scripts", {"blocks": [], "end": {"event_after": {"events": 1, "event": event}}})
    with pytest.raises(EventStreamError) as raised:
        list(client(endpoint).converse_stream(modelId=MODEL, messages=HELLO)["stream"])
    assert raised.value.response["Error"] == {"Code": "InternalFailure", "Message": "unmodelled"}


def test_errors_before_the_stream(endpoint):
    runtime = client(endpoint)
    failure = {"status": 429, "kind": "ThrottlingException", "message": "Too many tokens"}
    control(endpoint, "POST", "scripts", {"failure": failure})
    with pytest.raises(runtime.exceptions.ThrottlingException) as raised:
        runtime.converse_stream(modelId=MODEL, messages=HELLO)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    with pytest.raises(runtime.exceptions.ValidationException) as raised:
        runtime.converse(modelId=MODEL, messages=HELLO + HELLO)
    assert "must alternate" in raised.value.response["Error"]["Message"]


def test_invoke_model_titan_embedding(endpoint):
    body = json.dumps({"inputText": "hello", "dimensions": 512, "normalize": True})
    answer = client(endpoint).invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)
    embedding = json.load(answer["body"])
    assert len(embedding["embedding"]) == 512
    assert abs(sum(x * x for x in embedding["embedding"]) - 1) < 1e-4
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-bedrock-input-token-count"] == "2"


def test_count_tokens(endpoint):
    runtime = client(endpoint)
    model = "anthropic.claude-haiku-4-5-20251001-v1:0"
    converse = runtime.count_tokens(modelId=model, input={"converse": {"messages": HELLO}})
    assert converse["inputTokens"] > 0
    body = json.dumps({"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5})
    invoke = runtime.count_tokens(modelId=model, input={"invokeModel": {"body": body}})
    assert invoke["inputTokens"] > 0


def test_list_foundation_models(endpoint):
    models = client(endpoint, "bedrock").list_foundation_models(byOutputModality="TEXT")["modelSummaries"]
    by_id = {model["modelId"]: model for model in models}
    assert by_id["amazon.nova-lite-v1:0"]["inferenceTypesSupported"] == ["ON_DEMAND"]
    assert by_id["anthropic.claude-sonnet-4-6"]["inferenceTypesSupported"] == ["INFERENCE_PROFILE"]
    assert "amazon.titan-embed-text-v2:0" not in by_id


def test_list_inference_profiles_pages(endpoint):
    pages = client(endpoint, "bedrock").get_paginator("list_inference_profiles")
    pages = list(pages.paginate(typeEquals="SYSTEM_DEFINED", PaginationConfig={"PageSize": 10}))
    ids = [profile["inferenceProfileId"] for page in pages for profile in page["inferenceProfileSummaries"]]
    assert len(pages) > 3
    assert len(ids) == len(set(ids))
    assert MODEL in ids
    paths = [request["path"] for request in control(endpoint, "GET", "requests")["requests"]]
    assert len(paths) == len(pages) and "nextToken=" in paths[-1]


def test_every_listed_profile_answers(endpoint):
    runtime = client(endpoint)
    profiles = client(endpoint, "bedrock").list_inference_profiles(maxResults=1000)["inferenceProfileSummaries"]
    for profile in profiles:
        if "embed" not in profile["inferenceProfileId"]:
            runtime.converse(modelId=profile["inferenceProfileArn"], messages=HELLO)


def sign(endpoint):
    credentials = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret"}
    control(endpoint, "PUT", "settings", {"pace_ms": 0, "credentials": credentials})


@pytest.mark.parametrize("model", [MODEL, ARN, "amazon.nova-lite-v1:0"])
def test_right_signatures(endpoint, model):
    sign(endpoint)
    runtime = client(endpoint)
    runtime.converse(modelId=model, messages=[{"role": "user", "content": [{"text": "Grüße, 世界"}]}])
    assert list(runtime.converse_stream(modelId=model, messages=HELLO)["stream"])


def test_right_signature_with_a_query(endpoint):
    sign(endpoint)
    page = client(endpoint, "bedrock").list_inference_profiles(maxResults=2, typeEquals="SYSTEM_DEFINED")
    assert len(page["inferenceProfileSummaries"]) == 2


def test_wrong_secret(endpoint):
    sign(endpoint)
    with pytest.raises(ClientError) as raised:
        client(endpoint, secret="wrong").converse(modelId=MODEL, messages=HELLO)
    assert raised.value.response["Error"]["Code"] == "InvalidSignatureException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
