import type { Random } from './random.ts';

/** What is going to happen, in the order of virtual time; what falls on the same moment comes in random order. */
export type Agenda = {
  readonly nowMs: () => number;
  /** Does something after a while; the returned function takes it off the agenda. */
  readonly after: (delayMs: number, act: () => void) => () => void;
  /** Takes the next entry, moves the time on to it and does it. False when there is none up to `untilMs`. */
  readonly next: (untilMs: number) => boolean;
};

type Entry = { readonly atMs: number; readonly tie: number; act: (() => void) | undefined };

export function createAgenda(random: Random, startMs = Date.parse('2026-01-01T00:00:00Z')): Agenda {
  const heap: Entry[] = [];
  let nowMs = startMs;

  return {
    nowMs: () => nowMs,
    after: (delayMs, act) => {
      const entry: Entry = { atMs: nowMs + Math.max(delayMs, 0), tie: random.next(), act };
      push(heap, entry);

      return () => {
        entry.act = undefined;
      };
    },
    next: (untilMs) => {
      for (let first = heap[0]; first !== undefined && first.atMs <= untilMs; first = heap[0]) {
        pop(heap);
        const { act } = first;
        if (act === undefined) continue;
        nowMs = first.atMs;
        act();
        return true;
      }

      return false;
    },
  };
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.tie < other.tie);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = 2 * at + (isRight ? 2 : 1);
  }
  heap[at] = last;
}
