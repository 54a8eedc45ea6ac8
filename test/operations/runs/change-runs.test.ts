import { expect, test } from 'vitest';
import { changeRuns, refusalOfCount } from '../../../src/operations/runs/change-runs.ts';
import type { RunCommand } from '../../../src/ports/runs/workflows.ts';

const pause: RunCommand = { kind: 'pauseRun' };

test('what cannot be done to one run does not keep the others from it', async () => {
  const told: string[] = [];
  const outcomes = await changeRuns(
    {
      command: async (run) =>
        run === 'ended'
          ? { ok: false, run, refusal: { code: 'run.ended', message: 'it has ended' } }
          : { ok: true, run, sequence: 7 },
    },
    ['one', 'ended', 'unreadable', 'two'],
    {
      by: 'ana',
      command: async (run) => {
        if (run === 'unreadable') throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
        return pause;
      },
      onOutcome: ({ run }) => told.push(run),
    },
  );

  expect(outcomes).toEqual([
    { run: 'one', ok: true, sequence: 7 },
    { run: 'ended', ok: false, refusal: { code: 'run.ended', message: 'it has ended' } },
    { run: 'unreadable', ok: false, refusal: { code: 'system.enoent', message: 'no such file' } },
    { run: 'two', ok: true, sequence: 7 },
  ]);
  expect([...told].sort()).toEqual(['ended', 'one', 'two', 'unreadable']);
});

test('another number of runs than expected is refused, and no number is fine', () => {
  expect(refusalOfCount(3, 2)).toEqual({
    code: 'runs.count-differs',
    message: '3 fit now, not the 2 that were expected; nothing was changed',
  });
  expect(refusalOfCount(2, 2)).toBeUndefined();
  expect(refusalOfCount(3, undefined)).toBeUndefined();
});
