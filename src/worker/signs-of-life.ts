import type { Json } from '../../events/canonical-json.ts';
import type { Report, ReportAnswer } from '../../events/worker-protocol.ts';
import { createLiveLines, type LiveLines } from '../../machines/run/record/live-lines.ts';
import type { RateLimit } from '../lib/rate-limit.ts';
import type { Clock } from '../ports/clock.ts';

/** What a heartbeat says of the work. */
export type Beat = Pick<Extract<Report, { kind: 'heartbeat' }>, 'progress' | 'details' | 'printed'>;

/** Progress is shown as it happens, but no more often than people can read. */
const progressEveryMs = 1_000;
const messageCharsMax = 500;

/** Calls back again and again until the returned function is called. */
export function every(clock: Clock, ms: number, callback: () => void): () => void {
  let cancel = clock.after(ms, again);
  function again(): void {
    cancel = clock.after(ms, again);
    callback();
  }

  return () => cancel();
}

export type HeartbeatOptions = {
  readonly clock: Clock;
  readonly everyMs: number;
  /** How much the worker may still send of what is printed. */
  readonly budget: Pick<RateLimit, 'take'>;
  /** Rejects when it is given up. */
  readonly send: (said: Beat) => Promise<ReportAnswer>;
  readonly onAnswer: (answer: ReportAnswer) => void;
};

/** Sends heartbeats, one at a time, until it is ended; sooner when there is progress to tell. */
export function sendHeartbeats({ clock, everyMs, budget, send, onAnswer }: HeartbeatOptions) {
  const printing = createPrinting(budget);
  let latest: Beat = {};
  let sentAtMs = Number.NEGATIVE_INFINITY;
  let isOnItsWay = false;
  let ended = false;
  let cancel = clock.after(everyMs, () => void beat());

  function plan(delayMs: number): void {
    cancel();
    if (!ended) cancel = clock.after(delayMs, () => void beat());
  }

  async function beat(): Promise<void> {
    plan(everyMs);
    if (isOnItsWay) return;
    isOnItsWay = true;
    sentAtMs = clock.steady();
    const said = latest;
    const answer = await send({ ...said, ...printing.next() }).catch(() => undefined);
    isOnItsWay = false;
    if (answer !== undefined && !ended) onAnswer(answer);
    if (said !== latest || printing.isNews()) tellSoon();
  }

  function tellSoon(): void {
    if (isOnItsWay) return;
    plan(Math.max(0, sentAtMs + Math.min(progressEveryMs, everyMs) - clock.steady()));
  }

  return {
    progress: (percent: number | undefined, message?: string): void => {
      const progress = {
        ...(percent === undefined || Number.isNaN(percent)
          ? {}
          : { percent: Math.min(100, Math.max(0, percent)) }),
        ...(message === undefined ? {} : { message: message.slice(0, messageCharsMax) }),
      };
      latest = { ...latest, progress };
      tellSoon();
    },
    details: (details: Json): void => {
      latest = { ...latest, details };
      tellSoon();
    },
    printing: (stream: Stream, bytes: Uint8Array): void => {
      printing.take(stream, bytes);
      tellSoon();
    },
    end: (): void => {
      ended = true;
      cancel();
    },
  };
}

type Stream = 'stdout' | 'stderr';

/** What the work prints, as whole lines for the next heartbeat. The engine hides secrets in them. */
function createPrinting(budget: HeartbeatOptions['budget']) {
  const streams = new Map<Stream, LiveLines>();
  let isNews = false;

  return {
    isNews: () => isNews,
    take: (stream: Stream, bytes: Uint8Array): void => {
      const lines = streams.get(stream) ?? createLiveLines([]);
      streams.set(stream, lines);
      lines.take(bytes);
      isNews = true;
    },
    next: (): Pick<Beat, 'printed'> => {
      isNews = false;
      const printed = [...streams].flatMap(([stream, lines]) => {
        const batch = lines.next();
        if (batch === undefined) return [];
        if (budget.take('printed', JSON.stringify(batch.lines).length) === undefined)
          return [{ stream, ...batch, lines: [...batch.lines] }];
        lines.leaveOut(batch);

        return [];
      });

      return printed.length === 0 ? {} : { printed };
    },
  };
}
