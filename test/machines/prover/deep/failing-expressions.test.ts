// An expression that fails in a run in which nothing else failed is a fault of the definition. Method: pairs that
// differ in one small mistake; the broken one gets an error with the input that does it, the good one none.
import { expect, test } from 'vitest';
import { deepOf } from './deep-of.ts';

type Row = {
  readonly title: string;
  readonly head: string;
  readonly tasks: string;
  readonly broken: string;
  readonly good: string;
  readonly input: string;
};

const number = (rules: string) => `input: {properties: {n: {type: integer${rules}}}, required: [n]}`;
const use = (text: string) => `- {id: use, type: TRANSFORM, output: {v: "\${${text}}"}}`;
const list = 'input: {properties: {rows: {type: array, items: {type: integer}}}, required: [rows]}';

const rows: readonly Row[] = [
  {
    title: 'a division by an input that may be 0',
    head: number(', minimum: @@'),
    tasks: use('100 / workflow.input.n'),
    broken: '0',
    good: '1',
    input: '{"n":0}',
  },
  {
    title: 'a division that asks for the wrong bound',
    head: number(', minimum: 0'),
    tasks: use('workflow.input.n >= @@ ? 100 / workflow.input.n : 0'),
    broken: '0',
    good: '1',
    input: '{"n":0}',
  },
  {
    title: 'a remainder of a division by an input',
    head: number(', minimum: 0'),
    tasks: `- {id: use, uses: x, when: "workflow.input.n @@ 0", input: {v: "\${7 % workflow.input.n}"}}`,
    broken: '>=',
    good: '>',
    input: '{"n":0}',
  },
  {
    title: 'a duration that a later task makes of an input',
    head: number(', minimum: @@'),
    tasks: `- {id: before, uses: x}
- {id: use, type: WAIT, depends_on: before, duration: "\${workflow.input.n}s"}`,
    broken: '0',
    good: '1',
    input: '{"n":0}',
  },
  {
    title: 'a division by a difference',
    head: number(', minimum: 1, maximum: @@'),
    tasks: use('100 / (5 - workflow.input.n)'),
    broken: '9',
    good: '4',
    input: '{"n":5}',
  },
  {
    title: 'a division by what a TRANSFORM gives',
    head: number(', minimum: 0'),
    tasks:
      '- {id: first, type: TRANSFORM, output: {d: "${workflow.input.n@@}"}}\n- {id: use, type: TRANSFORM, depends_on: first, output: {v: "${1 / first.output.d}"}}',
    broken: '',
    good: ' + 1',
    input: '{"n":0}',
  },
  {
    title: 'the first item of a list that may be empty',
    head: list,
    tasks: use('@@workflow.input.rows[0]'),
    broken: '',
    good: 'workflow.input.rows.size() == 0 ? 0 : ',
    input: '{"rows":[]}',
  },
  {
    title: 'the first item of a list that is read with a guard and may be empty',
    head: 'input: {properties: {rows: {type: array@@}}}',
    tasks: use('workflow.input.?rows.orValue([1])[0]'),
    broken: '',
    good: ', enum: [[1], [2]]',
    input: '{"rows":[]}',
  },
  {
    title: 'the first item of a list without any',
    head: '',
    tasks: use('@@[0]'),
    broken: '[]',
    good: '[1]',
    input: '{}',
  },
  {
    title: 'a division by a variable that is counted up later',
    head: 'variables: {count: @@}',
    tasks:
      '- {id: use, uses: x, input: {v: "${1 / workflow.variables.count}"}}\n- {id: up, type: SET_VARIABLE, depends_on: use, variables: {count: "${workflow.variables.count + 1}"}}',
    broken: '0',
    good: '1',
    input: '{}',
  },
  {
    title: 'the second item of a list that may have one',
    head: list,
    tasks: `- {id: use, uses: x, when: "workflow.input.rows.size() > @@", input: {v: "\${workflow.input.rows[1]}"}}`,
    broken: '0',
    good: '1',
    input: '{"rows":[1]}',
  },
  {
    title: 'the first result of a FORK over no items',
    head: list,
    tasks:
      '- {id: each, type: FORK, for_each: "${workflow.input.rows}", task: {id: one, uses: x}}\n- {id: use, uses: x, depends_on: each, @@input: {v: "${each.output.results[0]}"}}',
    broken: '',
    good: 'when: each.output.total > 0, ',
    input: '{"rows":[]}',
  },
  {
    title: 'a share of the items of a FORK',
    head: list,
    tasks:
      '- {id: each, type: FORK, for_each: "${workflow.input.rows}", task: {id: one, uses: x}}\n- {id: use, type: TRANSFORM, depends_on: each, output: {v: "${each.output.succeeded / @@}"}}',
    broken: 'each.output.total',
    good: 'max(1, each.output.total)',
    input: '{"rows":[]}',
  },
  {
    title: 'a division in the output of the run',
    head: `${number(', minimum: 0')}\noutput: {v: "\${1 / @@}"}`,
    tasks: '- {id: use, uses: x}',
    broken: 'workflow.input.n',
    good: '(workflow.input.n + 1)',
    input: '{"n":0}',
  },
  {
    title: 'a text that need not be a number',
    head: 'input: {properties: {t: {type: string, enum: @@}}, required: [t]}',
    tasks: use('int(workflow.input.t)'),
    broken: "['b', '1']",
    good: "['1', '2']",
    input: '{"t":',
  },
];

const findings = ({ head, tasks }: Row, filled: string) =>
  deepOf(tasks.replace('@@', filled), head.replace('@@', filled)).findings.filter(
    ({ code }) => code === 'deep.expression-fails',
  );

test.each(rows)('$title is an error, with the input that does it', (row) => {
  const [found, ...others] = findings(row, row.broken);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ severity: 'error', counterexample: { end: { status: 'FAILED' } } });
  expect(found?.message).toContain(`with the input ${row.input}`);
});

test.each(rows)('$title is none without the mistake', (row) => {
  expect(findings(row, row.good)).toEqual([]);
});

test.each([
  [
    'what an agent gave',
    '- {id: a, uses: x}\n- {id: use, type: TRANSFORM, depends_on: a, output: {v: "${1 / a.output.n}"}}',
  ],
  [
    'a failure that is foreseen',
    '- {id: use, uses: x, optional: true, input: {v: "${1 / workflow.input.n}"}}',
  ],
])('nothing is said of %s', (_title, tasks) => {
  expect(deepOf(tasks, number(', minimum: 0')).said.filter((each) => each.includes('fails'))).toEqual([]);
});
