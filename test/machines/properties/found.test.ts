// What random schedules found, each as the smallest definition and schedule that showed it. The laws are those of
// test/support/*-laws.ts; `expectLaws` throws when one is broken.
import { expect, test } from 'vitest';
import { expectLaws } from '../../support/property-suite.ts';
import type { JsonMap } from '../../support/random-definition.ts';
import type { Schedule } from '../../support/random-schedule.ts';

const simple = (id: string, more: JsonMap = {}): JsonMap => ({ id, uses: 'noop', ...more });
const unreadable = { n: '${result.results[5]}' };
const workflow = (tasks: readonly JsonMap[], more: JsonMap = {}): JsonMap => ({
  id: 'found',
  version: 1,
  variables: { count: 0 },
  tasks,
  ...more,
});
const route = (id: string, zero: string, one: string): JsonMap => ({
  id,
  type: 'DECISION',
  decision_param: 'workflow.variables.count',
  decision_cases: { '0': { next: zero }, '1': { next: one } },
});

test.each<[string, JsonMap, Schedule, string]>([
  [
    'a task of a branch begins although the one before it was skipped before others were done',
    workflow([
      {
        id: 'fork',
        type: 'FORK',
        branches: [[route('choose', 'taken', 'left'), simple('taken'), simple('left'), simple('last')]],
      },
    ]),
    [],
    'COMPLETED',
  ],
  [
    'a fallback that stands in the same branch begins',
    workflow([
      { id: 'fork', type: 'FORK', branches: [[simple('work', { fallback: 'instead' }), simple('instead')]] },
    ]),
    [['fail', 0]],
    'COMPLETED',
  ],
  [
    'variables are set before they are written to a file',
    workflow([{ id: 'set', type: 'SET_VARIABLE', variables: { count: 1 }, output_to: 'out/result.json' }]),
    [],
    'COMPLETED',
  ],
  [
    'nobody settles a task by hand of a run that waits for a place',
    workflow([simple('work')], { concurrency: { limit: 1 } }),
    [
      ['skip', 0],
      ['resolve', 0],
    ],
    'COMPLETED',
  ],
  [
    'a run that was paused and fails still starts its failure workflow',
    workflow([{ id: 'gate', type: 'HUMAN' }, simple('work', { depends_on: 'gate' })], {
      failure_workflow: 'mend',
    }),
    [
      ['pause', 0],
      ['reject', 0],
      ['resume', 0],
    ],
    'FAILED',
  ],
  [
    'a signal to a run on its way out harms nobody',
    workflow([simple('work', { compensate: 'undo' }), simple('undo'), simple('more')], {
      failure_workflow: 'mend',
    }),
    [
      ['work', 0],
      ['fail', 0],
      ['signal', 0],
      ['work', 0],
      ['signal', 0],
    ],
    'FAILED',
  ],
  [
    'a child whose task is settled by hand ends without harm',
    workflow([{ id: 'child', type: 'SUB_WORKFLOW', workflow: 'other' }, simple('work')]),
    [
      ['work', 0],
      ['skip', 0],
    ],
    'COMPLETED',
  ],
  [
    'a result that comes too large after the task is settled is refused',
    workflow([{ id: 'set', type: 'SET_VARIABLE', variables: { count: 1 }, optional: true }, simple('work')]),
    [
      ['oversize', 0],
      ['stale', 0],
    ],
    'COMPLETED',
  ],
  [
    'what would undo a task waits aside again after the run was terminated while it did',
    workflow([simple('work', { compensate: 'undo' }), simple('undo'), simple('more')]),
    [
      ['work', 0],
      ['fail', 0],
      ['terminate', 0],
      ['rerun', 0],
    ],
    'COMPLETED',
  ],
  [
    'a loop over nothing whose output could not be made is retried',
    workflow([
      {
        id: 'over',
        type: 'DO_WHILE',
        items: '${[]}',
        loop_condition: 'true',
        tasks: [simple('work')],
        output: unreadable,
      },
    ]),
    [
      ['work', 0],
      ['work', 0],
      ['retry', 0],
    ],
    'FAILED',
  ],
  [
    'what a branch that is done again would undo waits aside again',
    workflow([
      {
        id: 'fork',
        type: 'FORK',
        branches: [[simple('work', { compensate: 'undo' }), simple('undo')]],
      },
    ]),
    [
      ['work', 0],
      ['rerun', 0],
    ],
    'COMPLETED',
  ],
  [
    'a loop that begins when another task has listed nothing has passes of its own',
    workflow([
      { id: 'each', type: 'FORK', for_each: '[]', tasks: [simple('one')] },
      {
        id: 'over',
        type: 'DO_WHILE',
        depends_on: 'each',
        loop_condition: 'loop.iteration < 2',
        tasks: [simple('work')],
      },
    ]),
    [],
    'COMPLETED',
  ],
  [
    'a FORK whose branches are done and whose output could not be made is retried',
    workflow([{ id: 'fork', type: 'FORK', branches: [[simple('work')]], output: unreadable }]),
    [
      ['work', 0],
      ['work', 0],
      ['retry', 0],
    ],
    'FAILED',
  ],
  [
    'a pass in which a TERMINATE ended the run ends when the run goes on',
    workflow([
      {
        id: 'each',
        type: 'FORK',
        for_each: '[1]',
        tasks: [{ id: 'stop', type: 'TERMINATE', status: 'COMPLETED' }],
      },
      simple('work'),
    ]),
    [
      ['work', 1],
      ['work', 0],
      ['work', 0],
      ['rerun', 1],
    ],
    'COMPLETED',
  ],
  [
    'a rerun from a task that never began is refused',
    workflow([
      simple('first'),
      { id: 'fork', type: 'FORK', depends_on: 'first', branches: [[simple('work')]] },
    ]),
    [
      ['fail', 0],
      ['rerun', 2],
      ['retry', 0],
    ],
    'COMPLETED',
  ],
])('%s', (_promise, definition, schedule, status) => {
  expect(expectLaws(definition, schedule).run.state.status).toBe(status);
});

test('the match of a WAIT reads the signal', () => {
  const wait = { id: 'wait', type: 'WAIT', signal: 'go', match: 'signal.data.ok && event.name == "go"' };

  expect(expectLaws(workflow([wait]), []).run.state.status).toBe('COMPLETED');
});
