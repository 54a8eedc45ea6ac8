// Finding tasks by their addresses, however deep. Method: a run in the middle of a loop in a FORK.
import { expect, test } from 'vitest';
import { isUnderWay, openTasks, parseAddress, taskAt, tasksIn } from '../../../machines/chart/task-at.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const chart = chartOf(
  `
  - id: each
    type: FORK
    for_each: "\${workflow.input.orders}"
    tolerate_failures: 1
    tasks:
      - id: poll
        type: DO_WHILE
        loop_condition: "ask.output.more"
        tasks: [{id: ask, uses: noop}]
  - {id: other, uses: noop}
`,
  'input: {optional: [{orders: [1, 2, 3]}]}',
);
const { state } = startedRun(chart, { orders: [1, 2, 3] })
  .completes('each[0].poll[0].ask', { more: true })
  .completes('each[1].poll[0].ask', { more: false })
  .fails('each[2].poll[0].ask')
  .run();
const where = (text: string) => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
};

test('a task is found at its address as long as it is kept', () => {
  expect(taskAt(state, 'other')?.state).toBe('scheduled');
  expect(taskAt(state, 'each[0].poll')?.state).toBe('open');
  expect(taskAt(state, 'each[0].poll[0].ask')?.state).toBe('completed');
  expect(taskAt(state, 'each[0].poll[1].ask')?.state).toBe('scheduled');
  expect(taskAt(state, 'each[2].poll')?.state).toBe('failed');

  for (const none of [
    'nobody',
    'each[1].poll',
    'each[7].poll',
    'each:2[0].poll',
    'other[0].ask',
    'each[x].y',
  ])
    expect(taskAt(state, none), none).toBeUndefined();
});

test('the tasks of a pass are those its owners lead to', () => {
  expect(Object.keys(tasksIn(state.tasks, where('each[0].poll[0].ask').owners) ?? {})).toEqual(['ask']);
  expect(Object.keys(tasksIn(state.tasks, []) ?? {})).toEqual(['each', 'other']);
});

test('a task is part of the run while every pass around it is under way', () => {
  const underWay = (text: string) => isUnderWay(state, where(text));

  expect(['other', 'each[0].poll', 'each[0].poll[1].ask'].map(underWay)).toEqual([true, true, true]);
  expect(['each[0].poll[0].ask', 'each[1].poll', 'each[2].poll'].map(underWay)).toEqual([
    false,
    false,
    false,
  ]);
});

test('all tasks under way are listed with their addresses, in the order of the definition', () => {
  expect([...openTasks(state.tasks)].map(([address]) => address)).toEqual([
    'each',
    'each[0].poll',
    'each[0].poll[1].ask',
    'other',
  ]);
});
