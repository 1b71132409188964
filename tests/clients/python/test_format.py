"""Structured output through the helpers of OpenAI's client for Python: natively, by a tool, by an instruction."""

import json

import openai
import pydantic
import pytest

from gateway import MODEL, NOVA, text, tool

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"
ASK = [{"role": "user", "content": "Where is the Eiffel Tower?"}]


class Point(pydantic.BaseModel):
    lat: float
    lon: float


class Place(pydantic.BaseModel):
    name: str
    floors: int = pydantic.Field(ge=1)
    at: Point
    tags: list[str] | None


TOWER = Place(name="Eiffel Tower", floors=3, at=Point(lat=48.86, lon=2.29), tags=None)
JSON = TOWER.model_dump_json()
THIRDS = JSON[:20], JSON[20:45], JSON[45:]
WAYS = {
    SONNET: text(*THIRDS),
    MODEL: {"blocks": [{"text": {"chunks": ["Well: "]}}, tool("call_1", "json_answer", *THIRDS)]},
    GPT_OSS: text("```json\n", *THIRDS, "\n```"),
}
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "strict": True, "parameters": {"type": "object", "properties": {}, "required": [], "additionalProperties": False}},
}  # fmt: skip


def parsed(client, **request):
    return client.chat.completions.parse(messages=ASK, response_format=Place, **request).choices[0]


def streamed(client, **request):
    with client.chat.completions.stream(messages=ASK, response_format=Place, **request) as stream:
        return stream.get_final_completion().choices[0]


@pytest.mark.parametrize("model", WAYS)
@pytest.mark.parametrize("ask", [parsed, streamed])
def test_a_model_is_parsed(client, emulator, ask, model):
    emulator.script(WAYS[model])
    choice = ask(client, model=model)
    assert (choice.finish_reason, choice.message.parsed) == ("stop", TOWER)
    assert json.loads(choice.message.content) == TOWER.model_dump()
    assert not choice.message.tool_calls
    (body,) = emulator.bodies()
    assert ("outputConfig" in body, "toolConfig" in body, "system" in body) == tuple(model == way for way in WAYS)


def test_a_schema_goes_out_in_its_order(client, emulator):
    emulator.script(WAYS[SONNET])
    parsed(client, model=SONNET)
    (body,) = emulator.bodies()
    sent = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    schema = json.loads(sent["schema"])
    assert sent["name"] == "Place"
    assert list(schema["properties"]) == list(Place.model_fields)
    assert "minimum" not in schema["properties"]["floors"]
    assert "minimum: 1" in schema["properties"]["floors"]["description"]
    assert schema["$defs"]["Point"]["additionalProperties"] is False


def test_references_are_replaced_for_a_model_that_does_not_see_them(client, emulator):
    emulator.script(WAYS[MODEL])
    parsed(client, model=NOVA)
    (body,) = emulator.bodies()
    assert "$ref" not in json.dumps(body)
    assert body["toolConfig"]["toolChoice"] == {"tool": {"name": "json_answer"}}


def test_the_pieces_of_a_document_are_content(client, emulator):
    emulator.script(WAYS[MODEL])
    with client.chat.completions.stream(model=MODEL, messages=ASK, response_format=Place) as events:
        deltas = [event.delta for event in events if event.type == "content.delta" and event.delta]
    assert tuple(deltas) == THIRDS


@pytest.mark.parametrize("model", [MODEL, GPT_OSS, SONNET])
@pytest.mark.parametrize("ask", [parsed, streamed])
def test_a_call_beside_a_format_stays_a_call(client, emulator, ask, model):
    emulator.script({"blocks": [tool("call_1", "get_weather", "{}")]})
    choice = ask(client, model=model, tools=[WEATHER])
    assert choice.finish_reason == "tool_calls"
    assert [call.function.name for call in choice.message.tool_calls] == ["get_weather"]
    assert choice.message.parsed is None


@pytest.mark.parametrize("ask", [parsed, streamed])
def test_another_document_is_an_error(once, emulator, ask):
    emulator.script(text('{"name": "Eiffel Tower"}'))
    with pytest.raises(openai.APIError) as caught:
        ask(once, model=GPT_OSS)
    assert caught.value.code == "invalid_model_output"


@pytest.mark.parametrize("model", WAYS)
@pytest.mark.parametrize("ask", [parsed, streamed])
def test_an_answer_that_was_cut_short_raises_in_the_client(client, emulator, ask, model):
    cut = {
        SONNET: text(*THIRDS[:2]),
        MODEL: {"blocks": [tool("call_1", "json_answer", *THIRDS[:2])]},
        GPT_OSS: text(*THIRDS[:2]),
    }
    emulator.script({**cut[model], "stop_reason": "max_tokens"})
    with pytest.raises(openai.LengthFinishReasonError):
        ask(client, model=model)


def test_json_mode(client, emulator):
    emulator.script(text("```json\n", '{"a": 1}', "\n```"))
    answer = client.chat.completions.create(model=SONNET, messages=ASK, response_format={"type": "json_object"})
    assert answer.choices[0].message.content == '{"a": 1}'


def test_sources_survive_the_stream_helper(client, emulator):
    page = {"title": "Cats", "location": {"web": {"url": "https://example.com"}}}
    book = {"title": "Dogs", "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 1}}}
    emulator.always({"blocks": [{"citations": {"chunks": [said], "citations": [page, book]}} for said in ("Purr. ", "Mew.")]})
    whole = client.chat.completions.create(model=MODEL, messages=ASK).choices[0].message
    with client.chat.completions.stream(model=MODEL, messages=ASK) as stream:
        helped = stream.get_final_completion().choices[0].message
    for message in (whole, helped):
        assert [note.url_citation.url for note in message.annotations] == ["https://example.com"] * 2
        spans = [(note.url_citation.start_index, note.url_citation.end_index) for note in message.annotations]
        assert [message.content[start:end] for start, end in spans] == ["Purr. ", "Mew."]
        assert [source["citation"]["title"] for source in message.citations] == ["Dogs", "Dogs"]
