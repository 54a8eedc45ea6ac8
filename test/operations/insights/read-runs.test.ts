// Runs are read once for every event of theirs, not for everyone who asks.
import { expect, test } from 'vitest';
import { createRunResults } from '../../../src/operations/insights/read-runs.ts';
import type { BoardLine } from '../../../src/ports/runs/board.ts';

function line(run: string, sequence: number): BoardLine {
  const startedAt = '2026-11-22T10:00:00.000Z';
  const definition = { id: 'orders', version: 1, hash: 'h' };
  const head = { definition, status: 'RUNNING' as const, startedAt, active: [], settled: 0, tasks: 1 };

  return { run, sequence, position: sequence, updatedAt: startedAt, head };
}

test('a run is read again when something has happened in it, and only then', async () => {
  const read: string[] = [];
  const results = createRunResults(async ({ run, sequence }) => {
    read.push(`${run}${sequence}`);
    return `${run}${sequence}`;
  });
  expect(await results([line('a', 1), line('b', 1)])).toEqual(['a1', 'b1']);
  expect(await results([line('b', 1), line('a', 2)])).toEqual(['b1', 'a2']);

  expect(read).toEqual(['a1', 'b1', 'a2']);
});

test('what cannot be read is left out, and tried again the next time', async () => {
  let isBroken = true;
  const results = createRunResults(async ({ run }) => {
    if (run === 'b' && isBroken) throw new Error('not now');
    return run;
  });
  expect(await results([line('a', 1), line('b', 1), line('c', 1)])).toEqual(['a', 'c']);
  isBroken = false;

  expect(await results([line('a', 1), line('b', 1), line('c', 1)])).toEqual(['a', 'b', 'c']);
});

test('never more than eight are read at a time', async () => {
  let [now, most] = [0, 0];
  const results = createRunResults(async ({ run }) => {
    now += 1;
    most = Math.max(most, now);
    await Promise.resolve();
    now -= 1;
    return run;
  });
  const lines = Array.from({ length: 40 }, (_, index) => line(`run-${index}`, 1));
  expect(await results(lines)).toEqual(lines.map(({ run }) => run));

  expect(most).toBe(8);
});
