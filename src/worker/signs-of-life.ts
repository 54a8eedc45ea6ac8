import type { Json } from '../../events/canonical-json.ts';
import type { Report, ReportAnswer } from '../../events/worker-protocol.ts';
import type { Clock } from '../ports/clock.ts';

/** What a heartbeat says of the work. */
export type Beat = Pick<Extract<Report, { kind: 'heartbeat' }>, 'progress' | 'details'>;

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
  /** Rejects when it is given up. */
  readonly send: (said: Beat) => Promise<ReportAnswer>;
  readonly onAnswer: (answer: ReportAnswer) => void;
};

/** Sends heartbeats, one at a time, until it is ended; sooner when there is progress to tell. */
export function sendHeartbeats({ clock, everyMs, send, onAnswer }: HeartbeatOptions) {
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
    const answer = await send(said).catch(() => undefined);
    isOnItsWay = false;
    if (answer !== undefined && !ended) onAnswer(answer);
    if (said !== latest) tellSoon();
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
    end: (): void => {
      ended = true;
      cancel();
    },
  };
}
