// Variables that two tasks use at the same time. Method: each race beside the order that settles it.
import { expect, test } from 'vitest';
import { deepOf } from './deep-of.ts';

const head = 'variables: {total: 0}';
const work = (id: string, more = '') => `- {id: ${id}, assigned_to: ANA, optional: true${more}}`;
const set = (id: string, after: string) =>
  `- {id: ${id}, type: SET_VARIABLE, depends_on: ${after}, variables: {total: "\${workflow.variables.total + 1}"}}`;
const deep = (...tasks: readonly string[]) => deepOf(tasks.join('\n'), head).said;

test('two tasks that set a variable after work side by side race, one after the other they do not', () => {
  expect(deep(work('a'), work('b'), set('add_a', 'a'), set('add_b', 'b'))).toEqual([
    'warning deep.race: add_a add_b',
  ]);
  expect(deep(work('a'), work('b'), set('add_a', 'a'), set('add_b', '[add_a, b]'))).toEqual([]);
});

test('a task that reads a variable while another sets it races', () => {
  const read = (after: string) =>
    work('told', `, depends_on: ${after}, input: {n: "\${workflow.variables.total}"}`);

  expect(deep(work('a'), work('b'), set('add', 'a'), read('b'))).toEqual(['warning deep.race: add told']);
  expect(deep(work('a'), work('b'), set('add', 'a'), read('[add, b]'))).toEqual([]);
});

test('two that set a variable because of the same event are carried out in the order of the definition', () => {
  expect(deep(work('a'), set('one', 'a'), set('two', 'a'))).toEqual([]);
});

test('tasks of which a decision takes only one do not race', () => {
  const said = deep(
    work('a', ', output: [ok]'),
    '- {id: route, type: DECISION, depends_on: a, optional: true, decision_param: a.output.ok, decision_cases: {"true": {next: yes}, "false": {next: no}}}',
    work('yes'),
    work('no'),
    set('add_yes', 'yes'),
    set('add_no', 'no'),
  );

  expect(said).toEqual([]);
});

test('passes side by side race with each other, passes one by one do not', () => {
  const each = (concurrency: number) =>
    deepOf(
      `
      - id: each
        type: FORK
        for_each: workflow.input.list
        concurrency: ${concurrency}
        tasks: [{id: add, type: SET_VARIABLE, variables: {total: "\${workflow.variables.total + 1}"}}]`,
      `${head}\ninput: {properties: {list: {type: array}}, required: [list]}`,
    ).said;

  expect(each(2)).toEqual(['warning deep.race: add']);
  expect(each(1)).toEqual([]);
});

test('a decision that reads a variable, and a condition that did not hold, race with who sets it', () => {
  const decision = (after: string) =>
    deep(
      work('a'),
      work('b'),
      set('add', 'a'),
      `- {id: route, type: DECISION, optional: true, depends_on: ${after}, decision_param: workflow.variables.total, decision_cases: {"1": {next: c}}, default: []}`,
      work('c'),
    );
  const condition = (after: string) =>
    deep(
      work('a'),
      work('b'),
      set('add', 'a'),
      work('never', `, depends_on: ${after}, when: workflow.variables.total == 7`),
    );

  expect(decision('b')).toContain('warning deep.race: add route');
  expect(decision('[b, add]')).toEqual([]);
  expect(condition('b')).toContain('warning deep.race: add never');
  expect(condition('[b, add]').some((each) => each.includes('deep.race'))).toBe(false);
});

test('a task that reads all variables at once reads each of them', () => {
  const read = (after: string) =>
    work('told', `, depends_on: ${after}, input: {all: "\${workflow.variables}"}`);

  expect(deep(work('a'), work('b'), set('add', 'a'), read('b'))).toEqual(['warning deep.race: add told']);
  expect(deep(work('a'), work('b'), set('add', 'a'), read('[add, b]'))).toEqual([]);
});
