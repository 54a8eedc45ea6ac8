// Indexes of runs for tests: in memory, of a journal or of lines that a test has written.
import { countRuns, fitsFilter } from '../../machines/run/record/run-filter.ts';
import { durationsOf, pageOf } from '../../machines/run/record/run-lines.ts';
import type { IndexedJournal } from '../../src/engine/board/index-keeper.ts';
import type { Board, BoardLine } from '../../src/ports/runs/board.ts';
import type { Journal } from '../../src/ports/runs/journal.ts';
import { type RunSql, SqlRefused } from '../../src/ports/runs/run-sql.ts';
import { createMemoryRunIndex } from '../../src/stores/memory/run-index.ts';

/** A journal with an index that begins empty. */
export function indexedJournal(journal: Journal): IndexedJournal {
  return {
    journal,
    index: createMemoryRunIndex(),
    stream: async () => ({ stream: 'journal', created: 'once' }),
  };
}

/** All runs of a board, the latest change first. */
export async function linesOf(board: Pick<Board, 'each'>): Promise<readonly BoardLine[]> {
  const lines: BoardLine[] = [];
  for await (const line of board.each({}, 'changed')) lines.push(line);

  return lines;
}

type Lines = Pick<Board, 'live' | 'each' | 'page' | 'counts' | 'line' | 'durations' | 'neighbours' | 'ready'>;

/** What is asked of a board, answered from lines. */
export function boardOf(lines: () => readonly BoardLine[]): Lines {
  const { POSITIVE_INFINITY: limit } = Number;

  return {
    ready: Promise.resolve(),
    live: () => lines().filter(({ head }) => head.endedAt === undefined),
    each: async function* (filter, order) {
      yield* pageOf(lines(), { filter, order, limit });
    },
    page: async (wanted) => pageOf(lines(), wanted),
    counts: async (filter = {}) => countRuns(lines().filter(fitsFilter(filter))),
    line: (run) => lines().find((each) => each.run === run),
    neighbours: () => [],
    durations: (...asked) => durationsOf(lines(), ...asked),
  };
}

/** Where there is no file that can be asked. */
export const noSql: RunSql = {
  query: async () => {
    throw new SqlRefused('query.unavailable', 'the index of runs is not in a file here');
  },
};
