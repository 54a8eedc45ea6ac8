import type { Clock } from './clock.ts';

/**
 * What the promise comes to within this time; undefined where it fails or takes longer: whoever waits is held up no
 * longer.
 */
export async function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T | undefined> {
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(ms, () => resolve(undefined));
  });
  try {
    return await Promise.race([promise.catch(() => undefined), late]);
  } finally {
    cancel();
  }
}
