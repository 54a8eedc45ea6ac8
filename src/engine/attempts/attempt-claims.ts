import type { Json } from '../../../events/canonical-json.ts';
import { attemptKeyOf } from '../../../events/worker-protocol.ts';
import type { Clock } from '../../ports/clock.ts';

/**
 * When the holders of attempts were last heard of, in memory only: an engine that takes a run over, or that could
 * hear nobody for a while, gives every holder the full time again. An outage of an engine makes no worker count as
 * lost.
 */
export type AttemptClaims = {
  readonly ttlMs: number;
  /** The worker may begin, or continues after asking to begin again. */
  readonly began: (of: HeldAttempt, worker: string) => void;
  /**
   * An engine handed the attempt to the worker, which thereby began it at this time: no record says so until it takes
   * longer than a moment.
   */
  readonly hand: (of: HeldAttempt, handed: HandedAttempt) => void;
  /** To whom it was handed, unless that worker gave it back. */
  readonly handed: (of: HeldAttempt) => HandedAttempt | undefined;
  /** A start is on its way to the journal, until the returned function is called. */
  readonly beginning: (of: HeldAttempt) => () => void;
  readonly isBeginning: (of: HeldAttempt) => boolean;
  /** A record says now who has it. */
  readonly recordedStart: (of: HeldAttempt) => void;
  /** Calls back for each attempt that is handed to a worker. */
  readonly onHanded: (listener: (of: HeldAttempt) => void) => void;
  /** The worker is alive. A late heartbeat does not reclaim an attempt that was given back. */
  readonly heard: (of: HeldAttempt, worker: string) => void;
  /** What the worker said last of how far it has come, and no record says yet. */
  readonly unrecorded: (of: HeldAttempt) => Json | undefined;
  readonly keepDetails: (of: HeldAttempt, worker: string, details: Json) => void;
  /** A record says so now. */
  readonly recorded: (of: HeldAttempt, details: Json | undefined) => void;
  /** How long the worker still counts as alive; 0 if another one may begin. */
  readonly leftMs: (of: HeldAttempt, worker: string) => number;
  /** The worker gave the attempt back. */
  readonly gaveBack: (of: HeldAttempt, worker: string) => void;
  readonly hasGivenBack: (of: HeldAttempt, worker: string) => boolean;
  /**
   * Marks that the holder's result is being recorded, until the returned function is called: the holder counts as
   * alive.
   */
  readonly reporting: (of: HeldAttempt) => () => void;
  readonly isReporting: (of: HeldAttempt) => boolean;
  readonly forget: (of: HeldAttempt) => void;
  readonly drop: (run: string) => void;
};

/** `startedAt`: by the time of the run, ISO 8601, UTC. */
export type HandedAttempt = { readonly agent: string; readonly worker: string; readonly startedAt: string };

type Held = {
  readonly attempt: number;
  readonly worker: string;
  /** As which agent, and since when it was handed out without a record. */
  handed?: { readonly agent: string; readonly startedAt: string };
  heardAtMs: number;
  gaveBack: boolean;
  details?: Json;
};

const ttlMsOfWorkers = 10_000;

export function createAttemptClaims({
  clock,
  ttlMs = ttlMsOfWorkers,
  freshSinceMs = () => 0,
}: {
  readonly clock: Clock;
  readonly ttlMs?: number | undefined;
  /** Since when this engine has heard the run's workers without a gap. */
  readonly freshSinceMs?: ((run: string) => number) | undefined;
}): AttemptClaims {
  const held = new Map<string, Map<string, Held>>();
  /** How many results of an attempt are being recorded. */
  const recording = new Map<string, number>();
  const listeners: ((of: HeldAttempt) => void)[] = [];

  function heldBy({ run, address, attempt }: HeldAttempt, worker: string): Held {
    const ofRun = held.get(run) ?? new Map<string, Held>();
    const known = ofRun.get(address);
    if (known?.attempt === attempt && known.worker === worker) return known;
    const seen = { attempt, worker, heardAtMs: clock.steady(), gaveBack: false };
    held.set(run, ofRun.set(address, seen));

    return seen;
  }

  function began(of: HeldAttempt, worker: string): void {
    const holder = heldBy(of, worker);
    holder.heardAtMs = clock.steady();
    holder.gaveBack = false;
  }

  return {
    ttlMs,
    began,
    hand: (of, { worker, ...handed }) => {
      began(of, worker);
      heldBy(of, worker).handed = handed;
      for (const listener of listeners) listener(of);
    },
    handed: ({ run, address, attempt }) => {
      const holder = held.get(run)?.get(address);
      if (holder?.attempt !== attempt || holder.handed === undefined || holder.gaveBack) return undefined;

      return { worker: holder.worker, ...holder.handed };
    },
    ...createBeginnings(),
    recordedStart: ({ run, address, attempt }) => {
      const holder = held.get(run)?.get(address);
      if (holder?.attempt === attempt) delete holder.handed;
    },
    onHanded: (listener) => void listeners.push(listener),
    heard: (of, worker) => {
      heldBy(of, worker).heardAtMs = clock.steady();
    },
    unrecorded: ({ run, address, attempt }) => {
      const holder = held.get(run)?.get(address);

      return holder?.attempt === attempt ? holder.details : undefined;
    },
    keepDetails: (of, worker, details) => {
      heldBy(of, worker).details = details;
    },
    recorded: ({ run, address, attempt }, details) => {
      const holder = held.get(run)?.get(address);
      if (holder?.attempt === attempt && holder.details === details) delete holder.details;
    },
    leftMs: (of, worker) => {
      const holder = heldBy(of, worker);
      if (holder.gaveBack) return 0;
      if (recording.has(attemptKey(of))) return ttlMs;
      const nowMs = clock.steady();
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

function createBeginnings(): Pick<AttemptClaims, 'beginning' | 'isBeginning'> {
  const beginning = new Set<string>();

  return {
    beginning: (of) => {
      const key = attemptKey(of);
      beginning.add(key);

      return () => void beginning.delete(key);
    },
    isBeginning: (of) => beginning.has(attemptKey(of)),
  };
}

/** Identifies an attempt by run and address. */
export type HeldAttempt = { readonly run: string; readonly address: string; readonly attempt: number };

/** The name of one attempt. Its idempotency key is that of its task. */
export function attemptKey({ run, address, attempt }: HeldAttempt): string {
  return attemptKeyOf({ run, task: address, attempt });
}
