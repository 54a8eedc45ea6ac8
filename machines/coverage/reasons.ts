import type { Chart } from '../compile/chart.ts';
import type { Explored } from '../explore/explore.ts';
import type { Reason, Uncovered } from './coverage.ts';
import { type Behind, expressionsBehind } from './expressions-behind.ts';
import { anyState, type Target, targetKey } from './target.ts';
import { whyUnreachable } from './unreachable.ts';

type Known = {
  readonly chart: Chart;
  readonly explored: Explored;
  readonly targets: readonly Target[];
  readonly covered: ReadonlySet<Target>;
};

/** Of every target that is not covered, why. */
export function reasonsFor(known: Known): readonly Uncovered[] {
  const found = new Map<string, Reason>();

  return known.targets
    .filter((target) => !known.covered.has(target))
    .map((target) => ({ target, reason: reasonFor(known, target, found) }));
}

function reasonFor(known: Known, target: Target, found: Map<string, Reason>): Reason {
  const key = targetKey(target);
  const before = found.get(key);
  if (before !== undefined) return before;
  // Two states may lead to each other, and neither be reached.
  found.set(key, { kind: 'unreachable', text: whyUnreachable(known.chart, target) });
  const reason = following(known, target, found) ?? ownReason(known, target);
  found.set(key, reason);

  return reason;
}

/** The state before it is never reached: the reason is that of what leads there. */
function following(known: Known, target: Target, found: Map<string, Reason>): Reason | undefined {
  const { task, from, to } = target;
  if (from === anyState) return undefined;
  const into = known.targets.filter((each) => each.task === task && each.to === from && each.from !== to);
  if (into.length === 0 || into.some((each) => known.covered.has(each))) return undefined;
  const [first, ...others] = into.map((each) => reasonFor(known, each, found));
  const reason = [first, ...others].find((each) => each?.kind !== 'unreachable') ?? first;
  if (reason === undefined) return undefined;
  const text = `${task ?? 'the run'} is never ${from}: ${reason.text}`;

  return { kind: reason.kind === 'unreachable' ? 'unreachable' : 'follows', text };
}

function ownReason({ chart, explored }: Known, target: Target): Reason {
  const { cause } = target;
  const behind = expressionsBehind(chart, target);
  if (cause === 'loop.evaluated' && !explored.isWhole) return bound(chart, explored, target);
  if (behind !== undefined && behind.texts.length > 0) return ofValues(target, behind);
  if (!explored.isWhole) return bound(chart, explored, target);

  return { kind: 'unreachable', text: whyUnreachable(chart, target) };
}

function ofValues(target: Target, behind: Behind): Reason {
  const { texts, sources, cannotFail } = behind;
  if (target.cause === 'task.failed' && cannotFail) {
    return { kind: 'unreachable', text: `what ${listed(texts)} reads is always there` };
  }
  if (sources.length > 0) return needsExample(target, behind);

  return { kind: 'unreachable', text: `${listed(texts)} is the same in every run` };
}

function bound(
  { plan }: Chart,
  { bound: text = 'not all was looked at' }: Explored,
  { task = '', to }: Target,
): Reason {
  const place = plan.get(task)?.task;
  const most =
    place?.type === 'DO_WHILE' && to !== 'open'
      ? `max_iterations of ${task} is ${place.maxIterations}; `
      : '';

  return { kind: 'bound', text: `${most}${text}` };
}

function needsExample({ task = '', cause, to }: Target, { texts, sources }: Behind): Reason {
  const tried =
    cause === 'task.failed'
      ? `${listed(texts)} can be evaluated with every value that was tried`
      : `with no value that was tried ${listed(texts)} leads ${task} to ${to}`;
  const keys = sources.map((name) => (name === 'input' ? '`input`' : `\`results: ${name}\``));

  return { kind: 'needs-example', text: `${tried}: give one under \`examples:\` (${keys.join(' or ')})` };
}

const textMax = 120;

function listed(texts: readonly string[]): string {
  const text = texts.map((each) => `\`${each}\``).join(', ');

  return text.length > textMax ? `${text.slice(0, textMax)}...` : text;
}
