import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import { isPassing, PATIENCE_MS, pause, unavailable } from '../connection/retry.ts';
import { STREAM_NOT_FOUND } from '../connection/streams.ts';
import {
  openTailSession,
  TailBroken,
  type TailItem,
  TailMisplaced,
  type TailOptions,
} from './tail-session.ts';

/** Which replica a consumer is put on is chance: so many tries are nothing unusual, and the pause grows slowly. */
const misplacedUsual = 4;

type Progress = { readonly options: TailOptions; readonly aliveAt: number; readonly attempt: number };

/**
 * The messages of a stream in order, and those that follow, through a consumer of the server that lives as long as
 * the iteration. When the consumer breaks (reconnect, restart of the server, a gap), another one takes over: after
 * the last message for a tail from a position or a time, at the beginning for the last message of each subject.
 */
export async function* tail(link: Link, options: TailOptions): AsyncGenerator<TailItem, void, undefined> {
  let progress: Progress = { options, aliveAt: performance.now(), attempt: 0 };
  while (!isAborted(options.signal)) {
    try {
      for await (const item of openTailSession(link, progress.options)) {
        progress = after(progress.options, item);
        yield item;
      }
    } catch (error) {
      if (isAborted(options.signal)) return;
      if (!(await restored(options, error))) refuseToGoOn(link, progress, error);
      await pause(error instanceof TailMisplaced ? progress.attempt / misplacedUsual : progress.attempt);
      progress = { ...progress, attempt: progress.attempt + 1 };
    }
  }
}

function after(options: TailOptions, item: TailItem): Progress {
  const goesOn = item.kind === 'message' && options.from.kind !== 'last-of-each';
  const next = goesOn
    ? { ...options, from: { kind: 'position', seq: item.message.seq + 1 } as const }
    : options;

  return { options: next, aliveAt: performance.now(), attempt: 0 };
}

async function restored({ restore }: TailOptions, error: unknown): Promise<boolean> {
  if (restore === undefined || !(error instanceof ApiRefusal) || error.errCode !== STREAM_NOT_FOUND)
    return false;
  // Whether this works shows when the stream is read again.
  await restore().catch(() => undefined);

  return true;
}

function refuseToGoOn(link: Link, { options, aliveAt }: Progress, error: unknown): void {
  const mayPass = error instanceof TailBroken || isPassing(error);
  const mayWait = !options.givesUp || performance.now() - aliveAt < PATIENCE_MS;
  if (!mayPass || !mayWait) throw unavailable(error, link.lastProblem());
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
