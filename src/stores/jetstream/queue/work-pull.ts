import type { Msg } from '@nats-io/transport-node';
import type { Link } from '../connection/link.ts';

/** What became of a pull: an item, nothing in time, or trouble that is worth a pause: no queue yet, an election. */
export type Pulled = Msg | 'nothing' | 'trouble';

/** A pull request for one item. */
export type Pull = {
  readonly outcome: Promise<Pulled>;
  /** Ends it with nothing; an item that was on its way goes back to the queue at once. */
  readonly leave: () => void;
};

/** A server may answer "nothing there" this much later than asked. */
const GRACE_MS = 500;
const MS_NANOS = 1_000_000;
/** Statuses of the server in place of an item: it is still there, there is none, none came in time. */
const HEARTBEAT = 100;
const NO_MESSAGES = 404;
const TIMED_OUT = 408;

/** Asks the consumer whose subject this is; it answers within `waitMs`. */
export function startPull(
  link: Link,
  { subject, waitMs }: { readonly subject: string; readonly waitMs: number },
): Pull {
  const inbox = link.inbox();
  let settle: ((pulled: Pulled) => void) | undefined;
  const outcome = new Promise<Pulled>((resolve) => {
    settle = resolve;
  });
  const subscription = link.connection.subscribe(inbox, {
    callback: (error, message) => {
      const pulled = error === null ? pulledIn(inbox, message) : 'trouble';
      if (pulled === undefined) return;
      if (settle !== undefined) end(pulled);
      // Nobody waits for it any more. Without a word the queue would wait for a sign of life first.
      else if (typeof pulled !== 'string') pulled.respond('-NAK');
    },
  });
  const stopListening = link.onDown(() => end('trouble'));
  const timer = setTimeout(leave, waitMs + GRACE_MS);
  const request = { batch: 1, expires: Math.max(1, Math.round(waitMs * MS_NANOS)) };
  link.connection.publish(subject, JSON.stringify(request), { reply: inbox });

  return { outcome, leave };

  function end(pulled: Pulled): void {
    stop();
    subscription.unsubscribe();
    settle?.(pulled);
    settle = undefined;
  }

  /** Draining, unlike leaving at once, still hears what the server sent before it knew. */
  function leave(): void {
    stop();
    settle?.('nothing');
    settle = undefined;
    subscription.drain().catch(() => undefined);
  }

  function stop(): void {
    clearTimeout(timer);
    stopListening();
  }
}

/** An item keeps its own subject, a status comes on that of the inbox. Undefined: only a sign of life. */
function pulledIn(inbox: string, message: Msg): Pulled | undefined {
  if (message.subject !== inbox) return message;
  const status = message.headers?.code;
  if (status === HEARTBEAT) return undefined;

  return status === TIMED_OUT || status === NO_MESSAGES ? 'nothing' : 'trouble';
}
