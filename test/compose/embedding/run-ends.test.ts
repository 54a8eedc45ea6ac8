// How ends of runs are told to whoever waits for them. Method: runs of an engine in memory, a reader that can be cut
// off, and a clock that is moved by hand.
import { expect, test } from 'vitest';
import type { Run } from '../../../machines/run/run.ts';
import { createRunEnds } from '../../../src/compose/embedding/run-ends.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { approval, busy, createWorld, ended, settled, start } from '../../engine/node-world.ts';

test('an end that was forgotten, because many more came since, is read at once', async () => {
  const { ends, run, read } = await openWorld();
  const beginning = ends.beginning();
  ends.changed(run);
  for (let count = 0; count < 1_000; count += 1) ends.changed(renamed(run, `other-${count}`));

  expect((await ends.of(run.state.run, beginning)).state.run).toBe(run.state.run);
  expect(read).toContain(run.state.run);
  read.length = 0;
  await ends.of('other-999', ends.beginning());
  expect(read).toEqual([]);
});

test('whoever waits while the journal cannot be read goes on waiting, and hears of the end afterwards', async () => {
  const { ends, workflows, cut, clock } = await openWorld();
  const run = await start(workflows);
  cut.isAway = true;
  const [waiting, forgotten] = [ends.of(run), ends.of(run, { forgotten: -1 })];
  await settled();
  cut.isShared = true;
  clock.advance(500);
  await settled();
  cut.isAway = false;
  await workflows.command(run, approval, 'ana');
  await ended(workflows, run);
  clock.advance(500);

  expect((await waiting).state.status).toBe('COMPLETED');
  expect(await forgotten).toBe(await waiting);
});

test.each([
  ['goes to another engine', () => ({ isShared: true })],
  ['was with another engine meanwhile', (nowMs: number) => ({ freshSinceMs: nowMs })],
])('a run that failed here and whose shard %s is read: it may have been retried there', async (_, shard) => {
  const { ends, run, cut, clock } = await openWorld();
  const id = run.state.run;
  const beginning = ends.beginning();
  ends.changed({ ...run, state: { ...run.state, status: 'FAILED' } });
  expect((await ends.of(id)).state.status).toBe('FAILED');
  clock.advance(60_000);
  Object.assign(cut, shard(clock.steady()));

  expect((await ends.of(id)).state.status).toBe('COMPLETED');
  expect((await ends.of(id, beginning)).state.status).toBe('COMPLETED');
});

function renamed(run: Run, id: string): Run {
  return { ...run, state: { ...run.state, run: id } };
}

/** An engine with a run that has completed, and ends that are told nothing by it. */
async function openWorld() {
  const world = createWorld();
  const { clock, journal, definitions } = world;
  const cut = { isAway: false, isShared: false, freshSinceMs: clock.steady() };
  const read: string[] = [];
  const reader = createRunReader({ journal, charts: createCharts(definitions) });
  const { node, workflows } = await world.join('one');
  await node.workOnAll();
  const ends = createRunEnds({
    clock,
    node: { mayBegin: () => !cut.isShared, freshSinceMs: () => cut.freshSinceMs },
    reader: {
      ...reader,
      last: async (run) => {
        read.push(run);
        if (cut.isAway) throw new JournalUnavailable('the server is away');
        return reader.last(run);
      },
    },
  });
  const id = await start(workflows, busy);
  await ended(workflows, id);

  return { ends, workflows, cut, read, clock, run: (await reader.fold(id)).run };
}
