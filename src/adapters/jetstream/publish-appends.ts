import { nuid } from '@nats-io/transport-node';
import type { AckInbox } from './ack-inbox.ts';
import type { Answer } from './answer.ts';
import type { PendingAppend } from './pending-append.ts';
import { appendHeader, batchHeader } from './raw-headers.ts';

type OnAnswer = (answer: Answer) => void;

/** Sends one append alone. */
export function publishSingle(inbox: AckInbox, pending: PendingAppend, onAnswer: OnAnswer): void {
  const { subject, body, append } = pending;
  inbox.publish({ subject, body, headers: appendHeader(append.after) }, onAnswer);
}

/** Sends appends of different runs as one atomic batch: all are stored or none is. One answer comes, for the last. */
export function publishBatch(inbox: AckInbox, group: readonly PendingAppend[], onAnswer: OnAnswer): void {
  const batch = nuid.next();
  for (const [index, { subject, body, append }] of group.entries()) {
    const sequence = index + 1;
    const commit = sequence === group.length;
    const headers = batchHeader({ batch, sequence, after: append.after, commit });
    if (commit) inbox.publish({ subject, body, headers }, onAnswer);
    else inbox.send({ subject, body, headers });
  }
}
