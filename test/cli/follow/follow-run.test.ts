// Following a run to the point where it ends or only people can move it, whatever else lands meanwhile. Method:
// records of real runs, handed over one by one.
import { describe, expect, test } from 'vitest';
import type { JournalRecord } from '../../../events/record.ts';
import { fold } from '../../../machines/run/record/fold.ts';
import { followRun } from '../../../src/cli/follow/follow-run.ts';
import { createOutput } from '../../../src/cli/output.ts';
import { toView } from '../../../src/engine/queries/queries.ts';
import type { HistoryEntry, Workflows } from '../../../src/ports/runs/workflows.ts';
import { chartOf } from '../../support/chart-of.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';
import { createTestIo } from '../test-io.ts';

const chart = chartOf(`
  - { id: ask, type: HUMAN, wait_for_approval: true }
  - { id: scan, uses: files.scan, depends_on: ask }
  - { id: again, type: HUMAN, wait_for_approval: true, depends_on: scan }
`);

test('does not stop at an approval that was given long ago', async () => {
  const run = startedRun(chart).does({ kind: 'approve', task: 'ask', by: 'ana' }).completes('scan', {});
  const followed = await follow(run, { from: 3 });
  expect(followed).toMatchObject({ kind: 'people', people: ['again'], view: { sequence: 3 } });
  expect(await follow(run, { from: 1 })).toMatchObject({
    kind: 'people',
    people: ['ask'],
    view: { sequence: 1 },
  });
});

test('stops at the end of the run', async () => {
  const run = startedRun(chart).does({ kind: 'terminateRun' });
  expect(await follow(run, { from: 2 })).toMatchObject({
    kind: 'ended',
    view: { state: { status: 'TERMINATED' } },
  });
});

test('refuses to go on over a message that is no record', async () => {
  const run = startedRun(chart);
  const damage = { code: 'journal.foreign', sequence: 3, position: 9, message: 'not JSON' };
  const more = [{ position: 9, problem: 'not JSON', damage }];
  await expect(follow(run, { from: 2, more })).rejects.toMatchObject({ code: 'run.quarantined', damage });
});

test('a display that is drawn in place shows the last state and gives the terminal back', async () => {
  const run = startedRun(chart)
    .does({ kind: 'approve', task: 'ask', by: 'ana' })
    .completes('scan', { total_files: 7 });
  const io = createTestIo({ stderrIsTty: true, clock: createManualClock(), columns: 60 });
  await follow(run, { from: 2, io });
  expect(io.err()).toContain('✓ scan  completed');
  expect(io.err()).toContain('◇ again needs approval');
  expect(io.err().endsWith('\u001b[?25h')).toBe(true);
});

test.each([
  ['does not answer any more', () => new Promise<never>(() => {})],
  ['has failed', () => Promise.reject(new Error('the server is gone'))],
])('an interrupt ends following although the server %s', async (_what, next) => {
  const clock = createManualClock();
  const io = createTestIo({ clock });
  const workflows = {
    follow: (_run: string, signal: AbortSignal) => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return next();
        },
      }),
    }),
  } as unknown as Workflows;
  const output = createOutput(io, { color: 'never' });
  const followed = followRun({ workflows, run: 'test-run', from: 1, io, output });
  io.interrupt();
  clock.advance(2000);
  expect(await followed).toEqual({ kind: 'interrupted', view: undefined });
});

describe('a task of an agent', () => {
  const far = chartOf('- { id: far, assigned_to: SCOUT }');

  test('that nobody would begin for a while ends following, with the task', async () => {
    const { followed, pass } = followLive(startedRun(far), () => ['far']);
    await pass(2);
    expect(await Promise.race([followed, 'followed'])).toBe('followed');
    await pass(1);
    expect(await followed).toMatchObject({ kind: 'people', people: [], unattended: ['far'] });
  });

  test('is followed for as long as a worker is there, or comes in time', async () => {
    let unattended = ['far'];
    const run = startedRun(far);
    const { followed, pass, send } = followLive(run, () => unattended);
    await pass(2);
    unattended = [];
    await pass(20);
    send(run.completes('far'));
    expect(await followed).toMatchObject({ kind: 'ended', view: { state: { status: 'COMPLETED' } } });
  });

  test('that waited when following began ends it, too, although no record comes', async () => {
    const { followed, pass } = followLive(startedRun(far), () => ['far'], 2);
    await pass(4);
    expect(await followed).toMatchObject({ kind: 'people', unattended: ['far'] });
  });
});

/** Follows a run whose records come while time passes, second by second, and of which it is known who is there. */
function followLive(run: Driven, unattended: () => readonly string[], from = 1) {
  const clock = createManualClock();
  const io = createTestIo({ clock });
  let bodies: readonly string[] = [...run.bodies];
  let wake = (): void => undefined;
  const workflows = {
    follow: async function* (_run: string, signal: AbortSignal): AsyncIterable<HistoryEntry> {
      signal.addEventListener('abort', () => wake());
      for (let read = 0; !signal.aborted; ) {
        const body = bodies[read];
        if (body !== undefined) {
          read += 1;
          yield { position: read, record: JSON.parse(body) as JournalRecord };
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    viewOf: async (_run: string, records: readonly JournalRecord[]) => {
      const read = records.map((record, index) => ({ record, body: bodies[index] ?? '' }));
      return { ...toView(fold(run.run().chart, read), ''), unattended: unattended() };
    },
  } as unknown as Workflows;
  const output = createOutput(io, { color: 'never', quiet: true });
  const followed = followRun({ workflows, run: 'test-run', from, io, output });

  return {
    followed,
    pass: async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        clock.advance(1_000);
      }
    },
    send: (more: Driven) => {
      bodies = [...more.bodies];
      wake();
    },
  };
}

type Options = {
  readonly from: number;
  readonly io?: ReturnType<typeof createTestIo>;
  readonly more?: readonly HistoryEntry[];
};

function follow({ bodies }: Driven, { from, more = [], io = createTestIo() }: Options) {
  const entries = bodies.map((body, index) => ({
    position: index + 1,
    record: JSON.parse(body) as JournalRecord,
  }));
  const workflows = {
    follow: async function* () {
      yield* [...entries, ...more];
    },
    viewOf: async (_run: string, records: readonly JournalRecord[]) => {
      const read = records.map((record, index) => ({ record, body: bodies[index] ?? '' }));
      return toView(fold(chart, read), records.at(-1)?.time ?? '');
    },
  } as unknown as Workflows;

  return followRun({ workflows, run: 'test-run', from, io, output: createOutput(io, { color: 'never' }) });
}
