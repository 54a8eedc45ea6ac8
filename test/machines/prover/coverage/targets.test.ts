// Which transitions tests have to cover. Method: one definition for each kind of task, its targets spelled out.
import { expect, test } from 'vitest';
import { targetText } from '../../../../machines/prover/coverage/target.ts';
import { targetsOf } from '../../../../machines/prover/coverage/targets.ts';
import { chartOf } from '../../../support/chart-of.ts';

/** The targets of one task, or of the run, without its name; those that every task has are left out. */
function ofTask(task: string, tasks: string, extra = ''): readonly string[] {
  const everywhere = /any state -> (skipped|completed) \(/;

  return targetsOf(chartOf(tasks, extra))
    .map(targetText)
    .filter((text) => text.startsWith(`${task}: `) && !everywhere.test(text))
    .map((text) => text.slice(task.length + 2));
}

test('an attempt is begun or not, and completes or fails either way', () => {
  expect(ofTask('a', '- {id: a, uses: noop}')).toEqual([
    'waiting -> scheduled (dependencies)',
    'scheduled -> in_progress (task.started)',
    'scheduled -> completed (task.completed)',
    'scheduled -> failed (task.failed)',
    'in_progress -> completed (task.completed)',
    'in_progress -> failed (task.failed)',
  ]);
});

test('retries, every time-out and the fallback are targets of their own', () => {
  const tasks = `
    - {id: a, uses: noop, timeout: 1s, queue_timeout: 1s, total_timeout: 1m, heartbeat_timeout: 1s, retry_policy: {max_attempts: 2}, fallback: b}
    - {id: b, uses: noop}
  `;
  expect(ofTask('a', tasks)).toEqual(
    expect.arrayContaining([
      'scheduled -> recovering (timer.fired.task.queue-timeout)',
      'scheduled -> retrying (task.failed)',
      'in_progress -> retrying (timer.fired.task.heartbeat-timeout)',
      'in_progress -> retrying (timer.fired.task.timeout)',
      'in_progress -> recovering (timer.fired.task.total-timeout)',
      'retrying -> scheduled (timer.fired.task.retry)',
      'recovering -> completed_with_errors (fallback ended)',
      'recovering -> failed (fallback ended)',
    ]),
  );
});

test('what guards can never let through is no target', () => {
  const caught = '- {id: a, uses: noop, catch: [{errors: ["*"], next: b}]}\n- {id: b, uses: noop}';
  expect(ofTask('a', caught).filter((text) => text.includes('failed'))).toEqual([
    'scheduled -> caught (task.failed)',
    'in_progress -> caught (task.failed)',
  ]);
  const tired = '- {id: a, uses: noop, retry_policy: {max_attempts: 2, on_exhausted: pause}}';
  expect(ofTask('a', tired)).toContain('exhausted -> scheduled (run.resumed)');
  expect(ofTask('a', tired)).not.toContain('scheduled -> failed (task.failed)');
});

test('a decision has a target for each case, and for no match only where there is no default', () => {
  const without =
    '- {id: g, type: DECISION, decision_param: "\'A\'", decision_cases: {A: {next: a}}}\n- {id: a, uses: noop}';
  expect(ofTask('g', without)).toEqual([
    'waiting -> deciding (dependencies)',
    'deciding -> case A (decision.made)',
    'deciding -> no_match (decision.made)',
    'deciding -> failed (task.failed)',
  ]);
  const added = without.replace('}}}', '}}, default: a}');
  expect(ofTask('g', added)).toContain('deciding -> default (decision.made)');
  expect(ofTask('g', added)).not.toContain('deciding -> no_match (decision.made)');
});

test('an approval counts the first grant of a quorum, an escalation and a delegation', () => {
  const tasks =
    '- {id: h, type: HUMAN, wait_for_approval: true, quorum: 2, timeout: 1h, on_timeout: escalate}';
  expect(ofTask('h', tasks)).toEqual([
    'waiting -> pending_approval (dependencies)',
    'pending_approval -> approved (approval.granted)',
    'pending_approval -> pending_approval (approval.granted)',
    'pending_approval -> failed (approval.denied)',
    'pending_approval -> pending_approval (approval.delegated)',
    'pending_approval -> pending_approval (timer.fired.approval.timeout)',
  ]);
});

test('a wait for a signal knows early ones, late ones and none; one for a time only that', () => {
  expect(ofTask('w', '- {id: w, type: WAIT, signal: go, timeout: 1h}')).toEqual([
    'waiting -> arming (dependencies)',
    'arming -> completed (signal.taken)',
    'arming -> awaiting (wait.armed)',
    'awaiting -> completed (signal.received)',
    'awaiting -> timed_out (timer.fired.task.timeout)',
  ]);
  expect(ofTask('w', '- {id: w, type: WAIT, duration: 1s}')).toEqual([
    'waiting -> awaiting (dependencies)',
    'awaiting -> completed (timer.fired.wait.elapsed)',
  ]);
});

test('tasks of a branch can be given up, and begin anew where their FORK is tried again', () => {
  const fork = (retry: string) => `- {id: f, type: FORK, ${retry}branches: [[{id: a, uses: noop}]]}`;
  expect(ofTask('a', fork(''))).toContain('any state -> cancelled (given up)');
  expect(ofTask('a', fork(''))).not.toContain('any state -> waiting (begun anew)');
  expect(ofTask('a', fork('retry_policy: {max_attempts: 2}, '))).toContain(
    'any state -> waiting (begun anew)',
  );
  expect(ofTask('f', fork(''))).toEqual([
    'waiting -> open (dependencies)',
    'open -> completed (branches ended)',
    'open -> failed (part.failed)',
  ]);
});

test('a loop goes round, ends, and fails with its body', () => {
  const loop = '- {id: l, type: DO_WHILE, loop_condition: "true", tasks: [{id: a, uses: noop}]}';
  expect(ofTask('l', loop)).toEqual([
    'waiting -> open (dependencies)',
    'open -> failed (pass.ended)',
    'open -> looping (pass.ended)',
    'looping -> failed (loop.evaluated)',
    'looping -> open (loop.evaluated)',
    'looping -> completed (loop.evaluated)',
    'looping -> failed (task.failed)',
  ]);
});

test('the run itself: only what its definition can lead to', () => {
  expect(ofTask('run', '- {id: a, uses: noop}')).toEqual([
    'created -> running (run.started)',
    'running -> paused (run.paused)',
    'running -> completed (all settled)',
    'running -> failed (a task failed)',
    'running -> terminated (run.terminated)',
    'running -> terminated (run.cancelled)',
    'paused -> completed (run.resumed)',
    'paused -> running (run.resumed)',
    'paused -> failed (a task failed)',
    'paused -> terminated (run.terminated)',
    'paused -> terminated (run.cancelled)',
    'failed -> running (run.retried)',
    'terminated -> running (run.retried)',
  ]);
});

test('undoing and the failure workflow are stages on the way out', () => {
  const tasks =
    '- {id: a, uses: noop, compensate: u}\n- {id: u, uses: noop}\n- {id: b, uses: noop, depends_on: a}';
  const targets = ofTask('run', tasks, 'failure_workflow: mend\n');
  expect(targets).toEqual(
    expect.arrayContaining([
      'running -> compensating (a task failed)',
      'running -> notifying (a task failed)',
      'compensating -> notifying (undone)',
      'compensating -> compensation_failed (undone)',
      'notifying -> failed (failure-workflow.started)',
      'notifying -> compensation_failed (failure-workflow.started)',
    ]),
  );
  expect(targets).not.toContain('running -> failed (a task failed)');
});

test('a TERMINATE that ends the run TERMINATED has it undone, and starts no failure workflow', () => {
  const tasks = `
    - {id: a, uses: noop, compensate: u}
    - {id: u, uses: noop}
    - {id: t, type: TERMINATE, depends_on: a, status: TERMINATED}
  `;
  const targets = ofTask('run', tasks);

  expect(targets.filter((text) => text.includes('TERMINATE'))).toEqual([
    'running -> compensating (a TERMINATE was reached)',
    'running -> terminated (a TERMINATE was reached)',
  ]);
  expect(targets).toContain('compensating -> terminated (undone)');
});
