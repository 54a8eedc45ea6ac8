// Why a run is not green, and whether only people can move it. Method: real runs are driven to a state and asked.
import { expect, test } from 'vitest';
import { onlyPeopleCanMove } from '../../../src/projections/run/movement.ts';
import { whyOf } from '../../../src/projections/run/run-why.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { viewOf } from '../view-of.ts';

const approval = '{ id: ok, type: HUMAN, wait_for_approval: true }';

test('a run that completed needs no reason', () => {
  expect(whyOf(viewOf(startedRun(chartOf('- { id: only, type: NOOP }'))))).toEqual([]);
});

test('a failed run says the task, the attempt, the code and the message', () => {
  const run = startedRun(chartOf('- { id: scan, uses: files.scan, retry_policy: { max_attempts: 3 } }'));
  const [first] = whyOf(viewOf(run.fails('scan', 'file.broken', false)));
  expect(first).toMatch(/^scan failed, attempt 1 of 3: file\.broken: /);
});

test('a failed expression shows the values it saw, once', () => {
  const run = startedRun(
    chartOf(
      "- { id: calc, type: TRANSFORM, output: { x: '${10 / workflow.input.n}' } }",
      'input: { required: [n] }',
    ),
    { n: 'zero' },
  );
  const why = whyOf(viewOf(run)).join('\n');
  expect(why).toContain('workflow.input.n = "zero"');
  expect(why.split('workflow.input.n = "zero"')).toHaveLength(2);
});

test.each([
  ['an approval alone', `- ${approval}`, ['ok']],
  ['an approval beside an attempt', `- ${approval}\n- { id: scan, uses: files.scan }`, undefined],
  ['an attempt alone', '- { id: scan, uses: files.scan }', undefined],
])('%s: only people can move the run for %j', (_what, tasks, people) => {
  expect(onlyPeopleCanMove(viewOf(startedRun(chartOf(tasks))))).toEqual(people);
});

test('a task that will be tried again moves by itself', () => {
  const tasks = `- ${approval}\n- { id: scan, uses: files.scan, retry_policy: { max_attempts: 2 } }`;
  expect(onlyPeopleCanMove(viewOf(startedRun(chartOf(tasks)).fails('scan')))).toBeUndefined();
});

test('a paused run waits for a person once no attempt is under way', () => {
  const run = startedRun(chartOf('- { id: scan, uses: files.scan }'));
  run.does({ kind: 'startTask', task: 'scan', attempt: 1, worker: 'w' }).does({ kind: 'pauseRun' });
  expect(onlyPeopleCanMove(viewOf(run))).toBeUndefined();
  run.fails('scan', 'file.broken', false);
  expect(onlyPeopleCanMove(viewOf(run))).toBeUndefined();
});

test('a paused run with nothing under way has no task that waits, and still waits', () => {
  const run = startedRun(chartOf('- { id: scan, uses: files.scan }')).does({ kind: 'pauseRun' });
  expect(onlyPeopleCanMove(viewOf(run))).toEqual([]);
  expect(whyOf(viewOf(run))[0]).toBe('the run is paused');
});
