import { randomUUID } from 'node:crypto';
import { countRuns, fitsFilter, type RunsFilter } from '../../../machines/run/record/run-filter.ts';
import {
  durationsOf,
  neighbourIds,
  pageOf,
  unfinishedLines,
} from '../../../machines/run/record/run-lines.ts';
import type { Damage } from '../../ports/runs/journal.ts';
import {
  type IndexedStream,
  type RunIndex,
  RunIndexCleared,
  type RunSummary,
} from '../../ports/runs/run-index.ts';

/** An index of runs in memory: for tests, and where there can be no file. */
export function createMemoryRunIndex(): RunIndex {
  const runs = new Map<string, RunSummary>();
  const streams = new Map<string, IndexedStream>();
  let epoch: string = randomUUID();
  let marked: ReadonlyMap<string, Damage> = new Map();
  const withMark = (line: RunSummary): RunSummary => {
    const damage = line.damage ?? marked.get(line.run);
    return damage === undefined ? line : { ...line, damage };
  };
  const all = (): readonly RunSummary[] => Array.from(runs.values(), withMark);

  return {
    epoch: async () => epoch,
    cursor: async (stream, created) => {
      const known = streams.get(stream);
      return known?.created === created ? known.cursor : undefined;
    },
    put: async (lines, read) => {
      if (read !== undefined && read.epoch !== epoch) throw new RunIndexCleared();
      for (const line of lines) if (isNews(line, runs.get(line.run))) runs.set(line.run, line);
      if (read === undefined) return;
      const known = streams.get(read.stream);
      const isAhead = known?.created !== read.created || known.cursor.position < read.cursor.position;
      if (isAhead) streams.set(read.stream, read);
    },
    replace: async (run, line) => {
      if (line === undefined) runs.delete(run);
      else runs.set(run, line);
    },
    mark: async (damaged) => {
      marked = new Map(damaged);
    },
    page: async (wanted) => pageOf(all(), wanted),
    counts: async (filter: RunsFilter = {}) => countRuns(all().filter(fitsFilter(filter))),
    line: (run) => {
      const line = runs.get(run);
      return line && withMark(line);
    },
    neighbours: (run) => neighbourIds(runs.keys(), run),
    durations: (definition, limit) => durationsOf(all(), definition, limit),
    unfinishedRuns: async (shards) => unfinishedLines(all(), shards),
    clear: async () => {
      runs.clear();
      streams.clear();
      epoch = randomUUID();
      return epoch;
    },
    close: () => undefined,
  };
}

/** Whether a row takes the place of the one that is there. */
function isNews(line: RunSummary, known: RunSummary | undefined): boolean {
  if (known?.position !== line.position) return (known?.position ?? 0) < line.position;

  return known.archived === undefined && line.archived !== undefined;
}
