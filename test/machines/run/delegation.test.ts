// An approval that is handed over: who may answer then, and who no longer may. Method as in human.test.ts.
import { expect, test } from 'vitest';
import { approversText, askedNow } from '../../../machines/agents/authority.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const asking = (more: string) =>
  startedRun(chartOf(`- {id: ask, type: HUMAN, wait_for_approval: true, ${more}}`));
const approve = (by: string) => ({ kind: 'approve', task: 'ask', by }) as const;
const reject = (by: string) => ({ kind: 'reject', task: 'ask', by }) as const;
const delegate = (by: string, to: string) => ({ kind: 'delegateApproval', task: 'ask', by, to }) as const;

/** Who is asked by the run as it is, in words. */
function asked(run: ReturnType<typeof asking>): string {
  const task = run.run().chart.plan.get('ask')?.task;
  if (task?.type !== 'HUMAN') throw new Error('the run of the test asks nobody');

  return approversText(askedNow(task, run.at('ask')));
}

test('who is named hands the answer over, and may not give it any more', () => {
  const run = asking('approvers: {names: [ana, cem]}').does({ ...delegate('ana', 'bob'), reason: 'away' });
  expect(run.at('ask').delegations).toEqual([
    { by: 'ana', to: 'bob', reason: 'away', at: expect.any(String) },
  ]);
  expect(asked(run)).toBe('cem, or bob');
  run.refuses(approve('ana'), 'approval.not-allowed').refuses(reject('ana'), 'approval.not-allowed');
  run.does(approve('bob')).isIn('COMPLETED');
});

test('when the only one who is named hands it over, it is not free for all', () => {
  const run = asking('approvers: {names: [ana]}').does(delegate('ana', 'bob'));
  expect(asked(run)).toBe('bob');
  run.refuses(approve('eve'), 'approval.not-allowed').does(approve('bob')).isIn('COMPLETED');
});

test('a delegate hands it on, and back', () => {
  const run = asking('approvers: {names: [ana]}').does(delegate('ana', 'bob')).does(delegate('bob', 'cem'));
  run.refuses(approve('bob'), 'approval.not-allowed').does(delegate('cem', 'ana'));
  run.refuses(approve('cem'), 'approval.not-allowed').does(approve('ana')).isIn('COMPLETED');
});

test('who is asked for the level alone gives the answer up as well, until it is handed back', () => {
  const run = asking('approvers: {level: L1}').does(delegate('ana', 'bob'));
  expect(asked(run)).toBe('L1 or above, or bob');
  run.refuses(approve('ana'), 'approval.not-allowed').refuses(delegate('ana', 'cem'), 'approval.not-allowed');
  run.does(delegate('bob', 'ana')).refuses(approve('bob'), 'approval.not-allowed');
  run.does(approve('ana')).isIn('COMPLETED');
});

test.each(['approvers: {level: L1}, quorum: 2', 'approvers: {names: [ana, eve]}, quorum: 2', 'quorum: 2'])(
  'one person makes no two of themselves: %s',
  (who) => {
    const run = asking(who).does(delegate('ana', 'bob')).does(approve('bob'));
    run
      .refuses(approve('ana'), 'approval.not-allowed')
      .refuses(delegate('ana', 'cem'), 'approval.not-allowed');
    run.refuses(delegate('bob', 'cem'), 'approval.already-given').isIn('RUNNING');
    run.does(approve('eve')).isIn('COMPLETED');
  },
);

test('only who may answer hands it over, to somebody else who may not yet', () => {
  const run = asking('approvers: {names: [ana, bob, cem]}, quorum: 2').does(approve('cem'));
  run
    .refuses(delegate('eve', 'dan'), 'approval.not-allowed')
    .refuses(delegate('ana', 'ana'), 'approval.bad-delegate')
    .refuses(delegate('ana', 'bob'), 'approval.bad-delegate')
    .refuses(delegate('ana', 'engine'), 'approval.bad-delegate')
    .refuses(delegate('cem', 'dan'), 'approval.already-given');
  run.does(delegate('bob', 'dan')).refuses(delegate('dan', 'cem'), 'approval.bad-delegate');
  run.does(approve('dan')).isIn('COMPLETED').refuses(delegate('ana', 'eve'), 'run.closed');
});

test('it is not handed on for ever', () => {
  const run = asking('approvers: {names: [ana]}');
  for (let times = 0; times < 25; times += 1) run.does(delegate('ana', 'bob')).does(delegate('bob', 'ana'));
  run.refuses(delegate('ana', 'bob'), 'approval.bad-delegate').does(approve('ana')).isIn('COMPLETED');
});

test('silence escalates to those whom escalate_to names, beside those who were asked', () => {
  const run = asking(
    'approvers: {names: [ana]}, timeout: 1h, on_timeout: escalate, escalate_to: {names: [chief], level: L1}',
  ).refuses(approve('chief'), 'approval.not-allowed');
  expect(asked(run)).toBe('ana');
  run.passes(3_600_000).isIn('RUNNING');
  expect(asked(run)).toBe('ana, or chief, of level L1 or above');
  run.does(delegate('chief', 'bob')).refuses(approve('chief'), 'approval.not-allowed');
  run.does(approve('bob')).isIn('COMPLETED');
});

test('who handed it over before has no second answer when it is escalated to them', () => {
  const run = asking(
    'approvers: {names: [ana]}, quorum: 2, timeout: 1h, on_timeout: escalate, escalate_to: {names: [ana, cem]}',
  );
  run.does(delegate('ana', 'bob')).passes(3_600_000).refuses(approve('ana'), 'approval.not-allowed');
  run.does(delegate('bob', 'ana')).does(approve('ana')).does(approve('cem')).isIn('COMPLETED');
});

test('another attempt asks those whom the definition names', () => {
  const run = asking('approvers: {names: [ana]}')
    .does(delegate('ana', 'bob'))
    .does(reject('bob'))
    .isIn('FAILED');
  run.does({ kind: 'retryRun' }).refuses(approve('bob'), 'approval.not-allowed');
  run.does(approve('ana')).isIn('COMPLETED');
});

test('a link answers once, whatever it says the second time; by hand its person may still change their mind', () => {
  const run = asking('approvers: {names: [ana, bob]}, quorum: 2').does({ ...approve('ana'), via: 'link' });
  run
    .refuses({ ...reject('ana'), via: 'link' }, 'approval.already-given')
    .refuses({ ...approve('ana'), via: 'link' }, 'approval.already-given');
  run.does({ ...reject('bob'), via: 'link' }).isIn('FAILED');
  asking('approvers: {names: [ana, bob]}, quorum: 2').does(approve('ana')).does(reject('ana')).isIn('FAILED');
});
