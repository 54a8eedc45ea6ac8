// The values that are found in the definitions we ship have to lead every decision of theirs each way, with no help
// from `examples`. Method: each is explored with them, and what its control expressions came to is compared with all
// that they can come to.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Chart } from '../../../../machines/chart/chart.ts';
import { candidatesOf } from '../../../../machines/prover/candidates/candidates-of.ts';
import { begin, explore } from '../../../../machines/prover/explore/explore.ts';
import { playOut } from '../../../../machines/prover/explore/play-out.ts';
import { take } from '../../../../machines/prover/explore/take.ts';
import type { Task } from '../../../../machines/task.ts';
import { chartOfText } from '../../../support/chart-of.ts';
import { shippedDefinitions } from '../../../support/shipped-definitions.ts';

/** `batch-inventory-validation` has many more; its decisions have all been taken each way by then. */
const scenesMax = 200;

function outcomesOf(task: Task): readonly string[] {
  const { id } = task;
  const whens = task.when === undefined ? [] : [`${id}: true`, `${id}: false`];
  if (task.type === 'FORK' && task.forEach !== undefined)
    return [...whens, 0, 1, 2].map((each) => `${id}: ${each}`);
  if (task.type !== 'DECISION') return whens;
  const values = task.cases.map(({ value }) => `${id}: ${value}`);
  // A condition that does not hold: the value of the case, and another way.
  const refused = task.cases.flatMap(({ value, condition }) =>
    condition === undefined ? [] : [`${id}: ${value} not taken`],
  );

  return [...whens, ...values, ...refused, ...(isExhaustive(task) ? [] : [`${id}: otherwise`])];
}

function isExhaustive({ cases }: Extract<Task, { type: 'DECISION' }>): boolean {
  return cases.map(({ value }) => value).join() === 'true,false';
}

function seenIn(chart: Chart): ReadonlySet<string> {
  const { scenes } = explore(chart, candidatesOf(chart.definition, chart), { scenesMax });
  const happened = [...scenes.values()].flatMap(({ edges }) => edges.flatMap(({ events }) => events));

  return new Set(
    happened.flatMap(({ event: { fact } }) => {
      const id = 'task' in fact.data ? String(fact.data.task).replace(/.*\./, '') : '';
      if (fact.type === 'condition.evaluated') return [`${id}: ${fact.data.result}`];
      if (fact.type === 'items.listed') return [`${id}: ${fact.data.count}`];
      if (fact.type !== 'decision.made') return [];
      const { value, case: taken } = fact.data;
      return taken === value || taken === String(value)
        ? [`${id}: ${taken}`]
        : [`${id}: otherwise`, `${id}: ${String(value)} not taken`];
    }),
  );
}

test.each(shippedDefinitions)('every decision of %s is taken each way', (file) => {
  const chart = chartOfText(readFileSync(file, 'utf8'));
  const seen = seenIn(chart);
  const expected = [...chart.plan.values()].flatMap(({ task }) => outcomesOf(task));

  expect(expected.filter((outcome) => !seen.has(outcome))).toEqual([]);
});

test.each(shippedDefinitions)('the plainest run of %s completes, and nothing in it fails', (file) => {
  const chart = chartOfText(readFileSync(file, 'utf8'));
  const candidates = candidatesOf(chart.definition, chart);
  const scenes = [begin(chart, candidates)];
  for (const move of playOut(begin(chart, candidates))) {
    const next = take(scenes.at(-1) ?? begin(chart, candidates), move);
    if (next !== undefined) scenes.push(next);
  }
  const failures = scenes.flatMap(({ events }) =>
    events.filter(({ event }) => /failed$/.test(event.fact.type)),
  );

  expect(candidates.omitted).toEqual([]);
  expect(failures.map(({ event }) => event.fact)).toEqual([]);
  expect(scenes.at(-1)?.run.state.status).toBe('COMPLETED');
});
