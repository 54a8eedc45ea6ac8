import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { SeedResult } from '../seed.ts';

/**
 * What the runs of a seed have come to. Left out is what a crash may change: when, which process carried what out and
 * so the digests of what it gave, who of those who may approve did (a person, or the time), and the ids of runs that
 * are named after the event that started them.
 */
export type End = readonly string[];

const mayDiffer = [
  / by engine-\d+\.\d+/g,
  / by worker-[\w-]+\.\d+/g,
  /"(approved_)?by":"[^"]*"/g,
  /"digest":"[0-9a-f]+"/g,
  /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g,
  /\b01k[0-9a-z]{7}[0-9a-f]{16}\b/g,
];

export function endOf({ ended }: SeedResult): End {
  return ended
    .map((run) =>
      mayDiffer.reduce((text, pattern) => text.replace(pattern, '~'), canonicalJson(outcomeOf(run))),
    )
    .sort();
}

function outcomeOf({ state }: Run): Json {
  const tasks = Object.entries(state.tasks).map(([address, { state: at, output = null }]) => [
    address,
    at,
    output,
  ]);

  return {
    definition: state.definition.id,
    status: state.status,
    error: state.error?.code ?? null,
    output: state.output ?? null,
    variables: state.variables,
    tasks,
  };
}

/** How one end differs from another; undefined when it does not. */
export function difference(one: End, other: End): string | undefined {
  const index = Array.from({ length: Math.max(one.length, other.length) }, (_, at) => at).find(
    (at) => one[at] !== other[at],
  );
  if (index === undefined) return undefined;

  return `a run came to another end\n    ${one[index] ?? 'no such run'}\n    ${other[index] ?? 'no such run'}`;
}
