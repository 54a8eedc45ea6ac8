// Nobody decides what they asked for, nor votes twice, where the definition says so. Method as in human.test.ts.
import { expect, test } from 'vitest';
import { approversText } from '../../../machines/agents/authority.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { approvalAt } from '../../../machines/run/decide/asked-approval.ts';
import { headOf } from '../../../machines/run/record/head.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import { chartOf } from '../../support/chart-of.ts';
import { definitionText } from '../../support/definition-text.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

// The driver of the tests gives every command, the start as well, as `test`.
const starter = 'test';
const approve = (by: string, task = 'ask') => ({ kind: 'approve', task, by }) as const;
const reject = (by: string, task = 'ask') => ({ kind: 'reject', task, by }) as const;
const delegate = (by: string, to: string) => ({ kind: 'delegateApproval', task: 'ask', by, to }) as const;
const asking = (more: string) => startedRun(chartOf(`- {id: ask, type: HUMAN, approvers: {${more}}}`));

function asked(run: Driven, address: string): string {
  const { state, chart } = run.run();
  const found = approvalAt({ state, plan: chart.plan, timers: timersOf(run.run()) }, address);

  return found === undefined ? '' : approversText(found.asked);
}

test('who started the run may neither approve nor reject it, and everybody else may', () => {
  const run = asking('exclude: requester');
  expect(asked(run, 'ask')).toBe(`anyone (L0 where principals are declared), but not ${starter}`);
  run.refuses(approve(starter), 'approval.excluded').refuses(reject(starter), 'approval.excluded');
  run.does(approve('ana')).isIn('COMPLETED');
});

test('without exclude, who started it may decide it', () => {
  asking('names: [test]').does(approve(starter)).isIn('COMPLETED');
});

test('to be named does not help, and nobody hands the answer to who is excluded', () => {
  const run = asking(`names: [${starter}, ana], exclude: requester`);
  expect(asked(run, 'ask')).toBe('ana');
  run
    .refuses(approve(starter), 'approval.excluded')
    .refuses(delegate(starter, 'bob'), 'approval.excluded')
    .refuses(delegate('ana', starter), 'approval.bad-delegate');
  run.does(delegate('ana', 'bob')).does(approve('bob')).isIn('COMPLETED');
});

const twice = `
  - {id: first, type: HUMAN, on_reject: continue}
  - {id: second, type: HUMAN, depends_on: first, approvers: {exclude: first}}
`;

test.each([approve('ana', 'first'), reject('ana', 'first')])(
  'who gave the first vote by $kind does not give the second',
  (vote) => {
    const run = startedRun(chartOf(twice)).does(vote);
    expect(asked(run, 'second')).toMatch(/, but not ana$/);
    run.refuses(approve('ana', 'second'), 'approval.excluded');
    run.does(approve('bob', 'second')).isIn('COMPLETED');
  },
);

test('of two votes side by side that exclude each other one person gives one', () => {
  const run = startedRun(
    chartOf(`
      - {id: one, type: HUMAN, approvers: {exclude: other}, quorum: 2}
      - id: both
        type: FORK
        branches: [[{id: other, type: HUMAN, approvers: {exclude: one}}]]
    `),
  );
  run.does(approve('ana', 'one')).refuses(approve('ana', 'other'), 'approval.excluded');
  run.does(approve('bob', 'other')).refuses(approve('bob', 'one'), 'approval.excluded');
  run.does(approve('cem', 'one')).isIn('COMPLETED');
});

test('in a loop it is the vote of the same pass that counts', () => {
  const run = startedRun(
    chartOf(`
      - id: rounds
        type: DO_WHILE
        items: [1, 2]
        tasks:
          - {id: first, type: HUMAN}
          - {id: second, type: HUMAN, depends_on: first, approvers: {exclude: first}}
    `),
  );
  run
    .does(approve('ana', 'rounds[0].first'))
    .refuses(approve('ana', 'rounds[0].second'), 'approval.excluded');
  run.does(approve('bob', 'rounds[0].second')).does(approve('bob', 'rounds[1].first'));
  run.does(approve('ana', 'rounds[1].second')).isIn('COMPLETED');
});

test('an escalation does not ask who is excluded', () => {
  const run = startedRun(
    chartOf(
      `- {id: ask, type: HUMAN, approvers: {names: [ana], exclude: requester}, timeout: 1h, on_timeout: escalate, escalate_to: {names: [test, bob]}}`,
    ),
  ).passes(3_600_000);
  expect(asked(run, 'ask')).toBe('ana, or bob');
  run.refuses(approve(starter), 'approval.excluded').does(approve('bob')).isIn('COMPLETED');
});

test('whose request a part of another run is comes with its start, and the engine is nobody', () => {
  const chart = chartOf('- {id: ask, type: HUMAN, approvers: {exclude: requester}}');
  const run = startedRun(chart).run();
  expect(run.state.requesters).toEqual([starter]);
  expect(headOf(run).asks).toMatchObject([{ task: 'ask', answered: true }]);
});

test('what cannot be excluded is refused before a run, where it stands', () => {
  const codes = (exclude: string) => {
    const content = definitionText(`
      - {id: work, assigned_to: a}
      - {id: ask, type: HUMAN, approvers: {exclude: ${exclude}}}
      - id: each
        type: FORK
        for_each: "[1]"
        tasks: [{id: inner, type: HUMAN}]
    `);
    const loaded = loadDefinition({ file: 'four-eyes.yaml', content });
    return loaded.ok ? [] : loaded.problems.map(({ code, line }) => `${line} ${code}`);
  };
  expect(codes('requester')).toEqual([]);
  expect(codes('[requester, wrok]')).toEqual(['6 definition.unknown-task']);
  expect(codes('work')).toEqual(['6 definition.not-an-approval']);
  expect(codes('ask')).toEqual(['6 definition.cycle']);
  expect(codes('inner')).toEqual(['6 definition.foreign-task']);
});
