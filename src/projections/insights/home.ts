import { activeMax } from '../../../machines/run/record/run-filter.ts';
import type { Home } from '../../api/home.ts';
import type { BoardLine } from '../../ports/runs/board.ts';

/** `error` is a code, or a status where there is none. */
export type FailingDefinition = Omit<Home['failing'][number], 'key'> & { readonly line: BoardLine };

/** What the home page tells of the runs, from their lines alone. */
export type HomeCounts = {
  readonly approvals: number;
  /** Some run names as many open tasks as a line may: it may wait for more approvals than are counted. */
  readonly hasMore: boolean;
  readonly pausedRuns: number;
  readonly quarantined: number;
  readonly running: readonly BoardLine[];
  readonly byDefinition: Readonly<Record<string, number>>;
  /** The definitions whose latest runs failed, and the latest run that failed as most of them did. */
  readonly failing: readonly FailingDefinition[];
};

/** So many of the runs of a definition that ended last are looked at, of so many definitions at most. */
export const recentEndedMax = 20;
const failingMax = 20;

/** What is told of runs under way, the latest change first, and of those of each definition that ended last. */
export function homeCounts(
  live: readonly BoardLine[],
  { damaged, ended }: { readonly damaged: number; readonly ended: readonly (readonly BoardLine[])[] },
): HomeCounts {
  const running: BoardLine[] = [];
  const byDefinition: Record<string, number> = {};
  let [approvals, pausedRuns] = [0, 0];
  let hasMore = false;
  for (const line of live) {
    const { head, damage } = line;
    const { id } = head.definition;
    if (damage !== undefined) continue;
    running.push(line);
    byDefinition[id] = (byDefinition[id] ?? 0) + 1;
    approvals += waitingIn(head);
    hasMore ||= head.asks === undefined && head.active.length >= activeMax;
    if (head.status === 'PAUSED') pausedRuns++;
  }
  const failing = failingOf(ended);

  return { approvals, hasMore, pausedRuns, quarantined: damaged, running, byDefinition, failing };
}

function waitingIn({ asks, asksMore = 0, active }: BoardLine['head']): number {
  if (asks !== undefined) return asks.length + asksMore;

  return active.filter(({ status }) => status === 'PENDING_APPROVAL').length;
}

/** Those that fail most first; of the errors the one that came most often. */
function failingOf(ended: readonly (readonly BoardLine[])[]): readonly FailingDefinition[] {
  return ended
    .flatMap((lines) => {
      const errors = lines
        .filter(({ head: { status } }) => status === 'FAILED' || status === 'TIMED_OUT')
        .map((line) => ({ error: line.head.error ?? line.head.status, line }));
      const error = mostFrequent(errors.map((each) => each.error));
      const latest = errors.find((each) => each.error === error);
      if (latest === undefined) return [];
      const definition = latest.line.head.definition.id;
      return [{ definition, failed: errors.length, of: lines.length, ...latest }];
    })
    .sort((a, b) => b.failed / b.of - a.failed / a.of || b.failed - a.failed)
    .slice(0, failingMax);
}

function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const [first] = [...counts].sort(([, a], [, b]) => b - a);

  return first?.[0];
}
