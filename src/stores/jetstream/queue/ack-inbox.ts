import type { MsgHdrs } from '@nats-io/transport-node';
import { type Link, type PublishResult, readPublishAnswer } from '../connection/link.ts';

const ANSWER_MS_MAX = 2_000;
const SWEEP_MS = 250;

/** Publishes and hands back the answers: the client's request without its promises and timers, which cost more. */
export type AckInbox = {
  /** Publishes without asking for an answer. What is sent while the connection is down is dropped. */
  send(message: AckedMessage): void;
  publish(message: AckedMessage, onAnswer: (answer: PublishResult) => void): void;
  close(): void;
};

export type AckedMessage = {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers: MsgHdrs;
};

/**
 * The header of a message, of lines that each end with CR LF and one that is empty. The client's own header objects
 * cost more than the rest of a publish. It only asks an outgoing header for its bytes, so this carries nothing else.
 */
export function rawHeader(text: string): MsgHdrs {
  return { encode: () => Buffer.from(text, 'latin1') } as unknown as MsgHdrs;
}

export function createAckInbox(link: Link): AckInbox {
  const { connection } = link;
  const inbox = `${link.inbox()}.`;
  const open = createOpenAnswers();
  const subscription = connection.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      if (error !== null) open.loseAll(error.message);
      else open.settle(message.subject.slice(inbox.length), () => readPublishAnswer(message));
    },
  });
  const stopListening = link.onDown(() => open.loseAll('the connection broke'));

  // The client throws on what it can tell is in vain, such as a message above a limit that the server just lowered.
  const put = ({ subject, body, headers }: AckedMessage, token?: string): void => {
    try {
      connection.publish(
        subject,
        body,
        token === undefined ? { headers } : { reply: inbox + token, headers },
      );
    } catch (error) {
      open.settle(token ?? '', () => ({ kind: 'lost', reason: String(error) }));
    }
  };

  return {
    send: (message) => {
      if (link.isUp()) put(message);
    },
    publish: (message, onAnswer) => {
      if (link.isUp()) put(message, open.add(onAnswer));
      else queueMicrotask(() => onAnswer({ kind: 'lost', reason: 'the connection is down' }));
    },
    close: () => {
      stopListening();
      subscription.unsubscribe();
      open.loseAll('the connection was closed');
    },
  };
}

/** The answers that are waited for, each for a limited time. */
type OpenAnswers = {
  /** Waits for one more answer and returns the token that it will carry. */
  add(onAnswer: (answer: PublishResult) => void): string;
  settle(token: string, read: () => PublishResult): void;
  /** Nothing that is open will be answered any more. */
  loseAll(reason: string): void;
};

type Open = { readonly onAnswer: (answer: PublishResult) => void; readonly dueAt: number };

function createOpenAnswers(): OpenAnswers {
  const open = new Map<string, Open>();
  let sweeper: NodeJS.Timeout | undefined;
  let next = 0;

  return {
    add: (onAnswer) => {
      const token = (next++).toString(36);
      open.set(token, { onAnswer, dueAt: performance.now() + ANSWER_MS_MAX });
      sweeper ??= setInterval(sweep, SWEEP_MS);

      return token;
    },
    settle,
    loseAll: (reason) => {
      for (const token of [...open.keys()]) settle(token, () => ({ kind: 'lost', reason }));
      sweep();
    },
  };

  function settle(token: string, read: () => PublishResult): void {
    const entry = open.get(token);
    if (entry === undefined) return;
    open.delete(token);
    entry.onAnswer(read());
  }

  /** One timer for all. The map is in the order of asking, so the first that still has time ends the search. */
  function sweep(): void {
    const now = performance.now();
    for (const [token, entry] of open) {
      if (entry.dueAt > now) return;
      settle(token, () => ({ kind: 'lost', reason: `no answer within ${ANSWER_MS_MAX} ms` }));
    }
    clearInterval(sweeper);
    sweeper = undefined;
  }
}
