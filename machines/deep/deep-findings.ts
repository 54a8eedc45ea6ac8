import type { Chart } from '../compile/chart.ts';
import { type Explored, movesTo } from '../explore/explore.ts';
import type { Move } from '../explore/move.ts';
import { scenarioOf } from '../explore/scenario-of.ts';
import type { DeepFinding, Found, Severity } from './found.ts';
import { neverEnding } from './never-ends.ts';
import { neverMatching } from './never-matches.ts';
import { neverRunning } from './never-runs.ts';
import { notUndone, undoingFails } from './not-undone.ts';
import { races } from './race.ts';
import { recursions } from './recursion.ts';
import { deadlocks, waitsForEver } from './standstill.ts';
import { unbounded } from './unbounded.ts';
import { unhandledFailures } from './unhandled-failure.ts';
import type { Written } from './written.ts';

/** Everything that is wrong with a definition as far as its runs show it, the gravest first, each with such a run. */
export function deepFindings({
  chart,
  explored,
  written,
}: {
  readonly chart: Chart;
  readonly explored: Explored;
  readonly written: Written;
}): readonly DeepFinding[] {
  const found = [
    ...deadlocks(explored),
    ...recursions(chart, explored),
    ...neverEnding(explored),
    ...neverRunning(chart, explored),
    ...neverMatching(chart, explored),
    ...unbounded(chart, explored, written),
    ...races(chart, explored),
    ...notUndone(chart, explored),
    ...unhandledFailures(chart, explored, written),
    ...undoingFails(chart, explored),
    ...waitsForEver(explored),
  ];

  return [...found]
    .sort((a, b) => gravity[b.severity] - gravity[a.severity])
    .map((each) => withExample(explored, each));
}

const gravity: Readonly<Record<Severity, number>> = { error: 2, warning: 1, note: 0 };

function withExample(explored: Explored, found: Found): DeepFinding {
  const { code, severity, message, tasks, key } = found;
  const moves = movesOfExample(explored, found);
  const first = explored.scenes.get(explored.first)?.scene;
  const counterexample =
    moves === undefined || first === undefined
      ? {}
      : { counterexample: scenarioOf(nameOf(found), first, moves) };

  return { code, severity, message, tasks, ...(key === undefined ? {} : { key }), ...counterexample };
}

function nameOf({ code, tasks }: Found): string {
  return [code.replace(/^deep\./, '').replaceAll('-', ' '), ...tasks.slice(0, 1)].join(': ');
}

function movesOfExample(explored: Explored, found: Found): readonly Move[] | undefined {
  const shown = found.scene === undefined ? undefined : explored.scenes.get(found.scene);
  if (shown === undefined) return undefined;

  return [...movesTo(explored, shown.key), ...(found.moves ?? [])];
}
