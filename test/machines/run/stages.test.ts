// Who is asked as well while nobody answers, stage by stage, and how often people are reminded. Method as in
// human.test.ts.
import { expect, test } from 'vitest';
import { approversText } from '../../../machines/agents/authority.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { approvalAt } from '../../../machines/run/decide/asked-approval.ts';
import { headOf } from '../../../machines/run/record/head.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import { chartOf } from '../../support/chart-of.ts';
import { definitionText } from '../../support/definition-text.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

const hour = 3_600_000;
const approve = (by: string) => ({ kind: 'approve', task: 'ask', by }) as const;
const asking = (more: string, input = {}) =>
  startedRun(
    chartOf(`- {id: ask, type: HUMAN, approvers: {names: [ana]}, ${more}}`, 'input: {optional: [boss]}'),
    input,
  );

function asked(run: Driven): string {
  const { state, chart } = run.run();
  const found = approvalAt({ state, plan: chart.plan, timers: timersOf(run.run()) }, 'ask');

  return found === undefined ? '' : approversText(found.asked);
}

const chain =
  'escalate: [{after: 1h, to: {names: [bob]}}, {after: 2h, to: {level: L1}}, {after: 1h, to: {names: [chief]}}]';

test('each stage asks more people, so long after the one before', () => {
  const run = asking(chain).refuses(approve('bob'), 'approval.not-allowed');
  run.passes(hour);
  expect([asked(run), run.at('ask').escalation?.stage]).toEqual(['ana, or bob', 1]);
  run.passes(hour).refuses(approve('eve'), 'approval.not-allowed').passes(hour);
  expect(asked(run)).toBe('ana, or bob, or L1 or above');
  expect(headOf(run.run()).asks).toMatchObject([{ escalated: true, answered: true }]);
  run.passes(hour);
  expect(asked(run)).toBe('ana, or bob, or L1 or above, or chief');
  // The chain is over: nothing else happens by itself.
  expect(timersOf(run.run())).toEqual([]);
  run
    .passes(100 * hour)
    .does(approve('chief'))
    .isIn('COMPLETED');
});

test('the time-out ends the chain, wherever it is, and counts from the beginning', () => {
  const run = asking(`${chain}, timeout: 90m, on_timeout: approve`).passes(hour).isIn('RUNNING').passes(hour);
  expect(run.isIn('COMPLETED').at('ask').output).toMatchObject({ decision: 'approved', by: 'timeout' });
});

test('agreements from before a stage still count', () => {
  const run = asking(`quorum: 2, ${chain}`).does(approve('ana')).passes(hour).does(approve('bob'));
  run.isIn('COMPLETED');
});

test('a stage may be named by an expression', () => {
  const stages = 'escalate: [{after: 1h, to: {names: ["${workflow.input.boss}"]}}]';
  const run = startedRun(
    chartOf(`- {id: ask, type: HUMAN, approvers: {names: [ana]}, ${stages}}`, 'input: {required: [boss]}'),
    { boss: 'bea' },
  );
  run.passes(hour).does(approve('bea')).isIn('COMPLETED');
});

test('people are reminded as often as the definition says, and not once it is decided', () => {
  const count = (run: Driven) => run.at('ask').reminders?.count ?? 0;
  const run = asking('remind: {every: 1h, max: 2}');
  expect([count(run), count(run.passes(hour)), count(run.passes(hour)), count(run.passes(9 * hour))]).toEqual(
    [0, 1, 2, 2],
  );
  const answered = asking('remind: {every: 1h}').does(approve('ana'));
  expect([timersOf(answered.run()), count(asking('remind: {every: 1h}').passes(hour))]).toEqual([[], 1]);
});

test('a change that is asked for begins anew with stages and reminders', () => {
  const run = startedRun(
    chartOf(`
      - {id: write, type: NOOP}
      - {id: ask, type: HUMAN, depends_on: write, on_change: write, ${chain}, remind: {every: 1h}}
    `),
  ).passes(hour);
  expect(run.at('ask')).toMatchObject({ escalation: { stage: 1 }, reminders: { count: 1 } });
  run.does({ kind: 'requestChange', task: 'ask', by: 'ana', comment: 'shorter' });
  expect([run.at('ask').escalation, run.at('ask').reminders]).toEqual([undefined, undefined]);
  expect(timersOf(run.run()).map(({ timer }) => timer)).toEqual(['approval.escalation', 'approval.reminder']);
});

test('while a run is paused neither comes, and what is overdue comes when it is resumed', () => {
  const run = asking(`${chain}, remind: {every: 1h}`).does({ kind: 'pauseRun' }).passes(hour);
  expect(run.at('ask').escalation).toBeUndefined();
  run.does({ kind: 'resumeRun' }).passes(0);
  expect(run.at('ask')).toMatchObject({ escalation: { stage: 1 }, reminders: { count: 1 } });
});

test.each([
  ['escalate: [], timeout: 1h', 'definition.out-of-range'],
  ['escalate: [{after: 1h}]', 'definition.missing-key'],
  [
    'on_timeout: escalate, timeout: 1h, escalate: [{after: 1h, to: {level: L1}}]',
    'definition.bad-combination',
  ],
  ['remind: {every: 10}', 'definition.wrong-type'],
  [
    'quorum: 3, approvers: {names: [ana]}, escalate: [{after: 1h, to: {names: [bob]}}]',
    'definition.impossible-quorum',
  ],
])('%s is refused before a run', (keys, code) => {
  const content = definitionText(`- {id: ask, type: HUMAN, ${keys}}`);
  const loaded = loadDefinition({ file: 'stages.yaml', content });
  expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.code)).toEqual([code]);
});
