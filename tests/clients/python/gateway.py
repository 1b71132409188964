"""The gateway and the emulated Bedrock as processes, and the scripts that the latter plays.

The binary is the one named by BEDROCK_GATEWAY_BIN, or target/debug/bedrock-gateway. Both processes listen on free
ports of the loopback interface and get no environment but what is written here. The emulator checks signatures.
"""

import json
import os
import pathlib
import subprocess
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).parents[3]
BINARY = os.environ.get("BEDROCK_GATEWAY_BIN", str(ROOT / "target/debug/bedrock-gateway"))

KEY = "br-test-0123456789"
MODEL = "gpt-4o"
NOVA = "amazon.nova-lite-v1:0"
CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456"
ACCESS_KEY_ID = "AKIDEXAMPLE"
SECRET_ACCESS_KEY = "not-a-secret"

# Longer than anything here takes, and shorter than anybody's patience.
PATIENCE = 10


def wait_for(probe, what):
    """The first true value of the probe."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := probe():
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come within {PATIENCE} s")


class Process:
    """A command of the binary, and every line that it wrote to standard output."""

    def __init__(self, *arguments, env=None):
        self.lines = []
        command = [BINARY, *arguments]
        self.child = subprocess.Popen(command, env=env or {}, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.child.stdout), daemon=True)
        self.reader.start()

    def line(self, wanted):
        """The first line for which `wanted` holds."""
        def probe():
            return next((line for line in list(self.lines) if wanted(line)), None) or self.child.poll() is not None

        found = wait_for(probe, "the line")
        assert isinstance(found, str), f"{self.child.args} ended with {self.child.returncode}: {self.lines}"
        return found

    def stop(self):
        """Ends the process; gives its exit code."""
        self.child.terminate()
        code = self.child.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.child.stdout.close()
        return code


class Emulator(Process):
    """Bedrock as far as the gateway can tell."""

    def __init__(self):
        keys = ["--access-key-id", ACCESS_KEY_ID, "--secret-access-key", SECRET_ACCESS_KEY]
        super().__init__("emulator", "--listen", "127.0.0.1:0", "--pace-ms", "0", *keys)
        self.endpoint = self.line(lambda line: line.startswith("emulator listening on ")).split()[-1]

    def reset(self):
        self._control("DELETE", "scripts")
        self._control("DELETE", "requests")

    def script(self, *scripts):
        """What the next calls get, one after the other."""
        self._control("POST", "scripts", list(scripts))

    def always(self, script):
        """What every call gets."""
        self._control("POST", "scripts/always", script)

    def calls(self):
        return self._control("GET", "requests")["requests"]

    def bodies(self):
        return [call["json"] for call in self.calls()]

    def wait_for_hang_up(self):
        """The call that the gateway left before its end."""
        def probe():
            return next((call for call in self.calls() if call["outcome"]["state"] == "hung_up"), None)

        return wait_for(probe, "the hang-up")

    def _control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_emulator/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)


class Gateway(Process):
    """The gateway in front of an emulator. `sections` are those of the configuration file."""

    def __init__(self, emulator, folder, authentication="api_key", **sections):
        config = {
            "customer": {"region": "us-east-1"},
            "models": {"mappings": {MODEL: NOVA, "claude": CLAUDE}},
            "integrations": {"authentication": {"type": authentication}},
            "upstream": {"endpoint_url": emulator.endpoint},
            **sections,
        }
        drain = {"delay": "0s", "deadline": "2s"}
        config["server"] = {"listen": "127.0.0.1:0", "drain": drain, **config.get("server", {})}
        # JSON is YAML.
        file = pathlib.Path(folder) / "gateway.yaml"
        file.write_text(json.dumps(config))
        env = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "API_KEYS": KEY,
        }
        super().__init__("serve", "--config", str(file), env=env)
        self.origin = Gateway.announced(self)
        self.base_url = f"{self.origin}/v1"

    @staticmethod
    def announced(process):
        """Where `serve` says that it listens."""
        listening = json.loads(process.line(lambda line: '"message":"listening"' in line))
        return f"http://{listening['addr']}"

    def logged(self, request_id):
        """The log line of a request."""
        def wanted(line):
            entry = json.loads(line)
            return entry["message"] == "request" and entry["request_id"] == request_id

        return json.loads(self.line(wanted))


def text(*chunks, **more):
    """A script: an answer of one text block that streams in these chunks."""
    return {"blocks": [{"text": {"chunks": chunks}}], **more}


def tool(call_id, name, *fragments):
    """A block: a tool call whose input streams in these fragments."""
    return {"tool_use": {"id": call_id, "name": name, "fragments": fragments}}


def failure(status, kind, message, **headers):
    """A script: an HTTP error."""
    return {
        "failure": {"status": status, "kind": kind, "message": message},
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
    }


def exception_after(events, kind, message):
    """A member of a script: so many events, then an exception."""
    event = {"exception": {"kind": kind, "payload": {"message": message}}}
    return {"event_after": {"events": events, "event": event}}
