// Runs that only wait leave memory, and come back when they are due or asked. Method as in engine.test.ts: the engine
// over stores in memory, with a clock that the test moves and sets; what is read of the journal is counted.
import { expect, test } from 'vitest';
import type { DefinitionStore } from '../../../src/ports/definitions/definition-store.ts';
import { type Journal, JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, type Stage, type StageOptions } from '../../support/engine-bench.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

const text = (task: string) => `workflow: {id: sleepy, version: 1, tasks: [${task}]}\n`;
const waiting = text('{id: hold, type: WAIT, duration: 1h}');
const asking = text('{id: ask, type: HUMAN}');
const hourMs = 3_600_000;
const id = 'run-1';
const start = { run: id, input: {}, actor: 'test' };
const approval = { kind: 'approve', task: 'ask', by: 'ana' } as const;

const settled = () => new Promise((resolve) => setImmediate(resolve));
const statusOf = (stage: Stage) => stage.runs.get(id)?.state.status;

async function pass(stage: Stage, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    stage.clock.advance(Math.min(left, 500));
    await settled();
  }
}

/** A stage that counts how often the journal of a run is read, and can be down. */
function counting(options: StageOptions = {}) {
  const seen = { reads: 0, isDown: false };
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    read: (...asked) => {
      seen.reads += 1;
      if (seen.isDown) throw new JournalUnavailable('down');
      return journal.read(...asked);
    },
  });

  return { seen, stage: createStage({ ...options, wrap }) };
}

async function storeOf(content: string): Promise<DefinitionStore> {
  const definitions = createMemoryDefinitionStore();
  const { ref } = chartOfText(content);
  await definitions.register({ ref, text: content, file: 'sleepy.yaml' });

  return definitions;
}

async function asleep(content: string) {
  const { seen, stage } = counting({ definitions: await storeOf(content) });
  await stage.engine.startRun({ ...start, chart: chartOfText(content) });
  await pass(stage, 5_000);
  expect(seen.reads).toBe(0);

  return { seen, stage };
}

test('a run that waits for an hour is read again when the hour is over, not before, and ends', async () => {
  const { seen, stage } = await asleep(waiting);
  await pass(stage, 100_000);
  stage.clock.advance(hourMs - 106_000);
  await settled();
  expect([seen.reads, statusOf(stage)]).toEqual([0, 'RUNNING']);

  await pass(stage, 1_500);
  await expect.poll(() => statusOf(stage)).toBe('COMPLETED');
  expect(seen.reads).toBe(1);
  expect(stage.troubles).toEqual([]);
});

test.each([-hourMs, 2 * hourMs])(
  'a clock that is set by %i ms wakes no run before its time',
  async (byMs) => {
    const { stage } = await asleep(waiting);
    stage.clock.setBy(byMs);
    await pass(stage, 60_000);
    stage.clock.advance(hourMs - 67_000);
    await settled();
    expect(statusOf(stage)).toBe('RUNNING');
    await pass(stage, 3_000);
    await expect.poll(() => statusOf(stage)).toBe('COMPLETED');
  },
);

test('a run that waits for a time of the calendar is woken by the clock on the wall', async () => {
  const until = text('{id: hold, type: WAIT, until: "2026-01-01T02:00:00Z"}');
  const { stage } = await asleep(until);
  stage.clock.setBy(Date.parse('2026-01-01T02:00:00Z') - stage.clock.now());
  // That it was set is noticed within half a minute.
  stage.clock.advance(30_000);
  await settled();
  await pass(stage, 1_000);
  await expect.poll(() => statusOf(stage)).toBe('COMPLETED');
});

test('a run that sleeps until somebody answers takes the answer', async () => {
  const { seen, stage } = await asleep(asking);
  const answers = await Promise.all([
    stage.engine.submit(id, approval, { actor: 'ana', id: 'a' }),
    stage.engine.submit(id, approval, { actor: 'ana', id: 'b' }),
  ]);
  expect(answers.map(({ ok }) => ok).sort()).toEqual([false, true]);
  expect(statusOf(stage)).toBe('COMPLETED');
  expect(seen.reads).toBe(1);
});

test('a run that cannot be read when it is due is read again until it can be', async () => {
  const { seen, stage } = await asleep(waiting);
  seen.isDown = true;
  stage.clock.advance(hourMs);
  await pass(stage, 12_000);
  expect([statusOf(stage), stage.troubles.length]).toEqual(['RUNNING', 3]);

  seen.isDown = false;
  await pass(stage, 6_000);
  await expect.poll(() => statusOf(stage)).toBe('COMPLETED');
});

/** A run that one engine began and left asleep, and another engine. */
async function handedOver() {
  const clock = createManualClock();
  const stores = createMemoryStores();
  const journal = createMemoryJournal(clock);
  const shared = { clock, journal, stores, definitions: await storeOf(waiting) };
  const first = createStage(shared);
  await first.engine.startRun({ ...start, chart: chartOfText(waiting) });
  const last = await journal.last(id);

  return { ...counting(shared), first, journal, last };
}

test('an engine that meets a run that sleeps does not read it before it is due', async () => {
  const { seen, stage, first, last } = await handedOver();
  await first.engine.stop();
  expect(await stage.engine.adopt(id, last)).toBe(false);
  expect(await stage.engine.adopt(id, last)).toBe(true);
  await pass(stage, 100_000);
  expect(seen.reads).toBe(0);

  stage.clock.advance(hourMs);
  await pass(stage, 1_000);
  await expect.poll(() => statusOf(stage)).toBe('COMPLETED');
});

test('a run that its former owner went on with while it slept here is taken up when its last record is met', async () => {
  const { stage, first, journal, last } = await handedOver();
  await stage.engine.adopt(id, last);
  await first.engine.submit(id, { kind: 'pauseRun' }, { actor: 'ana' });
  // It sleeps still, and nobody is told that it changed unless its position is looked at.
  expect(await stage.engine.adopt(id, await journal.last(id))).toBe(false);
  await first.engine.submit(id, { kind: 'resumeRun' }, { actor: 'ana' });
  await first.engine.submit(id, { kind: 'skipTask', task: 'hold' }, { actor: 'ana' });
  await first.engine.stop();

  await stage.engine.adopt(id, await journal.last(id));
  await expect.poll(() => statusOf(stage)).toBe('COMPLETED');
});

test('a record that says that its run waits, and was altered, is not believed', async () => {
  const { stage, last } = await handedOver();
  if (last?.kind !== 'record') throw new Error('there is no record');
  const altered = { ...last, body: last.body.replace('"settled":0', '"settled":1') };

  expect(await stage.engine.adopt(id, altered)).toBe(true);
});

test('a run that is given to another engine does not wake here', async () => {
  const { seen, stage } = await asleep(waiting);
  expect(await stage.engine.release(() => true)).toEqual([id]);
  await pass(stage, 2_000);
  stage.clock.advance(hourMs);
  await pass(stage, 2_000);
  expect([seen.reads, statusOf(stage)]).toEqual([0, 'RUNNING']);
});
