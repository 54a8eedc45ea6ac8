import type { Board } from '../../../ports/board.ts';
import type { Clock } from '../../../ports/clock.ts';

const seconds = 60;

/** Counts what lands on a board: how much in each of the last 60 seconds, the latest last. */
export function countLanding(board: Board, clock: Clock): () => number[] {
  const counts = new Map<number, number>();
  const secondNow = (): number => Math.floor(clock.now() / 1_000);
  board.onLanded(() => {
    const second = secondNow();
    counts.set(second, (counts.get(second) ?? 0) + 1);
    // A second more than is shown is enough; in the order in which they began, the oldest stands first.
    const [oldest] = counts.keys();
    if (counts.size > seconds + 1 && oldest !== undefined) counts.delete(oldest);
  });

  return () => {
    const first = secondNow() - seconds + 1;
    return Array.from({ length: seconds }, (_, index) => counts.get(first + index) ?? 0);
  };
}
