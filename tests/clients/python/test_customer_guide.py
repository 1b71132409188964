"""What the customer's deployment check and load test do, against the customer's own configuration file, without keys.

Both speak plain HTTP: `requests` for the check, `aiohttp` for the load.
"""

import asyncio
import time

import aiohttp
import pytest
import requests

from gateway import ACCESS_KEY_ID, ROOT, SECRET_ACCESS_KEY, Gateway, Process, wait_for

REQUIRED = {"gpt-4o-mini", "gpt-4o", "gpt-3.5-turbo", "customer-premium"}


@pytest.fixture(scope="module")
def origin(bedrock):
    """The customer's file as it is; what the machine has to say comes from the environment."""
    env = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.endpoint,
        "GATEWAY__INTEGRATIONS__AUTHENTICATION__TYPE": "none",
        "GATEWAY__SERVER__DRAIN__DELAY": "0s",
        "PORT": "0",
    }
    gateway = Process("serve", "--config", str(ROOT / "config/customer-prod.yaml"), env=env)
    yield Gateway.announced(gateway).replace("0.0.0.0", "127.0.0.1")
    assert gateway.stop() == 0


def body(model="gpt-4o-mini"):
    return {"model": model, "messages": [{"role": "user", "content": "A test message"}], "max_tokens": 50}


def test_deployment_check(origin, emulator):
    assert requests.get(f"{origin}/health", timeout=10).status_code == 200
    wait_for(lambda: requests.get(f"{origin}/ready", timeout=10).status_code == 200, "readiness")
    listed = requests.get(f"{origin}/v1/models", timeout=10)
    assert listed.status_code == 200
    assert REQUIRED <= {model["id"] for model in listed.json()["data"]}
    answer = requests.post(f"{origin}/v1/chat/completions", json=body(), timeout=30)
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"]
    (sent,) = emulator.bodies()
    assert sent["inferenceConfig"] == {"maxTokens": 50}


def test_load(origin, emulator):
    total, at_once = 100, 10

    async def one(session):
        started = time.monotonic()
        async with session.post(f"{origin}/v1/chat/completions", json=body()) as answer:
            await answer.read()
            return answer.status, time.monotonic() - started

    async def run():
        async with aiohttp.ClientSession() as session:
            results = []
            for _ in range(total // at_once):
                results += await asyncio.gather(*(one(session) for _ in range(at_once)))
            return results

    results = asyncio.run(run())
    assert [status for status, _ in results] == [200] * total
    assert max(seconds for _, seconds in results) < 5
    assert len(emulator.calls()) == total
