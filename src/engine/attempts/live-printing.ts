import { defined } from '../../../machines/language/defined.ts';
import { createLiveLines, type LineBatch, type LiveLines } from '../../../machines/run/record/live-lines.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Attempt } from '../../ports/work/handler.ts';
import type { LiveOutput, PrintedLines } from '../../ports/work/live-output.ts';
import { attemptKey } from './attempt-claims.ts';
import type { Reported, ReportOf } from './reported.ts';

/** One message at most in this time; an attempt that ends sooner has told nothing, and needs no telling. */
const tellEveryMs = 250;
/** Looking for secrets takes no more than this part of the time, however many there are. */
const lookingShare = 20;

type Stream = PrintedLines['stream'];

/** Tells what an attempt prints while it goes on. */
export type LivePrinting = {
  readonly printing: NonNullable<Attempt['printing']>;
  /** The same for lines that the worker of the attempt sent. */
  readonly printed: (stream: Stream, batch: LineBatch) => void;
  /** Tells what is left, where something was told before. */
  readonly end: () => void;
};

export type LiveDeps = { readonly clock: Clock; readonly live?: LiveOutput | undefined };

/** Undefined where nobody may be told: nothing that a run seals is said in the open. */
export function createLivePrinting(
  { run, address, attempt }: { readonly run: Run; readonly address: string; readonly attempt: number },
  { clock, live }: LiveDeps,
): LivePrinting | undefined {
  if (live === undefined || run.chart.sealed !== undefined || run.aside.sealing !== undefined)
    return undefined;
  const streams = new Map<Stream, LiveLines>();
  let cancel: (() => void) | undefined;
  let hasTold = false;
  let lookedMs = 0;

  function linesOf(stream: Stream): LiveLines {
    const lines = streams.get(stream) ?? createLiveLines(run.aside.hidden);
    streams.set(stream, lines);

    return lines;
  }

  function tellStream(stream: Stream, batch: LineBatch): boolean {
    const time = new Date(clock.now()).toISOString();

    return live?.tell(run.state.run, { task: address, attempt, stream, time, ...batch }) === true;
  }

  function tell(isOver: boolean): void {
    cancel = undefined;
    const beganMs = clock.steady();
    for (const [stream, lines] of streams) {
      const batch = isOver ? lines.rest() : lines.next();
      if (batch === undefined) continue;
      hasTold = true;
      if (tellStream(stream, batch)) continue;
      lines.leaveOut(batch);
      // How many lines there were is small, and says which of them the record has to tell.
      if (isOver) tellStream(stream, lines.rest());
    }
    lookedMs = clock.steady() - beganMs;
  }

  function tellSoon(): void {
    cancel ??= clock.after(Math.max(tellEveryMs, lookedMs * lookingShare), () => tell(false));
  }

  return {
    printing: (stream, bytes) => {
      linesOf(stream).take(bytes);
      tellSoon();
    },
    printed: (stream, batch) => {
      linesOf(stream).takeBatch(batch);
      tellSoon();
    },
    end: () => {
      cancel?.();
      if (hasTold) tell(true);
    },
  };
}

/** So many attempts of workers are remembered that print: those that are silent for longest are forgotten. */
const printingMax = 200;

/** What the workers of attempts say in their heartbeats that these print. */
export type ReportedPrinting = {
  readonly printed: (reported: Reported<ReportOf<'heartbeat'>>) => void;
  readonly end: (reported: Reported) => void;
};

export function createReportedPrinting(deps: LiveDeps): ReportedPrinting {
  const underWay = new Map<string, LivePrinting>();

  return {
    printed: ({ report: { printed = [] }, mailbox, of }) => {
      if (printed.length === 0) return;
      const key = attemptKey(of);
      const live = underWay.get(key) ?? createLivePrinting({ ...of, run: mailbox.run() }, deps);
      if (live === undefined) return;
      underWay.delete(key);
      underWay.set(key, live);
      const [oldest] = underWay.keys();
      if (underWay.size > printingMax && oldest !== undefined) underWay.delete(oldest);
      for (const { stream, ...batch } of printed) live.printed(stream, defined(batch));
    },
    end: ({ of }) => {
      const key = attemptKey(of);
      underWay.get(key)?.end();
      underWay.delete(key);
    },
  };
}
