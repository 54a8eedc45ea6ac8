// What changed in a run from one event to another: no more, no less, and the same the other way round.
import { expect, test } from 'vitest';
import { type RunDiff, runDiff } from '../../../src/projections/run/run-diff.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const chart = chartOf(
  `
  - { id: look, run: { command: ['true'] }, retry_policy: { max_attempts: 2, initial_delay: 1s } }
  - { id: keep, type: SET_VARIABLE, depends_on: look, variables: { list: '\${tasks.look.output.list}' } }
  `,
  'variables: { list: [1, 2, 3], same: 1 }',
);

function between(from: number, to: number, copied = <T>(state: T): T => state): RunDiff {
  const driven = startedRun(chart);
  const seen = [driven.run().state];
  seen.push(driven.fails('look').run().state);
  seen.push(driven.passes(5_000).run().state);
  seen.push(driven.completes('look', { list: [1, 5], note: 'ok' }).run().state);
  const at = (index: number) => ({ definition: chart.definition, state: seen[index] ?? driven.run().state });

  return runDiff(at(from), { ...at(to), state: copied(at(to).state) });
}

test('nothing changed between an event and itself', () => {
  expect(between(1, 1)).toEqual({ tasks: [], values: [], omitted: 0 });
});

test('a task that failed shows its error and where it is now', () => {
  const error = { code: 'test.failed', message: 'look failed', retryable: true };

  expect(between(0, 1)).toEqual({
    tasks: [{ task: 'look', from: 'scheduled', to: 'retrying', attempt: 1 }],
    values: [
      { path: 'tasks.look.worker', after: 'tester' },
      { path: 'tasks.look.error', after: error },
    ],
    omitted: 0,
  });
});

test('whether two states share what did not change, or only look the same, makes no difference', () => {
  expect(between(1, 1, structuredClone)).toEqual(between(1, 1));
  expect(between(0, 3, structuredClone)).toEqual(between(0, 3));
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

test('what happens in a pass of a FORK is told, task by task, with what the pass gave', () => {
  const fork = chartOf(`
  - { id: all, type: FORK, for_each: '\${[1, 2]}', as: item, tasks: [{ id: one, assigned_to: X }, { id: two, assigned_to: Y, depends_on: one }] }
  `);
  const driven = startedRun(fork);
  const seen = () => ({ definition: fork.definition, state: driven.run().state });
  const begun = seen();
  driven.completes('all[1].one', { found: 3 });
  const halfway = seen();
  driven.completes('all[1].two');

  expect(runDiff(begun, halfway).tasks).toEqual([
    { task: 'all[1].one', from: 'scheduled', to: 'completed', attempt: 1 },
    { task: 'all[1].two', from: 'waiting', to: 'scheduled', attempt: 1 },
  ]);
  expect(runDiff(begun, halfway).values).toContainEqual({
    path: 'tasks.all[1].one.output',
    after: { found: 3 },
  });
  expect(runDiff(halfway, seen()).values).toContainEqual({
    path: 'tasks.all.passes.1.state',
    before: 'open',
    after: 'completed',
  });
});

test('a first agreement and a delegation are told, although they move no task', () => {
  const asked = chartOf(`
  - { id: agree, type: HUMAN, approvers: { names: [ana, ben] }, quorum: 2 }
  `);
  const driven = startedRun(asked);
  const seen = () => ({ definition: asked.definition, state: driven.run().state });
  const begun = seen();
  driven.does({ kind: 'delegateApproval', task: 'agree', by: 'ben', to: 'eve' });
  const delegated = seen();
  driven.does({ kind: 'approve', task: 'agree', by: 'ana' });

  expect(runDiff(begun, delegated)).toMatchObject({
    tasks: [],
    values: [{ path: 'tasks.agree.delegations', after: [{ by: 'ben', to: 'eve' }] }],
  });
  expect(runDiff(delegated, seen())).toMatchObject({
    tasks: [],
    values: [{ path: 'tasks.agree.grants', after: [{ by: 'ana' }] }],
  });
});

test('how a task decided is told', () => {
  const deciding = chartOf(`
  - { id: look, assigned_to: X, output: [total] }
  - { id: big, type: DECISION, depends_on: look, decision_param: '\${tasks.look.output.total > 3}', decision_cases: { 'true': { next: yes } }, default_case: { next: no } }
  - { id: 'yes', type: NOOP }
  - { id: 'no', type: NOOP }
  `);
  const driven = startedRun(deciding);
  const seen = () => ({ definition: deciding.definition, state: driven.run().state });
  const begun = seen();
  driven.completes('look', { total: 5 });
  const { values } = runDiff(begun, seen());

  expect(values.find(({ path }) => path === 'tasks.big.decision')?.after).toMatchObject({ next: ['yes'] });
});

test('of very many passes, the first tasks are told and the rest are counted', () => {
  const fork = chartOf(
    `
    - { id: all, type: FORK, for_each: '\${workflow.input.items}', as: item, tasks: [{ id: one, assigned_to: X }, { id: two, assigned_to: X }, { id: three, assigned_to: X }] }
  `,
    'input: { required: [items] }',
  );
  const state = (count: number) => ({
    definition: fork.definition,
    state: startedRun(fork, { items: Array.from({ length: count }, (_, index) => index) }).run().state,
  });
  const { tasks, tasksOmitted } = runDiff(state(1), state(100));

  expect(tasks).toHaveLength(200);
  expect(tasksOmitted).toBe(97);
});
