import type { Chart } from '../compile/chart.ts';
import type { Explored } from '../explore/explore.ts';
import { endedBefore } from './at-once.ts';
import type { Reason, Uncovered } from './coverage.ts';
import { type Behind, expressionsBehind, shorten } from './expressions-behind.ts';
import { impossibleTargets } from './impossible.ts';
import { anyState, causes, type Target, targetText } from './target.ts';

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
export function reasonsFor(known: Known): readonly Uncovered[] {
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
      ? `${shorten(texts)} can be evaluated with every value that was tried`
      : `with no value that was tried ${shorten(texts)} leads ${task} to ${to}`;

  return { kind: 'needs-example', text: `${tried}: give one under \`examples:\` (${sources.join(' or ')})` };
}
