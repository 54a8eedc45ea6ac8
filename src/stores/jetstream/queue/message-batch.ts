import type { Link } from '../connection/link.ts';

/** A message holds no more than this; one part may be larger. */
const BYTES_MAX = 256 * 1024;

/** So much of a message is left for what is around its parts. */
const ENVELOPE_BYTES = 1_024;
/** The same for each part: its number, and what is between the parts. */
const PART_BYTES = 60;

/** What is said within one turn of the event loop goes in one message. */
export type MessageBatch = {
  /** Has a message sent, also where nothing is in it. */
  readonly plan: () => void;
  /** Says what comes next; what was said before goes first where both do not fit into one message. */
  readonly add: (text: string, put: () => void) => void;
};

export function createMessageBatch(link: Link, send: () => void): MessageBatch {
  let bytes = 0;
  let isPlanned = false;

  function sendNow(): void {
    isPlanned = false;
    bytes = 0;
    send();
  }

  function plan(): void {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(() => {
      if (isPlanned) sendNow();
    });
  }

  return {
    plan,
    add: (text, put) => {
      const size = Buffer.byteLength(text) + PART_BYTES;
      if (bytes > 0 && bytes + size > Math.min(BYTES_MAX, bytesOfParts(link))) sendNow();
      bytes += size;
      put();
      plan();
    },
  };
}

/** How large the parts of a message may be together. */
export function bytesOfParts(link: Link): number {
  return (link.connection.info?.max_payload ?? Number.POSITIVE_INFINITY) - ENVELOPE_BYTES;
}
