import type { Json } from '../../../events/canonical-json.ts';
import type { Body, Item, TaskState } from '../run/run-state.ts';
import { isCompleted } from '../task-status.ts';

const chunkSize = 64;

export function emptyBody(list?: { readonly items: Json; readonly count: number }): Body {
  const empty = { opened: 0, completed: 0, failed: 0, chunks: [] };

  return list === undefined ? empty : { ...empty, list: list.items, count: list.count };
}

/** Undefined for a pass that was not opened, or is not kept. */
export function itemAt(body: Body, index: number): Item | undefined {
  return body.chunks[Math.floor(index / chunkSize)]?.[index % chunkSize] ?? undefined;
}

export function withBodyItem(body: Body, index: number, item: Item | null): Body {
  const at = Math.floor(index / chunkSize);
  const chunk = [...(body.chunks[at] ?? [])];
  chunk[index % chunkSize] = item;
  const chunks = [...body.chunks];
  chunks[at] = chunk;

  return { ...body, chunks };
}

/** Opens the next pass: its tasks wait. */
export function openNext(body: Body, tasks: Readonly<Record<string, TaskState>>): Body {
  return { ...withBodyItem(body, body.opened, { state: 'open', tasks }), opened: body.opened + 1 };
}

/** Every pass that is kept, with its index. */
export function* itemsOf(body: Body): Iterable<readonly [number, Item]> {
  let index = 0;
  for (const chunk of body.chunks) {
    for (const item of chunk) {
      if (item !== null) yield [index, item];
      index += 1;
    }
  }
}

type Chunk = Body['chunks'][number];
/** Chunks never change, so what was found in one holds for ever. */
const over = new WeakSet<Chunk>();

/** Every pass that is under way, with its index. Where all have ended is not looked at again. */
export function* openItemsOf(body: Body): Iterable<readonly [number, Item]> {
  for (const [at, chunk] of body.chunks.entries()) {
    if (over.has(chunk)) continue;
    let open = false;
    for (const [place, item] of chunk.entries()) {
      if (item?.state !== 'open') continue;
      open = true;
      yield [at * chunkSize + place, item];
    }
    if (!open) over.add(chunk);
  }
}

/** What a pass gave: of one task its output, of several a map from id to output; null for what has none. */
export function passOutput(tasks: Readonly<Record<string, TaskState>>): Json {
  // What would undo others is no part of what was done.
  const entries = Object.entries(tasks).filter(([, { state }]) => state !== 'standby');
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return only[1].output ?? null;

  return Object.fromEntries(
    entries.filter(([, task]) => isCompleted(task)).map(([id, { output }]) => [id, output ?? null]),
  );
}
