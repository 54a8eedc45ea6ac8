// What a program gets by `import { createEngine } from '3ox-workflow'`. Method: engines in this process on a real
// server, each with a namespace and a folder of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import {
  createEngine,
  type EmbeddedEngine,
  type EngineOptions,
  RunNotCompleted,
} from '../../../src/compose/embedding/create-engine.ts';
import { keyedRun } from '../../../src/engine/keyed-start.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';

const order = `
workflow:
  id: order
  version: 1
  input: { required: [order] }
  output: [reserved]
  tasks:
    - { id: reserve, uses: orders.reserve, input: { order: '\${workflow.input.order}' } }
    - { id: sum, type: TRANSFORM, depends_on: reserve, output: { reserved: '\${reserve.output.pieces}' } }
`;
const asking = `
workflow:
  id: asking
  version: 1
  tasks:
    - { id: answer, type: WAIT, signal: answer }
`;

let server: TestServer;
let dir: string;
let namespaces = 0;
const engines: EmbeddedEngine[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'workflow-embedded-'));
  namespaces += 1;
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close({ drainMs: 0 });
  await rm(dir, { recursive: true, force: true });
});
afterAll(() => server.stop());

async function opened<Inputs, Outputs>(
  options: EngineOptions<Inputs, Outputs> = {},
): Promise<EmbeddedEngine> {
  const engine = await createEngine({
    url: server.url,
    dir,
    namespace: `embedded-${namespaces}`,
    ...options,
  });
  engines.push(engine);

  return engine;
}

test('a run of a text is carried out by the actions of the program, and its output is the result', async () => {
  const told: unknown[] = [];
  const engine = await opened({
    actions: {
      'orders.reserve': {
        input: z.object({ order: z.string() }),
        output: z.object({ pieces: z.number() }),
        run: async (input, { signal: _signal, ...context }) => {
          told.push(input, context);
          return { pieces: 3 };
        },
      },
    },
  });
  const run = await engine.start(order, { order: 'A-1' });

  expect(await run.result()).toEqual({ reserved: 3 });
  expect(told).toMatchObject([{ order: 'A-1' }, { run: run.id, task: 'reserve', attempt: 1 }]);
  expect(await run.status()).toMatchObject({ run: run.id, status: 'COMPLETED' });
  expect(await engine.list()).toMatchObject({ total: 1, items: [{ run: run.id }] });
});

test('what an action gets and gives wrongly fails the attempt with a code, and the path of it', async () => {
  const engine = await opened({
    actions: {
      'orders.reserve': { input: z.object({ order: z.string() }), run: () => ({ pieces: 1 }) },
      'orders.ship': {
        output: z.object({ parcel: z.object({ id: z.string() }) }),
        run: () => JSON.parse('{"parcel":{"id":7}}'),
      },
    },
  });
  const wrongInput = await engine.start(order, { order: 17 });
  const wrongOutput = await engine.start(
    order
      .replace('orders.reserve', 'orders.ship')
      .replace('id: order', 'id: ship')
      .replace('output.pieces', 'output.parcel'),
    {
      order: 'A-1',
    },
  );
  const failure: unknown = await wrongInput.result().catch((error: unknown) => error);

  expect(failure).toMatchObject({ run: wrongInput.id, status: 'FAILED', code: 'action.invalid-input' });
  expect(failure).toHaveProperty('name', RunNotCompleted.name);
  expect(String(failure)).toContain('orders.reserve got an input it does not take: "order": ');
  await expect(wrongOutput.result()).rejects.toMatchObject({
    code: 'action.invalid-output',
    message: expect.stringContaining('orders.ship gave an output that it does not promise: "parcel.id": '),
  });
});

test('a name that a shipped action has is refused, and so is what is no action', async () => {
  const run = () => null;

  await expect(opened({ actions: { 'files.scan': { run } } })).rejects.toMatchObject({
    code: 'action.name-taken',
  });
  await expect(opened({ actions: { '': { run } } })).rejects.toMatchObject({ code: 'action.invalid' });
});

test('a definition that uses an action which is not there is refused before anything is begun', async () => {
  const engine = await opened({ actions: { 'orders.reserved': { run: () => null } } });

  await expect(engine.start(order, { order: 'A-1' })).rejects.toMatchObject({
    problems: [expect.objectContaining({ code: 'definition.unknown-action' })],
    message: expect.stringMatching(
      /definition:\d+:\d+[\s\S]*orders\.reserve[\s\S]*definition\.unknown-action/,
    ),
  });
  await expect(engine.start(asking, { more: 1 })).rejects.toMatchObject({ code: 'input.unknown' });
  expect(await engine.list()).toMatchObject({ total: 0 });
});

test('what is wrong with a definition is told with its place, by the schemas of the actions', async () => {
  const engine = await opened({
    actions: { 'orders.reserve': { input: z.object({ order: z.number() }), run: () => null } },
    definitions: [asking],
  });
  const wrong = order.replace(
    'required: [order]',
    'required: [order], properties: { order: { type: string } }',
  );

  expect(await engine.check(wrong)).toMatchObject([
    { severity: 'error', code: 'definition.wrong-type', file: 'definition', line: 8, column: 60 },
  ]);
  await expect(engine.start(wrong, { order: 'A-1' })).rejects.toMatchObject({
    code: 'definition.invalid',
    message: expect.stringMatching(/definition:8:60[\s\S]*"order", which gives text: expected number/),
  });
  expect(await engine.check('asking')).toEqual([]);
  await expect(engine.check('nowhere')).rejects.toMatchObject({ code: 'definition.not-found' });
});

test('a definition is a text, the same as a value, or the id of one that is registered', async () => {
  const value = { workflow: { id: 'still', version: 2, tasks: [{ id: 'rest', type: 'NOOP' }] } };
  const engine = await opened({ definitions: [value, asking] });
  const started = [await engine.start(value), await engine.start('still'), await engine.start('still@2')];
  const ended = await Promise.all(started.map((run) => run.result()));

  expect(new Set(started.map(({ id }) => id)).size).toBe(3);
  expect(ended).toHaveLength(3);
  await expect(engine.start('nowhere')).rejects.toMatchObject({ code: 'definition.not-found' });
});

test('a run takes signals, tells its events as they come, and ends in order when it is told to', async () => {
  const engine = await opened({ definitions: [asking] });
  const told = await engine.start('asking');
  const types: string[] = [];
  const watched = (async () => {
    for await (const { type } of told.watch()) types.push(type);
  })();
  await told.signal('answer', { yes: true });
  await told.result();
  await watched;
  const cancelled = await engine.start('asking');
  await cancelled.cancel('nobody needs it');

  expect(types).toEqual(['run.started', 'wait.armed', 'signal.received']);
  await expect(engine.run(cancelled.id).result()).rejects.toMatchObject({
    status: 'TERMINATED',
    code: 'run.terminated',
    message: expect.stringContaining('nobody needs it'),
  });
  await expect(engine.run('01hzzzzzzzzzzzzzzzzzzzzzzz').result()).rejects.toMatchObject({
    code: 'run.not-found',
  });
});

test('the same start with the same key is one run, and its end is told whenever it was', async () => {
  const engine = await opened();
  const first = await engine.start(asking, {}, { idempotencyKey: 'once' });
  await first.signal('answer');
  await first.result();
  const again = await engine.start(asking, {}, { idempotencyKey: 'once', wait: true });

  expect(again.id).toBe(first.id);
  expect(await again.result()).toEqual(await first.result());
});

test('an engine that is closed gives its runs to another one, and says so to whoever waits', async () => {
  const one = await opened();
  const run = await one.start(asking);
  const waiting = run.result().catch((error: unknown) => error);
  await one.close();
  const other = await opened();
  const result = other.run(run.id).result();
  await other.run(run.id).signal('answer');
  await result;

  expect(await waiting).toMatchObject({ code: 'engine.closed', message: expect.stringContaining(run.id) });
  await expect(one.start(asking)).rejects.toMatchObject({ code: 'engine.closed' });
});

test('whatever is asked of an engine that is closed says so, and so does what was under way', async () => {
  const engine = await opened();
  const run = await engine.start(asking);
  const watched = run.watch()[Symbol.asyncIterator]();
  await watched.next();
  await watched.next();
  const waited = engine.start(asking, {}, { wait: true }).catch((error: unknown) => error);
  await expect.poll(async () => (await engine.list()).total).toBe(2);
  const underWay = [watched.next(), engine.start(order, { order: 'A-1' }), run.status()];
  const told = Promise.allSettled(underWay);
  await engine.close({ drainMs: 0 });
  const asked = [
    ...[
      run.status(),
      run.result(),
      run.signal('answer'),
      run.cancel(),
      run.watch()[Symbol.asyncIterator]().next(),
    ],
    ...[engine.list(), engine.start(asking), engine.run(run.id).result()],
  ];
  const outcomes = await Promise.allSettled(asked);

  expect(outcomes.map(codeOf)).toEqual(asked.map(() => 'engine.closed'));
  // What was answered before it was closed is an answer.
  expect((await told).map(codeOf).filter((code) => code !== 'engine.closed' && code !== 'none')).toEqual([]);
  expect(await waited).toMatchObject({ code: 'engine.closed', run: expect.any(String) });
});

test('that a run could not be found is not kept: its end is told to whoever asks again', async () => {
  const engine = await opened({ actor: 'ana' });
  const run = engine.run(keyedRun('ana', 'later'));
  await expect(run.result()).rejects.toMatchObject({ code: 'run.not-found' });
  const started = await engine.start(asking, {}, { idempotencyKey: 'later' });
  await started.signal('answer');

  expect(started.id).toBe(run.id);
  expect(await run.result()).toEqual(await started.result());
});

test('two engines of one namespace share the runs: each is carried out once, wherever it is waited for', async () => {
  const carriedOut: string[] = [];
  const actions = (name: string) => ({
    'orders.reserve': {
      run: (_input: unknown, { run }: { readonly run: string }) => {
        carriedOut.push(`${run} by ${name}`);
        return { pieces: 1 };
      },
    },
  });
  const [one, other] = [
    await opened({ actions: actions('one') }),
    await opened({ actions: actions('other') }),
  ];
  const started = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      one.start(order, { order: `A-${at}` }, { idempotencyKey: `order ${at}` }),
    ),
  );
  await Promise.all(started.map(({ id }) => other.run(id).result()));

  expect(new Set(carriedOut.map((line) => line.split(' ')[0])).size).toBe(40);
  expect(carriedOut).toHaveLength(40);
  expect(carriedOut.some((line) => line.endsWith('by one'))).toBe(true);
  expect(carriedOut.some((line) => line.endsWith('by other'))).toBe(true);
});

function codeOf(outcome: PromiseSettledResult<unknown>): string {
  return outcome.status === 'fulfilled'
    ? 'none'
    : String((outcome.reason as { readonly code?: string }).code);
}
