// The ids of the runs that triggers start are told from all that a person's run may have.
import { expect, test } from 'vitest';
import { childRun } from '../../../machines/run/run.ts';
import { isRunId } from '../../../machines/shard.ts';
import { isTriggeredRun, triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import { newRunId } from '../../../src/compose/session/open-session.ts';

test('the run of a trigger is known by its id, and no other run looks like one', () => {
  const run = triggeredRun('intake', 'order.placed', '42');

  expect(isRunId(run)).toBe(true);
  expect(isTriggeredRun(run)).toBe(true);
  // The latest time that a ULID can tell begins with 7.
  for (const other of [
    newRunId(),
    '7zzzzzzzzzzzzzzzzzzzzzzzzz',
    childRun(newRunId(), 'a', 1),
    `${run}0`,
    'train',
  ]) {
    expect(isTriggeredRun(other), other).toBe(false);
  }
});
