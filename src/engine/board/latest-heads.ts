import type { BoardLine } from '../../ports/runs/board.ts';
import type { Damage, Journal, Stored } from '../../ports/runs/journal.ts';
import { damagedSummary, endSummary } from '../run-reader/run-index.ts';

/** The lines of all runs, those that changed last first. */
export type Standing = {
  readonly line: (run: string) => BoardLine | undefined;
  readonly lines: () => readonly BoardLine[];
  /** A line that is as new as the one that is there is left out. */
  readonly put: (line: BoardLine) => void;
  /** Runs that have lost events, whatever their last message tells. */
  readonly mark: (damaged: ReadonlyMap<string, Damage>) => void;
  readonly clear: () => void;
};

/** A map keeps the order in which its keys were put in: to put one in anew is to make it the latest. */
export function createStanding(): Standing {
  const runs = new Map<string, BoardLine>();
  let latestFirst: readonly BoardLine[] | undefined = [];
  let marked: ReadonlyMap<string, Damage> = new Map();
  const withMark = (line: BoardLine): BoardLine => {
    const damage = line.damage ?? marked.get(line.run);
    return damage === undefined ? line : { ...line, damage };
  };

  return {
    line: (run) => {
      const line = runs.get(run);
      return line && withMark(line);
    },
    lines: () => {
      latestFirst ??= Array.from(runs.values(), withMark).reverse();
      return latestFirst;
    },
    put: (line) => {
      if ((runs.get(line.run)?.position ?? 0) >= line.position) return;
      runs.delete(line.run);
      runs.set(line.run, line);
      latestFirst = undefined;
    },
    mark: (damaged) => {
      marked = damaged;
      latestFirst = undefined;
    },
    clear: () => {
      runs.clear();
      latestFirst = undefined;
    },
  };
}

/** Every run as its last message tells, in the order in which they changed. `onLast` is told of each message. */
export async function linesOfAll(
  journal: Journal,
  onLast: (last: Stored) => void = () => undefined,
): Promise<readonly BoardLine[]> {
  const lines: BoardLine[] = [];
  for await (const last of journal.lastOfEach()) {
    onLast(last);
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
