import type { Stats } from 'node:fs';

/** What was seen of a file at the last look. */
export type SeenFile = {
  /** Changes when the file does. */
  readonly signature: string;
  /** Since when it has been as it is, by the clock of this process: those of shares may differ by hours. */
  readonly sinceMs: number;
  /** Nothing is done with it before. */
  readonly notBeforeMs: number;
};

/** What is remembered of the files of a folder from one look to the next. Bounded: what does not fit is seen anew. */
export type SeenFiles = {
  readonly see: (name: string, stats: Stats, nowMs: number) => SeenFile;
  /** Also for a file that had another name for some looks. */
  readonly putOff: (file: { readonly name: string; readonly seen: SeenFile }, untilMs: number) => void;
  /** Forgets the files that were not seen since the last call. */
  readonly forgetRest: () => void;
};

const seenMax = 20_000;

export function createSeenFiles(): SeenFiles {
  let last = new Map<string, SeenFile>();
  let current = new Map<string, SeenFile>();

  return {
    see: (name, stats, nowMs) => {
      const signature = signatureOf(stats);
      const known = current.get(name) ?? last.get(name);
      const seen = known?.signature === signature ? known : { signature, sinceMs: nowMs, notBeforeMs: nowMs };
      if (current.size < seenMax) current.set(name, seen);

      return seen;
    },
    putOff: ({ name, seen }, untilMs) => {
      if (current.size < seenMax || current.has(name)) current.set(name, { ...seen, notBeforeMs: untilMs });
    },
    forgetRest: () => {
      last = current;
      current = new Map();
    },
  };
}

export function signatureOf({ ino, size, mtimeMs, nlink }: Stats): string {
  return `${ino}:${size}:${mtimeMs}:${nlink}`;
}
