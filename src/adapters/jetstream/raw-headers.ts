import type { MsgHdrs } from '@nats-io/transport-node';

// The client's own header objects cost more than the rest of a publish. It only ever asks an outgoing header
// for its bytes, so these carry nothing else.

/** The header of a single append: the position that the run's subject must be at. */
export function appendHeader(after: number): MsgHdrs {
  return rawHeader(`NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: ${after}\r\n\r\n`);
}

/**
 * The header of one message of an atomic batch. Set by hand on every message, because the client's batches drop
 * the expected position of all but the first.
 */
export function batchHeader(message: {
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
