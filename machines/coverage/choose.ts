import type { Candidates } from '../candidates/candidates.ts';
import type { Chart } from '../compile/chart.ts';
import { begin } from '../explore/begin.ts';
import type { Explored } from '../explore/explore.ts';
import type { Scenario } from '../explore/scenario.ts';
import { writtenDown } from '../explore/scenario-of.ts';
import { searchAside } from './asides.ts';
import { searchByHand } from './by-hand.ts';
import { searchBySkipping } from './by-skipping.ts';
import { searchControl } from './control.ts';
import type { Coverage } from './coverage.ts';
import { impossibleTargets } from './impossible.ts';
import { networkOf } from './network.ts';
import { coveringPaths } from './paths.ts';
import type { Play } from './play.ts';
import { reasonsFor } from './reasons.ts';
import { nameOf, uniqueName } from './scenario-name.ts';
import type { Search } from './search.ts';
import type { Target } from './target.ts';
import { targetsOf } from './targets.ts';
import { searchUndoing } from './undoing.ts';
import { searchWandering } from './wander.ts';

/**
 * A few scenarios that cover what can be covered of a definition, and why the rest is not: first what the world does,
 * then what people do besides.
 */
export function chooseScenarios(
  chart: Chart,
  candidates: Candidates,
  explored: Explored,
): { readonly scenarios: readonly Scenario[]; readonly coverage: Coverage } {
  const first = begin(chart, candidates);
  const network = networkOf(chart, explored);
  const targets = targetsOf(chart);
  const search: Search = { chart, network, first, left: new Set(targets), found: [] };
  search.found.push(...coveringPaths(chart, network, search));
  searchControl(search);
  searchUndoing(search);
  searchByHand(search);
  searchBySkipping(search);
  searchAside(search);
  const walks = searchWandering(search, impossibleIn(search, targets));
  const plays = needed(search.found);
  const known = new Set<Target>();
  const names = new Set<string>();
  const scenarios = plays.map((play) => {
    const name = uniqueName(nameOf(chart, play, known), play.scene.pace, names);
    for (const target of play.covered) known.add(target);
    return writtenDown(name, play.moves, play.scene);
  });

  return { scenarios, coverage: coverageOf({ chart, explored, targets, covered: known, walks }) };
}

function impossibleIn({ chart, left }: Search, targets: readonly Target[]): (target: Target) => boolean {
  const covered = new Set(targets.filter((each) => !left.has(each)));
  const impossible = impossibleTargets({ chart, targets, covered });

  return (target) => impossible.has(target);
}

/** Without those that cover nothing that others do not cover as well. */
function needed(plays: readonly Play[]): readonly Play[] {
  const times = new Map<Target, number>();
  for (const { covered } of plays)
    for (const target of covered) times.set(target, (times.get(target) ?? 0) + 1);
  const kept = plays.toReversed().filter(({ covered }) => {
    if ([...covered].some((target) => times.get(target) === 1)) return true;
    for (const target of covered) times.set(target, (times.get(target) ?? 0) - 1);
    return false;
  });

  return kept.toReversed();
}

function coverageOf({
  chart,
  explored,
  targets,
  covered,
  walks,
}: {
  readonly chart: Chart;
  readonly explored: Explored;
  readonly targets: readonly Target[];
  readonly covered: ReadonlySet<Target>;
  readonly walks: number;
}): Coverage {
  const uncovered = reasonsFor({ chart, explored, targets, covered, walks });
  const possible = targets.length - uncovered.filter(({ reason }) => reason.kind === 'unreachable').length;

  return {
    targets,
    covered: targets.filter((target) => covered.has(target)),
    uncovered,
    percent: possible === 0 ? 100 : (100 * (targets.length - uncovered.length)) / possible,
    scenes: explored.scenes.size,
    isWhole: explored.isWhole,
    walks,
  };
}
