// Structured output through the helpers of OpenAI's client for Node: natively, by a tool, by an instruction.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { Emulator, Gateway, KEY, MODEL, text, tool } from './gateway.mjs';

const SONNET = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const GPT_OSS = 'openai.gpt-oss-120b-1:0';
const Place = z.object({
  name: z.string(),
  floors: z.int().min(1),
  at: z.object({ lat: z.number(), lon: z.number() }),
  tags: z.array(z.string()).nullable(),
});
const TOWER = { name: 'Eiffel Tower', floors: 3, at: { lat: 48.86, lon: 2.29 }, tags: null };
const JSON_TEXT = JSON.stringify(TOWER);
const THIRDS = [JSON_TEXT.slice(0, 20), JSON_TEXT.slice(20, 45), JSON_TEXT.slice(45)];
const WAYS = {
  [SONNET]: text(THIRDS),
  [MODEL]: { blocks: [{ text: { chunks: ['Well: '] } }, tool('call_1', 'json_answer', ...THIRDS)] },
  [GPT_OSS]: text(['```json\n', ...THIRDS, '\n```']),
};
const ASK = {
  messages: [{ role: 'user', content: 'Where is the Eiffel Tower?' }],
  response_format: zodResponseFormat(Place, 'place'),
};

let emulator, gateway, chat;

before(async () => {
  emulator = await Emulator.start();
  gateway = await Gateway.start(emulator);
  chat = new OpenAI({ baseURL: gateway.baseURL, apiKey: KEY, maxRetries: 0 }).chat.completions;
});

beforeEach(() => emulator.reset());

after(async () => {
  assert.equal(await gateway.stop(), 0);
  assert.equal(await emulator.stop(), 0);
});

const ways = {
  parse: (request) => chat.parse({ ...ASK, ...request }),
  stream: (request) => chat.stream({ ...ASK, ...request }).finalChatCompletion(),
};

for (const [way, ask] of Object.entries(ways)) {
  for (const [model, script] of Object.entries(WAYS)) {
    test(`${way}: a model is parsed, ${model}`, async () => {
      await emulator.script(script);
      const [choice] = (await ask({ model })).choices;
      assert.deepEqual(choice.message.parsed, TOWER);
      assert.equal(choice.finish_reason, 'stop');
      assert.equal(choice.message.tool_calls?.length ?? 0, 0);
      const [body] = await emulator.bodies();
      const asked = ['outputConfig', 'toolConfig', 'system'].map((member) => member in body);
      assert.deepEqual(asked, Object.keys(WAYS).map((name) => name === model));
    });

    test(`${way}: a call beside a format stays a call, ${model}`, async () => {
      await emulator.script({ blocks: [tool('call_1', 'get_weather', '{}')] });
      const tools = [zodFunction({ name: 'get_weather', parameters: z.object({}) })];
      const [choice] = (await ask({ model, tools })).choices;
      assert.equal(choice.finish_reason, 'tool_calls');
      assert.deepEqual(choice.message.tool_calls.map((call) => call.function.name), ['get_weather']);
    });
  }

  test(`${way}: another document is an error`, async () => {
    await emulator.script(text(['{"name": "Eiffel Tower"}']));
    await assert.rejects(ask({ model: GPT_OSS }), { code: 'invalid_model_output' });
  });

  test(`${way}: an answer that was cut short raises in the client`, async () => {
    const cut = tool('call_1', 'json_answer', THIRDS[0]);
    await emulator.script({ blocks: [cut], stop_reason: 'max_tokens' });
    await assert.rejects(ask({ model: MODEL }), OpenAI.LengthFinishReasonError);
  });
}

test('the pieces of a document are content', async () => {
  await emulator.script(WAYS[MODEL]);
  const pieces = [];
  const stream = chat.stream({ ...ASK, model: MODEL });
  stream.on('content', (piece) => piece && pieces.push(piece));
  await stream.done();
  assert.deepEqual(pieces, THIRDS);
});
