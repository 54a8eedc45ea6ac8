// Parent and child, and a run and the workflow that answers its failure, are two journals: whatever dies between their
// events, nothing is started twice, done twice or forgotten. Method: crash-world.ts; the engine dies after every event
// of all runs in turn, and whoever goes on has to come to the same ends.
import { expect, test } from 'vitest';
import { TaskError } from '../../../src/ports/work/handler.ts';
import { type Answers, type Played, play } from '../crash-world.ts';

const child = `workflow:
  id: child
  version: 1
  input: {optional: [{n: 1}]}
  output: {doubled: "\${work.output.n * 2}"}
  tasks:
    - {id: prepare, uses: noop}
    - {id: work, uses: noop, depends_on: prepare, input: {n: "\${workflow.input.n}"}}
`;
const middle = `workflow:
  id: middle
  version: 1
  output: {below: "\${below.output.doubled}"}
  tasks: [{id: below, type: SUB_WORKFLOW, workflow: child, input: {n: 5}}]
`;
const incident = `workflow:
  id: incident
  version: 1
  input: {required: [error, failed_task]}
  tasks: [{id: report, uses: noop, input: {code: "\${workflow.input.error.code}"}}]
`;
const parentOf = (tasks: string, extra = '') => `workflow:
  id: parent
  version: 1
  ${extra}
  tasks:
${tasks}
`;
const answers: Answers = ({ task, input }) => {
  if (task === 'breaks') throw new TaskError('disk.full', 'no space left');

  return task === 'work' || task.endsWith('.work') ? input : {};
};

const courses: readonly (readonly [string, readonly string[], number])[] = [
  [
    'children that are waited for, one after the other',
    [
      parentOf(`    - {id: one, type: SUB_WORKFLOW, workflow: child}
    - {id: two, type: SUB_WORKFLOW, workflow: middle, depends_on: one}
    - {id: last, uses: noop, depends_on: two}`),
      child,
      middle,
    ],
    4,
  ],
  [
    'children that are only started',
    [
      parentOf(`    - {id: one, type: SUB_WORKFLOW, workflow: child, wait: false}
    - {id: last, uses: noop, depends_on: one}`),
      child,
    ],
    2,
  ],
  [
    'a run for every item',
    [
      parentOf(
        '    - {id: all, type: FORK, for_each: "${[1, 2, 3]}", as: n, concurrency: 2, workflow: child}',
      ),
      child,
    ],
    4,
  ],
  [
    'a failing run whose children end first',
    [
      parentOf(`    - {id: slow, type: SUB_WORKFLOW, workflow: waiting}
    - {id: before, uses: noop}
    - {id: breaks, uses: noop, depends_on: before}`),
      'workflow: {id: waiting, version: 1, tasks: [{id: nap, type: WAIT, duration: 1h}]}',
    ],
    2,
  ],
  [
    'a run whose failure another one answers',
    [parentOf('    - {id: breaks, uses: noop}', 'failure_workflow: {id: incident}'), incident],
    2,
  ],
  [
    'a failure workflow that is written in its definition',
    [
      parentOf(
        '    - {id: breaks, uses: noop}',
        'failure_workflow: {id: own-incident, steps: [{id: log, uses: noop}, {id: tell, uses: noop}]}',
      ),
    ],
    2,
  ],
];

test.each(courses)('%s: killed after any event, all comes to the same end', async (_what, texts, runs) => {
  const whole = await play({ texts, answers });
  expect(Object.keys(whole.ends)).toHaveLength(runs);
  expect(whole.differences).toBe(0);
  expect(whole.troubles).toEqual([]);

  for (let crashAfter = 1; crashAfter < whole.events; crashAfter += 1) {
    const crashed = await play({ texts, answers, crashAfter });
    expectSame(crashed, whole, `killed after event ${crashAfter} of ${whole.events}`);
  }
});

function expectSame(crashed: Played, whole: Played, when: string): void {
  expect(crashed.ends, when).toEqual(whole.ends);
  expect(crashed.events, when).toBe(whole.events);
  expect(crashed.repeated, when).toEqual([]);
  expect([...new Set(crashed.begun)].sort(), when).toEqual([...whole.begun].sort());
  expect(crashed.differences, when).toBe(0);
  expect(crashed.troubles, when).toEqual([]);
}
