// What the event stream does to what is on the screen: rows stay where they are, and only what changed is asked again.
import { expect, test } from 'vitest';
import type { RunLine, RunList } from '../../../src/api/run.ts';
import type { StreamMessage } from '../../../src/api/stream.ts';
import { nextState, startState } from '../../../src/web/live/live-state.ts';
import {
  isSettledKey,
  latestLines,
  patchedGrid,
  patchedList,
  staleKeys,
} from '../../../src/web/live/stale-keys.ts';

const line = (run: string, sequence: number): RunLine => ({
  run,
  shortId: run,
  definition: { id: 'orders', version: 1, hash: 'h' },
  status: 'RUNNING',
  shown: 'RUNNING',
  settled: 0,
  taskCount: 1,
  active: [],
  startedAt: '2026-11-22T12:00:00Z',
  startedAtSirius: '',
  updatedAt: '2026-11-22T12:00:00Z',
  trigger: 'manual',
  sequence,
  position: sequence,
});
const told = (run: string, sequence: number): StreamMessage => ({
  kind: 'run',
  position: sequence,
  run,
  sequence,
  type: 'task.completed',
  time: '2026-11-22T12:00:00Z',
  actor: 'engine',
  note: '',
  line: line(run, sequence),
});
const list = (...runs: RunLine[]): RunList => ({ items: runs, total: 2, all: 2, counts: {}, position: 1 });

test('a row becomes what it is now and stays in its place', () => {
  const before = list(line('a', 1), line('b', 1));
  const after = patchedList(before, latestLines([told('b', 2), told('b', 3)]));
  expect(after.items.map(({ run, sequence }) => [run, sequence])).toEqual([
    ['a', 1],
    ['b', 3],
  ]);
});

test('a run of the grid becomes what it is now, in its place', () => {
  const of = (definition: string, ...runs: RunLine[]) => ({ definition, total: runs.length, runs });
  const before = { items: [of('orders', line('a', 1), line('b', 1)), of('bills', line('c', 1))], total: 2 };
  const after = patchedGrid(before, latestLines([told('b', 2), told('d', 1)]));
  expect(after.items.map(({ runs }) => runs.map(({ sequence }) => sequence))).toEqual([[1, 2], [1]]);
  expect(patchedGrid(before, latestLines([told('d', 1)]))).toBe(before);
});

test('a message that is older than the row, and one of another run, change nothing', () => {
  const before = list(line('a', 5));
  expect(patchedList(before, latestLines([told('a', 4), told('c', 9)]))).toBe(before);
});

test('an event makes its run stale, and no other run', () => {
  const keys = staleKeys([told('a', 2), told('a', 3)]).map(({ key }) => key.join('/'));
  expect(keys).toContain('runs/a');
  expect(keys).toContain('home');
  expect(keys.filter((key) => key.startsWith('runs'))).toEqual(['runs/a']);
});

test('after a gap everything is stale', () => {
  expect(staleKeys([{ kind: 'snapshot', position: 9, reason: 'gap' }])).toEqual([{ key: [], afterMs: 0 }]);
});

test('a run as it was, and one event, are never asked again', () => {
  expect(isSettledKey(['runs', 'a', 'timeline', { at: 4 }])).toBe(true);
  expect(isSettledKey(['runs', 'a', 'events', '7'])).toBe(true);
  expect(isSettledKey(['runs', 'a', 'timeline'])).toBe(false);
  expect(isSettledKey(['runs', 'a', 'timeline', { at: undefined }])).toBe(false);
  expect(isSettledKey(['runs', 'a', 'events', { limit: 200 }])).toBe(false);
});

test('a page is live once it was told where it is, and keeps its position while it reconnects', () => {
  const opened = nextState(startState, 'open', 1);
  expect(opened.status).toBe('behind');
  const live = nextState(opened, { position: 41 }, 2);
  expect(live).toEqual({ status: 'live', position: 41, at: 2 });
  const lost = nextState(live, { retryAtMs: 9 }, 3);
  expect(lost).toEqual({ status: 'reconnecting', position: 41, at: 3, retryAtMs: 9 });
  expect(nextState(lost, { retryAtMs: 20 }, 9)).toEqual({ ...lost, retryAtMs: 20 });
  expect(nextState(lost, 'open', 20)).toEqual({ status: 'behind', position: 41, at: 3 });
  expect(nextState(live, { position: 0 }, 4).position).toBe(41);
});
