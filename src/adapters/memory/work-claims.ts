import type { WorkItem } from '../../../events/worker-protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClaimedItem, WorkerLink } from '../../ports/worker-link.ts';

type Claims = {
  readonly put: (agent: string, key: string, text: string) => void;
  readonly remove: (agent: string, key: string) => void;
  readonly claim: WorkerLink['claim'];
};

/** An item in the queue: nobody may claim it while `wait` runs, for somebody has it, or gave it back a moment ago. */
type Entry = { readonly text: string; endWait?: (() => void) | undefined };
type Queue = { readonly entries: Map<string, Entry>; readonly waiting: Set<() => void> };

/** Which items are there for whom, and who has them: a claim that is not kept alive is given to somebody else. */
export function createMemoryClaims(clock: Clock, aliveMs: number): Claims {
  const queues = new Map<string, Queue>();

  function queueOf(agent: string): Queue {
    const queue = queues.get(agent) ?? { entries: new Map(), waiting: new Set() };
    queues.set(agent, queue);

    return queue;
  }

  /** Keeps the item from everybody for a while. */
  function hold(queue: Queue, entry: Entry, delayMs: number): void {
    entry.endWait?.();
    entry.endWait = clock.after(delayMs, () => {
      entry.endWait = undefined;
      wake(queue);
    });
  }

  function take(queue: Queue): ClaimedItem | undefined {
    for (const [key, entry] of queue.entries) {
      if (entry.endWait !== undefined) continue;
      const isThere = () => queue.entries.get(key) === entry;
      hold(queue, entry, aliveMs);

      return {
        item: JSON.parse(entry.text) as WorkItem,
        alive: () => {
          if (isThere()) hold(queue, entry, aliveMs);
        },
        done: async () => {
          if (isThere()) drop(queue, key);
        },
        giveBack: async (delayMs) => {
          if (isThere()) hold(queue, entry, delayMs);
        },
      };
    }

    return undefined;
  }

  return {
    put: (agent, key, text) => {
      const queue = queueOf(agent);
      if (queue.entries.has(key)) return;
      queue.entries.set(key, { text });
      wake(queue);
    },
    remove: (agent, key) => drop(queueOf(agent), key),
    claim: (agent, { waitMs, signal }) => {
      const queue = queueOf(agent);

      return new Promise((resolve) => {
        const end = (claimed: ClaimedItem | undefined): void => {
          stopWaiting();
          signal.removeEventListener('abort', onAbort);
          queue.waiting.delete(look);
          resolve(claimed);
        };
        const onAbort = () => end(undefined);
        const look = (): void => {
          const claimed = take(queue);
          if (claimed !== undefined) end(claimed);
        };
        const stopWaiting = clock.after(waitMs, onAbort);
        signal.addEventListener('abort', onAbort);
        queue.waiting.add(look);
        if (signal.aborted) onAbort();
        else look();
      });
    },
  };
}

function wake(queue: Queue): void {
  for (const look of [...queue.waiting]) look();
}

function drop({ entries }: Queue, key: string): void {
  entries.get(key)?.endWait?.();
  entries.delete(key);
}
