// Whether only people can move a run, wherever in it they are asked. Method: real runs are driven to a state and asked.
import { expect, test } from 'vitest';
import { onlyPeopleCanMove, standstill } from '../../../src/projections/run/movement.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { viewOf } from '../view-of.ts';

const approval = '{ id: ok, type: HUMAN, wait_for_approval: true }';

test.each([
  ['a FORK around an approval', `- { id: f, type: FORK, branches: [[${approval}]] }`, ['ok']],
  [
    'a FORK around an approval and an attempt',
    `- { id: f, type: FORK, branches: [[${approval}], [{ id: scan, uses: files.scan }]] }`,
    undefined,
  ],
  [
    'a list of approvals',
    `- { id: f, type: FORK, for_each: '\${[1, 2]}', tasks: [${approval}] }`,
    ['f[0].ok', 'f[1].ok'],
  ],
  [
    'a loop around an approval',
    `- { id: l, type: DO_WHILE, items: '\${[1, 2]}', tasks: [${approval}] }`,
    ['l[0].ok'],
  ],
  ['a WAIT to be completed by hand', '- { id: w, type: WAIT }', ['w']],
  ['a WAIT for a signal', '- { id: w, type: WAIT, signal: s }', ['w']],
  ['a WAIT for a time beside an approval', `- { id: w, type: WAIT, duration: 1h }\n- ${approval}`, undefined],
])('%s: only people can move the run for %j', (_what, tasks, people) => {
  expect(onlyPeopleCanMove(viewOf(startedRun(chartOf(tasks))))).toEqual(people);
});

test('a run that undoes what it did by a person waits for that person', () => {
  const run = startedRun(
    chartOf(`
      - { id: book, uses: notify, compensate: unbook }
      - { id: unbook, type: HUMAN, wait_for_approval: true }
      - { id: hold, type: WAIT, duration: 1h, depends_on: book }
    `),
  );
  run.completes('book').does({ kind: 'cancelRun' });
  expect(onlyPeopleCanMove(viewOf(run))).toEqual(['unbook']);
});

test('a run that asks somebody to look has no task of its own to answer', () => {
  const run = startedRun(chartOf('- { id: pay, uses: notify, retry_policy: { on_exhausted: pause } }'));
  expect(onlyPeopleCanMove(viewOf(run.fails('pay')))).toEqual([]);
});

test('tasks of agents move a run for as long as somebody is there who could begin them', () => {
  const view = viewOf(startedRun(chartOf(`- { id: far, assigned_to: SCOUT }\n- ${approval}`)));
  expect(standstill(view)).toBeUndefined();
  expect(standstill({ ...view, unattended: [] })).toBeUndefined();
  expect(standstill({ ...view, unattended: ['far'] })).toEqual({ people: ['ok'], unattended: ['far'] });
  expect(onlyPeopleCanMove({ ...view, unattended: ['far'] })).toBeUndefined();
});

test('a run goes on while a task is under way beside one that nobody would begin', () => {
  const view = viewOf(
    startedRun(chartOf('- { id: far, assigned_to: SCOUT }\n- { id: scan, uses: files.scan }')),
  );
  expect(standstill({ ...view, unattended: ['far'] })).toBeUndefined();
});

test('a run whose last worker is gone stands still, also while it is paused', () => {
  const run = startedRun(chartOf('- { id: far, assigned_to: SCOUT }'));
  run.does({ kind: 'startTask', task: 'far', attempt: 1, worker: 'w1' });
  expect(standstill(viewOf(run))).toBeUndefined();
  expect(standstill({ ...viewOf(run), unattended: ['far'] })).toEqual({ people: [], unattended: ['far'] });
  run.does({ kind: 'pauseRun' });
  expect(standstill(viewOf(run))).toBeUndefined();
  expect(standstill({ ...viewOf(run), unattended: ['far'] })).toMatchObject({ unattended: ['far'] });
});
