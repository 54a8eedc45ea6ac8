import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let skewMs = 0;
let toldMs = Date.now();
let timer: number | undefined;

/** The time of the engine's machine in ms: told anew each second to all who show a time. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => toldMs);
}

/** Sets this page by the clock of the engine's machine, an ISO 8601 time that it has just told. */
export function setClock(iso: string): void {
  const told = Date.parse(iso);
  if (Number.isNaN(told)) return;
  skewMs = told - Date.now();
  tick();
}

/** The time of the engine's machine now, in ms. */
export function nowMs(): number {
  return Date.now() + skewMs;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, 1_000);

  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  toldMs = nowMs();
  for (const listener of listeners) listener();
}
