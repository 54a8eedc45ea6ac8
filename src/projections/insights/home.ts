import { isNewer } from '../../../machines/run/record/damage-text.ts';
import { activeMax } from '../../../machines/run/record/head.ts';
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
const recentMax = 20;
const failingMax = 20;

type Recent = { of: number; readonly errors: { readonly error: string; readonly line: BoardLine }[] };

/** `lines` with the latest change first. */
export function homeCounts(lines: readonly BoardLine[]): HomeCounts {
  const running: BoardLine[] = [];
  const byDefinition: Record<string, number> = {};
  const recent = new Map<string, Recent>();
  let [approvals, pausedRuns, quarantined] = [0, 0, 0];
  let hasMore = false;
  for (const line of lines) {
    const { head, damage } = line;
    const { id } = head.definition;
    if (damage !== undefined && isNewer(damage)) continue;
    if (damage !== undefined) {
      quarantined++;
    } else if (head.endedAt !== undefined) {
      noteEnded(recent, line);
    } else {
      running.push(line);
      byDefinition[id] = (byDefinition[id] ?? 0) + 1;
      approvals += waitingIn(head);
      hasMore ||= head.asks === undefined && head.active.length >= activeMax;
      if (head.status === 'PAUSED') pausedRuns++;
    }
  }

  return { approvals, hasMore, pausedRuns, quarantined, running, byDefinition, failing: failingOf(recent) };
}

function waitingIn({ asks, asksMore = 0, active }: BoardLine['head']): number {
  if (asks !== undefined) return asks.length + asksMore;

  return active.filter(({ status }) => status === 'PENDING_APPROVAL').length;
}

function noteEnded(recent: Map<string, Recent>, line: BoardLine): void {
  const { definition, status, error } = line.head;
  const known = recent.get(definition.id) ?? { of: 0, errors: [] };
  recent.set(definition.id, known);
  if (known.of >= recentMax) return;
  known.of++;
  if (status === 'FAILED' || status === 'TIMED_OUT') known.errors.push({ error: error ?? status, line });
}

/** Those that fail most first; of the errors the one that came most often. */
function failingOf(recent: ReadonlyMap<string, Recent>): readonly FailingDefinition[] {
  return [...recent]
    .flatMap(([definition, { of, errors }]) => {
      const error = mostFrequent(errors.map((each) => each.error));
      const latest = errors.find((each) => each.error === error);
      if (latest === undefined) return [];
      return [{ definition, failed: errors.length, of, ...latest }];
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
