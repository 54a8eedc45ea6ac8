import type { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import type { Clock } from '../ports/clock.ts';
import type { MarkStore } from '../ports/mark-store.ts';

/** `revision` is 0 where there is no mark. One that was spoilt by hand has a revision and no value. */
export type Mark<Value> = { readonly value: Value | undefined; readonly revision: number };

/** What a mark is to become, or nothing where it stays as it is; and what came of that. */
export type MarkChange<Value, Result> = {
  readonly to?: { readonly value: Value | null } | 'removed';
  readonly result: Result;
};

/** Marks of one kind. Reads and writes reject as their store does. */
export type Marks<Value> = {
  read(key: string): Promise<Mark<Value>>;
  /** Every mark whose key begins with these parts, by its key; also what was spoilt. */
  all(first: string): Promise<ReadonlyMap<string, Mark<Value>>>;
  /** The values of those that can be read, by their keys. */
  values(first: string): Promise<ReadonlyMap<string, Value>>;
  /** Resolves with the new revision; undefined when somebody else was first. */
  write(key: string, value: Value, revision: number): Promise<number | undefined>;
  /** Nothing happens where the mark is not at `revision` any more. */
  remove(key: string, revision: number): Promise<void>;
  /**
   * Changes a mark as `change` says, which is asked anew whenever somebody else was first. It begins with the mark as
   * the caller `knows` it, where it does. Rejects with MarkBusy.
   */
  change<Result>(
    key: string,
    change: (before: Mark<Value>) => MarkChange<Value, Result> | Promise<MarkChange<Value, Result>>,
    knows?: Mark<Value>,
  ): Promise<{ readonly result: Result; readonly revision: number }>;
};

/** Whoever is not the first begins anew; so often in a row is no accident. */
const triesMax = 100;

/** Somebody else changes a mark all the time. The reaction: try again later. */
class MarkBusy extends Error {
  override readonly name = 'MarkBusy';
  readonly code = 'mark.busy';

  constructor(key: string) {
    super(
      `the mark ${key} was changed by others ${triesMax} times while it was to be changed; try again later`,
    );
  }
}

/** `spoilt` is what a mark counts for that does not fit the schema; without it, it counts for none. */
export function createMarks<Value>(
  store: MarkStore,
  schema: z.ZodType<Value>,
  spoilt: (key: string) => Value | undefined = () => undefined,
): Marks<Value> {
  const valueIn = (key: string, value: Json): Value | undefined => {
    const read = schema.safeParse(value);

    return read.success ? read.data : spoilt(key);
  };
  const read = async (key: string): Promise<Mark<Value>> => {
    const kept = await store.read(key);

    return kept === undefined ? nothing : { value: valueIn(key, kept.value), revision: kept.revision };
  };
  const all = async (first: string): Promise<ReadonlyMap<string, Mark<Value>>> => {
    const found = [...(await store.all(first))];

    return new Map(
      found.map(([key, { value, revision }]) => [key, { value: valueIn(key, value), revision }]),
    );
  };

  return {
    read,
    all,
    values: async (first) =>
      new Map(
        [...(await all(first))].flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]])),
      ),
    write: (key, value, revision) => store.write(key, asJson(value), revision),
    remove: async (key, revision) => void (await store.remove(key, revision)),
    change: async (key, change, knows) => {
      let before = knows ?? (await read(key));
      for (let tries = 0; tries < triesMax; tries += 1) {
        const { to, result } = await change(before);
        const revision =
          to === undefined ? before.revision : await put(store, key, { to, after: before.revision });
        if (revision !== undefined) return { result, revision };
        before = await read(key);
      }

      throw new MarkBusy(key);
    },
  };
}

const nothing = { value: undefined, revision: 0 };

/** Resolves with the revision that the mark has then; undefined where somebody else was first. */
async function put<Value>(
  store: MarkStore,
  key: string,
  { to, after }: { readonly to: { readonly value: Value | null } | 'removed'; readonly after: number },
): Promise<number | undefined> {
  if (to !== 'removed') return store.write(key, asJson(to.value), after);

  return (await store.remove(key, after)) ? 0 : undefined;
}

/** The schema of a kind reads back what is written here. */
function asJson(value: unknown): Json {
  return value as Json;
}

export type MarksWatch<Found> = {
  readonly read: () => Promise<ReadonlyMap<string, Found>>;
  /** What somebody writes in another process is seen after so long at the latest. */
  readonly everyMs: number;
  readonly clock: Pick<Clock, 'after'>;
  readonly onChange: (found: ReadonlyMap<string, Found>) => void;
  /** Told once when the marks cannot be read, until they can be again. What was known of them counts. */
  readonly onTrouble: (error: unknown) => void;
};

/** Reads marks now and again, and tells when they are not what they were: none, at first. */
export function watchMarks<Found>({ read, everyMs, clock, onChange, onTrouble }: MarksWatch<Found>): {
  /** Resolves once they were read, or could not be. */
  readonly looked: Promise<void>;
  /** Resolves once they are known. */
  readonly known: Promise<void>;
  readonly close: () => void;
} {
  let before = '[]';
  let becomeKnown = (): void => undefined;
  const known = new Promise<void>((resolve) => {
    becomeKnown = resolve;
  });
  let cancel = (): void => undefined;
  let isTold = false;
  let isClosed = false;

  async function look(): Promise<void> {
    try {
      const found = await read();
      isTold = false;
      const text = JSON.stringify([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
      if (text !== before && !isClosed) onChange(found);
      before = text;
      becomeKnown();
    } catch (error) {
      if (!isTold && !isClosed) onTrouble(error);
      isTold = true;
    }
    if (!isClosed) cancel = clock.after(everyMs, () => void look());
  }

  return {
    looked: look(),
    known,
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}
