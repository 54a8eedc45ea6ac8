// So many runs of a definition at once and no more: who has to wait waits in line, and a place is never lost with an
// engine. Method: real engines on the in-memory journal and slots; attempts are answered by the test.
import { expect, test } from 'vitest';
import type { Run } from '../../../machines/run/run.ts';
import { waitsFor } from '../../../src/engine/queries/wait-reasons.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createMemorySlots } from '../../../src/stores/memory/slots.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register, type Stage, type StageOptions } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

const textOf = (concurrency: string) => `workflow:
  id: narrow
  version: 1
  input: {optional: [{who: ana}]}
  variables: {half: "\${workflow.input.who + ''}"}
  concurrency: ${concurrency}
  tasks: [{id: work, uses: noop}]
`;

async function staged(concurrency: string, options: StageOptions = {}) {
  const text = textOf(concurrency);
  const chart = chartOfText(text);
  const definitions = options.definitions ?? createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const stage = createStage({ ...options, definitions });
  const start = (run: string, who = 'ana') =>
    stage.engine.startRun({ run, chart, input: { who }, actor: 'test' });

  return { stage, start, definitions };
}

const isToldToWait = (run: Run): boolean =>
  waitsFor(run)[0]?.reason === 'waits for its turn: concurrency key narrow, 1 of 1 running';
const isQueued = (stage: Stage, run: string) => stage.runs.get(run)?.state.phase === 'queued';
const ended = (stage: Stage, run: string) => stage.untilRun(run, ({ state }) => state.endedAt !== undefined);

test('runs beyond the limit wait in line, and the next goes on when one has ended', async () => {
  const { stage, start } = await staged('{limit: 1}');
  await start('run-1');
  const { complete } = await stage.attempt('run-1/work#1');
  await start('run-2');
  await start('run-3');
  expect([isQueued(stage, 'run-2'), isQueued(stage, 'run-3')]).toEqual([true, true]);
  expect(stage.runs.get('run-2')).toSatisfy((run: Run) => isToldToWait(run));
  complete();
  await ended(stage, 'run-1');
  stage.clock.advance(5_000);
  (await stage.attempt('run-2/work#1')).complete();
  await ended(stage, 'run-2');
  stage.clock.advance(5_000);
  await stage.attempt('run-3/work#1');

  expect(stage.begun).toHaveLength(3);
});

test('a run that waits in line and is cancelled leaves it', async () => {
  const { stage, start } = await staged('{limit: 1}');
  await start('run-1');
  const { complete } = await stage.attempt('run-1/work#1');
  await start('run-2');
  await start('run-3');
  await stage.engine.submit('run-2', { kind: 'cancelRun' }, { actor: 'ana' });
  await ended(stage, 'run-2');
  complete();
  await ended(stage, 'run-1');
  stage.clock.advance(5_000);

  await stage.attempt('run-3/work#1');
});

test('the key tells whose runs count together', async () => {
  const { stage, start } = await staged('{limit: 1, key: workflow.input.who}');
  await start('run-1', 'ana');
  await start('run-2', 'bea');
  await start('run-3', 'bea');
  await stage.attempt('run-1/work#1');
  await stage.attempt('run-2/work#1');

  expect(isQueued(stage, 'run-3')).toBe(true);
  expect(stage.runs.get('run-3')?.state.concurrencyKey).toBe('narrow/bea');
});

test('where runs do not queue, one too many is refused and leaves no trace', async () => {
  const { stage, start } = await staged('{limit: 1, on_limit: refuse}');
  await start('run-1');
  const { complete } = await stage.attempt('run-1/work#1');
  expect(await start('run-2')).toMatchObject({ ok: false, refusal: { code: 'run.limit' } });
  expect(await stage.journal.last('run-2')).toBeUndefined();
  complete();
  await ended(stage, 'run-1');

  expect(await start('run-3')).toMatchObject({ ok: true });
});

test('where the newest gives way, a run that is one too many is cancelled before it begins, and says why', async () => {
  const { stage, start } = await staged('{max: 1, when_full: cancel_newest}');
  await start('run-1');
  const { complete } = await stage.attempt('run-1/work#1');
  await start('run-2');
  await ended(stage, 'run-2');
  expect(stage.runs.get('run-2')?.state).toMatchObject({
    status: 'TERMINATED',
    reason: 'concurrency key narrow: 1 of 1 are running',
  });
  complete();
  await ended(stage, 'run-1');

  expect(stage.runs.get('run-1')?.state.status).toBe('COMPLETED');
  await start('run-3');
  (await stage.attempt('run-3/work#1')).complete();
});

test('where the oldest gives way, it is cancelled, and the newest begins when it has ended', async () => {
  const { stage, start } = await staged('{max: 2, when_full: cancel_oldest}');
  for (const run of ['run-1', 'run-2']) {
    await start(run);
    await stage.attempt(`${run}/work#1`);
  }
  await start('run-3');
  await ended(stage, 'run-1');
  expect(stage.runs.get('run-1')?.state).toMatchObject({
    status: 'TERMINATED',
    reason: 'concurrency key narrow: the run run-3 takes its place',
  });
  stage.clock.advance(5_000);
  (await stage.attempt('run-3/work#1')).complete();
  await ended(stage, 'run-3');

  expect(stage.runs.get('run-2')?.state.status).toBe('RUNNING');
});

test('of several that come at once where the oldest gives way, the last one is left', async () => {
  const { stage, start } = await staged('{max: 1, when_full: cancel_oldest}');
  await start('run-1');
  await stage.attempt('run-1/work#1');
  for (const run of ['run-2', 'run-3']) await start(run);
  await ended(stage, 'run-1');
  await ended(stage, 'run-2');
  stage.clock.advance(5_000);
  (await stage.attempt('run-3/work#1')).complete();
  await ended(stage, 'run-3');

  expect(stage.begun).toHaveLength(2);
});

test('the place of a run whose engine died is given to the next one, and nobody is cancelled for it', async () => {
  const stores = createMemoryStores();
  const options = {
    stores,
    slots: { ...stores.slots, release: () => new Promise<void>(() => undefined) },
  };
  const { stage, start, definitions } = await staged('{max: 1, when_full: cancel_newest}', options);
  await start('run-1');
  (await stage.attempt('run-1/work#1')).complete();
  await ended(stage, 'run-1');
  const next = await staged('{max: 1, when_full: cancel_newest}', { stores, definitions });
  await next.start('run-2');
  next.stage.clock.advance(5_000);
  (await next.stage.attempt('run-2/work#1')).complete();
  await ended(next.stage, 'run-2');

  expect(next.stage.runs.get('run-2')?.state.status).toBe('COMPLETED');
});

test('a start that is refused for another reason keeps no place', async () => {
  const { stage, start } = await staged('{limit: 1, on_limit: refuse}');
  const chart = chartOfText(textOf('{limit: 1, on_limit: refuse}'));
  const refused = stage.engine.startRun({ run: 'run-1', chart, input: { who: 7 }, actor: 'test' });
  expect(await refused).toMatchObject({ ok: false, refusal: { code: 'expression.failed' } });

  expect(await start('run-2')).toMatchObject({ ok: true });
});

test('the place of a run whose engine died at its end is given to the next', async () => {
  const stores = createMemoryStores();
  const keeping = {
    ...stores,
    slots: { ...stores.slots, release: () => new Promise<void>(() => undefined) },
  };
  const { stage: dying, start, definitions } = await staged('{limit: 1}', { stores: keeping });
  await start('run-1');
  (await dying.attempt('work#1')).complete();
  await ended(dying, 'run-1');
  expect(await stores.slots.holders('narrow')).toEqual(['run-1']);

  const next = await staged('{limit: 1}', { stores, definitions, journal: dying.journal });
  await next.start('run-2');
  next.stage.clock.advance(5_000);
  await next.stage.attempt('run-2/work#1');
});

test('where the places are lost, whoever is under way has its place again, and who waits keeps the order', async () => {
  const stores = createMemoryStores();
  const before = await staged('{limit: 1}', { stores });
  for (const run of ['run-2', 'run-1', 'run-3']) await before.start(run);
  await before.stage.attempt('run-2/work#1');
  await before.stage.engine.stop();

  const slots = createMemorySlots();
  const { journal } = before.stage;
  const { stage } = await staged('{limit: 1}', { ...before, journal, stores: { ...stores, slots } });
  await stage.engine.adopt('run-3');
  await expect.poll(() => slots.isComplete()).toBe(true);
  expect(await slots.holders('narrow')).toEqual(['run-2']);
  await stage.engine.adopt('run-2');
  (await stage.attempt('run-2/work#1')).complete();
  await ended(stage, 'run-2');

  await expect.poll(() => slots.holders('narrow')).toEqual(['run-1']);
  expect(isQueued(stage, 'run-3')).toBe(true);
});

test('the place of a run that its engine died before starting is given to the next, after a while', async () => {
  const stores = createMemoryStores();
  const { stage, start } = await staged('{limit: 1, on_limit: refuse}', { stores });
  const lost = '01kdvrpp00aaaaaaaaaaaaaaaa';
  await stores.slots.acquire('narrow', lost, 1);
  expect(await start('run-1')).toMatchObject({ refusal: { code: 'run.limit' } });
  // The other engine may just be about to record it: a clock that is set says nothing of that.
  stage.clock.setBy(3_600_000);
  expect(await start('run-1')).toMatchObject({ refusal: { code: 'run.limit' } });
  stage.clock.advance(120_000);

  expect(await start('run-1')).toMatchObject({ ok: true });
});
