"""One emulator and one gateway for all tests; each test finds the emulator without scripts and calls. Nothing but the
loopback interface is reached, whatever a framework would like to fetch or tell."""

import os
import sys

import openai
import pytest

from gateway import KEY, Emulator, Gateway

LOOPBACK = ("127.0.0.1", "::1", "localhost")
strangers = []

# Else LiteLLM fetches its price map as it is imported.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"


def keep_in(event, arguments):
    """Hears of every connection and every name to be resolved, also while modules are imported."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in LOOPBACK:
        strangers.append(host)
        raise ConnectionRefusedError(f"{host} is not the loopback interface")


sys.addaudithook(keep_in)


@pytest.fixture(scope="session", autouse=True)
def nobody_else_was_asked():
    yield
    assert strangers == []


@pytest.fixture(scope="session")
def bedrock():
    emulator = Emulator()
    yield emulator
    emulator.stop()


@pytest.fixture
def emulator(bedrock):
    bedrock.reset()
    return bedrock


@pytest.fixture(scope="session")
def serve(bedrock, tmp_path_factory):
    """Starts gateways. Each must end in good order: nothing may be left that has to be cut."""
    started = []

    def start(**settings):
        gateway = Gateway(bedrock, tmp_path_factory.mktemp("gateway"), **settings)
        started.append(gateway)
        return gateway

    yield start
    assert [gateway.stop() for gateway in started] == [0] * len(started)


@pytest.fixture(scope="session")
def gateway(serve):
    return serve(server={"max_body": "2MiB", "base_path": "/prod"})


@pytest.fixture
def client(gateway, emulator):
    """OpenAI's client as anybody would set it up."""
    with openai.OpenAI(base_url=gateway.base_url, api_key=KEY) as client:
        yield client


@pytest.fixture
def once(client):
    """The same without the client's own retries."""
    return client.with_options(max_retries=0)
