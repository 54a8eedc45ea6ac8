import { attemptKeyOf, type WorkItem } from '../../../events/worker-protocol.ts';
import type { ClaimedItem, WorkerLink } from '../../../src/ports/work/worker-link.ts';
import type { Link } from './link.ts';
import type { World } from './world.ts';

/** An attempt in the queue of its agent. `endWait` while a worker has it, or gave it back a moment ago. */
type Shelved = { readonly text: string; readonly atMs: number; endWait?: (() => void) | undefined };
type Pull = { readonly link: Link; readonly give: (entry: Shelved, key: string) => void };
type Queue = { readonly entries: Map<string, Shelved>; readonly pulls: Set<Pull> };

/** What lies in the queues. A word about any delivery of an item counts, be it an old one, as on the real server. */
export type WorkShelf = {
  /** Makes the queue of an agent: nothing can be put into another one. */
  readonly open: (agent: string) => void;
  readonly agents: () => Iterable<string>;
  readonly put: (item: WorkItem) => void;
  readonly remove: (agent: string, key: string) => void;
  readonly claim: (
    link: Link,
    agent: string,
    options: Parameters<WorkerLink['claim']>[1],
  ) => Promise<ClaimedItem | undefined>;
  /** The server forgets who has what: everything that is under way is delivered again. */
  readonly forgetDeliveries: () => void;
  /** The server loses an item, as one does whose disk was not synced. */
  readonly lose: () => void;
  readonly left: () => readonly { readonly agent: string; readonly key: string; readonly atMs: number }[];
};

export function createWorkShelf(world: World, aliveMs: number): WorkShelf {
  const { agenda, faults, random } = world;
  const queues = new Map<string, Queue>();

  function queueOf(agent: string): Queue {
    const queue = queues.get(agent) ?? { entries: new Map(), pulls: new Set() };
    queues.set(agent, queue);

    return queue;
  }

  /** Keeps the item from everybody for a while. */
  function hold(queue: Queue, entry: Shelved, delayMs: number): void {
    entry.endWait?.();
    entry.endWait = agenda.after(delayMs, () => {
      entry.endWait = undefined;
      serve(queue);
    });
  }

  function serve(queue: Queue): void {
    for (const [key, entry] of queue.entries) {
      if (entry.endWait !== undefined) continue;
      const [pull] = queue.pulls;
      if (pull === undefined) return;
      queue.pulls.delete(pull);
      // One delivery more than there should be: the next worker gets it at once, too.
      hold(queue, entry, faults.strikes('delivered twice') ? random.between(0, 500) : aliveMs);
      pull.give(entry, key);
    }
  }

  function claimed(link: Link, queue: Queue, { key, entry }: { key: string; entry: Shelved }): ClaimedItem {
    const isThere = () => queue.entries.get(key) === entry;
    const tell = async (what: string, effect: () => void): Promise<void> => {
      await link
        .ask(`${what} ${key.slice(-12)}`, () => {
          if (isThere()) effect();
        })
        .catch(() => undefined);
    };

    return {
      item: JSON.parse(entry.text) as WorkItem,
      alive: () => void tell('keep', () => hold(queue, entry, aliveMs)),
      done: () =>
        tell('take out', () => {
          entry.endWait?.();
          queue.entries.delete(key);
        }),
      giveBack: (delayMs) => tell('give back', () => hold(queue, entry, delayMs)),
    };
  }

  return {
    open: (agent) => void queueOf(agent),
    agents: () => queues.keys(),
    put: (item) => {
      const queue = queueOf(item.agent);
      const key = attemptKeyOf(item);
      if (queue.entries.has(key)) return;
      queue.entries.set(key, { text: JSON.stringify(item), atMs: agenda.nowMs() });
      serve(queue);
    },
    remove: (agent, key) => {
      const queue = queueOf(agent);
      queue.entries.get(key)?.endWait?.();
      queue.entries.delete(key);
    },
    claim: (link, agent, { waitMs, signal }) =>
      new Promise((resolve) => {
        const queue = queueOf(agent);
        const end = (item: ClaimedItem | undefined): void => {
          cancel();
          signal.removeEventListener('abort', none);
          queue.pulls.delete(pull);
          resolve(item);
        };
        const none = () => end(undefined);
        const give = (entry: Shelved, key: string): void => {
          if (faults.strikes('lost answer') || !world.isReachable(false)) return;
          link.receive(() => end(claimed(link, queue, { key, entry })));
        };
        const pull: Pull = { link, give };
        const cancel = link.clock.after(waitMs, none);
        signal.addEventListener('abort', none);
        link.onEnd(() => queue.pulls.delete(pull));
        if (faults.strikes('lost request') || !world.isReachable(false)) return;
        agenda.after(world.latencyMs(), () => {
          if (!link.isAlive()) return;
          queue.pulls.add(pull);
          serve(queue);
        });
      }),
    forgetDeliveries: () => {
      for (const queue of queues.values()) {
        for (const entry of queue.entries.values()) {
          entry.endWait?.();
          entry.endWait = undefined;
        }
        serve(queue);
      }
    },
    lose: () => {
      const [queue] = [...queues.values()].filter(({ entries }) => entries.size > 0);
      const [key] = queue?.entries.keys() ?? [];
      if (queue === undefined || key === undefined) return;
      queue.entries.get(key)?.endWait?.();
      queue.entries.delete(key);
    },
    left: () =>
      [...queues].flatMap(([agent, { entries }]) =>
        [...entries].map(([key, { atMs }]) => ({ agent, key, atMs })),
      ),
  };
}
