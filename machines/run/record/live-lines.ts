import { redactFrom, redactSoFar } from './redact.ts';

/** More than this is printed too fast to be read: the first lines of the time are left out. */
const liveCharactersMax = 16 * 1024;
/** However much is printed, one process tells no more of it: so many bytes at once, then so many in a second. */
export const liveRate = { burst: 1024 * 1024, perSecond: 256 * 1024 };
/** What was told stays for so long, since a secret may have begun in it. */
const contextMax = 16 * 1024;

/** Whole lines of a stream, by the place of the first of them among all. */
export type LineBatch = {
  readonly first: number;
  readonly lines: readonly string[];
  /** So many bytes before the first of them were left out since the last batch. */
  readonly leftOut?: number;
  /** Nothing more comes: so many lines were it in all. */
  readonly count?: number;
};

export type LiveLines = {
  readonly take: (bytes: Uint8Array) => void;
  /** Takes lines that another process has made of what was printed. */
  readonly takeBatch: (batch: LineBatch) => void;
  /** The lines that are whole now; undefined where there are none. */
  readonly next: () => LineBatch | undefined;
  /** All that are left. */
  readonly rest: () => LineBatch;
  /** Counts lines that `next` gave and nobody was told as left out. */
  readonly leaveOut: (batch: LineBatch) => void;
};

/** What is printed on a stream as lines without secrets, while it goes on. Of too much the last lines stay. */
export function createLiveLines(secrets: readonly string[]): LiveLines {
  const decoder = new TextDecoder();
  /** What was told last, and from `from` on what was not told yet. */
  let text = '';
  let from = 0;
  let first = 0;
  /** The beginning of the line was left out, so its end is as well. */
  let isBroken = false;
  let leftOut = 0;

  function batch(lines: readonly string[]): LineBatch {
    const at = first;
    const left = leftOut;
    first += lines.length;
    leftOut = 0;

    return { first: at, lines, ...(left === 0 ? {} : { leftOut: left }) };
  }

  function told(clean: string, to: number): LineBatch {
    from = to;

    return batch(clean.replace(/\n$/, '').split('\n'));
  }

  function skipTo(to: number): void {
    leftOut += bytesOf(text.slice(from, to));
    from = to;
  }

  /** Of what is printed too fast only the end stays, from the beginning of a line. */
  function thin(): void {
    if (text.length - from > liveCharactersMax) {
      const cut = text.indexOf('\n', text.length - liveCharactersMax) + 1;
      const to = cut === 0 ? text.length : cut;
      first += text.slice(from, to).split('\n').length - 1;
      skipTo(to);
      isBroken = cut === 0;
    }
    if (isBroken) endBroken();
    const past = Math.max(0, from - contextMax);
    text = text.slice(past);
    from -= past;
  }

  function endBroken(): void {
    const end = text.indexOf('\n', from) + 1;
    skipTo(end === 0 ? text.length : end);
    isBroken = end === 0;
    if (end > 0) first += 1;
  }

  function add(more: string): void {
    text += more;
    if (text.length - from > 2 * liveCharactersMax) thin();
  }

  return {
    take: (bytes) => add(decoder.decode(bytes, { stream: true })),
    takeBatch: ({ first: place, lines, leftOut: left = 0 }) => {
      const next = first + text.slice(from).split('\n').length - 1;
      if (place < next) return;
      if (place > next) {
        skipTo(text.length);
        first = place;
      }
      leftOut += left;
      if (lines.length > 0) add(`${lines.join('\n')}\n`);
    },
    next: () => {
      thin();
      const end = text.lastIndexOf('\n') + 1;
      if (end <= from) return undefined;
      const { clean, to } = redactSoFar(text.slice(0, end), from, secrets);

      return to === from ? undefined : told(clean, to);
    },
    rest: () => {
      text += decoder.decode();
      thin();
      const next = from === text.length ? undefined : told(redactFrom(text, from, secrets), text.length);
      first += isBroken ? 1 : 0;
      isBroken = false;

      return { ...(next ?? batch([])), count: first };
    },
    leaveOut: ({ lines, leftOut: left = 0 }) => {
      leftOut += left + lines.reduce((sum, line) => sum + bytesOf(line) + 1, 0);
    },
  };
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
