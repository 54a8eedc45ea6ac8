/** Calls back once a time has passed; the returned function cancels. Every Clock is one. */
export type Timer = { readonly after: (delayMs: number, callback: () => void) => () => void };

/** The longest that a timer of Node can wait, in ms; a longer one would go off at once. */
export const timerMsMax = 2 ** 31 - 1;

/** Resolves after this time. */
export function delay(timer: Timer, ms: number): Promise<void> {
  return new Promise((resolve) => void timer.after(ms, resolve));
}

/** What the promise comes to, also where it rejects; undefined where it takes longer than this time. */
export async function resultWithin<T>(timer: Timer, ms: number, promise: Promise<T>): Promise<T | undefined> {
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = timer.after(ms, () => resolve(undefined));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel();
  }
}

/**
 * What the promise comes to within this time; undefined where it fails or takes longer: whoever waits is held up no
 * longer.
 */
export function within<T>(timer: Timer, ms: number, promise: Promise<T>): Promise<T | undefined> {
  return resultWithin(
    timer,
    ms,
    promise.catch(() => undefined),
  );
}
