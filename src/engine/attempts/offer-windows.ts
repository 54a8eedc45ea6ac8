/** Which attempts are offered to their agents, and which wait until there are fewer: no queue grows for ever. */
export type OfferWindows<Attempt extends object> = {
  /** Gives the attempt its turn, now or when others of the agent are over: the most urgent first, then the first. */
  readonly join: (agent: string, attempt: Attempt, priority: number) => void;
  /** It needs no turn any more. */
  readonly leave: (agent: string, attempt: Attempt) => void;
  /** Looks again how many each agent may be offered. */
  readonly look: () => void;
};

type Window<Attempt> = {
  readonly open: Set<Attempt>;
  /** By priority, each in the order of coming. */
  readonly waiting: readonly Set<Attempt>[];
};

const prioritiesMax = 10;

/** An agent is offered so many times what it can carry out at a time, and never fewer attempts than a few. */
const offersPerCapacity = 4;
const offersMin = 64;

export function createOfferWindows<Attempt extends object>({
  sizeOf,
  onTurn,
}: {
  /** How many attempts of the agent may be offered at a time. */
  readonly sizeOf: (agent: string) => number;
  readonly onTurn: (attempt: Attempt) => void;
}): OfferWindows<Attempt> {
  const windows = new Map<string, Window<Attempt>>();

  function windowOf(agent: string): Window<Attempt> {
    const known = windows.get(agent);
    if (known !== undefined) return known;
    const window = {
      open: new Set<Attempt>(),
      waiting: Array.from({ length: prioritiesMax }, () => new Set<Attempt>()),
    };
    windows.set(agent, window);

    return window;
  }

  function pump(agent: string, window: Window<Attempt>): void {
    while (window.open.size < sizeOf(agent)) {
      const next = takeFirst(window);
      if (next === undefined) return;
      window.open.add(next);
      onTurn(next);
    }
  }

  return {
    join: (agent, attempt, priority) => {
      const window = windowOf(agent);
      if (window.open.has(attempt)) return;
      window.waiting[priority]?.add(attempt);
      pump(agent, window);
    },
    leave: (agent, attempt) => {
      const window = windowOf(agent);
      window.open.delete(attempt);
      for (const alike of window.waiting) alike.delete(attempt);
      pump(agent, window);
      if (isEmpty(window)) windows.delete(agent);
    },
    look: () => {
      for (const [agent, window] of windows) pump(agent, window);
    },
  };
}

/** How many attempts an agent of this capacity is offered at a time. */
export function offersMax(capacity = 0): number {
  return Math.max(offersPerCapacity * capacity, offersMin);
}

function takeFirst<Attempt>({ waiting }: Window<Attempt>): Attempt | undefined {
  const alike = waiting.findLast(({ size }) => size > 0);
  const [first] = alike ?? [];
  if (first !== undefined) alike?.delete(first);

  return first;
}

function isEmpty<Attempt>({ open, waiting }: Window<Attempt>): boolean {
  return open.size === 0 && waiting.every(({ size }) => size === 0);
}
