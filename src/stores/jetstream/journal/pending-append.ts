import type { Append } from '../../../ports/runs/journal.ts';

/** An append on its way: the bytes are made once, however often they are sent. */
export type PendingAppend = {
  readonly append: Append;
  readonly subject: string;
  readonly body: Uint8Array;
  readonly resolve: (position: number) => void;
  readonly reject: (error: Error) => void;
};
