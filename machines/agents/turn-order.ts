/** What decides when an attempt gets its turn among those that wait for the same agent, or for this process. */
export type Claimant = {
  /** 0 to 9, 9 first. */
  readonly priority: number;
  /** Whose it is: turns go round among the keys. */
  readonly key: string;
  /** Since when it waits, in ms since 1970. */
  readonly sinceMs: number;
};

/** So long a wait counts as much as one more priority: whoever waits is not overtaken for ever. */
export const agedMs = 60_000;

/** Whose turn it is. Knows no clock: the order of two that wait never changes by waiting on. */
export type TurnOrder<Item extends object> = {
  /** It waits for its turn. Does nothing when it waits already. */
  readonly add: (item: Item, claimant: Claimant) => void;
  /** It waits no longer, and has no turn. */
  readonly delete: (item: Item) => void;
  /** The next one gets its turn; undefined when none waits. */
  readonly take: () => Item | undefined;
  /** Whose the next one is; undefined when none waits. */
  readonly nextKey: () => string | undefined;
  /** Its turn has been used: those that come from now on stand behind it. */
  readonly used: (item: Item) => void;
  /** Those with a turn not used yet that come after the next one: their turns are taken back, and they wait again. */
  readonly overtaken: () => readonly Item[];
  readonly isEmpty: () => boolean;
};

/** `share`: how many turns its key had before this one. */
type Place = { readonly share: number; readonly rank: number; readonly order: number };
type Known<Item> = { readonly item: Item; readonly claimant: Claimant; readonly order: number };
type Flow<Item> = { turns: number; readonly waiting: Heap<Known<Item>> };

/**
 * Fair queueing by key, and within a key by priority and age (docs/decisions/0047). Each key counts its turns; the
 * next turn goes to the one with the fewest. A key that comes anew begins at the count that was used last, so that it
 * neither waits for the past of others nor makes up for its own. Within a key the more urgent go first: a priority more
 * counts as much as `agedMs` of waiting.
 */
export function createTurnOrder<Item extends object>(): TurnOrder<Item> {
  const flows = new Map<string, Flow<Item>>();
  const waiting = new Map<Item, Known<Item>>();
  const given = new Map<Item, Known<Item> & { readonly share: number }>();
  let usedShare = 0;
  let count = 0;

  function flowOf(key: string): Flow<Item> {
    const known = flows.get(key) ?? { turns: usedShare, waiting: createHeap(isBefore) };
    flows.set(key, known);

    return known;
  }

  function enqueue(known: Known<Item>): void {
    waiting.set(known.item, known);
    flowOf(known.claimant.key).waiting.add(known);
  }

  /** The next of a flow; what was deleted meanwhile is dropped from its front. */
  function headOf(flow: Flow<Item>): Known<Item> | undefined {
    for (;;) {
      const head = flow.waiting.first();
      if (head === undefined || waiting.get(head.item) === head) return head;
      flow.waiting.drop();
    }
  }

  function next(): (Known<Item> & Place & { readonly flow: Flow<Item> }) | undefined {
    let best: (Known<Item> & Place & { readonly flow: Flow<Item> }) | undefined;
    for (const [key, flow] of flows) {
      const head = headOf(flow);
      const share = Math.max(flow.turns, usedShare);
      if (head === undefined) {
        if (flow.turns <= usedShare) flows.delete(key);
        continue;
      }
      const place = { ...head, flow, share, rank: rankOf(head.claimant) };
      if (best === undefined || comesFirst(place, best)) best = place;
    }

    return best;
  }

  function takeBack(item: Item): Known<Item> | undefined {
    const known = given.get(item);
    given.delete(item);
    const flow = known === undefined ? undefined : flows.get(known.claimant.key);
    if (flow !== undefined) flow.turns -= 1;

    return known;
  }

  return {
    add: (item, claimant) => {
      if (waiting.has(item) || given.has(item)) return;
      count += 1;
      enqueue({ item, claimant, order: count });
    },
    delete: (item) => {
      waiting.delete(item);
      takeBack(item);
    },
    take: () => {
      const first = next();
      if (first === undefined) return undefined;
      const { item, claimant, order, flow, share } = first;
      flow.waiting.drop();
      waiting.delete(item);
      flow.turns = share + 1;
      given.set(item, { item, claimant, order, share });

      return item;
    },
    nextKey: () => next()?.claimant.key,
    used: (item) => {
      usedShare = Math.max(usedShare, given.get(item)?.share ?? 0);
      given.delete(item);
    },
    overtaken: () => {
      const first = next();
      if (first === undefined) return [];
      const behind = [...given.values()].filter((each) => overtakes(first, each));
      for (const { item, claimant, order } of behind) {
        takeBack(item);
        enqueue({ item, claimant, order });
      }
      return behind.map(({ item }) => item);
    },
    isEmpty: () => waiting.size === 0 && given.size === 0,
  };
}

/**
 * Worth taking a turn back: a key that had fewer turns, or a higher priority within a key. Those who are alike do not
 * change places, whichever came a moment before: taking back costs more than that is worth.
 */
function overtakes<Item>(
  first: Known<Item> & Place,
  given: Known<Item> & { readonly share: number },
): boolean {
  if (first.claimant.key !== given.claimant.key) return first.share < given.share;

  return first.claimant.priority > given.claimant.priority && first.rank < rankOf(given.claimant);
}

/** By the share of its key, then the more urgent, then who came first. */
function comesFirst(one: Place, other: Place): boolean {
  return (one.share - other.share || one.rank - other.rank || one.order - other.order) < 0;
}

function isBefore<Item>(one: Known<Item>, other: Known<Item>): boolean {
  return (rankOf(one.claimant) - rankOf(other.claimant) || one.order - other.order) < 0;
}

/** The lower the more urgent. It does not change with time, as all who wait grow older alike. */
function rankOf({ priority, sinceMs }: Claimant): number {
  return sinceMs - priority * agedMs;
}

type Heap<Item> = {
  readonly add: (item: Item) => void;
  readonly first: () => Item | undefined;
  /** Takes the first one out. */
  readonly drop: () => void;
};

function createHeap<Item>(isLess: (one: Item, other: Item) => boolean): Heap<Item> {
  const items: Item[] = [];

  /** Whether the item at `at` belongs in front of the one at `other`; where one of them is not there it does not. */
  function isMisplaced(at: number, other: number): boolean {
    const [one, two] = [items[at], items[other]];

    return one !== undefined && two !== undefined && isLess(one, two);
  }

  function swap(at: number, other: number): void {
    const [one, two] = [items[at], items[other]];
    if (one === undefined || two === undefined) return;
    items[at] = two;
    items[other] = one;
  }

  function rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isMisplaced(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  }

  function sink(): void {
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = isMisplaced(right, left) ? right : left;
      if (!isMisplaced(least, at)) return;
      swap(least, at);
      at = least;
    }
  }

  return {
    add: (item) => {
      items.push(item);
      rise(items.length - 1);
    },
    first: () => items[0],
    drop: () => {
      const last = items.pop();
      if (last === undefined || items.length === 0) return;
      items[0] = last;
      sink();
    },
  };
}
