// A change is asked for: what an approval depends on is done again with the comment, and it is asked anew. Method as in
// human.test.ts.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { idempotencyKey } from '../../../machines/run/run.ts';
import { chartOf } from '../../support/chart-of.ts';
import { definitionText } from '../../support/definition-text.ts';
import { startedRun } from '../../support/run-spec.ts';

const approve = (by: string, task = 'review') => ({ kind: 'approve', task, by }) as const;
const change = (by: string, comment = 'shorter', task = 'review') =>
  ({ kind: 'requestChange', task, by, comment }) as const;

const drafting = (more = '', before = '') =>
  startedRun(
    chartOf(`
      - {id: topic, type: NOOP}
      - {id: write, uses: noop, depends_on: topic${before}}
      - {id: check, type: TRANSFORM, depends_on: write, output: {wish: "\${change.comment}", round: "\${change.round}"}}
      - {id: review, type: HUMAN, depends_on: check, on_change: write${more}}
      - {id: publish, uses: noop, depends_on: review}
    `),
  );

test('the task that is named and all that follows from it is done again, with the comment at hand, and it is asked anew', () => {
  const run = drafting().completes('write', { text: 'long' });
  expect(run.at('check').output).toEqual({ wish: '', round: 0 });
  const key = idempotencyKey(run.run(), 'write');
  run.does(change('ana'));
  expect(run.statuses()).toMatchObject({ topic: 'COMPLETED', write: 'SCHEDULED', review: 'PENDING' });
  // A new piece of work: what it calls must not take it for a repetition of the one before.
  expect(idempotencyKey(run.run(), 'write')).not.toBe(key);
  run.refuses(approve('ana'), 'approval.not-yet').completes('write', { text: 'short' });
  expect(run.at('check').output).toEqual({ wish: 'shorter', round: 1 });
  expect(run.at('review').changes).toEqual([{ by: 'ana', comment: 'shorter', at: expect.any(String) }]);
  run.does(approve('bob')).completes('publish').isIn('COMPLETED');
});

test('agreements that were given before a change count no more, and its time begins anew', () => {
  const run = drafting(', quorum: 2, timeout: 1h').completes('write').does(approve('ana'));
  run.passes(3_000_000).does(change('bob')).completes('write');
  expect(run.at('review').grants).toBeUndefined();
  run.passes(3_000_000).does(approve('ana')).does(approve('bob')).isIn('RUNNING');
  expect(run.statuses()).toMatchObject({ publish: 'SCHEDULED' });
});

test('only so many changes may be asked for, and each has to say what is to be changed', () => {
  const run = drafting('').completes('write').refuses(change('ana', '  '), 'input.comment');
  const bounded = startedRun(
    chartOf(`
      - {id: write, uses: noop}
      - {id: review, type: HUMAN, depends_on: write, on_change: {task: write, max: 2}}
    `),
  ).completes('write');
  for (const comment of ['one', 'two']) bounded.does(change('ana', comment)).completes('write');
  bounded.refuses(change('ana', 'three'), 'approval.no-more-changes').does(approve('ana')).isIn('COMPLETED');
  expect(run.statuses()).toMatchObject({ review: 'PENDING_APPROVAL' });
});

test('who is not asked can ask for no change, and where there is no on_change nobody can', () => {
  drafting(', approvers: {names: [ana]}').completes('write').refuses(change('eve'), 'approval.not-allowed');
  startedRun(chartOf('- {id: review, type: HUMAN}')).refuses(change('ana'), 'approval.no-change');
  drafting().refuses(change('ana'), 'approval.not-yet');
});

test('another approval of the same work is asked anew as well; work that goes on is not done twice', () => {
  const run = startedRun(
    chartOf(`
      - {id: write, uses: noop}
      - {id: legal, type: HUMAN, depends_on: write, on_change: write}
      - {id: review, type: HUMAN, depends_on: write, on_change: write}
      - {id: notify, uses: noop, depends_on: write}
      - {id: done, type: NOOP, depends_on: [legal, review, notify]}
    `),
  ).completes('write');
  run.does(approve('ana', 'legal')).refuses(change('bob'), 'approval.change-too-early').completes('notify');
  run.does(change('bob')).completes('write').completes('notify');
  expect(run.statuses()).toMatchObject({ legal: 'PENDING_APPROVAL', review: 'PENDING_APPROVAL' });
  run.does(approve('ana', 'legal')).does(approve('bob')).isIn('COMPLETED');
});

test('in a branch of a FORK the other branches go on, in a pass of a loop the other passes', () => {
  const run = startedRun(
    chartOf(`
      - id: both
        type: FORK
        branches:
          - [{id: write, uses: noop}, {id: read, uses: noop}, {id: review, type: HUMAN, on_change: write}]
          - [{id: other, uses: noop}]
      - id: rounds
        type: FORK
        for_each: "[1, 2]"
        tasks:
          - {id: draft, type: TRANSFORM, output: {wish: "\${change.comment}"}}
          - {id: judge, type: HUMAN, depends_on: draft, on_change: draft}
    `),
  );
  run.completes('write').completes('read').does(change('ana'));
  expect(run.statuses()).toMatchObject({
    both: 'IN_PROGRESS',
    write: 'SCHEDULED',
    read: 'PENDING',
    other: 'SCHEDULED',
  });
  run.completes('write').completes('read').does(approve('ana')).completes('other');
  run.does(change('ana', 'mend it', 'rounds[1].judge'));
  expect(run.at('rounds[1].draft').output).toEqual({ wish: 'mend it' });
  expect(run.at('rounds[0].judge').changes).toBeUndefined();
  run.does(approve('ana', 'rounds[0].judge')).does(approve('ana', 'rounds[1].judge')).isIn('COMPLETED');
});

test('a body between is gone through anew', () => {
  const run = startedRun(
    chartOf(`
      - {id: list, type: TRANSFORM, output: {items: [1, 2]}}
      - {id: each, type: FORK, depends_on: list, for_each: "list.output.items", tasks: [{id: work, uses: noop}]}
      - {id: review, type: HUMAN, depends_on: each, on_change: list}
    `),
  );
  run.completes('each[0].work').completes('each[1].work').does(change('ana'));
  run.completes('each:2[0].work').completes('each:2[1].work').does(approve('ana')).isIn('COMPLETED');
});

test('while the run is paused a change is noted, and done when it is resumed', () => {
  const run = drafting().completes('write').does({ kind: 'pauseRun' }).does(change('ana'));
  expect(run.effects()).toEqual([]);
  run
    .does({ kind: 'resumeRun' })
    .completes('write')
    .does(approve('ana'))
    .completes('publish')
    .isIn('COMPLETED');
});

test('who reruns the task has people asked from the beginning', () => {
  const run = drafting(', on_reject: fail').completes('write').does(change('ana')).completes('write');
  run
    .does({ kind: 'reject', task: 'review', by: 'ana' })
    .isIn('FAILED')
    .does({ kind: 'rerun', from: 'write' });
  run.completes('write');
  expect(run.at('review').changes).toBeUndefined();
  expect(run.at('check').output).toEqual({ wish: '', round: 0 });
});

const foundIn = (tasks: string) => {
  const loaded = loadDefinition({ file: 'asks-again.yaml', content: definitionText(tasks) });

  return loaded.ok ? [] : loaded.problems.map(({ code, line }) => `${line} ${code}`);
};

test.each([
  ['a task that is not there', '- {id: review, type: HUMAN, on_change: write}', '5 definition.unknown-task'],
  [
    'a task that does not lead to it',
    '- {id: write, uses: notify, input: {message: a}}\n- {id: review, type: HUMAN, on_change: write}',
    '6 definition.change-astray',
  ],
  [
    'a task that is undone once and would be done twice',
    `- {id: write, assigned_to: a, compensate: undo}
- {id: undo, assigned_to: a}
- {id: review, type: HUMAN, depends_on: write, on_change: write}`,
    '7 definition.change-undone',
  ],
  [
    'a task of another list',
    `- id: both
  type: FORK
  branches: [[{id: write, assigned_to: a}]]
- {id: review, type: HUMAN, depends_on: both, on_change: write}`,
    '8 definition.foreign-task',
  ],
  [
    'the wish for a change where there can be none',
    '- {id: write, type: TRANSFORM, output: {wish: "${change.comment}"}}\n- {id: review, type: HUMAN, depends_on: write}',
    '5 definition.unknown-name',
  ],
])('%s is refused before a run', (_what, tasks, problem) => {
  expect(foundIn(tasks)).toEqual([problem]);
});
