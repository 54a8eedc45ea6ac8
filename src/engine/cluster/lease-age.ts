import type { Clock } from '../../ports/clock.ts';

/** Which leases were renewed not long ago: an old one may be about to end, and somebody else may follow. */
export type LeaseAge = {
  /** The lease was taken or renewed; `sentAt` is when that was asked for, because the store counts from later. */
  readonly renewed: (shard: number, sentAt: number) => void;
  readonly isFresh: (shard: number) => boolean;
  /** Since when it has been fresh without a break; now, while it is not. */
  readonly sinceMs: (shard: number) => number;
  readonly forget: (shard: number) => void;
};

type Mark = { readonly sentAt: number; readonly freshSinceMs: number; readonly cancel: () => void };

export function createLeaseAge(clock: Clock, freshMs: number): LeaseAge {
  const marks = new Map<number, Mark>();

  function isFresh(shard: number): boolean {
    const mark = marks.get(shard);
    return mark !== undefined && clock.now() - mark.sentAt < freshMs;
  }

  function sinceMs(shard: number): number {
    const now = clock.now();
    return isFresh(shard) ? Math.min(marks.get(shard)?.freshSinceMs ?? now, now) : now;
  }

  function forget(shard: number): void {
    marks.get(shard)?.cancel();
    marks.delete(shard);
  }

  return {
    renewed: (shard, sentAt) => {
      const freshSinceMs = sinceMs(shard);
      forget(shard);
      const leftMs = Math.min(Math.max(sentAt + freshMs - clock.now(), 0), freshMs);
      // The timer sees what a clock that is set back hides; the clock sees what a process that was stopped has missed.
      marks.set(shard, { sentAt, freshSinceMs, cancel: clock.after(leftMs, () => forget(shard)) });
    },
    isFresh,
    sinceMs,
    forget,
  };
}
