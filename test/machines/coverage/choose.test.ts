// The scenarios that are chosen for a definition, and what is said of what they leave out. Method: small definitions,
// explored and chosen for as `workflow test` does; the shipped ones, of which nothing may be left without a reason.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { candidatesOf } from '../../../machines/candidates/candidates-of.ts';
import type { Chart } from '../../../machines/compile/chart.ts';
import { chooseScenarios } from '../../../machines/coverage/choose.ts';
import { targetText } from '../../../machines/coverage/target.ts';
import { begin } from '../../../machines/explore/begin.ts';
import { explore } from '../../../machines/explore/explore.ts';
import { scenarioOf } from '../../../machines/explore/scenario-of.ts';
import { chartOf, chartOfText } from '../../support/chart-of.ts';

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
      Object.entries(uncovered).filter(([, text]) => !/^(unreachable|bound|needs-example): /.test(text)),
    ).toEqual([]);
    expect(coverage.percent).toBeGreaterThan(90);
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
    'a: any state -> skipped (skipped by hand)': 'unreachable: it is over as soon as it begins',
    'b: waiting -> skipped (dependencies)': 'unreachable: nothing that it waits for can be skipped',
    'b: conditional -> skipped (condition.evaluated)': 'unreachable: `true` is the same in every run',
  });
  expect(coverage.percent).toBe(100);
});

test('an exploration that was cut is said to be', () => {
  const { coverage, uncovered } = chosen(chartOf(variants['trouble'] ?? ''), 3);

  expect(coverage.isWhole).toBe(false);
  expect(Object.values(uncovered)).toContain('bound: 3 scenes were looked at, and not all');
});

const shipped = readdirSync('definitions').filter((name) => /^[^.]+\.yaml$/.test(name));

test.each(shipped)('of %s nothing is left without a reason', { timeout: 120_000 }, (file) => {
  const { coverage, uncovered } = chosen(chartOfText(readFileSync(`definitions/${file}`, 'utf8')));
  const open = Object.values(uncovered).filter((text) => !/^(unreachable|needs-example): ./.test(text));

  expect(coverage.isWhole).toBe(true);
  expect(open).toEqual([]);
  expect(coverage.percent).toBeGreaterThan(90);
});
