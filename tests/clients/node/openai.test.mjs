// The gateway through OpenAI's client for Node, unmodified.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import OpenAI from 'openai';
import {
  ARN, CLAUDE, Emulator, Gateway, KEY, MODEL, NOVA, exceptionAfter, failure, text, tool,
} from './gateway.mjs';

const HELLO = [{ role: 'user', content: 'Hello' }];
const ENDLESS = text(['Once ', 'upon ', 'a time'], { end: { hang_after: { events: 3 } } });

let emulator, gateway, client, chat;

before(async () => {
  emulator = await Emulator.start();
  gateway = await Gateway.start(emulator);
  client = new OpenAI({ baseURL: gateway.baseURL, apiKey: KEY });
  chat = client.chat.completions;
});

beforeEach(() => emulator.reset());

after(async () => {
  // Nothing may be left that has to be cut.
  assert.equal(await gateway.stop(), 0);
  assert.equal(await emulator.stop(), 0);
});

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const content = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
const finishes = (chunks) =>
  chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.finish_reason)).filter(Boolean);

/** What the promise fails with. */
async function failed(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('it did not fail');
}

describe('whole answers', () => {
  test('an answer with its usage', async () => {
    const usage = { inputTokens: 7, outputTokens: 3, totalTokens: 50, cacheReadInputTokens: 40 };
    await emulator.script(text(['Good ', 'day.'], { usage }));
    const answer = await chat.create({ model: MODEL, messages: HELLO });
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.model, MODEL);
    const [choice] = answer.choices;
    assert.equal(choice.message.content, 'Good day.');
    assert.equal(choice.finish_reason, 'stop');
    assert.equal(answer.usage.prompt_tokens, 47);
    assert.equal(answer.usage.completion_tokens, 3);
    assert.equal(answer.usage.prompt_tokens_details.cached_tokens, 40);
    const [body] = await emulator.bodies();
    assert.deepEqual(body, { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] });
  });

  test('developer, system and parts', async () => {
    await chat.create({
      model: MODEL,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'system', content: [{ type: 'text', text: 'Be kind.' }] },
        { role: 'user', content: [{ type: 'text', text: 'Grüße, 世界 👩‍👩‍👧‍👦' }] },
      ],
    });
    const [body] = await emulator.bodies();
    assert.deepEqual(body, {
      system: [{ text: 'Be brief.' }, { text: 'Be kind.' }],
      messages: [{ role: 'user', content: [{ text: 'Grüße, 世界 👩‍👩‍👧‍👦' }] }],
    });
  });

  test('request ids and headers', async () => {
    const { data, response, request_id } = await chat
      .create({ model: MODEL, messages: HELLO, seed: 7 })
      .withResponse();
    assert.equal(data._request_id, request_id);
    assert.equal(response.headers.get('x-request-id'), request_id);
    assert.equal(response.headers.get('x-gateway-model'), NOVA);
    assert.match(response.headers.get('x-gateway-warnings'), /^seed: /);
    const [call] = await emulator.calls();
    assert.equal(response.headers.get('x-amzn-requestid'), call.request_id);
    assert.equal((await gateway.logged(request_id)).status, 200);
  });

  test('models', async () => {
    const listed = await collect(client.models.list());
    assert.deepEqual(listed.map((model) => model.id), [MODEL, 'claude']);
    for (const model of [MODEL, NOVA, CLAUDE, ARN]) {
      assert.equal((await client.models.retrieve(model)).id, model);
    }
    const error = await failed(client.models.retrieve('no-such-model'));
    assert(error instanceof OpenAI.NotFoundError);
  });
});

describe('streams', () => {
  test('a stream', async () => {
    await emulator.script(text(['', 'Good ', 'day.'], { writes: { bytes: 5 } }));
    const chunks = await collect(await chat.create({ model: MODEL, messages: HELLO, stream: true }));
    assert.equal(content(chunks), 'Good day.');
    assert.deepEqual(finishes(chunks), ['stop']);
    assert.equal(chunks[0].choices[0].delta.role, 'assistant');
    assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
  });

  test('usage comes when it is asked for', async () => {
    const usage = { inputTokens: 5, outputTokens: 2, totalTokens: 7 };
    await emulator.script(text(['Hi'], { usage }));
    const stream_options = { include_usage: true };
    const chunks = await collect(
      await chat.create({ model: MODEL, messages: HELLO, stream: true, stream_options }),
    );
    const last = chunks.pop();
    assert.deepEqual(last.choices, []);
    assert.equal(last.usage.total_tokens, 7);
    assert(chunks.every((chunk) => chunk.usage === null));
  });

  test('the stream helper', async () => {
    await emulator.script(text(['Good ', 'day.']));
    const stream = chat.stream({ model: MODEL, messages: HELLO, stream_options: { include_usage: true } });
    const deltas = [];
    stream.on('content', (delta) => deltas.push(delta));
    const completion = await stream.finalChatCompletion();
    assert.equal(deltas.join(''), 'Good day.');
    assert.equal(completion.choices[0].message.content, 'Good day.');
    assert.equal(completion.choices[0].finish_reason, 'stop');
    assert((await stream.totalUsage()).total_tokens > 0);
  });

  test('many at once', async () => {
    await emulator.always(text(['one ', 'two ', 'three'], { event_delay_ms: 5 }));
    const one = async () =>
      content(await collect(await chat.create({ model: MODEL, messages: HELLO, stream: true })));
    const all = await Promise.all(Array.from({ length: 100 }, one));
    assert.deepEqual(all, Array(100).fill('one two three'));
  });

  for (const [name, end, code] of [
    ['an exception', exceptionAfter(3, 'modelStreamErrorException', 'the model broke'), 'model_stream_error'],
    ['a cut', { cut_after: { events: 3 } }, 'upstream_connection_error'],
    ['an early end', { clean_after: { events: 3 } }, 'upstream_protocol_error'],
  ]) {
    test(`${name} in mid-stream`, async () => {
      const broken = text(['Good ', 'day, ', 'everybody'], { end });
      await emulator.script(broken, broken);
      const chunks = [];
      const error = await failed(
        (async () => {
          const stream = await chat.create({ model: MODEL, messages: HELLO, stream: true });
          for await (const chunk of stream) chunks.push(chunk);
        })(),
      );
      assert(error instanceof OpenAI.APIError);
      assert.deepEqual([error.status, error.code], [undefined, code]);
      assert.equal(content(chunks), 'Good day, ');
      assert.deepEqual(finishes(chunks), []);
      assert.equal((await emulator.calls()).length, 1);
      const helper = chat.stream({ model: MODEL, messages: HELLO });
      assert((await failed(helper.finalChatCompletion())) instanceof OpenAI.APIError);
    });
  }
});

describe('tools', () => {
  const ASK = [{ role: 'user', content: 'What is the weather in Paris, and what time is it?' }];
  const CALLS = {
    blocks: [
      { text: { chunks: ['Let me ', 'look.'] } },
      tool('call_1', 'get_weather', '{"ci', 'ty": "Par', 'is"}'),
      tool('call_2', 'get_time'),
    ],
  };
  const weather = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const SECOND = [
    { role: 'user', content: [{ text: ASK[0].content }] },
    {
      role: 'assistant',
      content: [
        { text: 'Let me look.' },
        { toolUse: { toolUseId: 'call_1', name: 'get_weather', input: { city: 'Paris' } } },
        { toolUse: { toolUseId: 'call_2', name: 'get_time', input: {} } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'call_1', content: [{ text: 'Paris: 21 degrees' }] } },
        { toolResult: { toolUseId: 'call_2', content: [{ text: 'noon' }] } },
      ],
    },
  ];

  /** Functions that the client runs itself. */
  const runnable = (called) => [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'The weather in a city',
        parameters: weather,
        parse: JSON.parse,
        function: ({ city }) => {
          called.push(city);
          return `${city}: 21 degrees`;
        },
      },
    },
    {
      type: 'function',
      function: {
        name: 'get_time',
        description: 'The time of day',
        parameters: { type: 'object', properties: {} },
        function: (args) => {
          called.push(args);
          return 'noon';
        },
      },
    },
  ];

  for (const stream of [false, true]) {
    test(`the client runs the loop, stream: ${stream}`, async () => {
      await emulator.script(CALLS, text(['It is ', '21 degrees at noon.']));
      const called = [];
      const runner = chat.runTools({ model: MODEL, messages: ASK, tools: runnable(called), stream });
      assert.equal(await runner.finalContent(), 'It is 21 degrees at noon.');
      // The client runs both at once, in whichever order.
      assert.deepEqual(new Set(called), new Set(['Paris', '{}']));
      const [first, second] = await emulator.bodies();
      const [spec] = first.toolConfig.tools;
      assert.deepEqual(spec.toolSpec, {
        name: 'get_weather',
        description: 'The weather in a city',
        inputSchema: { json: weather },
      });
      assert.deepEqual(second.messages, SECOND);
    });
  }

  test('streamed calls have dense indices and whole arguments', async () => {
    await emulator.script(CALLS);
    const tools = runnable([]).map(({ type, function: { parse, function: _, ...declared } }) => ({
      type,
      function: declared,
    }));
    const chunks = await collect(await chat.create({ model: MODEL, messages: ASK, tools, stream: true }));
    const calls = [];
    for (const piece of chunks.flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? [])) {
      if (piece.id) {
        assert.equal(piece.index, calls.length);
        calls.push({ id: piece.id, name: piece.function.name, arguments: '' });
      }
      calls[piece.index].arguments += piece.function.arguments;
    }
    assert.deepEqual(calls, [
      { id: 'call_1', name: 'get_weather', arguments: '{"city": "Paris"}' },
      { id: 'call_2', name: 'get_time', arguments: '{}' },
    ]);
    assert.deepEqual(finishes(chunks), ['tool_calls']);
  });
});

describe('errors', () => {
  const ask = (options, body = {}) => chat.create({ model: MODEL, messages: HELLO, ...body }, options);

  test('a wrong key', async () => {
    const error = await failed(
      new OpenAI({ baseURL: gateway.baseURL, apiKey: 'wrong' }).chat.completions.create({
        model: MODEL,
        messages: HELLO,
      }),
    );
    assert(error instanceof OpenAI.AuthenticationError);
    assert.deepEqual([error.status, error.code, error.type], [401, 'invalid_api_key', 'invalid_request_error']);
    assert(error.requestID);
  });

  for (const [name, body, status, code, param] of [
    ['a bad parameter', { temperature: 3 }, 400, 'invalid_value', 'temperature'],
    ['a bad message', { messages: [{ role: 'user', content: 5 }] }, 400, 'invalid_value', 'messages[0].content'],
    ['an unknown model', { model: 'no-such-model' }, 404, 'model_not_found', 'model'],
    ['a model that Bedrock does not know', { model: 'amazon.no-such-v1:0' }, 404, 'model_not_found', 'model'],
    ['a body over the limit', { messages: [{ role: 'user', content: 'x'.repeat(3e6) }] }, 413, 'request_too_large', null],
  ]) {
    for (const stream of [false, true]) {
      test(`${name}, stream: ${stream}`, async () => {
        const error = await failed(ask({}, { ...body, stream }));
        assert(error instanceof OpenAI.APIError);
        assert.deepEqual([error.status, error.code, error.param], [status, code, param]);
      });
    }
  }

  test('a throttle before the stream is a status', async () => {
    const end = exceptionAfter(0, 'throttlingException', 'Too many requests');
    await emulator.script(
      failure(429, 'ThrottlingException', 'Too many requests', { 'retry-after': '42' }),
      text(['never'], { end }),
    );
    const refused = await failed(ask({ maxRetries: 0 }, { stream: true }));
    assert(refused instanceof OpenAI.RateLimitError);
    assert.equal(refused.headers.get('retry-after'), '42');
    const broken = await failed(ask({ maxRetries: 0 }, { stream: true }));
    assert(broken instanceof OpenAI.RateLimitError);
    assert.equal(broken.code, 'rate_limit_exceeded');
  });

  for (const stream of [false, true]) {
    test(`the client tries again, stream: ${stream}`, async () => {
      const busy = failure(503, 'ServiceUnavailableException', 'No capacity', { 'retry-after': '1' });
      await emulator.script(busy, text(['At last.']));
      const answer = await ask({}, { stream });
      if (stream) assert.equal(content(await collect(answer)), 'At last.');
      else assert.equal(answer.choices[0].message.content, 'At last.');
      // One call to Bedrock for each of the client's attempts.
      assert.equal((await emulator.calls()).length, 2);
    });
  }

  test('the client obeys when another attempt is of no use', async () => {
    await emulator.always(failure(400, 'ServiceQuotaExceededException', 'You have reached a quota'));
    const error = await failed(ask({}));
    assert.deepEqual([error.status, error.code], [429, 'insufficient_quota']);
    assert.equal((await emulator.calls()).length, 1);
  });
});

describe('clients that do not wait for the end', () => {
  const headers = (id) => ({ headers: { 'x-request-id': id } });

  test('an aborted stream', async () => {
    await emulator.script(ENDLESS);
    const abort = new AbortController();
    const stream = await chat.create(
      { model: MODEL, messages: HELLO, stream: true },
      { signal: abort.signal, ...headers('aborted') },
    );
    for await (const _ of stream) abort.abort();
    assert.equal((await emulator.hangUp()).outcome.events, 3);
    assert.equal((await gateway.logged('aborted')).outcome, 'cancelled');
  });

  test('a loop that is left', async () => {
    await emulator.script(ENDLESS);
    const stream = await chat.create({ model: MODEL, messages: HELLO, stream: true }, headers('left'));
    for await (const _ of stream) break;
    await emulator.hangUp();
    assert.equal((await gateway.logged('left')).outcome, 'cancelled');
  });

  test('an aborted helper', async () => {
    await emulator.script(ENDLESS);
    const stream = chat.stream({ model: MODEL, messages: HELLO });
    stream.on('content', () => stream.abort());
    assert((await failed(stream.done())) instanceof OpenAI.APIUserAbortError);
    await emulator.hangUp();
  });

  test('an aborted request', async () => {
    await emulator.script({ end: 'hang_before_head' });
    const error = await failed(
      chat.create({ model: MODEL, messages: HELLO }, { timeout: 200, maxRetries: 0, ...headers('late') }),
    );
    assert(error instanceof OpenAI.APIConnectionTimeoutError);
    await emulator.hangUp();
    assert.equal((await gateway.logged('late')).status, 499);
  });
});
