import type { Clock } from '../ports/clock.ts';

/** Resolves when the work is done or has failed, or when the time is over: whoever waits is held up no longer. */
export async function settledWithin(clock: Clock, timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let cancel: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(timeoutMs, resolve);
  });
  const done = work.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([done, late]);
  cancel();
}
