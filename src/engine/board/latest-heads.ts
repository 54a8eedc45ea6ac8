import type { BoardLine } from '../../ports/runs/board.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import { damagedSummary, endSummary } from '../run-reader/run-index.ts';

/** The lines of all runs, those that changed last first. */
export type Standing = {
  readonly line: (run: string) => BoardLine | undefined;
  readonly lines: () => readonly BoardLine[];
  /** A line that is as new as the one that is there is left out. */
  readonly put: (line: BoardLine) => void;
};

/** A map keeps the order in which its keys were put in: to put one in anew is to make it the latest. */
export function createStanding(): Standing {
  const runs = new Map<string, BoardLine>();
  let latestFirst: readonly BoardLine[] | undefined = [];

  return {
    line: (run) => runs.get(run),
    lines: () => {
      latestFirst ??= [...runs.values()].reverse();
      return latestFirst;
    },
    put: (line) => {
      if ((runs.get(line.run)?.position ?? 0) >= line.position) return;
      runs.delete(line.run);
      runs.set(line.run, line);
      latestFirst = undefined;
    },
  };
}

/** Every run as its last message tells, in the order in which they changed. */
export async function linesOfAll(journal: Journal): Promise<readonly BoardLine[]> {
  const lines: BoardLine[] = [];
  for await (const last of journal.lastOfEach()) {
    const summary = last.kind === 'record' ? endSummary(last) : await damagedSummary(journal, last.run);
    if (summary !== undefined) lines.push({ ...summary, position: last.position });
  }

  return lines.sort((a, b) => a.position - b.position);
}

/** The run after a message that landed; undefined for one that says nothing of a run that is known. */
export function lineAfter(stored: Stored, before: BoardLine | undefined): BoardLine | undefined {
  const { position } = stored;
  if (stored.kind === 'record') return { ...endSummary(stored), position };
  if (before === undefined) return undefined;
  const message = `no record of this run: ${stored.reason}`;

  return {
    ...before,
    position,
    damage: { code: stored.code, sequence: before.sequence + 1, position, message },
  };
}
