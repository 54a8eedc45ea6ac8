import { redactFrom, redactSoFar } from '../../../machines/run/record/redact.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Attempt } from '../../ports/work/handler.ts';
import type { LiveOutput, PrintedLines } from '../../ports/work/live-output.ts';
import type { Entry } from './attempt-entry.ts';

/** One message at most in this time; an attempt that ends sooner has told nothing, and needs no telling. */
const tellEveryMs = 250;
/** Looking for secrets takes no more than this part of the time, however many there are. */
const lookingShare = 20;
/** More than this is printed too fast to be read: the first lines of the time are left out. */
const charactersMax = 16 * 1024;
/** What was told stays for so long, since a secret may have begun in it. */
const contextMax = 16 * 1024;

type Stream = PrintedLines['stream'];

/** Tells what an attempt in this process prints while it goes on. */
export type LivePrinting = {
  readonly printing: NonNullable<Attempt['printing']>;
  /** Tells what is left, where something was told before. */
  readonly end: () => void;
};

/** Undefined where nobody may be told: nothing that a run seals is said in the open. */
export function createLivePrinting(
  { run, address, attempt }: Entry,
  { clock, live }: { readonly clock: Clock; readonly live?: LiveOutput | undefined },
): LivePrinting | undefined {
  if (live === undefined || run.chart.sealed !== undefined || run.aside.sealing !== undefined)
    return undefined;
  const streams = new Map<Stream, StreamLines>();
  let cancel: (() => void) | undefined;
  let hasTold = false;
  let lookedMs = 0;

  function tell(isOver: boolean): void {
    cancel = undefined;
    const beganMs = clock.steady();
    for (const [stream, lines] of streams) {
      const next = isOver ? lines.rest() : lines.next();
      if (next === undefined) continue;
      hasTold = true;
      const time = new Date(clock.now()).toISOString();
      live?.tell(run.state.run, { task: address, attempt, stream, time, ...next });
    }
    lookedMs = clock.steady() - beganMs;
  }

  return {
    printing: (stream, bytes) => {
      const lines = streams.get(stream) ?? createStreamLines(run.aside.hidden);
      streams.set(stream, lines);
      lines.take(bytes);
      cancel ??= clock.after(Math.max(tellEveryMs, lookedMs * lookingShare), () => tell(false));
    },
    end: () => {
      cancel?.();
      if (hasTold) tell(true);
    },
  };
}

type Told = Pick<PrintedLines, 'first' | 'lines' | 'count'>;

type StreamLines = {
  readonly take: (bytes: Uint8Array) => void;
  /** The lines that are whole now; undefined where there are none. */
  readonly next: () => Told | undefined;
  /** All that are left. */
  readonly rest: () => Told;
};

/** One stream of an attempt as lines without secrets. */
function createStreamLines(secrets: readonly string[]): StreamLines {
  const decoder = new TextDecoder();
  /** What was told last, and from `from` on what was not told yet. */
  let text = '';
  let from = 0;
  let first = 0;
  /** The beginning of the line was left out, so its end is as well. */
  let isBroken = false;

  function told(clean: string, to: number): Told {
    const lines = clean.replace(/\n$/, '').split('\n');
    const at = first;
    first += lines.length;
    from = to;

    return { first: at, lines };
  }

  /** Of what is printed too fast only the end stays, from the beginning of a line. */
  function leaveOut(): void {
    if (text.length - from > charactersMax) {
      const cut = text.indexOf('\n', text.length - charactersMax) + 1;
      const to = cut === 0 ? text.length : cut;
      first += text.slice(from, to).split('\n').length - 1;
      from = to;
      isBroken = cut === 0;
    }
    if (isBroken) endBroken();
    const past = Math.max(0, from - contextMax);
    text = text.slice(past);
    from -= past;
  }

  function endBroken(): void {
    const end = text.indexOf('\n', from) + 1;
    from = end === 0 ? text.length : end;
    isBroken = end === 0;
    if (end > 0) first += 1;
  }

  return {
    take: (bytes) => {
      text += decoder.decode(bytes, { stream: true });
      if (text.length - from > 2 * charactersMax) leaveOut();
    },
    next: () => {
      leaveOut();
      const end = text.lastIndexOf('\n') + 1;
      if (end <= from) return undefined;
      const { clean, to } = redactSoFar(text.slice(0, end), from, secrets);

      return to === from ? undefined : told(clean, to);
    },
    rest: () => {
      text += decoder.decode();
      leaveOut();
      const next = from === text.length ? undefined : told(redactFrom(text, from, secrets), text.length);
      const count = first + (isBroken ? 1 : 0);

      return { first: count, lines: [], ...next, count };
    },
  };
}
