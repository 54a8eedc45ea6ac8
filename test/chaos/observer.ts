// Sees the journal grow, on a connection of its own, and remembers everything that it was shown and when.
import type { JournalRecord } from '../../events/record.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import type { Journal, Stored } from '../../src/ports/runs/journal.ts';
import { endedAttempt } from '../e2e/findings.ts';

export type Seen = { readonly id: string; readonly hash: string; readonly atMs: number };

export type Observer = {
  /** By position. */
  readonly seen: ReadonlyMap<number, Seen>;
  /** When the end of an attempt was seen, by its key. */
  readonly endedAtMs: ReadonlyMap<string, number>;
  readonly open: ReadonlySet<string>;
  readonly ended: ReadonlySet<string>;
  readonly problems: readonly string[];
  /** The longest time without an event between these two, in ms. */
  readonly standstillMs: (fromMs: number, toMs: number) => number;
  readonly stop: () => void;
};

export function startObserver(
  journal: Journal,
  { onAsked, onEnded }: { readonly onAsked: (run: string) => void; readonly onEnded: () => void },
): Observer {
  const stopping = new AbortController();
  const seen = new Map<number, Seen>();
  const endedAtMs = new Map<string, number>();
  const open = new Set<string>();
  const ended = new Set<string>();
  const problems: string[] = [];
  void watch();

  async function watch(): Promise<void> {
    for await (const stored of journal.watch({ after: 0, signal: stopping.signal })) {
      const atMs = Date.now();
      if (stored.kind === 'foreign') problems.push(`${stored.run} at ${stored.position}: ${stored.reason}`);
      else take(stored, atMs);
    }
  }

  function take({ run, position, record }: Extract<Stored, { kind: 'record' }>, atMs: number): void {
    if (seen.has(position)) problems.push(`position ${position} was shown twice`);
    seen.set(position, { id: record.id, hash: record.hash, atMs });
    const key = endedAttempt(run, record);
    if (key !== undefined && endedAtMs.has(key)) problems.push(`the end of ${key} is recorded twice`);
    if (key !== undefined) endedAtMs.set(key, atMs);
    follow(run, record);
  }

  function follow(run: string, { data: { head, transitions } }: JournalRecord): void {
    if (transitions.some(({ to }) => to === 'pending_approval')) onAsked(run);
    if (!isFinal(head.status)) open.add(run);
    if (!isFinal(head.status) || !open.delete(run)) return;
    ended.add(run);
    onEnded();
  }

  return {
    seen,
    endedAtMs,
    open,
    ended,
    problems,
    standstillMs: (fromMs, toMs) => {
      const between = [...seen.values()]
        .map(({ atMs }) => atMs)
        .filter((atMs) => atMs > fromMs && atMs < toMs);
      const times = [fromMs, ...between, toMs];
      return Math.max(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs)));
    },
    stop: () => stopping.abort(),
  };
}
