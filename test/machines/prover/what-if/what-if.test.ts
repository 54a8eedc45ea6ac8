// What a recorded run would have done by a changed definition. Method: a run is driven by the definition it was started
// with, its journal is given to the changed one, and the whole verdict is compared.
import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../../events/record.ts';
import type { Chart } from '../../../../machines/chart/chart.ts';
import { type WhatIf, whatIf } from '../../../../machines/prover/what-if/what-if.ts';
import { type Aside, emptyAside } from '../../../../machines/run/run.ts';
import { chartOf } from '../../../support/chart-of.ts';
import { type Driven, startedRun, undrivenRun } from '../../../support/run-spec.ts';

const routing = (low: number) => `
- {id: validate, uses: noop, output: [score]}
- {id: route, type: DECISION, depends_on: validate, decision_param: "validate.output.score >= ${low}", decision_cases: {"true": {next: accept}, "false": {next: refuse}}}
- {id: accept, uses: noop}
- {id: refuse, uses: noop}
`;
const one = '- {id: a, uses: noop}';

test('is the same where only words changed', () => {
  const run = startedRun(chartOf(routing(50)))
    .completes('validate', { score: 60 })
    .completes('accept');
  const renamed = chartOf(routing(55), 'description: other words');
  expect(heldTo(run, renamed)).toEqual({ kind: 'same', events: 4 });
});

test('says at which event another case is taken, and asks for what was never carried out', () => {
  const run = startedRun(chartOf(routing(50)))
    .completes('validate', { score: 60 })
    .completes('accept');
  expect(heldTo(run, chartOf(routing(70)))).toEqual({
    kind: 'needs',
    at: 3,
    task: 'refuse',
    how: 'decision route took false instead of true; an outcome of refuse was never recorded',
  });
});

test('tells how a run would have ended where everything it needs is recorded', () => {
  const run = startedRun(chartOf(one)).fails('a', 'odd');
  const optional = chartOf('- {id: a, uses: noop, optional: true}');
  expect(run.run().state.status).toBe('FAILED');
  expect(heldTo(run, optional)).toEqual({
    kind: 'diverges',
    at: 2,
    how: 'a becomes completed_with_errors instead of failed',
    end: 'COMPLETED',
  });
});

test.each([
  ['begins with the run', '- {id: extra_check, uses: noop}', 1],
  ['comes after', '- {id: extra_check, uses: noop, depends_on: a}', 2],
])('needs the outcome of a new task that %s', (_what, extra, at) => {
  const run = startedRun(chartOf(`${one}\n- {id: b, uses: noop, depends_on: a}`))
    .completes('a')
    .completes('b');
  expect(heldTo(run, chartOf(`${one}\n- {id: b, uses: noop, depends_on: a}\n${extra}`))).toEqual({
    kind: 'needs',
    at,
    task: 'extra_check',
    how: 'also begins extra_check; an outcome of extra_check was never recorded',
  });
});

test('does not need what expressions alone give', () => {
  const run = startedRun(chartOf(one)).completes('a', { n: 1 });
  const more = `${one}\n- {id: sum, type: TRANSFORM, depends_on: a, output: {n: "\${a.output.n + 1}"}, output_to: out.json}`;
  expect(heldTo(run, chartOf(more))).toEqual({
    kind: 'diverges',
    at: 2,
    how: 'also begins sum',
    end: 'COMPLETED',
  });
});

test('compares what a TRANSFORM gives, also where it is written to a file', () => {
  const sum = (by: number) =>
    chartOf(`- {id: sum, type: TRANSFORM, output: {n: "\${1 + ${by}}"}, output_to: out.json}`);
  const run = startedRun(sum(1)).completes('sum', { n: 2 });
  expect(heldTo(run, sum(1))).toMatchObject({ kind: 'same' });
  expect(heldTo(run, sum(2))).toEqual({
    kind: 'diverges',
    at: 2,
    how: 'sum: task.completed with output.n 3 instead of 2',
    end: 'COMPLETED',
  });
});

test.each([
  ['is required and was not given', 'input: {required: [who]}', 'who: required and not given'],
  ['is of another type', 'input: {properties: {n: {type: string}}}', 'n: expected text'],
  ['is not known any more', 'input: {properties: {m: {type: number}}}', 'n: no such input'],
])('diverges at the first event where an input %s', (_what, input, message) => {
  const old = chartOf(one, 'input: {properties: {n: {type: number}}}');
  const run = startedRun(old, { n: 1 }).completes('a');
  expect(heldTo(run, chartOf(one, input))).toMatchObject({
    kind: 'diverges',
    at: 1,
    how: expect.stringContaining(message),
  });
});

test('a new input has its default', () => {
  const run = startedRun(chartOf(one)).completes('a');
  const defaulted = chartOf(one, 'input: {properties: {n: {type: number, default: 1}}}');
  expect(heldTo(run, defaulted)).toEqual({ kind: 'same', events: 2 });
});

test('another retry needs an outcome that nobody recorded', () => {
  const retrying = (attempts: number) =>
    chartOf(`- {id: a, uses: noop, retry_policy: {max_attempts: ${attempts}, initial_delay: 1s}}`);
  const run = startedRun(retrying(2)).fails('a').passes(1_000).fails('a');
  expect(heldTo(run, retrying(3))).toEqual({
    kind: 'needs',
    at: 4,
    task: 'a',
    how: 'a becomes retrying instead of failed; the outcome of attempt 3 of a was never recorded',
  });
  expect(heldTo(run, retrying(1))).toEqual({
    kind: 'diverges',
    at: 2,
    how: 'a becomes failed instead of retrying',
    end: 'FAILED',
  });
});

test('a shorter time-out is one that would have come before, a longer one has not come yet', () => {
  const limited = (timeout: string) =>
    chartOf(`- {id: a, uses: noop, timeout: ${timeout}, timeout_policy: fail}`);
  const started = { kind: 'startTask', task: 'a', attempt: 1, worker: 'w' } as const;
  const slow = startedRun(limited('1m')).does(started).passes(30_000).completes('a');
  expect(heldTo(slow, limited('2m'))).toMatchObject({ kind: 'same' });
  expect(heldTo(slow, limited('10s'))).toMatchObject({
    kind: 'diverges',
    at: 3,
    how: expect.stringContaining('the task.timeout of a would have come before, at 2026-01-01T00:00:10'),
    end: 'FAILED',
  });
  const late = startedRun(limited('10s')).does(started).passes(10_000);
  expect(heldTo(late, limited('1m'))).toMatchObject({
    kind: 'needs',
    at: 3,
    task: 'a',
    how: expect.stringContaining('the task.timeout of a is not due before 2026-01-01T00:01:00'),
  });
});

test('answers of people are told again, and a new question is one that nobody answered', () => {
  const asking = '- {id: ask, type: HUMAN, wait_for_approval: true}';
  const run = startedRun(chartOf(asking)).does({ kind: 'approve', task: 'ask', by: 'ana' });
  expect(heldTo(run, chartOf(asking))).toEqual({ kind: 'same', events: 2 });
  const twice = chartOf(asking.replace('true}', 'true, quorum: 2}'));
  expect(heldTo(run, twice)).toMatchObject({
    kind: 'needs',
    at: 2,
    task: 'ask',
    how: expect.stringContaining('an answer to ask was never recorded'),
  });
});

test('a run that goes on may wait for what it waits for already, and for nothing else', () => {
  const two = `${one}\n- {id: b, uses: noop, depends_on: a}`;
  const run = startedRun(chartOf(two)).completes('a');
  expect(heldTo(run, chartOf(`${two}\n- {id: c, uses: noop, depends_on: b}`))).toEqual({
    kind: 'same',
    events: 2,
  });
  expect(heldTo(run, chartOf(`${two}\n- {id: c, type: NOOP, depends_on: a}`))).toEqual({
    kind: 'diverges',
    at: 2,
    how: 'also begins c',
  });
});

test('what a person did to the run comes after all that happened before', () => {
  const two = `${one}\n- {id: b, uses: noop, depends_on: a}`;
  const run = startedRun(chartOf(two)).completes('a').does({ kind: 'cancelRun', reason: 'enough' });
  const early = chartOf(`${one}\n- {id: b, uses: noop, depends_on: a}\n- {id: n, type: NOOP, depends_on: a}`);
  expect(heldTo(run, early)).toMatchObject({ kind: 'needs', task: 'b' });
  const none = chartOf(`${one}\n- {id: b, type: NOOP, depends_on: a}`);
  expect(heldTo(run, none)).toMatchObject({ kind: 'diverges', end: 'COMPLETED' });
});

test('passes of a loop are told by their addresses', () => {
  const looping = (passes: number) =>
    chartOf(`
- id: again
  type: DO_WHILE
  loop_condition: "loop.iteration < ${passes}"
  max_iterations: 5
  tasks: [{id: a, uses: noop}]`);
  const run = startedRun(looping(2)).completes('again[0].a').completes('again[1].a');
  expect(heldTo(run, looping(1))).toMatchObject({
    kind: 'diverges',
    at: 3,
    how: 'the loop again ends after pass 1',
    end: 'COMPLETED',
  });
  expect(heldTo(run, looping(3))).toMatchObject({ kind: 'needs', task: 'again[2].a' });
});

test('a run that was begun with other input for a part of it went another way', () => {
  const calling = (n: number) =>
    chartOf(`- {id: call, type: SUB_WORKFLOW, workflow: child, input: {n: ${n}}}`);
  const definition = { id: 'child', version: 1, hash: 'f'.repeat(64) };
  const run = startedRun(calling(1))
    .does({ kind: 'delegate', task: 'call', attempt: 1, child: { run: 'part', definition, input: { n: 1 } } })
    .does({ kind: 'endChild', task: 'call', attempt: 1, run: 'part', status: 'COMPLETED', output: {} });
  expect(heldTo(run, calling(1))).toEqual({ kind: 'same', events: 3 });
  expect(heldTo(run, calling(2))).toMatchObject({
    at: 2,
    how: expect.stringContaining('call starts its run with n 2 instead of 1'),
  });
});

test('a secret is not shown where it would go to another run', () => {
  const calling = (name: string) =>
    chartOf(
      `- {id: call, type: SUB_WORKFLOW, workflow: child, input: {${name}: "\${workflow.input.token}"}}`,
      'input: {properties: {token: {type: string, secret: true}}, required: [token]}',
    );
  const definition = { id: 'child', version: 1, hash: 'f'.repeat(64) };
  const child = { run: 'part', definition, input: { a: '***' } };
  const run = startedRun(calling('a'), { token: '***' }).does({
    kind: 'delegate',
    task: 'call',
    attempt: 1,
    child,
  });
  const aside = {
    secretInput: { token: 'tok-123456' },
    hidden: ['tok-123456'],
  };
  expect(heldTo(run, calling('a'), aside)).toEqual({ kind: 'same', events: 2 });
  expect(heldTo(run, calling('b'), aside)).toMatchObject({
    how: 'call starts its run with b "***" instead of null',
  });
});

test('nothing is told of a run that goes on from the middle of another definition', () => {
  const old = startedRun(chartOf(one));
  const { state, hash } = old.run();
  const from = { run: 'test-run', at: 1, hash };
  const fork = undrivenRun(chartOf(one)).does({
    kind: 'forkRun',
    run: 'forked',
    from,
    state: JSON.parse(JSON.stringify(state)),
  });
  expect(heldTo(fork.completes('a'), chartOf(one))).toMatchObject({ kind: 'same' });
  expect(heldTo(fork, chartOf(`${one}\n- {id: b, uses: noop}`))).toMatchObject({
    kind: 'untold',
    why: expect.stringContaining('it goes on from event 1 of run test-run'),
  });
});

test('a secret that is not kept any more is no reason to say that a run went another way', () => {
  const hiding = (tasks: string) =>
    chartOf(tasks, 'input: {properties: {token: {type: string, secret: true}}, required: [token]}');
  const run = startedRun(hiding(one), { token: '***' }).completes('a');
  expect(heldTo(run, hiding(one))).toMatchObject({ kind: 'same' });
  const reading = `${one}\n- {id: b, type: NOOP, depends_on: a, when: 'workflow.input.token == "x"'}`;
  expect(heldTo(run, hiding(reading))).toMatchObject({ kind: 'untold' });
});

function heldTo({ run, bodies }: Driven, chart: Chart, aside: Partial<Aside> = {}): WhatIf {
  const records = bodies.map((body) => JSON.parse(body) as JournalRecord);
  const charts = new Map([[run().chart.ref.hash, run().chart]]);

  return whatIf(records, chart, { charts, aside: { ...emptyAside, blobs: new Map(), ...aside } });
}
