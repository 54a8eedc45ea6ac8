import { Worker } from 'node:worker_threads';
import type { Told } from './lane.ts';

/** The first scenario that goes another way, and how. */
export type Difference = { readonly scenario: string; readonly message: string };

/** Most take a few milliseconds. An engine may turn for ever without an await: then only this ends it. */
const scenarioMsMax = 30_000;

/** Plays all scenarios of a file in a thread; resolves with the first that differs. Rejects where none plays. */
export function playAll(lane: string, file: string): Promise<Difference | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(lane, { workerData: file });
    let playing: string | undefined;
    let watch = setTimeout(hangs, scenarioMsMax);
    function end(settle: () => void): void {
      clearTimeout(watch);
      worker.removeAllListeners();
      void worker.terminate().then(settle);
    }
    function broken(message: string): void {
      if (playing === undefined) end(() => reject(new Error(`${lane} plays nothing: ${message}`)));
      else end(() => resolve({ scenario: playing ?? '', message }));
    }
    function hangs(): void {
      broken(`it does not end within ${scenarioMsMax / 1_000} s`);
    }
    worker.on('error', (error) => broken(`it breaks the engine: ${String(error)}`));
    worker.on('message', (told: Told) => {
      if (told.kind === 'done') return end(() => resolve(undefined));
      if (told.kind === 'differs') return end(() => resolve(told));
      playing = told.scenario;
      clearTimeout(watch);
      watch = setTimeout(hangs, scenarioMsMax);
    });
  });
}
