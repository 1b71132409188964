// Tools in their other forms, through OpenAI's client for Node and its stream helper.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import OpenAI from 'openai';
import { Emulator, Gateway, KEY, MODEL, text, tool } from './gateway.mjs';

const ASK = [{ role: 'user', content: 'Go.' }];
const LONG = 'mcp__github-enterprise-server__pull_requests__list_review_comments_';
const COMMAND = 'echo "näïve 😀\\n"\n';

let emulator, gateway, chat;

before(async () => {
  emulator = await Emulator.start();
  gateway = await Gateway.start(emulator);
  chat = new OpenAI({ baseURL: gateway.baseURL, apiKey: KEY }).chat.completions;
});

beforeEach(() => emulator.reset());

after(async () => {
  assert.equal(await gateway.stop(), 0);
  assert.equal(await emulator.stop(), 0);
});

/** The name under which the only tool is sent: the same in every request. */
async function legalName(tools) {
  await chat.create({ model: MODEL, messages: ASK, tools });
  const [body] = await emulator.bodies();
  const [{ toolSpec }] = body.toolConfig.tools;
  await emulator.reset();
  return toolSpec.name;
}

/** The JSON of a value in pieces, with every character beyond ASCII as an escape that is cut. */
function fragments(value) {
  const json = JSON.stringify(value);
  const ascii = json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return ascii.match(/.{1,3}/gs);
}

test('the stream helper puts a custom call together', async () => {
  const tools = [{ type: 'custom', custom: { name: 'sh.run' } }];
  const name = await legalName(tools);
  await emulator.script({ blocks: [tool('call_1', name, ...fragments({ input: COMMAND }))] }, text(['Done.']));
  const message = await chat.stream({ model: MODEL, messages: ASK, tools }).finalMessage();
  const call = { id: 'call_1', type: 'custom', custom: { name: 'sh.run', input: COMMAND } };
  assert.deepEqual(message.tool_calls, [call]);
  const history = [...ASK, message, { role: 'tool', tool_call_id: 'call_1', content: 'ok' }];
  const answer = await chat.create({ model: MODEL, messages: history, tools });
  assert.equal(answer.choices[0].message.content, 'Done.');
  const use = (await emulator.bodies())[1].messages[1].content[0].toolUse;
  assert.deepEqual(use, { toolUseId: 'call_1', name, input: { input: COMMAND } });
});

test('the client runs a tool with a long name', async () => {
  const called = [];
  const run = (args) => {
    called.push(args);
    return 'none';
  };
  const parameters = { type: 'object', properties: {} };
  const tools = [{ type: 'function', function: { name: LONG, parameters, function: run } }];
  const name = await legalName([{ type: 'function', function: { name: LONG, parameters } }]);
  await emulator.script({ blocks: [tool('call_1', name, '{"a":1}')] }, text(['Done.']));
  const runner = chat.runTools({ model: MODEL, messages: ASK, tools, stream: true });
  assert.equal(await runner.finalContent(), 'Done.');
  assert.deepEqual(called, ['{"a":1}']);
});

test('the stream helper puts a deprecated function call together', async () => {
  await emulator.script({ blocks: [tool('call_1', 'get_weather', '{"city":', '"Paris"}')] });
  const functions = [{ name: 'get_weather', parameters: { type: 'object' } }];
  const answer = await chat.stream({ model: MODEL, messages: ASK, functions }).finalChatCompletion();
  const [choice] = answer.choices;
  assert.equal(choice.finish_reason, 'function_call');
  assert.deepEqual(choice.message.function_call, { name: 'get_weather', arguments: '{"city":"Paris"}' });
});
