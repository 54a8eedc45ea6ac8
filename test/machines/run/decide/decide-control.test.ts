// What a person may do to single tasks of a run: skip them, or complete them by hand.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

const two = chartOf('- {id: a, uses: noop}\n- {id: b, uses: noop, depends_on: a}');
const skip = (task: string) => ({ kind: 'skipTask', task, reason: 'not today' }) as const;
const resolve = (task: string) => ({ kind: 'resolveTask', task, output: { by: 'hand' } }) as const;

test('a skipped task is not carried out, and what needs it alone is skipped with it', () => {
  const run = startedRun(two).does(skip('a')).isIn('COMPLETED');

  expect(run.statuses()).toEqual({ a: 'SKIPPED', b: 'SKIPPED' });
});

test('a task can be skipped or completed before it begins and while it is under way', () => {
  startedRun(two).does(resolve('b')).completes('a').isIn('COMPLETED');
  const run = startedRun(two)
    .does({ kind: 'startTask', task: 'a', attempt: 1, worker: 'w' })
    .does(resolve('a'));

  expect(run.at('a').output).toEqual({ by: 'hand' });
  expect(run.effects()).toEqual(['b#1']);
});

test('what is settled stays settled, and what is not there is not settled', () => {
  const run = startedRun(two).completes('a');

  run.refuses(skip('a'), 'task.not-open').refuses(resolve('a'), 'task.not-open');
  run.refuses(skip('nobody'), 'task.unknown').refuses(resolve('a[0].b'), 'task.unknown');
});

test('tasks whose end says more than an output are not completed by hand', () => {
  const run = startedRun(
    chartOf(`
      - {id: ask, type: HUMAN, wait_for_approval: true}
      - {id: a, uses: noop}
      - {id: stop, type: TERMINATE, depends_on: a, status: FAILED}
    `),
  );

  run.refuses(resolve('ask'), 'task.not-by-hand').refuses(resolve('stop'), 'task.not-by-hand');
  expect(run.does(skip('stop')).does(skip('ask')).completes('a').isIn('COMPLETED').statuses()['stop']).toBe(
    'SKIPPED',
  );
});

test('a reason is kept with the event', () => {
  const run = startedRun(two).does(skip('a'));

  expect(JSON.parse(run.bodies[1] ?? '').data.fact).toEqual({ task: 'a', reason: 'not today' });
});
