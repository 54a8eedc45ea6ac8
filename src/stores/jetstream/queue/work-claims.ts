import { setMaxListeners } from 'node:events';
import { type Msg, TimeoutError } from '@nats-io/transport-node';
import { WorkItem } from '../../../../events/worker-protocol.ts';
import { onAbort } from '../../../lib/abort.ts';
import type { ClaimedItem, PassableItem, PassableLink } from '../../../ports/work/worker-link.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import {
  confirm,
  pullMessages,
  say,
  WORD_ALIVE,
  WORD_DONE,
  WORD_DROP,
  wordGiveBack,
} from '../connection/pull-queue.ts';
import { patiently } from '../connection/retry.ts';
import { readMessage } from '../journal/journal-read.ts';

const SILENCES_MAX = 2;

/** Takes items out of the queues of agents. */
type WorkClaims = Pick<PassableLink, 'claim' | 'held'> & {
  /** Ends all claims that wait; what comes for them all the same goes back. */
  close(): void;
};

export function createWorkClaims({
  link,
  names,
}: {
  readonly link: Link;
  readonly names: Names;
}): WorkClaims {
  const waiting = new Set<AbortController>();
  let isClosed = false;

  return {
    claim: async (agent, { waitMs, signal }) => {
      if (isClosed || signal.aborted) return undefined;
      // A worker of some capacity waits with one signal for many things at once, of which Node would warn.
      setMaxListeners(0, signal);
      const over = new AbortController();
      waiting.add(over);
      const stopListening = onAbort(signal, () => over.abort());
      try {
        const messages = pullMessages(link, {
          stream: names.workStream,
          consumer: names.workConsumer(agent),
          signal: over.signal,
          untilMs: performance.now() + waitMs,
          room: async () => 1,
        });
        for await (const message of messages) {
          const claimed = claimedIn(link, agent, message);
          if (claimed !== undefined) return claimed;
        }

        return undefined;
      } finally {
        stopListening();
        waiting.delete(over);
      }
    },
    held: (handle) => heldAt(link, handle),
    close: () => {
      isClosed = true;
      for (const over of [...waiting]) over.abort();
    },
  };
}

/** Undefined for what is no item: it is taken out. */
export function claimedIn(link: Link, agent: string, message: Msg): PassableItem | undefined {
  const { reply = '' } = message;
  const item = readMessage(WorkItem, message.string());
  if (item?.agent !== agent) {
    link.tell(
      `a message in the queue of ${agent} is no work item (${message.subject}, ${message.data.length} bytes) and is ` +
        'taken out; is the engine of another version, or was it published by hand?',
    );
    void settle(link, reply, WORD_DROP);
    return undefined;
  }

  return { item, handle: reply, ...heldAt(link, reply) };
}

/** The subject to which words about a delivery go serves every connection. */
function heldAt(link: Link, reply: string): Omit<ClaimedItem, 'item'> {
  return {
    alive: () => say(link, reply, WORD_ALIVE),
    done: () => settle(link, reply, WORD_DONE),
    giveBack: (delayMs) => settle(link, reply, wordGiveBack(delayMs)),
  };
}

/**
 * Says what becomes of the item until the server has confirmed it. A server that was killed may not remember that it
 * gave the item away: it is silent then, and gives it away again.
 */
async function settle(link: Link, reply: string, word: string): Promise<void> {
  let silences = 0;
  try {
    await patiently(link, async () => {
      try {
        await confirm(link, reply, word);
      } catch (error) {
        if (error instanceof TimeoutError) silences += 1;
        if (silences < SILENCES_MAX) throw error;
      }
    });
  } catch {
    // The queue gives the item to somebody again, and the engine tells whoever gets it that it is over.
  }
}
