import type { JournalRecord } from '../../../../events/record.ts';
import type { Append, Stored } from '../../../ports/runs/journal.ts';

/** So many at most, and so much of them. */
const recordsMax = 4_096;
const bytesMax = 8 * 1024 * 1024;

/**
 * Records that this process appended lately. Whoever follows the journal here is told of them as well, and they need
 * not be checked again: they are what was sealed here, byte for byte.
 */
export type OwnRecords = {
  readonly note: (append: Append, sent: Uint8Array, position: number) => void;
  /** The record at the position, if it was appended here and is what was sent then. */
  readonly at: (position: number, found: Uint8Array) => Stored | undefined;
};

type Own = { readonly append: Append; readonly sent: Uint8Array; stored: Stored | undefined };

export function createOwnRecords(): OwnRecords {
  const records = new Map<number, Own>();
  let bytes = 0;

  function forgetOldest(): void {
    for (const [position, { sent }] of records) {
      if (records.size <= recordsMax && bytes <= bytesMax) return;
      records.delete(position);
      bytes -= sent.length;
    }
  }

  return {
    note: (append, sent, position) => {
      if (append.isSealed !== true) return;
      // Of a stream that was made again.
      bytes -= records.get(position)?.sent.length ?? 0;
      records.delete(position);
      records.set(position, { append, sent, stored: undefined });
      bytes += sent.length;
      forgetOldest();
    },
    at: (position, found) => {
      const own = records.get(position);
      if (own === undefined || Buffer.compare(own.sent, found) !== 0) return undefined;
      own.stored ??= storedOf(own.append, position);

      return own.stored;
    },
  };
}

function storedOf({ run, body }: Append, position: number): Stored {
  return { kind: 'record', run, position, body, record: JSON.parse(body) as JournalRecord };
}
