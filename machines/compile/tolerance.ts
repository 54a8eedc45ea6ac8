import type { ForkTask } from '../task.ts';

/** Whether a FORK goes on although `failed` of its `total` items or branches have failed. */
export function tolerates({ tolerateFailures = 0 }: ForkTask, failed: number, total: number): boolean {
  if (typeof tolerateFailures === 'number') return failed <= tolerateFailures;
  const percent = Number(tolerateFailures.slice(0, -1));

  return failed * 100 <= percent * total;
}
