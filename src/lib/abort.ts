import type { Timer } from './deadline.ts';

/** Calls back when the signal aborts, until the returned function is called. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  signal.addEventListener('abort', listener);

  return () => signal.removeEventListener('abort', listener);
}

/** Resolves when the signal aborts; at once where it has. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else onAbort(signal, () => resolve());
  });
}

/** What the promise comes to; rejects with the reason of the signal once that is aborted. */
export async function untilAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  // What it comes to later is nobody's business then.
  work.catch(() => undefined);
  signal.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop();
  }
}

/** Resolves after this time, or at once when the signal aborts. */
export function pausing(timer: Timer, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const stop = onAbort(signal, () => {
      cancel();
      stop();
      resolve();
    });
    const cancel = timer.after(ms, () => {
      stop();
      resolve();
    });
  });
}
