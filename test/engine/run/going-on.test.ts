// What becomes of runs that failed: they are told of, retried, dropped, or gone on from as other runs, also by engines
// that were not there when it happened. Method: nodes on shared stores in memory, as in node.test.ts; the test decides
// how attempts end.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { Workflows } from '../../../src/ports/runs/workflows.ts';
import { type Attempt, TaskError } from '../../../src/ports/work/handler.ts';
import { createWorld, settled } from '../node-world.ts';

const chain = `workflow:
  id: chain
  version: 1
  input: {properties: {who: {type: string}, token: {type: string, secret: true, default: none}}, required: [who]}
  tasks:
    - {id: a, uses: noop}
    - {id: b, uses: noop, depends_on: a, input: {who: "\${workflow.input.who}", token: "\${workflow.input.token}"}}
`;
const pausing = `workflow:
  id: pausing
  version: 1
  tasks: [{id: b, uses: noop, retry_policy: {max_attempts: 1, on_exhausted: pause}}]
`;
const guarded = `workflow:
  id: guarded
  version: 1
  tasks: [{id: b, uses: noop, circuit_breaker: {failures: 2, window: 10m, open_for: 1m, half_open: 1}}]
`;

/** A world whose tasks succeed, but for `b` as long as it is broken. */
function createWorkshop() {
  const world = createWorld();
  const begun: Attempt[] = [];
  let broken = true;
  const handler = async (attempt: Attempt): Promise<Json> => {
    begun.push(attempt);
    if (broken && attempt.task === 'b') throw new TaskError('tool.broken', 'it broke');
    return { done: attempt.task };
  };
  const join = (name: string) =>
    world.join(name, { performers: { find: () => ({ worker: name, handler }) } });

  return {
    ...world,
    join,
    begun,
    mend: () => {
      broken = false;
    },
  };
}

async function start(workflows: Workflows, text: string, input: Record<string, Json> = {}): Promise<string> {
  const loaded = loadDefinition({ file: 'x.yaml', content: text });
  if (!loaded.ok) throw new Error(loaded.problems[0]?.message);
  const answer = await workflows.start({ definition: loaded.loaded, file: 'x.yaml', input, actor: 'test' });
  if (!answer.ok) throw new Error(answer.refusal.message);

  return answer.run;
}

const becomes = (workflows: Workflows, run: string, status: string) =>
  expect.poll(async () => (await workflows.view(run)).state.status).toBe(status);

test('a run that failed is retried by an engine that was not there: what completed stays', async () => {
  const shop = createWorkshop();
  const one = await shop.join('one');
  const run = await start(one.workflows, chain, { who: 'ana', token: 'tok-123456' });
  await becomes(one.workflows, run, 'FAILED');
  await one.node.stop();
  shop.mend();
  const two = await shop.join('two');
  expect(await two.workflows.command(run, { kind: 'retryRun', reason: 'mended' }, 'ana')).toMatchObject({
    ok: true,
  });
  await becomes(two.workflows, run, 'COMPLETED');

  expect(shop.begun.map(({ attemptKey }) => attemptKey.slice(run.length + 1))).toEqual(['a/1', 'b/1', 'b/2']);
  expect(shop.begun.at(-1)?.input).toEqual({ who: 'ana', token: 'tok-123456' });
  expect(await two.workflows.replay(run)).toMatchObject({ differences: [] });
});

test('a rerun takes an edited input, secrets included, and records no secret', async () => {
  const shop = createWorkshop();
  const { workflows } = await shop.join('one');
  const run = await start(workflows, chain, { who: 'ana', token: 'tok-123456' });
  await becomes(workflows, run, 'FAILED');
  shop.mend();
  const input = { who: 'bea', token: 'new-987654' };
  await workflows.command(run, { kind: 'rerun', from: 'a', input }, 'ana');
  await becomes(workflows, run, 'COMPLETED');

  expect(shop.begun.at(-1)?.input).toEqual(input);
  let all = '';
  for await (const { body } of shop.journal.read(run)) all += body;
  expect(all).not.toContain('tok-123456');
  expect(all).not.toContain('new-987654');
});

test('a fork goes on from an event of a run, live or ended, and both keep their histories', async () => {
  const shop = createWorkshop();
  const { workflows } = await shop.join('one');
  const run = await start(workflows, chain, { who: 'ana', token: 'tok-123456' });
  await becomes(workflows, run, 'FAILED');
  const before = (await workflows.view(run)).sequence;
  shop.mend();
  const forked = await workflows.fork({ run, at: 2, input: { who: 'bea', token: '***' }, actor: 'ana' });
  expect(forked).toMatchObject({ ok: true });
  await becomes(workflows, forked.run, 'COMPLETED');

  const { state } = await workflows.view(forked.run);
  expect(state).toMatchObject({ forkedFrom: { run, at: 2 }, input: { who: 'bea', token: '***' } });
  expect(shop.begun.filter((attempt) => attempt.run === forked.run).map(({ input }) => input)).toEqual([
    { who: 'bea', token: 'tok-123456' },
  ]);
  expect(await workflows.view(run)).toMatchObject({ sequence: before, state: { status: 'FAILED' } });
  expect(await workflows.replay(forked.run)).toMatchObject({ differences: [] });
  expect(await workflows.fork({ run, at: 99, actor: 'ana' })).toMatchObject({
    refusal: { code: 'fork.no-event' },
  });
});

test('dead letters are listed until somebody retries or drops them', async () => {
  const shop = createWorkshop();
  const { workflows } = await shop.join('one');
  const [failed, dropped] = [
    await start(workflows, chain, { who: 'x', token: 'tok-1' }),
    await start(workflows, chain, { who: 'y', token: 'tok-1' }),
  ];
  const paused = await start(workflows, pausing);
  for (const run of [failed, dropped]) await becomes(workflows, run, 'FAILED');
  await becomes(workflows, paused, 'PAUSED');
  const letters = async () =>
    Object.fromEntries((await workflows.deadLetters()).map((each) => [each.run, each]));
  expect(await letters()).toMatchObject({
    [failed]: { task: 'b', attempts: 1, status: 'FAILED', error: { code: 'tool.broken' } },
    [dropped]: { task: 'b' },
    [paused]: { task: 'b', status: 'PAUSED', attempts: 1 },
  });
  expect((await workflows.deadLetters({ run: paused })).map(({ run }) => run)).toEqual([paused]);

  shop.mend();
  expect(await workflows.command(dropped, { kind: 'dropDeadLetter' }, 'ana')).toMatchObject({ ok: true });
  expect(Object.keys(await letters()).sort()).toEqual([failed, paused].sort());
  await workflows.command(failed, { kind: 'retryRun' }, 'ana');
  await workflows.command(paused, { kind: 'resumeRun' }, 'ana');
  await becomes(workflows, failed, 'COMPLETED');
  await becomes(workflows, paused, 'COMPLETED');
  expect(await letters()).toEqual({});
});

test('a task that keeps failing in several runs is left alone for a while, and then tried by one', async () => {
  const shop = createWorkshop();
  const { workflows } = await shop.join('one');
  for (const run of [await start(workflows, guarded), await start(workflows, guarded)])
    await becomes(workflows, run, 'FAILED');
  const third = await start(workflows, guarded);
  const fourth = await start(workflows, guarded);
  const breaker = async () => (await workflows.view(third)).breakers?.['b']?.state;
  expect(await breaker()).toBe('open');
  expect(shop.begun).toHaveLength(2);

  shop.mend();
  // Little by little, so that the leases are renewed on the way.
  for (let passedMs = 0; passedMs < 60_000; passedMs += 2_000) {
    shop.clock.advance(2_000);
    await settled();
  }
  await becomes(workflows, third, 'COMPLETED');
  expect(await breaker()).toBe('closed');
  shop.clock.advance(1_000);
  await becomes(workflows, fourth, 'COMPLETED');
  expect(shop.begun).toHaveLength(4);
});

test('a value that looks like a reference of the journal is refused at the door', async () => {
  const shop = createWorkshop();
  const { workflows } = await shop.join('one');
  const run = await start(workflows, chain, { who: 'ana' });
  const output = { $blob: { digest: 'a'.repeat(64), bytes: 1 } };

  expect(await workflows.command(run, { kind: 'resolveTask', task: 'b', output }, 'ana')).toMatchObject({
    ok: false,
    refusal: { code: 'input.reserved' },
  });
});
