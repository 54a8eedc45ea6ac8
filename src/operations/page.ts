import { z } from 'zod';
import { pageMax } from '../api/page.ts';
import { createTurns } from '../lib/turns.ts';
import type { DeadLetter } from '../ports/runs/dead-letters.ts';
import { RequestRefused } from './use-case.ts';

/** The sort key of an item, compared part by part; two items of a list never have the same. */
export type SortKey = readonly (string | number)[];

/** How a list is ordered. A cursor of one order is refused by name where another is asked for. */
export type Order<Item> = {
  /** What the list is called in messages, such as `runs in the order updated`. */
  readonly name: string;
  readonly place: (item: Item) => SortKey;
  /** Which parts of the key go from the highest to the lowest; none where it is left out. */
  readonly descending?: readonly boolean[];
};

/** Dead letters, the latest first. */
export const letterOrder: Order<DeadLetter> = {
  name: 'dead letters',
  place: ({ at, run, task }) => [at, run, task],
  descending: [true],
};

/** The part of a list that was asked for. `next`: the cursor behind it; absent at the end. */
export type Page<Item> = {
  readonly items: readonly Item[];
  readonly total: number;
  readonly next?: string;
};

export type PageWanted = { readonly limit: number; readonly after?: string | undefined };

/** What is answered by a change of something that a list shows. */
export const firstPage: PageWanted = { limit: pageMax };

/** The order of a list of things with names of their own. */
export function byName(list: string): Order<{ readonly name: string }> {
  return { name: list, place: ({ name }) => [name] };
}

/**
 * A page of a list, in one pass over all of it that keeps no more than the page. The cursor is the sort key after which
 * the next page begins, so that items that come, go and move meanwhile shift nothing. Throws RequestRefused.
 */
export function pageOf<Item>(all: readonly Item[], order: Order<Item>, wanted: PageWanted): Page<Item> {
  const page = beginPage(order, wanted);
  for (const item of all) page.add(item);

  return page.made(all.length);
}

/** The same of what may be tens of thousands: everything else has its turn meanwhile. */
export async function pageInTurns<Item>(
  all: readonly Item[],
  order: Order<Item>,
  wanted: PageWanted,
): Promise<Page<Item>> {
  const page = beginPage(order, wanted);
  const turn = createTurns();
  for (const item of all) {
    page.add(item);
    const pause = turn();
    if (pause !== undefined) await pause;
  }

  return page.made(all.length);
}

function beginPage<Item>({ name, place, descending }: Order<Item>, { limit, after }: PageWanted) {
  const behind = after === undefined ? undefined : readCursor(after, name);
  const first: Placed<Item>[] = [];
  let fitting = 0;

  return {
    add: (item: Item): void => {
      const at = place(item);
      if (behind !== undefined && compare(at, behind, descending) <= 0) return;
      fitting += 1;
      insert(first, { item, at }, { limit, descending });
    },
    made: (total: number): Page<Item> => {
      const last = first.at(-1);
      const hasMore = fitting > first.length && last !== undefined;

      return {
        items: first.map(({ item }) => item),
        total,
        ...(hasMore ? { next: cursorOf(name, last.at) } : {}),
      };
    },
  };
}

type Placed<Item> = { readonly item: Item; readonly at: SortKey };
type Kept = { readonly limit: number; readonly descending: readonly boolean[] | undefined };

/** Keeps the first `limit` in order. */
function insert<Item>(first: Placed<Item>[], placed: Placed<Item>, { limit, descending }: Kept): void {
  const last = first.at(-1);
  if (first.length >= limit && last !== undefined && compare(placed.at, last.at, descending) > 0) return;
  let low = 0;
  let high = first.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = first[middle];
    if (there !== undefined && compare(there.at, placed.at, descending) < 0) low = middle + 1;
    else high = middle;
  }
  first.splice(low, 0, placed);
  if (first.length > limit) first.pop();
}

function compare(one: SortKey, other: SortKey, descending: readonly boolean[] = []): number {
  // Not by the iterator of an array: it makes a pair for each part, of each of thousands of items.
  for (let index = 0; index < one.length; index += 1) {
    const part = one[index] ?? '';
    const than = other[index] ?? '';
    if (part !== than) return part < than === (descending[index] ?? false) ? 1 : -1;
  }

  return 0;
}

const Cursor = z.tuple([z.string()], z.union([z.string(), z.number()]));

/** What the next page begins behind. */
export function cursorOf(list: string, place: SortKey): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url');
}

/** Throws RequestRefused for what is no cursor of that list. */
export function readCursor(cursor: string, list: string): SortKey {
  const read = Cursor.safeParse(parsed(Buffer.from(cursor, 'base64url').toString()));
  const [of, ...place] = read.success ? read.data : [];
  if (of === list) return place;
  const shown = cursor.length > 80 ? `${cursor.slice(0, 80)}…` : cursor;

  throw new RequestRefused({
    code: 'usage.cursor',
    message: `${JSON.stringify(shown)} is no cursor of a list of ${list}; begin without one`,
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
