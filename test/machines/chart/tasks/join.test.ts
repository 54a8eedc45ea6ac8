// When the settled tasks around a task let it start. Method: every combination of what may become of three
// dependencies, under every rule, against the rule as LANGUAGE.md says it.
import { expect, test } from 'vitest';
import type { TaskPlace } from '../../../../machines/chart/plan.ts';
import type { TaskState } from '../../../../machines/chart/run/run-state.ts';
import { readiness } from '../../../../machines/chart/tasks/join.ts';
import type { JoinRule } from '../../../../machines/task.ts';
import { taskKeys } from '../../../support/task-keys.ts';

const ends = ['in_progress', 'completed', 'completed_with_errors', 'skipped', 'failed'];
const triples = ends.flatMap((a) => ends.flatMap((b) => ends.map((c) => [a, b, c] as const)));
const states = (all: readonly string[]): Record<string, TaskState> =>
  Object.fromEntries(all.map((state, index) => [`t${index}`, { state, attempt: 1 }]));
const joining = (join: JoinRule, more: Partial<TaskPlace> = {}): TaskPlace => ({
  task: { ...taskKeys('t'), type: 'NOOP', dependsOn: ['t0', 't1', 't2'], join },
  routers: [],
  undoes: false,
  ...more,
});

test.each(['all', 'any', 'all_done', 1, 2, 3] as const)('join %s', (join) => {
  for (const triple of triples) {
    const settled = triple.filter((state) => state !== 'in_progress').length;
    const completed = triple.filter((state) => state.startsWith('completed')).length;
    const needed = join === 'all' || join === 'any' ? 1 : join === 'all_done' ? 0 : join;
    const early = join !== 'all' && join !== 'all_done';
    const starts = completed >= needed && (early || settled === 3);
    const expected = starts ? 'start' : settled === 3 ? 'skip' : 'wait';

    expect(readiness(joining(join), states(triple)), triple.join()).toBe(expected);
  }
});

test('what was done in branches of a FORK does not count while that FORK is to be tried again', () => {
  const place = joining('any', { inside: { t0: ['fork'], t1: ['fork'], t2: ['fork', 'outer'] } });
  const tasks = (fork: string, outer = 'open') => ({
    ...states(['completed', 'failed', 'completed']),
    fork: { state: fork, attempt: 1 },
    outer: { state: outer, attempt: 1 },
  });

  expect(readiness(place, tasks('open'))).toBe('start');
  expect(readiness(place, tasks('retrying'))).toBe('wait');
  expect(readiness(place, tasks('exhausted'))).toBe('wait');
  expect(readiness(joining('all', { inside: { t2: ['outer'] } }), tasks('open', 'retrying'))).toBe('wait');
  expect(readiness(joining('all', { inside: { t2: ['outer'] } }), tasks('open', 'failed'))).toBe('start');
});

test('a task of a branch waits for its FORK, and is skipped where the FORK does not begin', () => {
  const place: TaskPlace = {
    task: { ...taskKeys('t'), type: 'NOOP' },
    routers: [],
    undoes: false,
    branch: { of: 'fork', after: [] },
  };
  const under = (state: string) => readiness(place, { fork: { state, attempt: 0 } });

  expect([under('waiting'), under('retrying'), under('open'), under('skipped'), under('failed')]).toEqual([
    'wait',
    'wait',
    'start',
    'skip',
    'skip',
  ]);
});

test('in a branch a skipped task hinders nobody, a failed one all that follow', () => {
  const place: TaskPlace = {
    task: { ...taskKeys('t'), type: 'NOOP', dependsOn: ['t1'] },
    routers: [],
    undoes: false,
    branch: { of: 'fork', after: ['t0', 't1'] },
  };
  const after = (...before: readonly string[]) =>
    readiness(place, { ...states(before), fork: { state: 'open', attempt: 1 } });

  expect(after('skipped', 'skipped')).toBe('start');
  expect(after('failed', 'skipped')).toBe('skip');
  expect(after('completed', 'cancelled')).toBe('skip');
  expect(after('completed', 'in_progress')).toBe('wait');
});
