"""The shapes that the emulator checks against botocore's service model."""

import json
import urllib.error
import urllib.request

import pytest

from test_emulator import client, endpoint, fresh  # noqa: F401 (fixtures)


def instance(shape, depth=0):
    """A value of a botocore shape with its required members (and one member of a union), as JSON."""
    limits = shape.metadata
    if shape.type_name == "structure":
        if getattr(shape, "is_document_type", False):
            return {"type": "object"}
        names = shape.required_members
        if getattr(shape, "is_tagged_union", False):
            names = [next(iter(shape.members))]
        return {name: instance(shape.members[name], depth + 1) for name in names}
    if shape.type_name == "list":
        return [instance(shape.member, depth + 1)] * max(1, limits.get("min", 0))
    if shape.type_name == "map":
        return {"k": instance(shape.value, depth + 1)}
    if shape.type_name == "string":
        # Twelve digits are an account id, and a sound value wherever a string has no form of its own.
        return shape.enum[0] if shape.enum else "123456789012"
    return {"boolean": True, "integer": 1, "float": 1, "blob": "AAAA"}[shape.type_name]


def broken(shape):
    """Values that break the constraints of a botocore shape."""
    limits = shape.metadata
    if shape.type_name == "string":
        if shape.enum:
            yield "no-such-value"
        if limits.get("min"):
            yield ""
        if "max" in limits:
            yield "1" * (limits["max"] + 1)
    elif shape.type_name == "list":
        if limits.get("min"):
            yield []
        if "max" in limits:
            yield [instance(shape.member)] * (limits["max"] + 1)
    elif shape.type_name in ("integer", "float"):
        if "min" in limits:
            yield limits["min"] - 1
        if "max" in limits:
            yield limits["max"] + 1


def places(shape, wrap=lambda value: value, path="", seen=()):
    """Every member below a shape: its path, its shape, and how to wrap a value of it into a whole request."""
    if shape.name in seen:
        return
    seen = (*seen, shape.name)
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        union = getattr(shape, "is_tagged_union", False)
        for name, member in shape.members.items():
            def inside(value, name=name):
                others = {} if union else instance(shape)
                return wrap({**others, name: value})

            yield f"{path}/{name}", member, inside
            yield from places(member, inside, f"{path}/{name}", seen)
    elif shape.type_name == "list":
        yield f"{path}/-", shape.member, lambda value: wrap([value])
        yield from places(shape.member, lambda value: wrap([value]), f"{path}/-", seen)


@pytest.mark.parametrize("operation, route", [("Converse", "converse"), ("ConverseStream", "converse-stream")])
def test_shapes_agree_with_the_service_model(endpoint, operation, route):
    """What botocore's service model allows has the right shape here too, and what it forbids has not."""
    model = client(endpoint).meta.service_model.operation_model(operation).input_shape

    def said(body):
        body.pop("modelId", None)
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{endpoint}/model/amazon.nova-lite-v1:0/{route}", data=data)
        try:
            with urllib.request.urlopen(request):
                return ""
        except urllib.error.HTTPError as error:
            return json.load(error)["message"]

    shape_errors = ("extraneous key", "can not be converted", "validation error", "member must be set")
    checked = 0
    for path, shape, wrap in places(model):
        if path == "/modelId":
            continue
        message = said(wrap(instance(shape)))
        assert not any(text in message for text in shape_errors), f"{path}: {message}"
        for value in broken(shape):
            message = said(wrap(value))
            assert "validation error" in message, f"{path} took {str(value)[:80]}: {message}"
            checked += 1
    assert checked > 60
