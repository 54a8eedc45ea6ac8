import type { RunLine } from '../../api/run.ts';
import type { Board } from '../../ports/runs/board.ts';
import type { RunSummary } from '../../ports/runs/workflows.ts';
import { createExpectations, type Expectations, runLine } from '../../projections/run/run-page.ts';
import { shownStatusOfLine } from '../../projections/run/shown-status.ts';
import { createShortIds } from '../../projections/short-ids.ts';

/** All runs, each by its last event. */
export type KnownRuns = Pick<Board, 'position' | 'lines' | 'line' | 'since'>;

const known = new WeakMap<KnownRuns, RunLines>();

/** The index of runs that were read once. */
export function indexOf(runs: readonly RunSummary[]): KnownRuns {
  const byId = new Map(runs.map((line) => [line.run, line]));
  const position = runs.reduce((latest, line) => Math.max(latest, line.position), 0);

  return {
    position: () => position,
    lines: () => runs,
    line: (run) => byId.get(run),
    since: () => undefined,
  };
}

/** How many runs there are of each status, as a person reads it. */
export function statusCounts(lines: readonly RunSummary[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const shown = shownStatusOfLine(line);
    counts.set(shown, (counts.get(shown) ?? 0) + 1);
  }

  return Object.fromEntries(counts);
}

/** The runs of an index as lines of a list, with what can only be told by looking at the others. */
type RunLines = {
  readonly lineOf: (line: RunSummary) => RunLine;
  readonly shortId: (run: string) => string;
  readonly typicalMs: Expectations['typicalMs'];
};

/** Those of the index: the same for all who ask, so that what is kept for them is kept once. */
export function runLinesOf(index: KnownRuns): RunLines {
  const lines = known.get(index) ?? createRunLines(index);
  known.set(index, lines);

  return lines;
}

function createRunLines(index: KnownRuns): RunLines {
  const ids = createShortIds();
  const expectations = createExpectations();
  let seen = 0;

  /** What has changed since somebody asked last is added when somebody asks again. */
  function catchUp(): void {
    const position = index.position();
    if (position === seen) return;
    // The latest count most, and come last.
    for (const line of changedBehind(index, seen)) {
      ids.add(line.run);
      expectations.note(line);
    }
    seen = position;
  }

  return {
    lineOf: (line) => {
      catchUp();

      return runLine(line, {
        shortId: ids.of(line.run),
        typicalMs: expectations.typicalMs(line.head.definition),
      });
    },
    shortId: (run) => {
      catchUp();

      return ids.of(run);
    },
    typicalMs: (definition) => {
      catchUp();

      return expectations.typicalMs(definition);
    },
  };
}

/** From the few that landed, where they are known: to look through all runs for each event would hold everybody up. */
function changedBehind(index: KnownRuns, position: number): readonly RunSummary[] {
  const landed = index.since(position);
  if (landed !== undefined) return landed.map(({ line }) => line);

  return index
    .lines()
    .filter((line) => line.position > position)
    .toReversed();
}
