// A model is asked, and its answer held to what the task returns, within one attempt. Method: real requests to a server
// that answers by a script.
import { expect, onTestFinished, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import type { ModelUsage } from '../../events/task-events.ts';
import type { InputProperty } from '../../machines/input-property.ts';
import type { ModelCall } from '../../machines/task.ts';
import { createModelHandler } from '../../src/http-task/model-handler.ts';
import type { KnownModel } from '../../src/ports/work/models.ts';
import { testAttempt } from '../support/attempt.ts';
import { type Reply, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

const word: InputProperty = { required: true, secret: false, type: 'string' };
const answer: InputProperty = { required: true, secret: false, type: 'object', members: { kind: word } };

type Setting = {
  readonly model?: Partial<KnownModel>;
  readonly call?: Partial<ModelCall>;
  readonly needsPrice?: boolean;
  readonly isFree?: boolean;
};

/** Asks a model that gives these replies, one after another. */
async function ask(
  replies: readonly Reply[],
  { model = {}, call = {}, needsPrice = false, isFree = false }: Setting = {},
) {
  let next = 0;
  const server: ScriptedModel = await startScriptedModel(() => replies[next++] ?? { status: 500 });
  onTestFinished(server.close);
  const known: KnownModel = {
    ...{ alias: 'fast', address: server.address, name: 'm-1', structured: 'schema', key: 'sk-1' },
    ...(isFree ? {} : { price: { input: 1, output: 10 } }),
    ...model,
  };
  const usages: ModelUsage[] = [];
  const printed: string[] = [];
  let message = '';
  const handler = createModelHandler(
    { alias: 'fast', maxRepairs: 2, ...call },
    { find: () => Promise.resolve(known) },
  );
  const outcome = await handler(
    testAttempt({
      projectDir: '/',
      input: { messages: [{ role: 'user', content: 'hello' }] },
      asking: { turns: [], needsPrice, used: (usage) => void usages.push(usage) },
      printing: (_stream, bytes) => void printed.push(Buffer.from(bytes).toString()),
    }),
  ).then(
    (output: Json) => ({ output }),
    (error: { readonly code: string; readonly retryable: boolean; readonly message: string }) => {
      message = error.message;
      return { code: error.code, retryable: error.retryable };
    },
  );

  return { message, outcome, server, usage: usages.at(-1), printed: printed.join('') };
}

test('the text of an answer is told while it comes, and counted by what the provider says', async () => {
  const { outcome, usage, printed, server } = await ask([{ text: 'good day to you' }]);

  expect(outcome).toEqual({ output: { text: 'good day to you' } });
  expect(printed).toBe('good day to you');
  expect(usage).toMatchObject({ calls: 1, inputTokens: 100, outputTokens: 10, money: 0.0002 });
  expect(server.asked[0]).toMatchObject({ key: 'run-1/a_task/1/1', authorization: 'Bearer sk-1' });
});

test('an answer that does not fit is sent back with what is wrong, and each call is counted', async () => {
  const { outcome, usage, server } = await ask(
    [{ text: 'an order' }, { text: '{"kind": 7}' }, { text: '{"kind": "order"}' }],
    {
      call: { answer },
    },
  );

  expect(outcome).toEqual({ output: { kind: 'order' } });
  expect(usage?.calls).toBe(3);
  expect(server.asked[2]?.question.messages.at(-1)?.content).toContain('expected text, found the number 7');
  expect(server.asked.map(({ key }) => key)).toEqual([
    'run-1/a_task/1/1',
    'run-1/a_task/1/2',
    'run-1/a_task/1/3',
  ]);
});

test('an answer that never fits is malformed', async () => {
  const { outcome, server } = await ask([{ text: 'no' }, { text: 'no' }, { text: 'no' }], {
    call: { answer },
  });

  expect(outcome).toEqual({ code: 'llm.malformed', retryable: true });
  expect(server.asked).toHaveLength(3);
});

test.each([
  [{ status: 429 }, { code: 'llm.rate-limited', retryable: true }],
  [{ status: 503 }, { code: 'llm.unavailable', retryable: true }],
  [{ status: 401 }, { code: 'llm.denied', retryable: false }],
  [{ status: 404 }, { code: 'llm.bad-request', retryable: false }],
  [
    { status: 307, headers: { location: 'http://127.0.0.1:1/' } },
    { code: 'llm.bad-request', retryable: false },
  ],
  [{ cut: 'half of' }, { code: 'llm.cut', retryable: true }],
  [
    { text: '', finish: 'content_filter' },
    { code: 'llm.refused', retryable: false },
  ],
] satisfies readonly (readonly [Reply, object])[])('%j is %j', async (reply, expected) => {
  expect((await ask([reply])).outcome).toEqual(expected);
});

test('what nobody counted is as many tokens as there are bytes, also of an answer that was cut', async () => {
  const whole = await ask([{ text: 'twelve bytes', usage: 'none' }]);
  const half = await ask([{ cut: 'half of it' }]);

  expect(whole.usage).toMatchObject({ estimated: true });
  expect(whole.usage?.outputTokens).toBeGreaterThanOrEqual(12);
  expect(half.usage).toMatchObject({ estimated: true, outputTokens: 10 });
});

test('a run with a budget of money asks nothing that has no price', async () => {
  const { outcome, server } = await ask([{ text: 'hello' }], { isFree: true, needsPrice: true });

  expect(outcome).toEqual({ code: 'llm.unpriced', retryable: false });
  expect(server.asked).toEqual([]);
});

const parts = (...all: readonly object[]) => all.map((part) => `data: ${JSON.stringify(part)}\n\n`).join('');
const said = (content: string, finish?: string) => ({
  choices: [{ delta: { content }, finish_reason: finish }],
});

test.each([
  ['whose connection breaks after its last word', { raw: parts(said('good day', 'stop')), breaks: true }],
  ['that never says why it ended', { raw: `${parts(said('good day'))}data: [DONE]\n\n` }],
  [
    'with a seed of 64 bits',
    { raw: parts({ seed: 1, ...said('good day', 'stop') }).replace('1', '9223372036854775807') },
  ],
  [
    'in one piece',
    {
      raw: JSON.stringify({ choices: [{ message: { content: 'good day' }, finish_reason: 'stop' }] }),
      type: 'application/json',
    },
  ],
] satisfies readonly (readonly [string, Reply])[])('an answer %s is one', async (_, reply) => {
  expect((await ask([reply])).outcome).toEqual({ output: { text: 'good day' } });
});

test('what is no answer is asked for once, and counted by its bytes', async () => {
  const page = await ask([{ raw: '<html>hello</html>', type: 'text/html' }]);
  const torn = await ask([{ raw: `${parts(said('twelve bytes'))}data: {"choi\n\n` }]);

  expect(page.outcome).toEqual({ code: 'llm.bad-answer', retryable: false });
  expect(torn.outcome).toEqual({ code: 'llm.bad-answer', retryable: true });
  expect(torn.usage).toMatchObject({ estimated: true, outputTokens: 12 });
});

test('an answer of very many parts, and a fence that never ends, keep nobody waiting', async () => {
  const long = await ask([{ raw: parts(said('x'.repeat(4_000_000), 'stop')) }]);
  const fence = await ask([{ text: `\`\`\`${'\n'.repeat(200_000)}x` }], { call: { answer, maxRepairs: 0 } });

  expect(long.printed).toHaveLength(4_000_000);
  expect(fence.outcome).toEqual({ code: 'llm.malformed', retryable: true });
});

test('JSON in a fence is read, and a number that would lose digits is named', async () => {
  const number: InputProperty = {
    required: true,
    secret: false,
    type: 'object',
    members: { n: { required: true, secret: false, type: 'number' } },
  };
  const replies = [{ text: '```json\n{"n": 9223372036854775807}\n```' }, { text: '```\n{"n": 7}\n```' }];
  const { outcome, server } = await ask(replies, { call: { answer: number } });

  expect(outcome).toEqual({ output: { n: 7 } });
  expect(server.asked[1]?.question.messages.at(-1)?.content).toContain('9223372036854775807');
});

test('calls that all begin at one index are several, and no argument that a tool does not name is handed on', async () => {
  const tool = (name: string) => ({ name, task: name, parameters: { ...answer, members: { kind: word } } });
  const turn = { calls: 'a_calls', tools: [tool('buy'), tool('sell')] };
  const called = (id: string, name: string, given: string) => ({
    choices: [{ delta: { tool_calls: [{ index: 0, id, function: { name, arguments: given } }] } }],
  });
  const both = parts(
    called('1', 'buy', '{"kind": "a"}'),
    called('2', 'sell', '{"kind": "b"}'),
    said('', 'tool_calls'),
  );
  const hidden = parts(called('1', 'buy', '{"kind": "a", "amount": 9}'), said('', 'tool_calls'));

  expect((await ask([{ raw: both }], { call: { turn } })).outcome).toMatchObject({
    output: { tool_calls: [{ name: 'buy' }, { name: 'sell', arguments: { kind: 'b' } }] },
  });
  expect((await ask([{ raw: hidden }], { call: { turn, maxRepairs: 0 } })).outcome).toMatchObject({
    code: 'llm.malformed',
  });
});

test('a key that the provider repeats is told to nobody', async () => {
  const { message } = await ask([{ raw: 'no key like sk-1 is known', type: 'text/html' }]);

  expect(message).toContain('no key like *** is known');
});
