// Work is spread over threads: each thread asks for the next few pieces as soon as it is through with the last.
import { availableParallelism } from 'node:os';
import { parentPort, Worker } from 'node:worker_threads';

type Lanes<Piece, Report> = {
  /** The module of the thread, which calls `workAsLane`. */
  readonly lane: URL;
  readonly pieces: readonly Piece[];
  /** Called for each piece, in no particular order. */
  readonly onReport: (report: Report) => 'go on' | 'stop';
};

const chunkSize = 25;

/** Does the pieces on every core. Stops early when told so. */
export async function runInLanes<Piece, Report>({
  lane,
  pieces,
  onReport,
}: Lanes<Piece, Report>): Promise<void> {
  let next = 0;
  let stopped = false;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // Seeds leave much behind that is never looked at again: a large nursery is emptied less often.
      const worker = new Worker(lane, { resourceLimits: { maxYoungGenerationSizeMb: 64 } });
      const more = (): void => {
        const chunk = stopped ? [] : pieces.slice(next, next + chunkSize);
        if (chunk.length === 0) return void worker.terminate().then(() => resolve());
        worker.postMessage(chunk);
        next += chunk.length;
      };
      worker.on('error', reject);
      worker.on('message', (message: Report | 'done') => {
        if (message === 'done') return more();
        if (onReport(message) === 'stop') stopped = true;
      });
      more();
    });
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), Math.ceil(pieces.length / chunkSize)) }, work),
  );
}

/** The other end, in a thread: does each piece and tells what came of it. */
export function workAsLane<Piece, Report>(live: (piece: Piece) => Promise<Report>): void {
  parentPort?.on('message', async (pieces: readonly Piece[]) => {
    for (const piece of pieces) parentPort?.postMessage(await live(piece));
    parentPort?.postMessage('done');
  });
}
