import type { Json } from '../../../events/canonical-json.ts';
import {
  attemptKeyOf,
  type Hello,
  protocolVersion,
  type ReportAnswer,
  reportOfText,
  type StopNotice,
  type WorkItem,
} from '../../../events/worker-protocol.ts';
import { shardOf } from '../../../machines/shard.ts';
import { untilAborted } from '../../lib/abort.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Presence } from '../../ports/work/agent-admin.ts';
import { type ReportHandler, WorkItemTooLarge, type WorkQueue } from '../../ports/work/work-queue.ts';
import type { ClaimedItem, WorkerLink } from '../../ports/work/worker-link.ts';

export type MemoryWork = {
  readonly queue: WorkQueue;
  readonly presence: Presence;
  /** The side of a worker. */
  readonly link: (worker?: string) => WorkerLink;
};

const askAgainMs = 50;

/** Both sides of the worker protocol in one process, for tests: everything waits and expires by the given clock. */
export function createMemoryWork(
  clock: Clock,
  {
    aliveMs = 10_000,
    itemBytesMax = 1024 * 1024,
    shardCount,
  }: { readonly aliveMs?: number; readonly itemBytesMax?: number; readonly shardCount?: number } = {},
): MemoryWork {
  const claims = createMemoryClaims(clock, aliveMs);
  const handlers = new Map<number, ReportHandler>();
  const onHello = createListeners<Hello>();
  const onRollCall = createListeners<undefined>();
  const onStop = createListeners<{ readonly agent: string; readonly notice: StopNotice }>();

  async function report(item: WorkItem, text: string, signal: AbortSignal): Promise<ReportAnswer> {
    for (;;) {
      signal.throwIfAborted();
      const handler = handlers.get(shardOf(item.run, shardCount));
      const answering = answerOf(handler, item.agent, reportOfText(text));
      const answer = await untilAborted(signal, answering);
      if (answer !== undefined) return answer;
      await passing(clock, askAgainMs, signal);
    }
  }

  return {
    queue: {
      offer: async (item) => {
        const text = JSON.stringify(item);
        if (text.length > itemBytesMax)
          throw new WorkItemTooLarge(attemptKeyOf(item), text.length, itemBytesMax);
        claims.put(item.agent, attemptKeyOf(item), text);
      },
      withdraw: async ({ agent, attemptKey, reason }) => {
        claims.remove(agent, attemptKey);
        if (reason !== undefined)
          onStop.tell({ agent, notice: { protocol: protocolVersion, attemptKey, reason } });
      },
      serve: async (shard, handler) => {
        handlers.set(shard, handler);

        return async () => {
          if (handlers.get(shard) === handler) handlers.delete(shard);
        };
      },
    },
    presence: { onHello: onHello.add, callRoll: () => onRollCall.tell(undefined) },
    link: () => {
      const closing = new AbortController();

      return {
        aliveMs,
        reportBytesMax: itemBytesMax,
        claim: (agent, { waitMs, signal }) =>
          claims.claim(agent, { waitMs, signal: AbortSignal.any([signal, closing.signal]) }),
        report: (item, told, signal) => report(item, JSON.stringify(told), signal),
        takesHanded: () => undefined,
        hello: onHello.tell,
        onRollCall: (listener) => onRollCall.add(() => listener()),
        onStop: (agent, listener) =>
          onStop.add((told) => {
            if (told.agent === agent) listener(told.notice);
          }),
        close: async () => closing.abort(),
      };
    },
  };
}

/** Reports and answers cross as text, as they do between processes. Undefined: nobody answered. */
async function answerOf(
  handler: ReportHandler | undefined,
  agent: string,
  report: Json,
): Promise<ReportAnswer | undefined> {
  try {
    const answer = await handler?.(agent, report);
    return answer === undefined ? undefined : (JSON.parse(JSON.stringify(answer)) as ReportAnswer);
  } catch {
    return undefined;
  }
}

function passing(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      cancel();
      signal.removeEventListener('abort', over);
      resolve();
    };
    const cancel = clock.after(delayMs, over);
    signal.addEventListener('abort', over);
  });
}

function createListeners<T>() {
  const listeners = new Set<(told: T) => void>();

  return {
    tell: (told: T): void => {
      for (const listener of [...listeners]) listener(told);
    },
    add: (listener: (told: T) => void) => {
      listeners.add(listener);

      return () => void listeners.delete(listener);
    },
  };
}

type Claims = {
  readonly put: (agent: string, key: string, text: string) => void;
  readonly remove: (agent: string, key: string) => void;
  readonly claim: WorkerLink['claim'];
};

/** An item in the queue: nobody may claim it while `wait` runs, for somebody has it, or gave it back a moment ago. */
type Entry = { readonly text: string; endWait?: (() => void) | undefined };
type Queue = { readonly entries: Map<string, Entry>; readonly waiting: Set<() => boolean> };

/** Which items are there for whom, and who has them: a claim that is not kept alive is given to somebody else. */
function createMemoryClaims(clock: Clock, aliveMs: number): Claims {
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
        const look = (): boolean => {
          const claimed = take(queue);
          if (claimed !== undefined) end(claimed);
          return claimed !== undefined;
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

/** Whoever waits longest takes what is there, until nothing is. */
function wake(queue: Queue): void {
  for (const look of [...queue.waiting]) if (!look()) return;
}

function drop({ entries }: Queue, key: string): void {
  entries.get(key)?.endWait?.();
  entries.delete(key);
}
