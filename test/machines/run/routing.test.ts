// How runs branch: decisions, conditions, joins over skipped tasks, and the tasks that need no worker. Method as in
// simple.test.ts.
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const gated = chartOf(
  `
  - {id: validate, uses: noop, output: [status]}
  - id: gate
    type: DECISION
    depends_on: validate
    decision_param: "\${validate.output.status}"
    decision_cases:
      PASS: {next: receipt}
      PARTIAL: {condition: "\${workflow.input.strict} == false", next_tasks: [warning]}
      FAIL: {next_tasks: [failure, alert]}
  - {id: receipt, uses: noop}
  - {id: warning, uses: noop}
  - {id: failure, uses: noop}
  - {id: alert, type: NOOP}
`,
  'input: {optional: [{strict: false}]}',
);

test('only the tasks of the case that is taken start; those of the others are skipped', () => {
  const run = startedRun(gated, { strict: false }).completes('validate', { status: 'PASS' });

  expect(run.statuses()).toEqual({
    validate: 'COMPLETED',
    gate: 'COMPLETED',
    receipt: 'SCHEDULED',
    warning: 'SKIPPED',
    failure: 'SKIPPED',
    alert: 'SKIPPED',
  });
  expect(run.trail).toContain('gate: deciding -> case PASS');
  expect(run.run().state.tasks['gate']?.decision).toEqual({ value: 'PASS', case: 'PASS', next: ['receipt'] });
});

test('a case whose condition is false is not taken', () => {
  const soft = startedRun(gated, { strict: false }).completes('validate', { status: 'PARTIAL' });
  expect(soft.run().state.tasks['gate']?.decision?.case).toBe('PARTIAL');

  const strict = startedRun(gated, { strict: true })
    .completes('validate', { status: 'PARTIAL' })
    .isIn('COMPLETED');
  expect(strict.run().state.tasks['gate']).toMatchObject({ state: 'no_match', output: { case: 'NO_MATCH' } });
});

test('a case may start several tasks, a NOOP among them completes at once', () => {
  const run = startedRun(gated, { strict: true }).completes('validate', { status: 'FAIL' });

  expect(run.statuses()).toMatchObject({ failure: 'SCHEDULED', alert: 'COMPLETED', receipt: 'SKIPPED' });
  run.completes('failure').isIn('COMPLETED');
});

test('a condition that is false skips the task, and a task all of whose dependencies were skipped is skipped', () => {
  const chart = chartOf(
    `
    - {id: a, uses: noop, when: "workflow.input.go"}
    - {id: b, uses: noop, depends_on: a}
  `,
    'input: {required: [go]}',
  );
  const no = startedRun(chart, { go: false }).isIn('COMPLETED');
  expect(no.statuses()).toEqual({ a: 'SKIPPED', b: 'SKIPPED' });
  const yes = startedRun(chart, { go: true });
  expect(yes.effects()).toEqual(['a#1']);
});

test('a task joins by its rule: any, all_done, a number', () => {
  const joined = (rule: string) =>
    startedRun(
      chartOf(`
        - {id: a, uses: noop}
        - {id: b, uses: noop}
        - {id: c, uses: noop}
        - {id: d, uses: noop, depends_on: [a, b, c], join: ${rule}}
      `),
    );
  expect(joined('any').completes('b').effects()).toContain('d#1');
  expect(joined('2').completes('b').effects()).not.toContain('d#1');
  expect(joined('2').completes('b').completes('c').effects()).toContain('d#1');
  expect(joined('all_done').completes('a').completes('b').effects()).not.toContain('d#1');
  expect(joined('all_done').completes('a').completes('b').completes('c').effects()).toEqual(['d#1']);
});

test('a TRANSFORM makes its output from expressions without a worker', () => {
  const chart = chartOf(
    `
    - {id: t, type: TRANSFORM, output: {twice: "\${workflow.input.n * 2}", text: "n is \${workflow.input.n}"}}
  `,
    'input: {required: [n]}\noutput: [twice]',
  );
  const run = startedRun(chart, { n: 4 }).isIn('COMPLETED');

  expect(run.run().state.tasks['t']?.output).toEqual({ twice: 8, text: 'n is 4' });
  expect(run.run().state.output).toEqual({ twice: 8 });
});

test('an expression that fails at run time fails its task with the expression and the values it saw', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: t, type: TRANSFORM, depends_on: a, output: {x: "\${a.output.n / a.output.zero}"}}
    `),
  ).completes('a', { n: 1, zero: 'none' });

  run.isIn('FAILED');
  expect(run.run().state.error).toMatchObject({
    code: 'expression.failed',
    details: {
      expression: 'a.output.n / a.output.zero',
      values: { 'a.output.n': 1, 'a.output.zero': 'none' },
    },
  });
});

test('an output made of expressions is evaluated when everything is settled', () => {
  const chart = chartOf('- {id: a, uses: noop}', 'output: {answer: "${a.output.n + 1}"}');
  const run = startedRun(chart).completes('a', { n: 41 }).isIn('COMPLETED');
  expect(run.run().state.output).toEqual({ answer: 42 });
  expect(run.trail).toContain('run: running -> concluding');

  const bad = startedRun(chart).completes('a', { n: 'text' });
  expect(bad.isIn('FAILED').run().state.error?.code).toBe('expression.failed');
});
