import type { Clock } from '../../../src/ports/clock.ts';
import type { World } from './world.ts';

/** Nobody knows what became of a request: no answer came in time. */
export class Lost extends Error {
  override readonly name = 'Lost';
  readonly code = 'simulation.lost';
}

/** One process as the world sees it: what it asks of others goes through here, and so does its time. */
export type Link = {
  readonly name: string;
  readonly clock: Clock;
  /** Milliseconds that pass evenly, whatever happens to the clock. */
  readonly passedMs: () => number;
  /**
   * Has something done elsewhere, at once and as a whole; resolves with what came of it, and rejects with Lost when no
   * answer came. What a process asks for before it ends may still be done.
   */
  readonly ask: <T>(what: string, effect: () => T, options?: AskOptions) => Promise<T>;
  /** The same, again and again until there is an answer, for up to 30 s; then rejects with what `giveUp` makes. */
  readonly askPatiently: <T>(what: string, effect: () => T, giveUp: (error: Error) => Error) => Promise<T>;
  /** Something done on this machine: the process may end before or after, and nothing else goes wrong. */
  readonly act: (what: string, effect: () => void) => Promise<void>;
  /** Something from elsewhere comes in, unless the process has ended. */
  readonly receive: (act: () => void, delayMs?: number) => void;
  readonly isAlive: () => boolean;
  /** The process ends: nothing of it goes on. */
  readonly end: () => void;
  readonly onEnd: (act: () => void) => void;
  /** The process stands still, and does afterwards what it would have done. */
  readonly pause: (forMs: number) => void;
  readonly setClock: (byMs: number) => void;
};

export type AskOptions = { readonly timeoutMs?: number; readonly isWrite?: boolean };

type Request = ReturnType<World['request']>;
type Arrival<T> = {
  readonly effect: () => T;
  readonly isWrite: boolean;
  readonly lose: () => void;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
};

const patienceMs = 30_000;

export function createLink(world: World, name: string, hooks: { readonly onCrash: () => void }): Link {
  const { agenda, random, faults } = world;
  const ends: (() => void)[] = [];
  let alive = true;
  let pausedUntilMs = 0;
  let skewMs = 0;

  /** Does something in the process after a while: not before a pause is over, and never once it has ended. */
  function inside(delayMs: number, act: () => void): () => void {
    let cancelled = false;
    const run = (): void => {
      if (!alive || cancelled) return;
      const leftMs = pausedUntilMs - agenda.nowMs();
      if (leftMs > 0) agenda.after(leftMs, run);
      else act();
    };
    const off = agenda.after(delayMs, run);

    return () => {
      cancelled = true;
      off();
    };
  }

  function crash(): void {
    end();
    hooks.onCrash();
  }

  function end(): void {
    if (!alive) return;
    alive = false;
    for (const act of ends) act();
  }

  function ask<T>(
    what: string,
    effect: () => T,
    { timeoutMs = 2_000, isWrite = true }: AskOptions = {},
  ): Promise<T> {
    if (!alive) return never();
    const request = world.request(name, what);
    if (world.crashes(request, 'before')) {
      crash();
      return never();
    }

    return new Promise((resolve, reject) => {
      const lose = (): void => {
        if (request.index > 0) world.disturb();
        inside(timeoutMs, () => reject(new Lost(`no answer to ${what} in ${timeoutMs} ms`)));
      };
      if (faults.strikes('lost request')) return lose();
      if (faults.strikes('late landing')) {
        agenda.after(timeoutMs * (0.2 + 2 * random.next()), () => void quietly(effect));
        return lose();
      }
      agenda.after(world.latencyMs(), () => arrive(request, { effect, isWrite, lose, resolve, reject }));
    });
  }

  /** The request is where it was sent to. */
  function arrive<T>(request: Request, { effect, isWrite, lose, resolve, reject }: Arrival<T>): void {
    // Half of what is under way when a process ends had left it already.
    if (!alive && random.chance(0.5)) return;
    if (!world.isReachable(isWrite)) {
      lose();
      return;
    }
    const outcome = quietly(effect);
    if (!alive) return;
    if (world.crashes(request, 'after')) crash();
    else if (faults.strikes('lost answer')) lose();
    else
      inside(world.latencyMs(), () => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value)));
  }

  function act(what: string, effect: () => void): Promise<void> {
    if (!alive) return never();
    const request = world.request(name, what);
    if (world.crashes(request, 'before')) {
      crash();
      return never();
    }
    effect();
    if (!world.crashes(request, 'after')) return Promise.resolve();
    crash();

    return never();
  }

  async function askPatiently<T>(what: string, effect: () => T, giveUp: (error: Error) => Error): Promise<T> {
    const since = agenda.nowMs();
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await ask(what, effect);
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        if (agenda.nowMs() - since > patienceMs) throw giveUp(error);
      }
      await new Promise<void>((resolve) => void inside(Math.min(10 * 2 ** attempt, 250), resolve));
    }
  }

  return {
    name,
    clock: {
      now: () => Math.floor(agenda.nowMs() + skewMs),
      steady: () => Math.floor(agenda.nowMs()),
      after: inside,
    },
    passedMs: agenda.nowMs,
    ask,
    askPatiently,
    act,
    receive: (act, delayMs = world.latencyMs()) => void inside(delayMs, act),
    isAlive: () => alive,
    end,
    onEnd: (act) => void ends.push(act),
    pause: (forMs) => {
      pausedUntilMs = agenda.nowMs() + forMs;
    },
    setClock: (byMs) => {
      skewMs += byMs;
    },
  };
}

/** One of its own for each who waits: one for all would keep everybody who waits for it, and their worlds, for ever. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

function quietly<T>(effect: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}
