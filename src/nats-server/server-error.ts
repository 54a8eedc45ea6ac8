import { messageOf } from '../lib/text.ts';

/** What a caller can react to; the message tells a person the rest. */
export type NatsServerErrorCode =
  | 'nats.server-not-found'
  | 'nats.server-unusable'
  | 'nats.server-too-old'
  | 'nats.cache-not-writable'
  | 'nats.start-failed'
  | 'nats.port-taken'
  | 'nats.port-foreign'
  | 'nats.password-missing'
  | 'nats.store-not-writable'
  | 'nats.disk-full'
  | 'nats.too-many-files'
  | 'nats.store-read-only'
  | 'nats.store-owned'
  | 'nats.store-shared'
  | 'nats.store-twice'
  | 'nats.locked';

/** The server binary could not be had, or it could not be brought up. */
export class NatsServerError extends Error {
  override readonly name = 'NatsServerError';
  readonly code: NatsServerErrorCode;

  constructor(code: NatsServerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The first line of whatever was thrown, for use inside a longer sentence. */
export function firstLineOf(error: unknown): string {
  const text = messageOf(error);

  return text.split('\n', 1)[0] ?? text;
}

/** Of another process that works on the same server, or provisions one, for longer than is waited for. */
export function lockedServer(message: string): NatsServerError {
  return new NatsServerError('nats.locked', message);
}
