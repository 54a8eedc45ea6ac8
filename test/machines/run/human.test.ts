// Waits for people: who may answer, once, and what the answers and the silence lead to. Method as in simple.test.ts.
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const asking = (more: string) =>
  startedRun(chartOf(`- {id: ask, type: HUMAN, wait_for_approval: true${more === '' ? '' : `, ${more}`}}`));
const approve = (by: string) => ({ kind: 'approve', task: 'ask', by }) as const;
const reject = (by: string) => ({ kind: 'reject', task: 'ask', by, comment: 'not yet' }) as const;

test('an approval completes the task with who decided and what was said', () => {
  const run = asking('')
    .does({ ...approve('ana'), comment: 'fine' })
    .isIn('COMPLETED');

  expect(run.run().state.tasks['ask']?.output).toEqual({
    decision: 'approved',
    by: 'ana',
    comment: 'fine',
    data: null,
  });
});

test('a rejection fails the task, unless the definition goes on', () => {
  const failed = asking('').does(reject('ana')).isIn('FAILED');
  expect(failed.run().state.error).toMatchObject({
    code: 'approval.denied',
    message: 'rejected by ana: not yet',
  });

  const gone = asking('on_reject: continue').does(reject('ana')).isIn('COMPLETED');
  expect(gone.run().state.tasks['ask']?.output).toMatchObject({ decision: 'rejected' });
});

test('approving twice is refused with the answer that was given', () => {
  const chart = chartOf(`
    - {id: ask, type: HUMAN, wait_for_approval: true}
    - {id: after, uses: noop, depends_on: ask}
  `);
  const run = startedRun(chart).does(approve('ana'));
  run.refuses(approve('bob'), 'approval.settled').refuses(reject('bob'), 'approval.settled');
});

test('a quorum counts people, not clicks', () => {
  const run = asking('quorum: 2')
    .does(approve('ana'))
    .refuses(approve('ana'), 'approval.already-given')
    .isIn('RUNNING');
  run.does(approve('bob')).isIn('COMPLETED');
});

test('only the named approvers may answer, and only a task that asks can be answered', () => {
  asking('approvers: {names: [ana]}')
    .refuses(approve('bob'), 'approval.not-allowed')
    .does(approve('ana'))
    .isIn('COMPLETED');
  const other = startedRun(chartOf('- {id: ask, uses: noop}'));
  other
    .refuses(approve('ana'), 'approval.not-asked')
    .refuses({ ...approve('ana'), task: 'nobody' }, 'task.unknown');
});

test('silence does what on_timeout says', () => {
  expect(asking('timeout: 1h').passes(3_600_000).isIn('FAILED').statuses()).toEqual({ ask: 'TIMED_OUT' });
  const approved = asking('timeout: 1h, on_timeout: approve').passes(3_600_000).isIn('COMPLETED');
  expect(approved.run().state.tasks['ask']?.output).toMatchObject({ decision: 'approved', by: 'timeout' });
  asking('timeout: 1h, on_timeout: reject').passes(3_600_000).isIn('FAILED');
  const escalated = asking('timeout: 1h, on_timeout: escalate').passes(7_200_000).isIn('RUNNING');
  expect(escalated.statuses()).toEqual({ ask: 'PENDING_APPROVAL' });
});

test('an approval that was agreed to in part times out as one that was not', () => {
  const part = (more: string) =>
    asking(`quorum: 2, timeout: 1h, ${more}`).does(approve('ana')).passes(3_600_000);
  expect(part('on_timeout: fail').isIn('FAILED').statuses()).toEqual({ ask: 'TIMED_OUT' });
  part('on_timeout: escalate')
    .refuses(approve('ana'), 'approval.already-given')
    .does(approve('bob'))
    .isIn('COMPLETED');
  const gone = part('on_timeout: reject, on_reject: continue').isIn('COMPLETED');
  expect(gone.run().state.tasks['ask']?.output).toMatchObject({ decision: 'rejected', by: 'timeout' });
});

test('what an approval brings along is completed by the defaults of the form', () => {
  const run = asking('form: {required: [why], optional: [{urgent: false}]}').does({
    ...approve('ana'),
    data: { why: 'now' },
  });
  expect(run.run().state.tasks['ask']?.output).toMatchObject({ data: { why: 'now', urgent: false } });
});

test('without wait_for_approval it tells and goes on', () => {
  startedRun(chartOf('- {id: tell, type: HUMAN, wait_for_approval: false}')).isIn('COMPLETED');
});
