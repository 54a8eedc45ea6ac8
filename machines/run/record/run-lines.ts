// What lists of runs ask, answered from lines in memory. An index that is a database answers the same by its rows.
import { timeMs } from '../../due-time.ts';
import { shardOf } from '../../shard.ts';
import {
  comparePlaces,
  compareRuns,
  fitsFilter,
  type RunLine,
  type RunOrder,
  type RunPlace,
  type RunsFilter,
  runOrders,
} from './run-filter.ts';

export type RunsWanted = {
  readonly filter?: RunsFilter | undefined;
  readonly order: RunOrder;
  /** Only what comes behind this place. */
  readonly after?: RunPlace | undefined;
  readonly limit: number;
};

/** Some of the shards that runs are spread over. */
export type SomeShards = { readonly of: readonly number[]; readonly count: number };

/** The first lines of an order that fit. */
export function pageOf<Line extends RunLine>(
  lines: readonly Line[],
  { filter = {}, order, after, limit }: RunsWanted,
): readonly Line[] {
  const { place } = runOrders[order];

  return lines
    .filter(fitsFilter(filter))
    .filter((line) => after === undefined || comparePlaces(order, place(line), after) > 0)
    .sort((one, other) => compareRuns(order, one, other))
    .slice(0, limit);
}

/** The lines of runs that have not ended, the latest change first. */
export function unfinishedLines<Line extends RunLine>(
  lines: readonly Line[],
  shards: SomeShards | undefined,
): readonly Line[] {
  const { POSITIVE_INFINITY: limit } = Number;
  const isWanted = ({ run }: Line) => shards === undefined || shards.of.includes(shardOf(run, shards.count));

  return pageOf(lines.filter(isWanted), { filter: { isEnded: false }, order: 'changed', limit });
}

/** The ids before and after this one in the order of ids. */
export function neighbourIds(runs: Iterable<string>, run: string): readonly string[] {
  const ids = [...runs].sort();

  return [...ids.filter((each) => each < run).slice(-1), ...ids.filter((each) => each > run).slice(0, 1)];
}

/** How long the runs of a definition took that were completed last, in ms, the latest first. */
export function durationsOf(
  lines: readonly RunLine[],
  { id, hash }: { readonly id: string; readonly hash?: string },
  limit: number,
): readonly number[] {
  const filter = { definition: id, isEnded: true, ...(hash === undefined ? {} : { hashes: [hash] }) };
  const completed = lines.filter(({ head }) => head.status === 'COMPLETED');

  return pageOf(completed, { filter, order: 'changed', limit }).map(({ head }) =>
    Math.max(0, timeMs(head.endedAt ?? '') - timeMs(head.startedAt)),
  );
}
