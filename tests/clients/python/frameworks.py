"""What the tests of the frameworks share. The emulated models are left alone: they call the tool that the user names,
answer what a schema asks for, and refuse what Bedrock would refuse."""

import base64
import struct
import zlib

import pydantic
import pytest

from gateway import CLAUDE, NOVA

# It answers in a schema natively, the others by a tool.
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"

ASK = "Use get_weather for Paris"
RESULT = "21 degrees"

models = pytest.mark.parametrize("model", [CLAUDE, SONNET, NOVA])


class City(pydantic.BaseModel):
    """A city"""

    name: str
    inhabitants: int


def png():
    """A white pixel."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00\xff\xff\xff")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PICTURE = png()
PICTURE_URL = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
LOOK = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PICTURE_URL}}]


def saw_the_picture(emulator):
    (body,) = emulator.bodies()
    (image,) = [block["image"] for block in body["messages"][0]["content"] if "image" in block]
    return image == {"format": "png", "source": {"bytes": base64.b64encode(PICTURE).decode()}}


def ran_the_tool(emulator):
    """Two calls, the second with the call of the first and its result."""
    first, second = emulator.bodies()
    (tool,) = first["toolConfig"]["tools"]
    asked, answered = second["messages"][1:]
    (call,) = [block["toolUse"] for block in asked["content"] if "toolUse" in block]
    (result,) = [block["toolResult"] for block in answered["content"]]
    return (
        tool["toolSpec"]["name"] == call["name"] == "get_weather"
        and set(call["input"]) == {"city"}
        and result["toolUseId"] == call["toolUseId"]
        and result["content"] == [{"text": RESULT}]
    )


def asked_for_structure(emulator, model):
    """The schema went out the way the model takes it."""
    (body,) = emulator.bodies()
    if model == SONNET:
        return "outputConfig" in body and "toolConfig" not in body
    return "outputConfig" not in body and body["toolConfig"]["toolChoice"] == {"tool": {"name": "json_answer"}}


def asked_for_a_tool(emulator):
    """The schema went out as a tool of the framework's own."""
    (body,) = emulator.bodies()
    (tool,) = body["toolConfig"]["tools"]
    properties = tool["toolSpec"]["inputSchema"]["json"]["properties"]
    return "outputConfig" not in body and set(properties) == set(City.model_fields)
