import type { Hello } from '../../events/worker-protocol.ts';
import type { Clock } from '../ports/clock.ts';
import type { SeenWorker } from '../ports/roster.ts';

/** Who does not speak up for so many of its own intervals is thought to be gone. */
const silencesMax = 3;
/** More than so many workers are not counted: whoever may say hello could fill the memory otherwise. */
const workersMax = 10_000;

export type SeenWorkers = {
  /** Takes a worker's word that it is there, or that it leaves. */
  readonly hear: (hello: Hello) => void;
  /** Those heard of lately, by the name of their agent, in the order of their names. */
  readonly byAgent: () => ReadonlyMap<string, readonly SeenWorker[]>;
  readonly close: () => void;
};

/** Remembers workers for as long as they speak up. `onChange`: who is there, or what they can do, has changed. */
export function createSeenWorkers(clock: Clock, onChange: () => void): SeenWorkers {
  const workers = new Map<string, SeenWorker>();
  let look: { readonly atMs: number; readonly cancel: () => void } | undefined;

  function forgetSilent(): void {
    const now = clock.now();
    const silent = [...workers].filter(([, worker]) => goneAtMs(worker) <= now);
    for (const [key] of silent) workers.delete(key);
    look = undefined;
    if (workers.size > 0)
      lookAt(
        [...workers.values()].reduce(
          (first, each) => Math.min(first, goneAtMs(each)),
          Number.POSITIVE_INFINITY,
        ),
      );
    if (silent.length > 0) onChange();
  }

  /** Whoever has spoken up again by then is looked at later. */
  function lookAt(atMs: number): void {
    if (look !== undefined && look.atMs <= atMs) return;
    look?.cancel();
    look = { atMs, cancel: clock.after(Math.max(1, atMs - clock.now()), forgetSilent) };
  }

  return {
    hear: (hello) => {
      const key = JSON.stringify([hello.agent, hello.worker]);
      const before = workers.get(key);
      if (hello.leaving) {
        if (workers.delete(key)) onChange();
        return;
      }
      if (before === undefined && workers.size >= workersMax) return;
      const worker = { ...hello, seenAtMs: clock.now() };
      workers.set(key, worker);
      lookAt(goneAtMs(worker));
      if (before === undefined || abilities(before) !== abilities(hello)) onChange();
    },
    byAgent: () => {
      const byAgent = new Map<string, SeenWorker[]>();
      for (const worker of workers.values()) {
        const others = byAgent.get(worker.agent);
        if (others === undefined) byAgent.set(worker.agent, [worker]);
        else others.push(worker);
      }
      for (const each of byAgent.values()) each.sort((a, b) => (a.worker < b.worker ? -1 : 1));

      return byAgent;
    },
    close: () => look?.cancel(),
  };
}

function goneAtMs({ seenAtMs, everyMs }: SeenWorker): number {
  return seenAtMs + silencesMax * everyMs;
}

function abilities({ skills, level, department, capacity }: Hello): string {
  return JSON.stringify([skills, level, department, capacity]);
}
