import type { RunGrid, RunLine, RunList } from '../../api/run.ts';
import type { StreamMessage } from '../../api/stream.ts';

/** The beginning of the query keys that a message makes stale, and how long after the last time they are asked, ms. */
export type StaleKey = { readonly key: readonly string[]; readonly afterMs: number };

const SOON_MS = 250;
const LATER_MS = 1_000;
const LATEST_MS = 5_000;

const aboutRuns: readonly StaleKey[] = [
  ...['home', 'approvals', 'agents', 'events', 'counts', 'run-details', 'worksets'].map((key) => ({
    key: [key],
    afterMs: LATER_MS,
  })),
  ...['definitions', 'failures', 'insights', 'map', 'triggers'].map((key) => ({
    key: [key],
    afterMs: LATEST_MS,
  })),
];
const aboutAgents: readonly StaleKey[] = ['agents', 'home'].map((key) => ({ key: [key], afterMs: LATER_MS }));

/** What a batch of messages makes stale, each once. The lists of runs are patched in place instead (`patchedList`). */
export function staleKeys(messages: readonly StreamMessage[]): readonly StaleKey[] {
  const found = messages.flatMap((message): readonly StaleKey[] => {
    if (message.kind === 'snapshot') return [{ key: [], afterMs: 0 }];
    if (message.kind === 'agents') return aboutAgents;

    return message.kind === 'run' ? [{ key: ['runs', message.run], afterMs: SOON_MS }, ...aboutRuns] : [];
  });

  return [...new Map(found.map((one) => [JSON.stringify(one.key), one])).values()];
}

/** A run as it was, or one event, does not change any more: such queries are not asked again. */
export function isSettledKey(key: readonly unknown[]): boolean {
  const params = key.at(-1);
  const isPast =
    typeof params === 'object' &&
    params !== null &&
    'at' in params &&
    params.at !== undefined &&
    params.at !== '';

  return (
    key[0] === 'session' || isPast || (key[0] === 'runs' && key[2] === 'events' && typeof key[3] === 'string')
  );
}

/** The latest line of each run that a batch tells of. */
export function latestLines(messages: readonly StreamMessage[]): ReadonlyMap<string, RunLine> {
  return new Map(messages.flatMap((one) => (one.kind === 'run' ? [[one.run, one.line] as const] : [])));
}

/** The same rows in the same order, each as it is now: what somebody looks at does not move. */
export function patchedList<List extends Pick<RunList, 'items'>>(
  list: List,
  lines: ReadonlyMap<string, RunLine>,
): List {
  if (!list.items.some((line) => isOlder(line, lines.get(line.run)))) return list;

  return {
    ...list,
    items: list.items.map((line) => {
      const next = lines.get(line.run);

      return next !== undefined && isOlder(line, next) ? next : line;
    }),
  };
}

/** The same of the grid: each run in its place. */
export function patchedGrid(grid: RunGrid, lines: ReadonlyMap<string, RunLine>): RunGrid {
  const items = grid.items.map((group) => {
    const { items: runs } = patchedList({ items: group.runs }, lines);

    return runs === group.runs ? group : { ...group, runs };
  });

  return items.some((group, index) => group !== grid.items[index]) ? { ...grid, items } : grid;
}

function isOlder(line: RunLine, next: RunLine | undefined): boolean {
  return next !== undefined && next.sequence > line.sequence;
}
