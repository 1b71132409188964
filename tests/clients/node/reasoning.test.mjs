// Reasoning that goes on over several rounds of tools with OpenAI's client for Node, whose helpers know nothing of it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { Emulator, Gateway, KEY, tool } from './gateway.mjs';

let emulator, gateway, client;

before(async () => {
  emulator = await Emulator.start();
  gateway = await Gateway.start(emulator);
  client = new OpenAI({ baseURL: gateway.baseURL, apiKey: KEY });
});

after(async () => {
  assert.equal(await gateway.stop(), 0);
  assert.equal(await emulator.stop(), 0);
});

const thought = (signature, ...chunks) => ({ reasoning: { chunks, signature } });

const WEATHER = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather in a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const CALLS = [
  // Two blocks of reasoning: both must come back.
  {
    blocks: [
      thought('Zmlyc3Q=', 'First ', 'Paris.'),
      { redacted: { data_base64: 'b3BhcXVl' } },
      tool('call_1', 'weather', '{"city":', '"Paris"}'),
    ],
  },
  { blocks: [thought('c2Vjb25k', 'Then Rome.'), tool('call_2', 'weather', '{"city":"Rome"}')] },
];
const ANSWER = { blocks: [thought('dGhpcmQ=', 'Done.'), { text: { chunks: ['Warm in both.'] } }] };
const QUESTION = { role: 'user', content: 'What is the weather?' };

/** The reasoning in each turn of the assistant. */
const replayed = (body) =>
  body.messages
    .filter((turn) => turn.role === 'assistant')
    .map((turn) => turn.content.map((block) => block.reasoningContent).filter(Boolean));

const asks = {
  whole: async (params) => (await client.chat.completions.create(params)).choices[0].message,
  streamed: (params) => client.chat.completions.stream(params).finalMessage(),
};

for (const [name, ask] of Object.entries(asks)) {
  test(`the message as it came, ${name}`, async () => {
    await emulator.reset();
    await emulator.script(...CALLS, ANSWER);
    const messages = [QUESTION];
    const params = { model: 'claude', messages, tools: [WEATHER], reasoning_effort: 'low' };
    for (const _ of CALLS) {
      const message = await ask(params);
      const [call] = message.tool_calls;
      messages.push(message, { role: 'tool', tool_call_id: call.id, content: '24 degrees' });
    }
    assert.equal((await ask(params)).content, 'Warm in both.');

    const bodies = await emulator.bodies();
    for (const body of bodies) {
      assert.deepEqual(body.additionalModelRequestFields, {
        thinking: { type: 'enabled', budget_tokens: 2048 },
      });
    }
    assert.deepEqual(replayed(bodies[2]), [
      [
        { reasoningText: { text: 'First Paris.', signature: 'Zmlyc3Q=' } },
        { redactedContent: 'b3BhcXVl' },
      ],
      [{ reasoningText: { text: 'Then Rome.', signature: 'c2Vjb25k' } }],
    ]);
  });
}

test('runTools, which forgets all that OpenAI has no member for', async () => {
  await emulator.reset();
  await emulator.script(...CALLS, ANSWER);
  const runnable = { ...WEATHER.function, parse: JSON.parse, function: () => '24 degrees' };
  const runner = client.chat.completions.runTools({
    model: 'claude',
    messages: [QUESTION],
    tools: [{ type: 'function', function: runnable }],
    reasoning_effort: 'low',
  });
  assert.equal(await runner.finalContent(), 'Warm in both.');
  // Claude would refuse to reason on without the reasoning so far.
  const [first, ...others] = await emulator.bodies();
  assert.equal(first.additionalModelRequestFields.thinking.type, 'enabled');
  assert(others.every((body) => body.additionalModelRequestFields === undefined));
});
