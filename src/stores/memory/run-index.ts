import { randomUUID } from 'node:crypto';
import {
  comparePlaces,
  compareRuns,
  countRuns,
  fitsFilter,
  type RunsFilter,
  runOrders,
} from '../../../machines/run/record/run-filter.ts';
import { shardOf } from '../../../machines/shard.ts';
import type { Damage } from '../../ports/runs/journal.ts';
import {
  type IndexedStream,
  type RunIndex,
  RunIndexCleared,
  type RunSummary,
  type RunsWanted,
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
  const fitting = (filter: RunsFilter): readonly RunSummary[] => {
    const fits = fitsFilter(filter);
    return Array.from(runs.values(), withMark).filter(fits);
  };
  const latest = ({ filter = {}, order, after, limit }: RunsWanted): readonly RunSummary[] => {
    const { place } = runOrders[order];

    return fitting(filter)
      .filter((line) => after === undefined || comparePlaces(order, place(line), after) > 0)
      .sort((one, other) => compareRuns(order, one, other))
      .slice(0, limit);
  };

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
    page: async (wanted) => latest(wanted),
    counts: async (filter = {}) => countRuns(fitting(filter)),
    line: (run) => {
      const line = runs.get(run);
      return line && withMark(line);
    },
    neighbours: (run) => {
      const ids = [...runs.keys()].sort();
      const before = ids.filter((each) => each < run).at(-1);
      const after = ids.find((each) => each > run);

      return [before, after].filter((each) => each !== undefined);
    },
    durations: ({ id, hash }, limit) => {
      const hashes = hash === undefined ? {} : { hashes: [hash] };
      const ended = latest({
        filter: { definition: id, isEnded: true, ...hashes },
        order: 'changed',
        limit: Number.POSITIVE_INFINITY,
      });

      return ended
        .filter(({ head }) => head.status === 'COMPLETED')
        .slice(0, limit)
        .map(({ head }) => Math.max(0, Date.parse(head.endedAt ?? '') - Date.parse(head.startedAt)));
    },
    unfinishedRuns: async (shards) =>
      latest({ filter: { isEnded: false }, order: 'changed', limit: Number.POSITIVE_INFINITY }).filter(
        ({ run }) => shards === undefined || shards.of.includes(shardOf(run, shards.count)),
      ),
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
