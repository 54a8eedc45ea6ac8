/** Something that has to be ended, and how long that is waited for; without a limit, as long as it takes. */
export type EndingPart = { readonly end: () => Promise<void>; readonly limitMs?: number };

/** Ends every part, one after the other, also when one fails. Rejects afterwards with the first failure. */
export async function endInOrder(parts: readonly EndingPart[]): Promise<void> {
  const failures: unknown[] = [];
  for (const { end, limitMs } of parts) {
    try {
      await (limitMs === undefined ? end() : within(limitMs, end()));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

// The timer keeps the process alive: what comes after this part has to be ended too.
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
