// Which changes of a definition are told to be none, and which are not. Method: a run is driven by one definition, and
// its journal is held against the same with one thing changed.
import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../../events/record.ts';
import type { Chart } from '../../../../machines/chart/chart.ts';
import { transitionDifference } from '../../../../machines/prover/what-if/differences.ts';
import { type WhatIf, whatIf } from '../../../../machines/prover/what-if/what-if.ts';
import { emptyAside } from '../../../../machines/run/run.ts';
import { chartOf } from '../../../support/chart-of.ts';
import { type Driven, startedRun } from '../../../support/run-spec.ts';

const ended = (run: Driven) => run;
const done = (run: Driven) => run.completes('a', { n: 1 });
const hour = (run: Driven) => run.passes(3_600_000);
const a = (more: string) => `- {id: a${more}}`;
const action = a(', uses: noop');
const wait = '- {id: w, type: WAIT, duration: 1h}';
const ask = (more: string) => `- {id: ok, type: HUMAN, wait_for_approval: true${more}}`;
const child = (of: string) => `- {id: s, type: SUB_WORKFLOW, ${of}}`;
const ref = (id: string) => ({ id, version: 1, hash: 'f'.repeat(64) });
const delegated = (run: Driven) =>
  run
    .does({
      kind: 'delegate',
      task: 's',
      attempt: 1,
      child: { run: 'part', definition: ref('child'), input: { n: 1, m: 2, preset: 3 } },
    })
    .does({ kind: 'endChild', task: 's', attempt: 1, run: 'part', status: 'COMPLETED', output: {} });
const refused = (by: string) => (run: Driven) =>
  run
    .does({
      kind: 'refuseApproval',
      task: 'ok',
      by,
      decision: 'reject',
      code: 'approval.not-allowed',
      message: 'no',
    })
    .does({ kind: 'approve', task: 'ok', by: 'ana' });
const answered = (run: Driven) =>
  run.fails('a').does({ kind: 'noteFailureWorkflow', run: 'other', definition: ref('f1') });

type Row = readonly [
  what: string,
  way: (run: Driven) => Driven,
  from: readonly [tasks: string, extra?: string],
  to: readonly [tasks: string, extra?: string],
  how?: string,
];
const rows: readonly Row[] = [
  ['a description', done, [action], [a(', uses: noop, description: words'), 'description: other words']],
  ['a comment', done, [action], [`# words\n${action}`]],
  // Limits.
  ['a time-out before a wait ends', hour, [wait], [wait, 'timeout: 30m'], 'the run.timeout would have come'],
  ['a time-out after a wait ends', hour, [wait], [wait, 'timeout: 2h']],
  ['an earlier time-out', hour, [action, 'timeout: 1h'], [action, 'timeout: 10m'], 'would have come before'],
  [
    'a longer wait that a time-out cuts off',
    hour,
    [wait, 'timeout: 90m'],
    [wait.replace('1h', '2h'), 'timeout: 90m'],
    'the run.timeout would have come before',
  ],
  ['a longer wait', hour, [wait, 'timeout: 5h'], [wait.replace('1h', '2h'), 'timeout: 5h']],
  // Outputs.
  [
    'another output',
    done,
    [a(', uses: noop, output: {n: "${result.n}"}')],
    [a(', uses: noop, output: {n: "${result.n + 1}"}')],
    'the output of a is made another way; its result was not recorded as it came',
  ],
  [
    'another declared name',
    done,
    [a(', uses: noop, output: [n]')],
    [action],
    'a has to give anything instead of n',
  ],
  [
    'another place of the output',
    done,
    [a(', uses: noop, output_to: one.json')],
    [a(', uses: noop, output_to: two.json')],
    'the output of a is written to another place',
  ],
  [
    'another output of what failed by itself',
    (run) => run.fails('a', 'odd'),
    [action],
    [a(', uses: noop, output: {n: "${result.n}"}')],
  ],
  // Who carries it out, and with what.
  [
    'another agent',
    done,
    [a(', assigned_to: x')],
    [a(', assigned_to: y')],
    'a is carried out by the agent y instead of the agent x',
  ],
  [
    'a command instead of an action',
    done,
    [action],
    [a(', run: {command: [rm, x]}')],
    'a is carried out by the command ["rm","x"] instead of the action noop',
  ],
  [
    'another type',
    done,
    [action],
    [a(', type: HTTP, request: {url: "https://x.test/"}')],
    'a is carried out by the request GET "https://x.test/" instead of the action noop',
  ],
  [
    'another input',
    done,
    [a(', uses: noop, input: {n: 1}')],
    [a(', uses: noop, input: {n: 2}')],
    'a is given n 2 instead of 1',
  ],
  [
    'the same input in other words',
    done,
    [a(', uses: noop, input: {n: 2}')],
    [a(', uses: noop, input: {n: "${1 + 1}"}')],
  ],
  [
    'the input of an attempt under way',
    (run) => run.does({ kind: 'startTask', task: 'a', attempt: 1, worker: 'w' }),
    [a(', uses: noop, input: {n: 1}')],
    [a(', uses: noop, input: {n: 2}')],
    'a is given n 2 instead of 1',
  ],
  [
    'the performer of what never began',
    done,
    [`${action}\n- {id: b, uses: noop, depends_on: a, when: "false"}`],
    [`${action}\n- {id: b, assigned_to: x, depends_on: a, when: "false"}`],
  ],
  // Runs that carry a task out.
  [
    'another version of a sub-workflow',
    delegated,
    [child('workflow: child@1, input: {n: 1, m: 2}')],
    [child('workflow: child@2, input: {n: 1, m: 2}')],
    's starts a run of child@2 instead of child@1',
  ],
  [
    'the latest version instead of one',
    delegated,
    [child('workflow: child@1, input: {n: 1, m: 2}')],
    [child('workflow: child, input: {n: 1, m: 2}')],
    's starts a run of the latest child instead of child@1',
  ],
  [
    'the version that was the latest then',
    delegated,
    [child('workflow: child, input: {n: 1, m: 2}')],
    [child('workflow: child@1, input: {m: 2, n: 1}')],
  ],
  [
    'less input',
    delegated,
    [child('workflow: child, input: {n: 1, m: 2}')],
    [child('workflow: child, input: {n: 1}')],
    's starts its run without m',
  ],
  [
    'another failure workflow',
    answered,
    [action, 'failure_workflow: f1'],
    [action, 'failure_workflow: f2'],
    'the failure workflow f2 is started instead of f1',
  ],
  [
    'a failure workflow that was not needed',
    done,
    [action, 'failure_workflow: f1'],
    [action, 'failure_workflow: f2'],
  ],
  // Answers of people.
  [
    'who was refused may answer',
    refused('bob'),
    [ask(', approvers: {names: [ana]}')],
    [ask(', approvers: {names: [ana, bob]}')],
    'ok: the answer of bob (reject), which was refused, counts',
  ],
  [
    'somebody else may answer',
    refused('bob'),
    [ask(', approvers: {names: [ana]}')],
    [ask(', approvers: {names: [ana, eve]}')],
  ],
  [
    'another level is asked',
    (run) => run.does({ kind: 'approve', task: 'ok', by: 'ana' }),
    [ask(', approvers: {level: L2}')],
    [ask(', approvers: {level: L1}')],
    'ok asks people of another level',
  ],
  // What a run that goes on waits for.
  [
    'another signal',
    ended,
    ['- {id: w, type: WAIT, signal: go}'],
    ['- {id: w, type: WAIT, signal: stop}'],
    'w waits for the signal stop instead of the signal go',
  ],
  [
    'other people are asked',
    ended,
    [ask(', approvers: {names: [ana]}')],
    [ask(', approvers: {names: [bob]}')],
    'ok asks bob instead of ana',
  ],
  ['a longer wait under way', ended, [wait], [wait.replace('1h', '2h')], 'the wait.elapsed of w is due at'],
  ['a time-out of a run under way', ended, [action], [action, 'timeout: 1h'], 'the run.timeout is due at'],
];

const cases = rows.map(([what, way, from, to, how]) => ({ what, way, from, to, how }));

test.each(cases)('$what', ({ way, from, to, how }) => {
  const run = way(startedRun(chartOf(...from)));
  const found = heldTo(run, chartOf(...to));
  if (how === undefined) expect(found).toEqual({ kind: 'same', events: run.bodies.length });
  else expect(found).toMatchObject({ kind: 'diverges', how: expect.stringContaining(how) });
});

test('of transitions beyond those that a record lists it is told that their number differs', () => {
  const listed = [{ task: 'a', from: 'waiting', to: 'scheduled' }];
  const all = [...listed, { task: 'b', from: 'waiting', to: 'scheduled' }];
  expect(transitionDifference(listed, all, 1)).toBeUndefined();
  expect(transitionDifference(listed, all, 2)).toBe('2 transitions instead of 3');
});

test('what is secret only since then is no difference', () => {
  const chart = chartOf(
    '- {id: t, type: TRANSFORM, output: {text: "${workflow.input.n}"}}',
    'input: {required: [n]}',
  );
  const run = startedRun(chart, { n: 'tok-123456' });
  expect(heldTo(run, chart, ['tok-123456'])).toMatchObject({ kind: 'same' });
});

test('nothing is told of a run whose definition is not at hand', () => {
  const chart = chartOf(action);
  const records = done(startedRun(chart)).bodies.map((body) => JSON.parse(body) as JournalRecord);
  expect(whatIf(records, chart, { charts: new Map() })).toEqual({
    kind: 'untold',
    why: 'under-test v1, which it was recorded by, is not at hand',
  });
});

function heldTo({ run, bodies }: Driven, chart: Chart, hidden: readonly string[] = []): WhatIf {
  const records = bodies.map((body) => JSON.parse(body) as JournalRecord);
  const charts = new Map([[run().chart.ref.hash, run().chart]]);

  return whatIf(records, chart, { charts, aside: { ...emptyAside, blobs: new Map(), hidden } });
}
