import { shardOf } from '../../../machines/shard.ts';
import type { Damage } from '../../ports/runs/journal.ts';
import type {
  IndexedStream,
  RunCount,
  RunIndex,
  RunPlace,
  RunsFilter,
  RunsWanted,
} from '../../ports/runs/run-index.ts';
import type { RunSummary } from '../../ports/runs/workflows.ts';
import { fitsFilter, runOrders } from '../../projections/run/run-filter.ts';
import { shownStatusOfLine, statusOfLine } from '../../projections/run/shown-status.ts';

/** An index of runs in memory: for tests, and where there can be no file. */
export function createMemoryRunIndex(): RunIndex {
  const runs = new Map<string, RunSummary>();
  const streams = new Map<string, IndexedStream>();
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
    const { place, descending } = runOrders[order];
    const compare = (one: RunPlace, other: RunPlace) => comparePlaces(one, other, descending);

    return fitting(filter)
      .filter((line) => after === undefined || compare(place(line), after) > 0)
      .sort((one, other) => compare(place(one), place(other)))
      .slice(0, limit);
  };

  return {
    cursor: async (stream, created) => {
      const known = streams.get(stream);
      return known?.created === created ? known.cursor : undefined;
    },
    put: async (lines, read) => {
      for (const line of lines) {
        if ((runs.get(line.run)?.position ?? 0) < line.position) runs.set(line.run, line);
      }
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
    counts: async (filter = {}) => countsOf(fitting(filter)),
    line: (run) => {
      const line = runs.get(run);
      return line && withMark(line);
    },
    durations: async ({ id, hash }, limit) => {
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
    },
    close: () => undefined,
  };
}

function comparePlaces(one: RunPlace, other: RunPlace, descending: readonly boolean[]): number {
  for (let index = 0; index < one.length; index += 1) {
    const part = one[index] ?? '';
    const than = other[index] ?? '';
    if (part !== than) return part < than === (descending[index] ?? false) ? 1 : -1;
  }

  return 0;
}

function countsOf(lines: readonly RunSummary[]): readonly RunCount[] {
  const counts = new Map<string, RunCount>();
  for (const line of lines) {
    const { definition, endedAt } = line.head;
    const of = {
      definition,
      status: statusOfLine(line),
      shown: shownStatusOfLine(line),
      isEnded: endedAt !== undefined,
    };
    const key = JSON.stringify([
      definition.id,
      definition.version,
      definition.hash,
      ...Object.values(of).slice(1),
    ]);
    counts.set(key, { ...of, count: (counts.get(key)?.count ?? 0) + 1 });
  }

  return [...counts.values()];
}
