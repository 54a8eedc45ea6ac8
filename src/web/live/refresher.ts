import type { QueryClient } from '@tanstack/react-query';
import { isSettledKey, type StaleKey } from './stale-keys.ts';

const TICK_MS = 50;
/** Of how many things it is remembered when they were asked for. */
const REMEMBERED_MAX = 2_000;

export type Refresher = { readonly add: (keys: readonly StaleKey[]) => void; readonly stop: () => void };

/**
 * Asks again for what has become stale: at once, but each thing no more often than it may be, and never while it is
 * asked for already: the answer under way may be too old, so it stays on the list until that one is there.
 */
export function createRefresher(client: QueryClient): Refresher {
  const due = new Map<string, { readonly key: readonly string[]; readonly atMs: number }>();
  const asked = new Map<string, number>();
  let timer: number | undefined;

  const round = (): void => {
    timer = undefined;
    for (const [name, { key, atMs }] of due) {
      if (atMs > performance.now() || isBusy(client, key)) continue;
      due.delete(name);
      if (asked.size >= REMEMBERED_MAX) asked.clear();
      asked.set(name, performance.now());
      void client.invalidateQueries({ queryKey: key, predicate: ({ queryKey }) => isOpen(queryKey, key) });
    }
    if (due.size > 0) timer = window.setTimeout(round, TICK_MS);
  };

  return {
    add: (keys) => {
      for (const { key, afterMs } of keys) {
        const name = JSON.stringify(key);
        if (!due.has(name))
          due.set(name, { key, atMs: (asked.get(name) ?? Number.NEGATIVE_INFINITY) + afterMs });
      }
      if (due.size > 0) timer ??= window.setTimeout(round, 0);
    },
    stop: () => window.clearTimeout(timer),
  };
}

function isBusy(client: QueryClient, key: readonly string[]): boolean {
  return key.length > 0 && client.isFetching({ queryKey: key }) > 0;
}

/** Everything is asked again only when it is not known what has changed; lists of runs are patched otherwise. */
function isOpen(queryKey: readonly unknown[], stale: readonly string[]): boolean {
  return stale.length === 0 ? queryKey[0] !== 'session' : !isSettledKey(queryKey);
}
