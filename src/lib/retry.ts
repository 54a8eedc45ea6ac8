/** How long to wait before trying again: twice as long after each failure, up to the longest pause. */
export type Backoff = { readonly firstMs: number; readonly mostMs: number };

/** The pause after so many earlier failures: `firstMs` after the first one, of which there were 0 before. */
export function backoffMs({ firstMs, mostMs }: Backoff, failuresBefore: number): number {
  return Math.min(firstMs * 2 ** failuresBefore, mostMs);
}

/**
 * Tries until it works. `afterFailure` is told how many failures there were before this one: it resolves when it is
 * time for the next try, and rejects with what is given up with.
 */
export async function retryUntilDone<T>(
  act: () => Promise<T>,
  afterFailure: (error: unknown, failuresBefore: number) => Promise<unknown>,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await act();
    } catch (error) {
      await afterFailure(error, failures);
    }
  }
}
