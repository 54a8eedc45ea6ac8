// Runs that differ only in a value nobody decides by any more are explored as one. These tests pin down who decides by
// what: one too few would hide ways of a run. Method: small definitions and the readers of each of their sources.
import { expect, test } from 'vitest';
import { candidatesOf } from '../../../../machines/prover/candidates/candidates-of.ts';
import { chartOf } from '../../../support/chart-of.ts';

function readers(tasks: string, extra = '') {
  const chart = chartOf(tasks, extra);
  const { readers: of } = candidatesOf(chart.definition, chart);

  return (source: string) => [...of(source)].sort();
}

test('who decides by a value reads it, through all that is made of it', () => {
  const of = readers(
    `
    - {id: a, assigned_to: X}
    - {id: made, type: TRANSFORM, depends_on: a, output: {x: "\${a.output.x}"}}
    - {id: set, type: SET_VARIABLE, depends_on: made, variables: {v: "\${made.output.x}"}}
    - {id: gate, type: DECISION, depends_on: set, decision_param: workflow.variables.v, decision_cases: {"1": {next: b}}, default: c}
    - {id: b, assigned_to: X, input: "\${a.output}"}
    - {id: c, assigned_to: X, when: made.status == "COMPLETED"}`,
    'variables: {v: "${workflow.input.first}"}\ninput: {required: [first]}',
  );

  for (const source of ['a', 'made', 'variables', 'input']) expect(of(source)).toEqual(['gate']);
  // What it set is the variable, whoever reads that.
  for (const source of ['b', 'set']) expect(of(source)).toEqual([]);
});

test('what a task evaluates itself may fail by a value, unless it only hands it on', () => {
  const of = readers(`
    - {id: a, assigned_to: X}
    - {id: sum, type: TRANSFORM, depends_on: a, output: {x: "\${a.output.x + 1}"}}
    - {id: copy, type: TRANSFORM, depends_on: a, output: {x: "\${a.output.x}", y: "got \${a.output.x}"}}`);

  expect(of('a')).toEqual(['sum']);
});

test('what the output of the run is calculated from counts until all tasks are settled', () => {
  const tasks = `
    - {id: a, assigned_to: X}
    - {id: b, assigned_to: X, depends_on: a}`;
  const input = 'input: {required: [n]}';
  const calculated = readers(
    tasks,
    `${input}\noutput: {x: "\${10 / workflow.input.n}", y: "\${a.output.y}"}`,
  );
  const handedOn = readers(tasks, `${input}\noutput: {x: "\${workflow.input.n}"}`);

  expect(calculated('input')).toEqual(['a', 'b']);
  expect(handedOn('input')).toEqual([]);
});

test('a list and its items are read by those who work on them', () => {
  const of = readers(
    `
    - id: each
      type: FORK
      for_each: workflow.input.orders
      as: order
      tasks:
        - {id: pay, assigned_to: X}
        - {id: ship, depends_on: pay, when: order.big && pay.output.ok, assigned_to: X}
    - {id: late, depends_on: each, when: size(each.output.results) > 1, assigned_to: X}
    - {id: other, when: each.error != null || each.attempt > 1, depends_on: each, join: all_done, assigned_to: X}`,
    'input: {required: [orders]}',
  );

  expect(of('input')).toEqual(['each', 'late', 'other', 'ship']);
  expect(of('pay')).toEqual(['late', 'other', 'ship']);
  expect(of('each')).toEqual(['late', 'other']);
});

test('what stands in for a task, and what a join gathers, is read by who reads them', () => {
  const of = readers(`
    - {id: a, assigned_to: X, fallback: f}
    - {id: f, assigned_to: X}
    - {id: both, type: JOIN, join_on: [a]}
    - {id: b, depends_on: both, when: tasks.both.output.a.ok, assigned_to: X}`);

  for (const source of ['a', 'f', 'both']) expect(of(source)).toEqual(['b']);
});
