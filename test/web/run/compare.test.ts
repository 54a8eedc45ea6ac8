// What a person reads of two runs that are held against each other.
import { expect, test } from 'vitest';
import type { ComparedRun, RunComparison } from '../../../src/api/run-compare.ts';
import {
  comparedTasks,
  comparePath,
  differenceText,
  pointText,
  wayText,
} from '../../../src/web/pages/run/compare/compare-words.ts';

const run = (shortId: string, endedAt: string | undefined): ComparedRun => ({
  run: `run-${shortId}`,
  shortId,
  definition: { id: 'orders', version: 1, hash: 'h' },
  status: 'COMPLETED',
  shown: 'COMPLETED',
  sequence: 4,
  startedAt: '2026-11-22T12:00:00Z',
  endedAt,
  settled: 2,
  taskCount: 2,
  startedBy: 'ana',
  tookMs: 1_000,
});
const same: RunComparison = {
  one: run('a', '2026-11-22T12:00:01Z'),
  other: run('b', '2026-11-22T12:00:01Z'),
  way: 'same',
  input: [],
  inputOmitted: 0,
  hidden: [],
  context: [],
  contextOmitted: 0,
  tasks: [],
  tasksOmitted: 0,
};
const point = {
  run: 'r',
  event: 3,
  time: '2026-11-22T12:00:00Z',
  type: 'task.failed',
  status: 'FAILED',
  note: '',
};

test('how much longer the other one took has a sign, and nothing is said where nothing is known', () => {
  expect([4_200, -70_000, 0, undefined].map(differenceText)).toEqual(['+4.2s', '-1m10s', 'same', '-']);
});

test('whether they went the same way is a sentence, which names who is still on the way', () => {
  expect(wayText(same)).toBe('Both went the same way: each task went through the same states.');
  expect(wayText({ ...same, way: 'same-so-far', other: run('b', undefined) })).toBe(
    'Both went the same way so far; b has not ended.',
  );
});

test('what a run did where the ways part is said with the reason, where there is one', () => {
  expect(pointText(point)).toBe('failed');
  expect(pointText({ ...point, note: 'test.failed: no paper' })).toBe('failed: test.failed: no paper');
  expect(pointText(undefined)).toBe('did not come to this');
});

test('only what differs is shown on request', () => {
  const tasks = [
    { task: 'a', isDifferent: false },
    { task: 'b', isDifferent: true },
  ];
  expect(comparedTasks(tasks, false)).toHaveLength(2);
  expect(comparedTasks(tasks, true).map(({ task }) => task)).toEqual(['b']);
});

test('the address names both runs, whatever is in their names', () => {
  expect(comparePath('@last', 'a/b')).toBe('/runs/%40last/compare/a%2Fb');
});
