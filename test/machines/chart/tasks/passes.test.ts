import { expect, test } from 'vitest';
import type { TaskPlace } from '../../../../machines/chart/plan.ts';
import type { Body } from '../../../../machines/chart/run/run-state.ts';
import { emptyBody, itemAt } from '../../../../machines/chart/tasks/body.ts';
import { afterPass, openUpTo, underWay } from '../../../../machines/chart/tasks/do-while.ts';
import { chartOf } from '../../../support/chart-of.ts';

const place = (body: string): TaskPlace => {
  const chart = chartOf(
    `- {id: each, type: FORK, for_each: "\${workflow.input.l}", tasks: [${body}]}`,
    'input: {required: [l]}',
  );
  const found = chart.plan.get('each');
  if (found === undefined) throw new Error('no each');
  return found;
};
const plain = place('{id: a, uses: noop}');
const undoable = place('{id: a, uses: noop, compensate: b}, {id: b, uses: noop}');
const done = { a: { state: 'completed', attempt: 1, output: 'A' } };
const broken = { code: 'x', message: 'broken', retryable: true };
const ends = (at: TaskPlace, body: Body, pass: Parameters<typeof afterPass>[2], keep = false) =>
  afterPass(at, { state: 'open', attempt: 1, body }, pass, keep);

test('passes are opened until so many are under way, or none is left', () => {
  expect(openUpTo(plain, emptyBody({ items: [], count: 5 }), 2).opened).toBe(2);
  expect(openUpTo(plain, emptyBody({ items: [], count: 5 }), 9).opened).toBe(5);
  expect(openUpTo(plain, emptyBody(), 1).opened).toBe(1);

  const two = openUpTo(plain, emptyBody({ items: [], count: 5 }), 2);
  const after = openUpTo(plain, ends(plain, two, { index: 0, tasks: done }), 2);
  expect([after.opened, underWay(after)]).toEqual([3, 2]);
});

test('of a pass that is over its output is kept, of one that failed its tasks, too', () => {
  const body = openUpTo(plain, emptyBody({ items: [], count: 2 }), 2);
  const one = ends(plain, body, { index: 1, tasks: done });
  expect(itemAt(one, 1)).toEqual({ state: 'completed', output: 'A' });
  expect([one.completed, one.failed]).toEqual([1, 0]);

  const both = ends(plain, one, { index: 0, tasks: done, error: broken });
  expect(itemAt(both, 0)).toEqual({ state: 'failed', error: broken, tasks: done });
  expect([both.completed, both.failed, underWay(both)]).toEqual([1, 1, 0]);
});

test('the tasks of a pass are kept where they can be read, or undone', () => {
  const body = openUpTo(plain, emptyBody({ items: [], count: 1 }), 1);

  expect(itemAt(ends(plain, body, { index: 0, tasks: done }, true), 0)?.tasks).toBe(done);
  expect(itemAt(ends(undoable, body, { index: 0, tasks: done }), 0)?.tasks).toBe(done);
});
