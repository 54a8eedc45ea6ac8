// What changed in a run from one event to another: no more, no less, and the same the other way round.
import { expect, test } from 'vitest';
import { type RunDiff, runDiff } from '../../src/projections/run-diff.ts';
import { chartOf } from '../support/chart-of.ts';
import { startedRun } from '../support/run-spec.ts';

const chart = chartOf(
  `
  - { id: look, run: { command: ['true'] }, retry_policy: { max_attempts: 2, initial_delay: 1s } }
  - { id: keep, type: SET_VARIABLE, depends_on: look, variables: { list: '\${tasks.look.output.list}' } }
  `,
  'variables: { list: [1, 2, 3], same: 1 }',
);

function between(from: number, to: number): RunDiff {
  const driven = startedRun(chart);
  const seen = [driven.run().state];
  seen.push(driven.fails('look').run().state);
  seen.push(driven.passes(5_000).run().state);
  seen.push(driven.completes('look', { list: [1, 5], note: 'ok' }).run().state);
  const at = (index: number) => ({ definition: chart.definition, state: seen[index] ?? driven.run().state });

  return runDiff(at(from), at(to));
}

test('nothing changed between an event and itself', () => {
  expect(between(1, 1)).toEqual({ tasks: [], values: [], omitted: 0 });
});

test('a task that failed shows its error and where it is now', () => {
  const error = { code: 'test.failed', message: 'look failed', retryable: true };

  expect(between(0, 1)).toEqual({
    tasks: [{ task: 'look', from: 'scheduled', to: 'retrying', attempt: 1 }],
    values: [{ path: 'tasks.look.error', after: error }],
    omitted: 0,
  });
});

test('an attempt more is a change, although the state is the same', () => {
  expect(between(0, 2).tasks).toEqual([{ task: 'look', from: 'scheduled', to: 'scheduled', attempt: 2 }]);
});

test('values are told by the path where they differ, as changed, as new and as gone', () => {
  const { status, values } = between(2, 3);

  expect(status).toEqual({ from: 'RUNNING', to: 'COMPLETED' });
  expect(values).toContainEqual({ path: 'variables.list[1]', before: 2, after: 5 });
  expect(values).toContainEqual({ path: 'variables.list[2]', before: 3 });
  expect(values).toContainEqual({ path: 'tasks.look.output', after: { list: [1, 5], note: 'ok' } });
  expect(values.some(({ path }) => path.includes('same'))).toBe(false);
  expect(between(3, 2).values).toContainEqual({ path: 'variables.list[2]', after: 3 });
});
