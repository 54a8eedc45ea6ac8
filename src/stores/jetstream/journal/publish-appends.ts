import { type MsgHdrs, nuid } from '@nats-io/transport-node';
import type { PublishResult } from '../connection/answer.ts';
import type { AckInbox } from '../queue/ack-inbox.ts';
import type { PendingAppend } from './settle-append.ts';

type OnAnswer = (answer: PublishResult) => void;

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

// The client's own header objects cost more than the rest of a publish. It only ever asks an outgoing header
// for its bytes, so these carry nothing else.

/** The header of a single append: the position that the run's subject must be at. */
function appendHeader(after: number): MsgHdrs {
  return rawHeader(`NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: ${after}\r\n\r\n`);
}

/**
 * The header of one message of an atomic batch. Set by hand on every message, because the client's batches drop
 * the expected position of all but the first.
 */
function batchHeader(message: {
  readonly batch: string;
  /** From 1. */
  readonly sequence: number;
  readonly after: number;
  readonly commit: boolean;
}): MsgHdrs {
  const commit = message.commit ? 'Nats-Batch-Commit: 1\r\n' : '';

  return rawHeader(
    `NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: ${message.after}\r\n` +
      `Nats-Batch-Id: ${message.batch}\r\nNats-Batch-Sequence: ${message.sequence}\r\n${commit}\r\n`,
  );
}

function rawHeader(text: string): MsgHdrs {
  return { encode: () => Buffer.from(text, 'latin1') } as unknown as MsgHdrs;
}
