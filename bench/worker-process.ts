// A worker process of the measurement of workers: does nothing but return what the tasks in the engine's process do.
import { setTimeout } from 'node:timers/promises';
import { createWorker } from '../src/compose/create-worker.ts';
import { result } from './drive-engine.ts';
import type { ToWorker } from './workers.ts';

const {
  url,
  namespace,
  agent,
  skills = [],
  capacity,
  workMs = 0,
}: ToWorker = JSON.parse(process.env['WORKER'] ?? '');
const worker = createWorker({
  agent,
  skills,
  url,
  namespace,
  capacity,
  handlers: async () => {
    if (workMs > 0) await setTimeout(workMs);
    return result;
  },
  onProgress: (message) => process.stderr.write(`${message}\n`),
});
await worker.ready;
process.send?.('ready');
// Whoever measures may be gone without a word.
process.once('disconnect', () => process.exit());
