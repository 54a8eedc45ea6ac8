import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';

/** One stored message, read through the leader, so that it is never older than the last acknowledged append. */
export type StoredMessage = {
  readonly subject: string;
  readonly seq: number;
  readonly body: string;
  /** The raw header block; empty when there is none. */
  readonly headers: string;
};

const NO_MESSAGE_FOUND = 10037;

/** The last message of a subject, which may hold wildcards. */
export function lastOf(
  link: Link,
  { stream, subject }: { readonly stream: string; readonly subject: string },
): Promise<StoredMessage | undefined> {
  return getMessage(link, stream, { last_by_subj: subject });
}

/** The first message of a subject after a position. */
export function firstAfter(
  link: Link,
  { stream, subject, after }: { readonly stream: string; readonly subject: string; readonly after: number },
): Promise<StoredMessage | undefined> {
  return getMessage(link, stream, { seq: after + 1, next_by_subj: subject });
}

type MessageResponse = {
  readonly message: {
    readonly subject: string;
    readonly seq: number;
    readonly data?: string;
    readonly hdrs?: string;
  };
};

async function getMessage(link: Link, stream: string, query: object): Promise<StoredMessage | undefined> {
  try {
    const { message } = await link.api<MessageResponse>(`STREAM.MSG.GET.${stream}`, query);

    return {
      subject: message.subject,
      seq: message.seq,
      body: decode(message.data),
      headers: decode(message.hdrs),
    };
  } catch (error) {
    if (error instanceof ApiRefusal && error.errCode === NO_MESSAGE_FOUND) return undefined;
    throw error;
  }
}

function decode(base64: string | undefined): string {
  return base64 === undefined ? '' : Buffer.from(base64, 'base64').toString();
}
