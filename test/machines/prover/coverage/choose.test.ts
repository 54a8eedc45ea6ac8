// The scenarios that are chosen for a definition, and what is said of what they leave out. Method: small definitions,
// explored and chosen for as `workflow test` does; the shipped ones, of which nothing may be left without a reason.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Chart } from '../../../../machines/chart/chart.ts';
import { candidatesOf } from '../../../../machines/prover/candidates/candidates-of.ts';
import { chooseScenarios } from '../../../../machines/prover/coverage/choose.ts';
import { targetText } from '../../../../machines/prover/coverage/target.ts';
import { begin, explore } from '../../../../machines/prover/explore/explore.ts';
import { scenarioOf } from '../../../../machines/prover/explore/scenario-of.ts';
import { chartOf, chartOfText } from '../../../support/chart-of.ts';
import { shippedDefinitions } from '../../../support/shipped-definitions.ts';

function chosen(chart: Chart, scenesMax = 20_000) {
  const candidates = candidatesOf(chart.definition, chart);
  const { scenarios, coverage } = chooseScenarios(
    chart,
    candidates,
    explore(chart, candidates, { scenesMax }),
  );
  const uncovered = Object.fromEntries(
    coverage.uncovered.map(({ target, reason }) => [targetText(target), `${reason.kind}: ${reason.text}`]),
  );

  return {
    scenarios,
    coverage,
    uncovered,
    names: scenarios.map(({ name }) => name),
    first: begin(chart, candidates),
  };
}

/** One definition for every type of task and option, as far as they do not shut each other out. */
const variants: Readonly<Record<string, string>> = {
  simple:
    '- {id: a, uses: noop}\n- {id: b, uses: noop, depends_on: a, when: "a.output.n > 1", optional: true}',
  trouble:
    '- {id: a, uses: noop, timeout: 1m, queue_timeout: 1m, total_timeout: 1h, heartbeat_timeout: 30s, retry_policy: {max_attempts: 2}, fallback: b}\n- {id: b, uses: noop}',
  strict: '- {id: a, uses: noop, timeout: 1s, timeout_policy: fail}',
  patient: '- {id: a, uses: noop, timeout: 1s, timeout_policy: alert}',
  tired: '- {id: a, uses: noop, retry_policy: {max_attempts: 2, on_exhausted: pause}}',
  caught: '- {id: a, uses: noop, catch: [{errors: [odd], next: b}]}\n- {id: b, uses: noop}',
  undone: '- {id: a, uses: noop, compensate: u}\n- {id: u, uses: noop}\n- {id: b, uses: noop, depends_on: a}',
  decision:
    '- {id: a, uses: noop, output: [kind]}\n- {id: g, type: DECISION, depends_on: a, decision_param: a.output.kind, decision_cases: {X: {next: x}, Y: {next: y}}}\n- {id: x, uses: noop}\n- {id: y, type: NOOP}',
  human: '- {id: h, type: HUMAN, wait_for_approval: true, quorum: 2, timeout: 1h, on_timeout: escalate}',
  humanOn:
    '- {id: h, type: HUMAN, wait_for_approval: true, on_reject: continue, timeout: 1h, on_timeout: approve}',
  fork: '- {id: f, type: FORK, tolerate_failures: 1, branches: [[{id: a, uses: noop}, {id: b, uses: noop}], [{id: c, uses: noop}]]}\n- {id: j, type: JOIN, join_on: [f]}',
  slowFork:
    '- {id: f, type: FORK, timeout: 1m, retry_policy: {max_attempts: 2}, branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]}',
  each: '- {id: a, uses: noop, output: [list]}\n- {id: e, type: FORK, depends_on: a, for_each: "${a.output.list}", tasks: [{id: i, uses: noop}]}',
  children:
    '- {id: e, type: FORK, for_each: "${[1, 2]}", workflow: other, timeout: 1m, retry_policy: {max_attempts: 2}}',
  loop: '- {id: l, type: DO_WHILE, loop_condition: "i.output.more == true", tasks: [{id: i, uses: noop}]}',
  wait: '- {id: a, uses: noop}\n- {id: w, type: WAIT, signal: go, depends_on: a, timeout: 1h, on_timeout: continue}',
  sleep: '- {id: w, type: WAIT, duration: 1s}\n- {id: v, type: WAIT, until: "2027-01-01T00:00:00Z"}',
  child: '- {id: s, type: SUB_WORKFLOW, workflow: other, timeout: 1h, retry_policy: {max_attempts: 2}}',
  returned:
    '- {id: a, uses: noop, returns: {sum: integer, kind: string, "note?": string}}\n- {id: b, uses: noop, depends_on: a, when: "a.output.sum > 9"}\n- {id: w, type: WAIT, signal: go, depends_on: a, timeout: 1h, on_timeout: continue, returns: {amount: number}}\n- {id: s, type: SUB_WORKFLOW, workflow: other, retry_policy: {max_attempts: 2}, returns: {ids: [string]}}',
  others:
    '- {id: p, type: EVENT, event: {type: order.paid}}\n- {id: g, type: HTTP, depends_on: p, request: {url: "https://example.org"}}\n- {id: v, type: SET_VARIABLE, depends_on: g, variables: {n: 1}}\n- {id: m, type: TRANSFORM, depends_on: v, output: {x: "${1 + 1}"}}\n- {id: t, type: TERMINATE, depends_on: m, status: COMPLETED, when: "p.status == \'COMPLETED\'"}',
};

describe.each(Object.keys(variants))('a definition with %s', (name) => {
  const chart = chartOf(variants[name] ?? '');
  const { scenarios, coverage, uncovered, names, first } = chosen(chart);

  test('has every transition covered, or told why not', () => {
    expect(coverage.covered.length + Object.keys(uncovered).length).toBe(coverage.targets.length);
    expect(Object.values(uncovered).filter((text) => /: $/.test(text))).toEqual([]);
    // What is in the definition alone needs no example: the candidates give all outcomes.
    expect(
      Object.entries(uncovered).filter(
        ([, text]) => !/^(unreachable|bound|needs-example|not-found|follows): /.test(text),
      ),
    ).toEqual([]);
    expect(coverage.percent).toBeGreaterThan(80);
  });

  test('has scenarios that end, each with a name of its own, and that can be played again', () => {
    expect(new Set(names).size).toBe(names.length);
    for (const scenario of scenarios) {
      const { name, parts, end } = scenario;
      expect(name.length).toBeLessThanOrEqual(100);
      expect(['COMPLETED', 'FAILED', 'TERMINATED', 'TIMED_OUT']).toContain(end.status);
      expect(
        scenarioOf(
          name,
          first,
          parts.map(({ move }) => move),
        ),
      ).toEqual(scenario);
    }
  });
});

test('what tasks give is as they return it, but for one misfit of each that fails the attempt', () => {
  const { scenarios, uncovered } = chosen(chartOf(variants['returned'] ?? ''));
  const moves = scenarios.flatMap(({ parts }) => parts.map(({ move }) => move));
  const given = moves.flatMap((move) => (move.type === 'complete' && move.task === 'a' ? [move.output] : []));
  const fits = (output: unknown) => {
    const { sum, kind } = (output ?? {}) as { sum?: unknown; kind?: unknown };
    return Number.isInteger(sum) && typeof kind === 'string';
  };
  const failures = scenarios.flatMap(({ parts }) => JSON.stringify(parts).match(/output\.mismatch/g) ?? []);

  const asked = Object.entries(uncovered).filter(
    ([target, why]) => why.startsWith('needs-example') || target.includes('shaping'),
  );

  expect(asked).toEqual([]);
  expect(given.filter(fits).length).toBeGreaterThan(1);
  expect(given.filter((output) => !fits(output))).toHaveLength(1);
  expect(scenarios.some(({ end }) => end.error?.code === 'output.mismatch')).toBe(true);
  expect(failures.length).toBeGreaterThan(0);
});

test('the receipt of a TRANSFORM is given by hand as it has to be', () => {
  const { scenarios, uncovered } = chosen(
    chartOf(`
      - {id: a, assigned_to: A}
      - {id: t, type: TRANSFORM, depends_on: a, output: {sum: 1}, receipt: {schema: {sum: number}, to: a.yaml}}`),
  );
  const parts = JSON.stringify(scenarios.map((scenario) => scenario.parts));

  expect(Object.keys(uncovered).filter((target) => target.includes('by hand'))).toEqual([]);
  expect(parts).toMatch(/"kind":"resolveTask","task":"t","output":{"sum":\d/);
});

test('undoing that works and undoing that fails are both among the scenarios', () => {
  const { scenarios, coverage } = chosen(chartOf(variants['undone'] ?? ''));
  const ends = scenarios.map(({ end }) => `${end.status} ${end.error?.code ?? ''} u ${end.tasks['u']}`);

  expect(coverage.uncovered).toEqual([]);
  expect(ends).toContain('FAILED scenario.failed u completed');
  expect(ends).toContain('FAILED run.compensation-failed u failed');
});

test('names say in plain words what is special', () => {
  const { names } = chosen(chartOf(variants['decision'] ?? ''));

  expect(names).toEqual(expect.arrayContaining(['g takes X', 'g takes Y']));
});

test('what cannot happen is named, with why', () => {
  const { uncovered, coverage } = chosen(
    chartOf('- {id: a, type: NOOP}\n- {id: b, uses: noop, depends_on: a, when: "true"}'),
  );

  expect(uncovered).toMatchObject({
    'a: any state -> skipped (skipped by hand)': 'unreachable: it is over as soon as the run begins',
    'b: waiting -> skipped (dependencies)': 'unreachable: nothing that it waits for can be skipped',
    'b: conditional -> skipped (condition.evaluated)': 'unreachable: `true` is the same in every run',
  });
  expect(coverage.percent).toBe(100);
});

const square = (name: string) =>
  ({
    input:
      '- {id: a, uses: noop}\n- {id: d, type: DECISION, depends_on: [a], decision_param: "workflow.input.n * workflow.input.n", decision_cases: {"1369": {next: p}}, default_case: {next: q}}\n- {id: p, uses: noop, retry_policy: {max_attempts: 3}}\n- {id: q, uses: noop}',
    variables:
      '- {id: s, type: SET_VARIABLE, variables: {total: "${workflow.input.n * workflow.input.n}"}}\n- {id: p, uses: noop, depends_on: [s], when: "workflow.variables.total == 1369"}',
    answers:
      '- {id: h, type: HUMAN, wait_for_approval: true, form: {required: [n], properties: {n: {type: integer}}}}\n- {id: p, uses: noop, depends_on: [h], when: "h.output.data.n * h.output.data.n == 1369"}',
    items:
      '- {id: f, type: FORK, for_each: "${[workflow.input.n]}", as: o, tasks: [{id: p, uses: noop, when: "o * o == 1369"}]}',
  })[name] ?? '';
const number = 'input: {required: [n], properties: {n: {type: integer}}}';

test.each([
  ['input', 'd: deciding -> case 1369 (decision.made)', '`input`'],
  ['variables', 'p: conditional -> scheduled (condition.evaluated)', '`input`'],
  ['answers', 'p: conditional -> scheduled (condition.evaluated)', '`answers: h`'],
  ['items', 'p: conditional -> scheduled (condition.evaluated)', '`input`'],
])('a value that nobody thought of, out of %s, is asked for where it comes from', (name, target, where) => {
  const { uncovered, coverage } = chosen(chartOf(square(name), number));

  expect(uncovered[target]).toMatch(/^needs-example: /);
  expect(uncovered[target]).toContain(where);
  expect(coverage.percent).toBeLessThan(100);
});

test('what lies behind a value that nobody thought of follows from it, and is never called unreachable', () => {
  const { uncovered } = chosen(chartOf(square('input'), number));
  const ofP = Object.entries(uncovered).filter(([target]) => target.startsWith('p: '));

  expect(ofP.length).toBeGreaterThan(3);
  expect(ofP.filter(([, reason]) => reason.startsWith('unreachable'))).toEqual([]);
  expect(uncovered['p: waiting -> scheduled (dependencies)']).toMatch(/^follows: .*1369/);
});

test('what the values that an input may have rule out cannot happen', () => {
  const { uncovered, coverage } = chosen(
    chartOf(
      '- {id: a, uses: noop}\n- {id: d, type: DECISION, depends_on: [a], decision_param: workflow.input.mode, decision_cases: {fast: {next: p}, slow: {next: p}, turbo: {next: q}}}\n- {id: p, uses: noop}\n- {id: q, uses: noop}',
      'input: {required: [mode], properties: {mode: {type: string, enum: [fast, slow]}}}',
    ),
  );

  expect(uncovered).toMatchObject({
    'd: deciding -> case turbo (decision.made)': 'unreachable: `mode` can only be fast, slow',
    'd: deciding -> no_match (decision.made)': 'unreachable: `mode` can only be fast, slow',
  });
  expect(coverage.covered.some(({ to }) => to === 'case slow')).toBe(true);
});

test('a time-out that others always come before is not called impossible', () => {
  const { uncovered } = chosen(chartOf('- {id: a, uses: noop, timeout: 10m, heartbeat_timeout: 1m}'));

  expect(uncovered['a: in_progress -> timed_out (timer.fired.task.timeout)']).toMatch(
    /^bound: .*heartbeats are not played/,
  );
});

test('what shows only when people and agents do as they like is found by walking about', () => {
  const { uncovered, coverage } = chosen(
    chartOf(
      '- {id: a, uses: noop, output: [n]}\n- {id: b, type: TRANSFORM, depends_on: [a], output: {x: "${a.output.n}"}}',
    ),
  );

  expect(coverage.walks).toBeGreaterThan(0);
  expect(Object.keys(uncovered)).not.toContain('b: scheduled -> failed (task.failed)');
});

test('the same definition always gives the same scenarios', () => {
  const chart = () => chartOf(variants['children'] ?? '');

  expect(chosen(chart()).scenarios).toEqual(chosen(chart()).scenarios);
});

test('an exploration that was cut is said to be', () => {
  const { coverage, uncovered } = chosen(chartOf(variants['trouble'] ?? ''), 3);

  expect(coverage.isWhole).toBe(false);
  expect(Object.values(uncovered)).toContain('bound: 3 scenes were looked at, and not all');
});

test.each(shippedDefinitions)('of %s nothing is left without a reason', { timeout: 120_000 }, (file) => {
  const { coverage, uncovered } = chosen(chartOfText(readFileSync(file, 'utf8')));
  const open = Object.values(uncovered).filter(
    (text) => !/^(unreachable|needs-example|not-found): ./.test(text),
  );

  expect(coverage.isWhole).toBe(true);
  expect(open).toEqual([]);
  expect(coverage.percent).toBeGreaterThan(90);
});
