// Vercel's AI SDK, as its guide shows it: a tool loop, a structured answer, a picture, a stream. The emulated models are
// left alone: they call the tool that the user names, answer what a schema asks for, and refuse what Bedrock would refuse.

import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Output, generateText, isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';
import { CLAUDE, Emulator, Gateway, KEY, NOVA } from './gateway.mjs';

// It answers in a schema natively, the others by a tool.
const SONNET = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const ASK = 'Use get_weather for Paris';
const RESULT = '21 degrees';
const CITY = z.object({ name: z.string(), inhabitants: z.number() });
// A white pixel.
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4////fwAJ+wP9CNHoHgAAAABJRU5ErkJggg==';

const tools = {
  get_weather: tool({
    description: 'The weather in a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async () => RESULT,
  }),
};

const asked = new Set();
subscribe('undici:client:beforeConnect', ({ connectParams }) => asked.add(connectParams.hostname));

let emulator, gateway;

/** Two calls, the second with the call of the first and its result. */
async function ranTheTool() {
  const [first, second, ...more] = await emulator.bodies();
  assert.equal(more.length, 0);
  assert.deepEqual(first.toolConfig.tools.map((tool) => tool.toolSpec.name), ['get_weather']);
  const blocks = second.messages.flatMap((turn) => turn.content);
  const { toolUse } = blocks.find((block) => block.toolUse);
  const { toolResult } = blocks.find((block) => block.toolResult);
  assert.deepEqual(Object.keys(toolUse.input), ['city']);
  assert.equal(toolResult.toolUseId, toolUse.toolUseId);
  assert.deepEqual(toolResult.content, [{ text: RESULT }]);
}

/** The schema went out the way the model takes it. */
async function askedForStructure(id) {
  const [body] = await emulator.bodies();
  assert.equal(body.outputConfig !== undefined, id === SONNET);
  assert.deepEqual(body.toolConfig?.toolChoice, id === SONNET ? undefined : { tool: { name: 'json_answer' } });
}

before(async () => {
  emulator = await Emulator.start();
  gateway = await Gateway.start(emulator);
});

beforeEach(() => emulator.reset());

after(async () => {
  assert.equal(await gateway.stop(), 0);
  assert.equal(await emulator.stop(), 0);
  assert.deepEqual([...asked], ['127.0.0.1']);
});

const PROVIDERS = {
  'openai-compatible': (id) =>
    createOpenAICompatible({
      name: 'gateway', baseURL: gateway.baseURL, apiKey: KEY, supportsStructuredOutputs: true, includeUsage: true,
    })(id),
  'openai, chat': (id) => createOpenAI({ baseURL: gateway.baseURL, apiKey: KEY }).chat(id),
};

for (const [name, provide] of Object.entries(PROVIDERS)) {
  for (const id of [CLAUDE, SONNET, NOVA]) {
    describe(`${name}: ${id}`, () => {
      const options = () => ({ model: provide(id), maxRetries: 0 });

      test('runs tools', async () => {
        const { text } = await generateText({ ...options(), prompt: ASK, tools, stopWhen: isStepCount(3) });
        assert.match(text, /21 degrees/);
        await ranTheTool();
      });

      test('streams a tool loop', async () => {
        const { textStream, steps } = streamText({ ...options(), prompt: ASK, tools, stopWhen: isStepCount(3) });
        let text = '';
        for await (const piece of textStream) text += piece;
        assert.match(text, /21 degrees/);
        assert.equal((await steps).length, 2);
        await ranTheTool();
      });

      test('gets structure', async () => {
        const answer = await generateText({
          ...options(), prompt: 'Paris', output: Output.object({ schema: CITY }),
        });
        assert.ok(CITY.safeParse(answer.output).success, JSON.stringify(answer.output));
        await askedForStructure(id);
      });

      test('streams structure', async () => {
        const answer = streamText({ ...options(), prompt: 'Paris', output: Output.object({ schema: CITY }) });
        for await (const partial of answer.partialOutputStream) assert.equal(typeof partial, 'object');
        assert.ok(CITY.safeParse(await answer.output).success);
        await askedForStructure(id);
      });

      test('shows a picture', async () => {
        const content = [
          { type: 'text', text: 'What is this?' },
          { type: 'file', mediaType: 'image/png', data: Buffer.from(PICTURE, 'base64') },
        ];
        const { text } = await generateText({ ...options(), messages: [{ role: 'user', content }] });
        assert.ok(text);
        const [body] = await emulator.bodies();
        const { image } = body.messages[0].content.find((block) => block.image);
        assert.deepEqual(image, { format: 'png', source: { bytes: PICTURE } });
      });

      test('streams', async () => {
        const { textStream, usage, finishReason } = streamText({ ...options(), prompt: 'Hello' });
        let pieces = 0;
        for await (const _ of textStream) pieces += 1;
        assert.ok(pieces > 1);
        assert.equal(await finishReason, 'stop');
        assert.ok((await usage).outputTokens > 0);
      });
    });
  }
}

// The SDK brings back what Claude thought, but not its signature: the model goes on without reasoning.
for (const generate of [generateText, streamText]) {
  test(`openai-compatible: a tool loop while Claude reasons, ${generate.name}`, async () => {
    const answer = await generate({
      model: PROVIDERS['openai-compatible'](SONNET),
      maxRetries: 0,
      prompt: ASK,
      tools,
      stopWhen: isStepCount(3),
      providerOptions: { openaiCompatible: { reasoningEffort: 'low' } },
    });
    await answer.consumeStream?.();
    assert.match(await answer.text, /21 degrees/);
    assert.ok((await answer.steps)[0].reasoningText);
    await ranTheTool();
    const thinking = (await emulator.bodies()).map((body) => body.additionalModelRequestFields?.thinking?.type);
    assert.deepEqual(thinking, ['enabled', undefined]);
  });
}
