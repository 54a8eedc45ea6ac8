import type { MsgHdrs } from '@nats-io/transport-node';
import { type Answer, readAnswer } from './answer.ts';
import type { Link } from './link.ts';
import { createOpenAnswers } from './open-answers.ts';

/** Publishes and hands back the answers: the client's request without its promises and timers, which cost more. */
export type AckInbox = {
  /** Publishes without asking for an answer. What is sent while the connection is down is dropped. */
  send(message: OutMessage): void;
  publish(message: OutMessage, onAnswer: (answer: Answer) => void): void;
  close(): void;
};

export type OutMessage = {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers: MsgHdrs;
};

export function createAckInbox(link: Link): AckInbox {
  const { connection } = link;
  const inbox = `${link.inbox()}.`;
  const open = createOpenAnswers();
  const subscription = connection.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      if (error !== null) open.loseAll(error.message);
      else open.settle(message.subject.slice(inbox.length), () => readAnswer(message));
    },
  });
  const stopListening = link.onDown(() => open.loseAll('the connection broke'));

  // The client throws on what it can tell is in vain, such as a message above a limit that the server just lowered.
  const put = ({ subject, body, headers }: OutMessage, token?: string): void => {
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
