// The gateway and the emulated Bedrock as processes, and the scripts that the latter plays.
//
// The binary is the one named by BEDROCK_GATEWAY_BIN, or target/debug/bedrock-gateway. Both processes listen on free
// ports of the loopback interface and get no environment but what is written here. The emulator checks signatures.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BINARY =
  process.env.BEDROCK_GATEWAY_BIN ??
  fileURLToPath(new URL('../../../target/debug/bedrock-gateway', import.meta.url));

export const KEY = 'br-test-0123456789';
export const MODEL = 'gpt-4o';
export const NOVA = 'amazon.nova-lite-v1:0';
export const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
export const ARN = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456';
const ACCESS_KEY_ID = 'AKIDEXAMPLE';
const SECRET_ACCESS_KEY = 'not-a-secret';

// Longer than anything here takes, and shorter than anybody's patience.
const PATIENCE = 10_000;

/** The first true value of the probe. */
export async function waitFor(probe, what) {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await pause(10)) {
    const value = await probe();
    if (value) return value;
  }
  throw new Error(`${what} did not come within ${PATIENCE} ms`);
}

/** A command of the binary, and every line that it wrote to standard output. */
class Process {
  lines = [];

  constructor(args, env = {}) {
    this.child = spawn(BINARY, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = once(this.child, 'exit');
    createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
  }

  /** The first line for which `wanted` holds. */
  line(wanted) {
    return waitFor(() => {
      const found = this.lines.find(wanted);
      assert(found || this.child.exitCode === null, `the process ended: ${this.lines.join('\n')}`);
      return found;
    }, 'the line');
  }

  /** Ends the process; gives its exit code. */
  async stop() {
    this.child.kill('SIGTERM');
    const [code] = await this.ended;
    return code;
  }
}

/** Bedrock as far as the gateway can tell. */
export class Emulator extends Process {
  static async start() {
    const keys = ['--access-key-id', ACCESS_KEY_ID, '--secret-access-key', SECRET_ACCESS_KEY];
    const emulator = new Emulator(['emulator', '--listen', '127.0.0.1:0', '--pace-ms', '0', ...keys]);
    const line = await emulator.line((line) => line.startsWith('emulator listening on '));
    emulator.endpoint = line.split(' ').at(-1);
    return emulator;
  }

  async reset() {
    await this.#control('DELETE', 'scripts');
    await this.#control('DELETE', 'requests');
  }

  /** What the next calls get, one after the other. */
  script(...scripts) {
    return this.#control('POST', 'scripts', scripts);
  }

  /** What every call gets. */
  always(script) {
    return this.#control('POST', 'scripts/always', script);
  }

  async calls() {
    return (await this.#control('GET', 'requests')).requests;
  }

  async bodies() {
    return (await this.calls()).map((call) => call.json);
  }

  /** The call that the gateway left before its end. */
  hangUp() {
    return waitFor(
      async () => (await this.calls()).find((call) => call.outcome.state === 'hung_up'),
      'the hang-up',
    );
  }

  async #control(method, path, body) {
    const answer = await fetch(`${this.endpoint}/_emulator/${path}`, { method, body: JSON.stringify(body) });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json();
  }
}

/** The gateway in front of an emulator. */
export class Gateway extends Process {
  static async start(emulator) {
    const folder = await mkdtemp(join(tmpdir(), 'bedrock-gateway-'));
    const file = join(folder, 'gateway.yaml');
    // JSON is YAML.
    await writeFile(
      file,
      JSON.stringify({
        customer: { region: 'us-east-1' },
        server: { listen: '127.0.0.1:0', max_body: '2MiB', drain: { delay: '0s', deadline: '2s' } },
        models: { mappings: { [MODEL]: NOVA, claude: CLAUDE } },
        upstream: { endpoint_url: emulator.endpoint },
      }),
    );
    const env = {
      AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
      API_KEYS: KEY,
    };
    const gateway = new Gateway(['serve', '--config', file], env);
    const line = await gateway.line((line) => line.includes('"message":"listening"'));
    await rm(folder, { recursive: true });
    gateway.baseURL = `http://${JSON.parse(line).addr}/v1`;
    return gateway;
  }

  /** The log line of a request. */
  async logged(requestId) {
    const line = await this.line((line) => {
      const entry = JSON.parse(line);
      return entry.message === 'request' && entry.request_id === requestId;
    });
    return JSON.parse(line);
  }
}

/** A script: an answer of one text block that streams in these chunks. */
export const text = (chunks, more = {}) => ({ blocks: [{ text: { chunks } }], ...more });

/** A block: a tool call whose input streams in these fragments. */
export const tool = (id, name, ...fragments) => ({ tool_use: { id, name, fragments } });

/** A script: an HTTP error. */
export const failure = (status, kind, message, headers = {}) => ({
  failure: { status, kind, message },
  headers,
});

/** A member of a script: so many events, then an exception. */
export const exceptionAfter = (events, kind, message) => ({
  event_after: { events, event: { exception: { kind, payload: { message } } } },
});
