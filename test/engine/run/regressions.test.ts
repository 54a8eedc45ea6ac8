// What once went wrong in the engine: each test is a schedule under which a run was carried out twice, hung, or ended
// wrongly. Method as in engine.test.ts; appends are held back where the order matters.
import { expect, test } from 'vitest';
import { isBlobRef } from '../../../events/blob-ref.ts';
import { type Journal, JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { bodiesOf, createStage, register } from '../../support/engine-bench.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const text = `workflow:
  id: chain
  version: 1
  tasks:
    - {id: a, uses: noop, timeout: 1m}
    - {id: b, uses: noop, depends_on: a}
`;
const chart = chartOfText(text);
const start = { run: 'run-1', chart, input: {}, actor: 'test' };

/** A journal whose appends of one event type wait until they are let through. */
function held(type: string) {
  let letThrough: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  let arrived: () => void = () => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    append: async (append) => {
      if (append.body.includes(`"type":"${type}"`)) {
        arrived();
        await opened;
      }
      return journal.append(append);
    },
  });

  return { wrap, letThrough: () => letThrough(), arrival };
}

test('an attempt that ends while its start is being recorded is not carried out again', async () => {
  const { wrap, letThrough, arrival } = held('task.started');
  const stage = createStage({ wrap });
  await stage.engine.startRun(start);
  const { complete } = await stage.attempt('a#1');
  stage.clock.advance(25);
  await arrival;
  complete({});
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  letThrough();
  await stage.attempt('b#1');

  expect(stage.begun).toEqual(['a#1', 'b#1']);
});

test('a result that meets a conflict is recorded, not made again', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const stage = createStage({ definitions });
  await stage.engine.startRun(start);
  const { complete } = await stage.attempt('a#1');
  const other = createStage({ definitions, journal: stage.journal });
  await other.engine.submit('run-1', { kind: 'pauseRun' }, { actor: 'ana' });
  await other.engine.submit('run-1', { kind: 'resumeRun' }, { actor: 'ana' });
  complete({});
  await stage.attempt('b#1');

  expect(stage.begun).toEqual(['a#1', 'b#1']);
});

test('an engine that was stopped while an append was under way begins nothing afterwards', async () => {
  const { wrap, letThrough, arrival } = held('task.completed');
  const stage = createStage({ wrap });
  await stage.engine.startRun(start);
  (await stage.attempt('a#1')).complete({});
  await arrival;
  const stopped = stage.engine.stop();
  letThrough();
  await stopped;

  expect(await bodiesOf(stage.journal, 'run-1')).toHaveLength(2);
  expect(stage.begun).toEqual(['a#1']);
});

test('attempts that wait for their turn do not begin while the run is paused', async () => {
  const wide = chartOfText(`workflow:
  id: wide
  version: 1
  tasks:
    - {id: a, uses: noop}
    - {id: b, uses: noop}
`);
  const stage = createStage({ concurrencyMax: 1 });
  await stage.engine.startRun({ ...start, chart: wide });
  const { complete } = await stage.attempt('a#1');
  await stage.engine.submit('run-1', { kind: 'pauseRun' }, { actor: 'ana' });
  complete({});
  await stage.until(({ state }) => state.tasks['a']?.state === 'completed');
  expect(stage.begun).toEqual(['a#1']);
  await stage.engine.submit('run-1', { kind: 'resumeRun' }, { actor: 'ana' });
  await stage.attempt('b#1');
});

test('a start whose answer was lost is found in the journal by whoever asks next', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  let lost = true;
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    append: async (append) => {
      const position = await journal.append(append);
      if (lost) throw new JournalUnavailable('no answer');
      return position;
    },
  });
  const stage = createStage({ definitions, wrap });
  await expect(stage.engine.startRun(start)).rejects.toThrow('no answer');
  lost = false;
  await stage.engine.adopt('run-1');
  await stage.attempt('a#1');
});

test('an attempt that had begun in an engine that is gone begins anew, and its timeout with it', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const first = createStage({ definitions });
  await first.engine.startRun(start);
  await first.attempt('a#1');
  first.clock.advance(25);
  await first.until(({ state }) => state.tasks['a']?.state === 'in_progress');
  await first.engine.stop();
  first.clock.advance(120_000);

  const second = createStage({ definitions, journal: first.journal, clock: first.clock });
  await second.engine.adopt('run-1');
  const { complete, attempt } = await second.attempt('a#1');
  await second.until(({ sequence }) => sequence === 3);
  second.clock.advance(59_000);
  expect(attempt.signal.aborted).toBe(false);
  complete({});
  await second.attempt('b#1');
});

test.each([
  [
    'a transform',
    `- {id: big, type: TRANSFORM, output: {x: "\${workflow.input.text}", y: "\${workflow.input.text}", z: "\${workflow.input.text}"}}`,
    '',
  ],
  [
    'the output of the run',
    '- {id: quick, type: NOOP}',
    'output: {x: "${workflow.input.text}", y: "${workflow.input.text}", z: "${workflow.input.text}"}',
  ],
])(
  '%s that no record can hold goes to the blob store, and the run completes',
  async (_what, task, output) => {
    const large = chartOfText(`workflow:
  id: large
  version: 1
  input: {required: [text]}
  ${output}
  tasks:
    ${task}
`);
    const stage = createStage();
    const text = 'é'.repeat(240_000);
    await stage.engine.startRun({ ...start, chart: large, input: { text } });
    const { state } = await stage.until((run) => run.state.status === 'COMPLETED');
    const kept = state.tasks['big']?.output ?? state.output;

    expect(isBlobRef(kept)).toBe(true);
    const digest = isBlobRef(kept) ? kept.$blob.digest : '';
    expect(JSON.parse((await stage.blobs.get(digest)) ?? '')).toEqual({ x: text, y: text, z: text });
  },
);

test('a result that is nested too deep to be read again fails its attempt', async () => {
  let deep: unknown = 1;
  for (let level = 0; level < 3_000; level += 1) deep = [deep];
  const stage = createStage();
  await stage.engine.startRun(start);
  (await stage.attempt('a#1')).complete(deep as never);
  const run = await stage.until(({ state }) => state.status === 'FAILED');

  expect(run.state.error?.code).toBe('output.too-deep');
});

test('a request that comes again to another engine is answered with the event it led to', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const stage = createStage({ definitions });
  await stage.engine.startRun(start);
  const pause = { actor: 'ana', id: 'request-1' };
  const first = await stage.engine.submit('run-1', { kind: 'pauseRun' }, pause);
  const other = createStage({ definitions, journal: stage.journal });
  const again = await other.engine.submit('run-1', { kind: 'pauseRun' }, pause);

  expect(first).toEqual({ ok: true, sequence: 2 });
  expect(again).toEqual(first);
  // Somebody else who asks the same is told that there is nothing to pause.
  expect(
    await other.engine.submit('run-1', { kind: 'pauseRun' }, { ...pause, id: 'request-2' }),
  ).toMatchObject({
    refusal: { code: 'run.already-paused' },
  });
  expect(await bodiesOf(stage.journal, 'run-1')).toHaveLength(2);
});

test('a timer has not fired before it was due, whatever becomes of the clock meanwhile', async () => {
  const napping = chartOfText(`workflow:
  id: napping
  version: 1
  tasks: [{id: nap, type: WAIT, duration: 10s}]
`);
  const clock = createManualClock();
  let setBackMs = 0;
  const stage = createStage({ clock: { ...clock, now: () => clock.now() - setBackMs } });
  await stage.engine.startRun({ ...start, chart: napping });
  await stage.until(({ state }) => state.tasks['nap']?.state === 'awaiting');
  const due = stage.latest()?.state.tasks['nap']?.until ?? '';
  clock.advance(10_000);
  setBackMs = 60_000;
  await stage.until(({ state }) => state.status === 'COMPLETED');

  const records = (await bodiesOf(stage.journal, 'run-1')).map((body) => JSON.parse(body));
  expect(records.find(({ type }) => type === 'timer.fired')).toMatchObject({ time: due });
});

test('a run that is let go of while it is read is refused, and no other is', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  let letThrough: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  const first = createStage({ definitions });
  await first.engine.startRun(start);
  await first.engine.stop();
  const wrap = (journal: Journal): Journal => ({
    ...journal,
    read: async function* (...asked) {
      await opened;
      yield* journal.read(...asked);
    },
  });
  const { engine } = createStage({ definitions, journal: first.journal, wrap });
  const adopted = engine.adopt('run-1');
  await engine.release((run) => run === 'run-2');
  letThrough();
  await adopted;

  await engine.release((run) => run === 'run-1');
  const again = engine.adopt('run-1');
  await engine.release((run) => run === 'run-1');
  await expect(again).rejects.toMatchObject({ code: 'run.moved' });
});
