import { expect, test } from 'vitest';
import { tolerates } from '../../../machines/chart/tasks/fork.ts';
import { taskKeys } from '../../support/task-keys.ts';

test.each([
  [undefined, 0, 9, true],
  [undefined, 1, 9, false],
  [2, 2, 3, true],
  [2, 3, 3, false],
  ['0%', 0, 3, true],
  ['0%', 1, 1000, false],
  ['10%', 1, 10, true],
  ['10%', 1, 9, false],
  ['33%', 1, 3, false],
  ['34%', 1, 3, true],
  ['100%', 3, 3, true],
])('%s tolerates %i failures of %i: %s', (tolerateFailures, failed, total, tolerated) => {
  const fork = { ...taskKeys('fork'), type: 'FORK' } as const;

  expect(
    tolerates(tolerateFailures === undefined ? fork : { ...fork, tolerateFailures }, failed, total),
  ).toBe(tolerated);
});
