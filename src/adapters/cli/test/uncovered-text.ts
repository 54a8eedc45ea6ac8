import type { Uncovered } from '../../../projections/tested-definition.ts';
import { oneLine } from '../render/width.ts';

/** More lines than this are left to `--verbose`. */
const linesMax = 12;

/**
 * Why transitions are not covered: each reason once, under it a line for every task. What counts against the coverage
 * comes first.
 */
export function uncoveredLines(
  uncovered: readonly Uncovered[],
  { verbose }: { readonly verbose: boolean },
): readonly string[] {
  const weighty = uncovered.filter(({ kind }) => kind !== 'unreachable');
  const rest = uncovered.filter(({ kind }) => kind === 'unreachable');
  const groups = grouped(
    [...weighty, ...rest],
    ({ kind, text }) => `  not covered, ${kind}: ${oneLine(text)}`,
  );
  const lines = [...groups].flatMap(([reason, some]) => [
    { text: reason, count: 0 },
    ...[...grouped(some, taskOf)].map(([task, ofTask]) => ({
      text: `    ${task}: ${ofTask.map((each) => oneLine(each.transition.slice(task.length + 2))).join('; ')}`,
      count: ofTask.length,
    })),
  ]);
  if (verbose || lines.length <= linesMax) return lines.map(({ text }) => text);
  // A reason without a transition under it says nothing.
  const shown = lines[linesMax - 2]?.count === 0 ? linesMax - 2 : linesMax - 1;
  const more = lines.slice(shown).reduce((sum, { count }) => sum + count, 0);

  return [...lines.slice(0, shown).map(({ text }) => text), `    ${more} more: --verbose`];
}

/** A transition begins with its task: `pay: retrying -> failed (task.failed)`. */
function taskOf({ transition }: Uncovered): string {
  return transition.slice(0, Math.max(transition.indexOf(': '), 0));
}

function grouped(
  all: readonly Uncovered[],
  keyOf: (each: Uncovered) => string,
): ReadonlyMap<string, readonly Uncovered[]> {
  const groups = new Map<string, Uncovered[]>();
  for (const each of all) {
    const key = keyOf(each);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }

  return groups;
}
