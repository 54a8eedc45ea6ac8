import { useSyncExternalStore } from 'react';

type Ticked = ReadonlySet<string>;

let ticked: Ticked = new Set();
const listeners = new Set<() => void>();

/** The paths of the approvals that are to be answered together: kept while one of them is looked at. */
export function useTicked(): readonly [Ticked, (next: Ticked) => void] {
  return [useSyncExternalStore(listen, current), tick];
}

function current(): Ticked {
  return ticked;
}

function tick(next: Ticked): void {
  ticked = next;
  for (const tell of listeners) tell();
}

function listen(tell: () => void): () => void {
  listeners.add(tell);

  return () => listeners.delete(tell);
}
