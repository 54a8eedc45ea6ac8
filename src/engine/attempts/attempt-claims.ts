import type { Clock } from '../../ports/clock.ts';

/**
 * When the workers that hold attempts were last heard of. Only in memory: whoever takes a run over, and whoever could
 * hear nobody for a while, gives every holder the full time anew. No worker is thought dead because an engine was.
 */
export type AttemptClaims = {
  readonly ttlMs: number;
  /** The worker may begin, or goes on after it asked to begin again. */
  readonly began: (of: HeldAttempt, worker: string) => void;
  /** The worker lives. One that has given the attempt back does not take it again by a heartbeat that comes late. */
  readonly heard: (of: HeldAttempt, worker: string) => void;
  /** For how long the worker has to be thought alive yet; 0 when another one may begin. */
  readonly leftMs: (of: HeldAttempt, worker: string) => number;
  /** The worker stopped and wants no more of it. */
  readonly gaveBack: (of: HeldAttempt, worker: string) => void;
  readonly hasGivenBack: (of: HeldAttempt, worker: string) => boolean;
  /** The result of its holder is being looked at and recorded, until the returned function is called: it lives. */
  readonly reporting: (of: HeldAttempt) => () => void;
  readonly isReporting: (of: HeldAttempt) => boolean;
  readonly forget: (of: HeldAttempt) => void;
  readonly drop: (run: string) => void;
};

type Held = { readonly attempt: number; readonly worker: string; heardAtMs: number; gaveBack: boolean };

const ttlMsOfWorkers = 10_000;

export function createAttemptClaims({
  clock,
  ttlMs = ttlMsOfWorkers,
  freshSinceMs = () => 0,
}: {
  readonly clock: Clock;
  readonly ttlMs?: number | undefined;
  /** Since when this engine could hear the workers of the run, without a break. */
  readonly freshSinceMs?: ((run: string) => number) | undefined;
}): AttemptClaims {
  const held = new Map<string, Map<string, Held>>();
  /** How many results of an attempt are being recorded. */
  const recording = new Map<string, number>();

  function heldBy({ run, address, attempt }: HeldAttempt, worker: string): Held {
    const ofRun = held.get(run) ?? new Map<string, Held>();
    const known = ofRun.get(address);
    if (known?.attempt === attempt && known.worker === worker) return known;
    const seen = { attempt, worker, heardAtMs: clock.now(), gaveBack: false };
    held.set(run, ofRun.set(address, seen));

    return seen;
  }

  return {
    ttlMs,
    began: (of, worker) => {
      const holder = heldBy(of, worker);
      holder.heardAtMs = clock.now();
      holder.gaveBack = false;
    },
    heard: (of, worker) => {
      heldBy(of, worker).heardAtMs = clock.now();
    },
    leftMs: (of, worker) => {
      const holder = heldBy(of, worker);
      if (holder.gaveBack) return 0;
      if (recording.has(attemptKey(of))) return ttlMs;
      const nowMs = clock.now();
      // A clock that was set back would have it live for as long.
      holder.heardAtMs = Math.min(holder.heardAtMs, nowMs);
      const sinceMs = Math.max(holder.heardAtMs, freshSinceMs(of.run));

      return Math.max(sinceMs + ttlMs - nowMs, 0);
    },
    gaveBack: (of, worker) => {
      heldBy(of, worker).gaveBack = true;
    },
    hasGivenBack: (of, worker) => heldBy(of, worker).gaveBack,
    reporting: (of) => {
      const key = attemptKey(of);
      recording.set(key, (recording.get(key) ?? 0) + 1);

      return () => {
        const left = (recording.get(key) ?? 0) - 1;
        if (left > 0) recording.set(key, left);
        else recording.delete(key);
      };
    },
    isReporting: (of) => recording.has(attemptKey(of)),
    forget: ({ run, address, attempt }) => {
      const ofRun = held.get(run);
      if (ofRun?.get(address)?.attempt !== attempt) return;
      ofRun.delete(address);
      if (ofRun.size === 0) held.delete(run);
    },
    drop: (run) => void held.delete(run),
  };
}

/** An attempt of a run, known by where its task is. */
export type HeldAttempt = { readonly run: string; readonly address: string; readonly attempt: number };

/** The idempotency key of an attempt. */
export function attemptKey({ run, address, attempt }: HeldAttempt): string {
  return `${run}/${address}/${attempt}`;
}
