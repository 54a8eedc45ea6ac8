import { askedNow, excludedFrom, namesAsked } from '../../agents/authority.ts';
import type { Chart } from '../../chart/chart.ts';
import { localId, openTasks } from '../../chart/task-at.ts';
import { isDynamic } from '../../task-names.ts';
import type { Candidates } from '../candidates/candidates-of.ts';
import { begin, type Edge, type Explored } from '../explore/explore.ts';
import type { Move, Scenario } from '../explore/scenario.ts';
import { writtenDown } from '../explore/scenario-of.ts';
import { searchByHand } from './by-hand.ts';
import { furtherPlays, searchControl } from './control.ts';
import type { Coverage, Reason, Uncovered } from './coverage.ts';
import { type Behind, expressionsBehind, shortenExpressions } from './expressions-behind.ts';
import { impossibleTargets } from './impossible.ts';
import { endedBefore } from './paths/at-once.ts';
import { searchBySkipping } from './paths/by-skipping.ts';
import { type Network, networkOf } from './paths/network.ts';
import { coveringPaths } from './paths/paths.ts';
import { searchWandering } from './paths/random-walk.ts';
import { keep, type Search, shortestPathTo } from './paths/search.ts';
import { type Play, playedOn } from './play.ts';
import { nameOf, uniqueName } from './scenario-name.ts';
import { anyState, causes, runCauses, type Target, targetText } from './target.ts';
import { targetsOf } from './targets.ts';
import { searchUndoing } from './undoing.ts';

const triesMax = 30;

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
  const plays = [...needed(search.found), ...furtherPlays(search)];
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

type Tried = { readonly key: string; readonly moves: readonly Move[] };

/**
 * What comes from outside at a time at which nobody has asked for it: a signal before its task waits for it, an
 * approval that is handed on, the last child of a run that is given up.
 */
function searchAside(search: Search): void {
  for (const target of [...search.left]) {
    for (const { key, moves } of waysFor(search, target).slice(0, triesMax)) {
      if (!search.left.has(target)) break;
      const play = playedOn(search.chart, shortestPathTo(search, key), moves);
      if (play?.covered.has(target) === true) keep(search, play);
    }
  }
}

function waysFor({ chart, network }: Search, target: Target): readonly Tried[] {
  if (target.cause === 'signal.taken') return earlySignals(chart, network, target);
  if (target.cause === 'approval.delegated') return delegations(network, target);
  if (target.cause === runCauses.allSettled && target.to === 'cancelling') return childrenSkipped(network);

  return [];
}

/** Before the move with which the task begins to wait. */
function earlySignals({ plan }: Chart, { explored, covers }: Network, { task = '' }: Target) {
  const wait = plan.get(task)?.task;
  // What it is called by then is not known before the task is scheduled.
  if (wait?.type !== 'WAIT' || wait.signal === undefined || isDynamic(wait.signal)) return [];
  const { signal: name } = wait;
  const begins = (edge: Edge) =>
    covers(edge).some((each) => each.task === task && each.cause === 'wait.armed');

  return [...explored.scenes.values()].flatMap(({ edges, key, scene }) =>
    edges
      .filter((edge) => edge.from !== explored.first && begins(edge))
      .slice(0, 1)
      .flatMap(({ move }) =>
        scene.candidates
          .signals(task)
          .map((data) => ({ key, moves: [{ type: 'signal' as const, name, data }, move] })),
      ),
  );
}

function delegations({ explored }: Network, { task = '' }: Target) {
  return [...explored.scenes.values()].flatMap(({ key, scene }) =>
    [...openTasks(scene.run.state.tasks)].flatMap(([address, state]) => {
      const human = scene.run.chart.plan.get(localId(address))?.task;
      if (localId(address) !== task || state.state !== 'pending_approval' || human?.type !== 'HUMAN')
        return [];
      const [by = 'ana'] = namesAsked(askedNow(human, state, excludedFrom(scene.run.state, address, human)));
      const command = { kind: 'delegateApproval', task: address, by, to: 'zoe' } as const;
      return [{ key, moves: [{ type: 'intervene' as const, command }] }];
    }),
  );
}

function childrenSkipped({ explored }: Network) {
  return [...explored.scenes.values()].flatMap(({ key, scene }) =>
    [...openTasks(scene.run.state.tasks)].flatMap(([task, { state }]) =>
      state === 'delegated'
        ? [{ key, moves: [{ type: 'intervene' as const, command: { kind: 'skipTask' as const, task } }] }]
        : [],
    ),
  );
}

type Known = {
  readonly chart: Chart;
  readonly explored: Explored;
  readonly targets: readonly Target[];
  readonly covered: ReadonlySet<Target>;
  /** How many walks there were besides. */
  readonly walks: number;
};

type Asked = Known & {
  readonly impossible: ReadonlyMap<Target, string>;
  readonly found: Map<Target, Reason>;
};

/** Of every target that is not covered, why. */
function reasonsFor(known: Known): readonly Uncovered[] {
  const asked = { ...known, impossible: impossibleTargets(known), found: new Map<Target, Reason>() };

  return known.targets
    .filter((target) => !known.covered.has(target))
    .map((target) => ({ target, reason: reasonFor(asked, target) }));
}

function reasonFor(asked: Asked, target: Target): Reason {
  const before = asked.found.get(target);
  if (before !== undefined) return before;
  const why = asked.impossible.get(target);
  // Two states may lead to each other, and neither be reached.
  asked.found.set(target, notFound(asked));
  const reason: Reason =
    why === undefined
      ? (bound(asked, target) ?? following(asked, target) ?? ownReason(asked, target))
      : { kind: 'unreachable', text: why };
  asked.found.set(target, reason);

  return reason;
}

function bound({ chart, explored }: Known, { task = '', to }: Target): Reason | undefined {
  if (explored.isWhole) return undefined;
  const place = chart.plan.get(task)?.task;
  const most =
    place?.type === 'DO_WHILE' && to !== 'open'
      ? `max_iterations of ${task} is ${place.maxIterations}; `
      : '';

  return { kind: 'bound', text: `${most}${explored.bound ?? 'not all was looked at'}` };
}

/** The state before it was never come to, or what it waits for never ended so: the reason is that of those. */
function following(asked: Asked, target: Target): Reason | undefined {
  const { targets, covered, impossible } = asked;
  const { task, from, to } = target;
  if (from === anyState) return undefined;
  const into = targets.filter((each) => each.task === task && each.to === from && each.from !== to);
  const isReached = into.length === 0 || into.some((each) => covered.has(each));
  const open = (isReached ? upstream(asked, target) : into).filter(
    (each) => !covered.has(each) && !impossible.has(each),
  );
  const [first] = open;
  if (first === undefined) return undefined;
  const { kind, text } = reasonFor(asked, first);
  if (kind === 'follows') return { kind, text };
  const what = isReached ? `it waits for ${targetText(first)}` : `${task ?? 'the run'} is never ${from}`;

  return { kind: 'follows', text: `${what}: ${text}` };
}

/** What decides whether a task begins. */
function upstream({ chart, targets }: Known, { task = '', cause, to }: Target): readonly Target[] {
  const place = chart.plan.get(task);
  if (place === undefined || cause !== causes.dependencies || to === 'skipped') return [];
  const before = new Set([...endedBefore(place), ...(place.branch === undefined ? [] : [place.branch.of])]);

  return targets.filter(({ task: id = '', from }) => before.has(id) && from !== anyState);
}

function ownReason(known: Known, target: Target): Reason {
  const { task = '', cause, from } = target;
  if (cause.startsWith('timer.fired.')) {
    const name = cause.slice('timer.fired.'.length);
    return {
      kind: 'bound',
      text: `${name} is never the first to go off: answers take no time and heartbeats are not played`,
    };
  }
  const place = known.chart.plan.get(task)?.task;
  const isOutside = place?.outputTo !== undefined || (place?.type === 'SUB_WORKFLOW' && from === 'scheduled');
  const behind = expressionsBehind(known.chart, target);
  if (behind !== undefined && behind.sources.length > 0) return needsExample(target, behind);
  if (cause === 'task.failed' && isOutside) {
    return {
      kind: 'bound',
      text: 'it is not played that a file cannot be written, or the run of another definition not be started',
    };
  }

  return notFound(known);
}

function notFound({ explored, walks }: Known): Reason {
  const walked = walks === 0 ? '' : ` and ${walks} walks`;

  return { kind: 'not-found', text: `no way there was found in ${explored.scenes.size} scenes${walked}` };
}

function needsExample({ task = 'the run', cause, to }: Target, { texts, sources }: Behind): Reason {
  const tried =
    cause === 'task.failed' || cause === 'run.failed'
      ? `${shortenExpressions(texts)} can be evaluated with every value that was tried`
      : `with no value that was tried ${shortenExpressions(texts)} leads ${task} to ${to}`;

  return { kind: 'needs-example', text: `${tried}: give one under \`examples:\` (${sources.join(' or ')})` };
}
