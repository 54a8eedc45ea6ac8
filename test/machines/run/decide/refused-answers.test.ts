// Answers to approvals that do not count are facts of the run that change nothing else. Method: a driven run, the
// command that the shell makes of a refusal, and the state before and after.
import { expect, test } from 'vitest';
import type { Command } from '../../../../machines/run/decide/command.ts';
import { decide } from '../../../../machines/run/decide/decide.ts';
import { noteOf } from '../../../../machines/run/decide/refused-answers.ts';
import { headOf } from '../../../../machines/run/record/head.ts';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

const chart = chartOf(`
  - {id: first, type: NOOP}
  - {id: ask, type: HUMAN, wait_for_approval: true, quorum: 2, approvers: {names: [ana, bob]}}
  - {id: later, type: HUMAN, wait_for_approval: true, depends_on: ask}
`);
const approve = (by: string, task = 'ask') => ({ kind: 'approve', task, by }) as const;
type Driven = ReturnType<typeof startedRun>;

/** Has the command refused, and the refusal noted as the shell does. */
function refusedAndNoted(run: Driven, command: Command): string {
  const decision = decide(run.run(), command);
  if (decision.ok) return 'accepted';
  const note = noteOf(command, decision.refusal);
  if (note === undefined || !decide(run.run(), note).ok) return `${decision.refusal.code}, without a trace`;
  run.does(note);

  return decision.refusal.code;
}

test('answers that come twice, too early, or unasked are noted', () => {
  const run = startedRun(chart).does(approve('ana'));
  expect(refusedAndNoted(run, approve('ana'))).toBe('approval.already-given');
  expect(refusedAndNoted(run, approve('eve'))).toBe('approval.not-allowed');
  expect(refusedAndNoted(run, { kind: 'reject', task: 'later', by: 'ana' })).toBe('approval.not-yet');
  expect(refusedAndNoted(run, { kind: 'delegateApproval', task: 'ask', by: 'eve', to: 'dan' })).toBe(
    'approval.not-allowed',
  );

  expect(
    run
      .run()
      .state.refusedAnswers?.map(({ by, decision, task, code }) => `${by} ${decision} ${task} ${code}`),
  ).toEqual([
    'ana approve ask approval.already-given',
    'eve approve ask approval.not-allowed',
    'ana reject later approval.not-yet',
    'eve delegate ask approval.not-allowed',
  ]);
  run.does(approve('bob')).does(approve('ana', 'later')).isIn('COMPLETED');
});

test('an answer that comes too late is noted, also when the run is over, and nothing else changes', () => {
  const run = startedRun(chart).does(approve('ana')).does(approve('bob'));
  expect(refusedAndNoted(run, approve('ana'))).toBe('approval.settled');
  run.does(approve('ana', 'later')).isIn('COMPLETED');
  const { state } = run.run();
  const head = headOf(run.run());

  expect(refusedAndNoted(run, approve('ana', 'later'))).toBe('run.closed');
  const { refusedAnswers, ...after } = run.run().state;
  const { refusedAnswers: before, ...stayed } = state;
  expect(after).toEqual(stayed);
  expect(headOf(run.run())).toEqual(head);
  expect([before?.length, refusedAnswers?.length]).toEqual([1, 2]);
  expect(run.effects()).toEqual([]);
});

test('what was no answer to an approval leaves no trace', () => {
  const run = startedRun(chart);
  expect(refusedAndNoted(run, approve('ana', 'nothing'))).toBe('task.unknown, without a trace');
  expect(refusedAndNoted(run, approve('ana', 'first'))).toBe('approval.not-asked, without a trace');
  expect(refusedAndNoted(run, { kind: 'delegateApproval', task: 'ask', by: 'ana', to: 'ana' })).toBe(
    'approval.bad-delegate, without a trace',
  );
  expect(refusedAndNoted(run, { kind: 'skipTask', task: 'nothing' })).toBe('task.unknown, without a trace');
  run.does({ kind: 'terminateRun' });
  expect(refusedAndNoted(run, approve('ana', 'first'))).toBe('run.closed, without a trace');
});

test('nobody fills the journal of a run with answers that do not count', () => {
  const run = startedRun(chart);
  for (let person = 0; person < 10; person += 1) {
    const answer = approve(`eve${person}`);
    for (let times = 0; times < 10; times += 1) {
      expect(refusedAndNoted(run, answer)).toBe('approval.not-allowed');
    }
    // Whoever asks again and again leaves room for the others.
    expect(refusedAndNoted(run, answer)).toBe('approval.not-allowed, without a trace');
  }

  expect(refusedAndNoted(run, approve('mallory'))).toBe('approval.not-allowed, without a trace');
  expect(run.run().state.refusedAnswers).toHaveLength(100);
});

test('while what was done is undone it is the same', () => {
  const undoing = startedRun(
    chartOf(`
      - {id: made, uses: work, compensate: unmade}
      - {id: unmade, uses: work}
      - {id: ask, type: HUMAN, wait_for_approval: true, depends_on: made}
    `),
  ).completes('made');
  undoing.does({ kind: 'cancelRun' });
  expect(undoing.run().state.phase).toBe('compensating');
  expect(refusedAndNoted(undoing, approve('ana'))).toBe('approval.settled');
  expect(undoing.effects()).toEqual(['unmade#1']);
  undoing.completes('unmade').isIn('TERMINATED');
  expect(undoing.run().state.refusedAnswers).toHaveLength(1);
});
