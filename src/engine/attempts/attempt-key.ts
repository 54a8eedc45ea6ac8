/** An attempt of a run, known by where its task is. */
export type HeldAttempt = { readonly run: string; readonly address: string; readonly attempt: number };

/** The idempotency key of an attempt. */
export function attemptKey({ run, address, attempt }: HeldAttempt): string {
  return `${run}/${address}/${attempt}`;
}
