import type { DefinitionRef } from '../../../events/run-events.ts';
import type { RunCount } from '../../../machines/run/record/run-filter.ts';
import type { RunLine, RunWait } from '../../api/run.ts';
import type { KnownRuns, RunSummary } from '../../ports/runs/run-index.ts';
import type { Surroundings } from '../../ports/work/surroundings.ts';
import { runLine, typicalOf } from '../../projections/run/run-line.ts';
import { nobodyKnown, runWait } from '../../projections/run/run-wait.ts';
import { shortIdAmong } from '../../projections/short-ids.ts';

/** How many runs there are of each status, as a person reads it. */
export function statusCounts(counts: readonly RunCount[]): Readonly<Record<string, number>> {
  const byStatus = new Map<string, number>();
  for (const { shown, count } of counts) byStatus.set(shown, (byStatus.get(shown) ?? 0) + count);

  return Object.fromEntries(byStatus);
}

export function sumOf(counts: readonly RunCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

/** Runs as lines of a list, with what can only be told by looking at the others. */
type RunLines = {
  readonly lineOf: (line: RunSummary) => RunLine;
  readonly waitOf: (line: RunSummary) => RunWait | undefined;
  /** Who is there from now on. */
  readonly look: (around: Surroundings, nowMs: () => number) => void;
  readonly shortId: (run: string) => string;
  readonly typicalMs: (definition: DefinitionRef) => number | undefined;
};

const known = new WeakMap<KnownRuns, RunLines>();

/** The same for all who ask the same runs, so that what is kept for them is kept once. */
export function runLinesOf(runs: KnownRuns): RunLines {
  const lines = known.get(runs) ?? createRunLines(runs);
  known.set(runs, lines);

  return lines;
}

function createRunLines(runs: KnownRuns): RunLines {
  /** What runs of a version take, until something happens. */
  const typical = new Map<string, number | undefined>();
  let position = 0;
  let around = nobodyKnown;
  let now = (): number => 0;
  const waitOf = (line: RunSummary): RunWait | undefined => runWait(line, around, now());
  const shortId = (run: string): string => shortIdAmong(runs, run);
  const typicalMs = (definition: DefinitionRef): number | undefined => {
    if (runs.position() !== position) typical.clear();
    position = runs.position();
    const { hash } = definition;
    if (!typical.has(hash)) typical.set(hash, typicalOf(runs, definition)?.ms);

    return typical.get(hash);
  };

  return {
    lineOf: (line) =>
      runLine(line, {
        shortId: shortId(line.run),
        typicalMs: typicalMs(line.head.definition),
        wait: waitOf(line),
      }),
    waitOf,
    look: (seen, nowMs) => {
      around = seen;
      now = nowMs;
    },
    shortId,
    typicalMs,
  };
}
