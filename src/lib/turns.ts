/**
 * So long one loop works before everything else has a turn: several may be under way at a time, and the collector marks
 * in the midst of them.
 */
const stretchMsMax = 4;

/**
 * For a loop over what may be many: to be awaited with every round. It gives everything else a turn once the loop has
 * worked for a while.
 */
export function createTurns(nowMs: () => number = () => performance.now()): () => Promise<void> | undefined {
  let beganMs = nowMs();

  return () => {
    if (nowMs() - beganMs < stretchMsMax) return undefined;

    return new Promise((resolve) => {
      setImmediate(() => {
        beganMs = nowMs();
        resolve();
      });
    });
  };
}
