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
    (error: { readonly code: string; readonly retryable: boolean }) => ({
      code: error.code,
      retryable: error.retryable,
    }),
  );

  return { outcome, server, usage: usages.at(-1), printed: printed.join('') };
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
