import { useSyncExternalStore } from 'react';

/** `relative` to now, in the zone of the browser, or in UTC. */
export type TimeMode = 'relative' | 'local' | 'utc';

const STORED_AS = '3ox-times';
const modes: readonly TimeMode[] = ['relative', 'local', 'utc'];
const listeners = new Set<() => void>();

/** The time style of every page and its setter, kept in the browser. */
export function useTimeMode(): readonly [TimeMode, (mode: TimeMode) => void] {
  const mode = useSyncExternalStore(subscribe, storedMode);

  return [mode, chooseMode];
}

function chooseMode(mode: TimeMode): void {
  localStorage.setItem(STORED_AS, mode);
  for (const listener of listeners) listener();
}

function storedMode(): TimeMode {
  const stored = localStorage.getItem(STORED_AS);

  return modes.find((mode) => mode === stored) ?? 'relative';
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);

  return () => {
    listeners.delete(listener);
  };
}
