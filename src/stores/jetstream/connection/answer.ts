import type { Msg } from '@nats-io/transport-node';

/** What became of a publish: what the server said, or why nobody knows. */
export type PublishResult = Ack | PublishRefused | { readonly kind: 'lost'; readonly reason: string };

export type Ack = {
  readonly kind: 'ack';
  /** The position of the message, or of the last one of a batch. */
  readonly seq: number;
  readonly count: number;
  readonly duplicate: boolean;
};

export type PublishRefused = {
  readonly kind: 'refused';
  readonly errCode: number;
  /** Like an HTTP status. */
  readonly status: number;
  readonly description: string;
};

type PublishAnswer = {
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
  readonly seq?: number;
  readonly count?: number;
  readonly duplicate?: boolean;
};

/** Reads the server's answer to a publish. */
export function readPublishAnswer(message: Msg): PublishResult {
  if (message.data.length === 0) {
    return { kind: 'lost', reason: 'nobody listens: JetStream is off, or a cluster elects a leader' };
  }
  const { error, seq = 0, count = 1, duplicate = false } = message.json<PublishAnswer>();
  if (error === undefined) return { kind: 'ack', seq, count, duplicate };

  const { err_code: errCode = 0, code: status = 0, description = 'refused' } = error;

  return { kind: 'refused', errCode, status, description };
}
