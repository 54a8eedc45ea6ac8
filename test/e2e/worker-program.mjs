// A worker on the built package that does what the input of an item says; worker-program.py and .sh do the same.
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createWorker, TaskFailure } from '../../dist/src/compose/create-worker.js';

const [agent] = process.argv.slice(2);
const worker = createWorker({
  agent,
  capacity: 2,
  skills: ['paint'],
  drainOnSignalMs: 2_000,
  onProgress: (message) => process.stderr.write(`${message}\n`),
  handlers: async ({ input, attemptKey: key, signal, progress }) => {
    switch (input.do) {
      case 'echo':
        return { key, echo: input };
      case 'refuse':
        throw new TaskFailure('paint.dry', 'no paint', { details: { left: 0 } });
      case 'crash':
        throw new RangeError('oops');
      case 'wait':
        progress(50, 'half way');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        writeFileSync(input.file, 'stopped');
        throw signal.reason;
      case 'slow':
        while (!existsSync(input.file)) await delay(50, undefined, { signal });
        return 'slow';
    }
  },
});
const { url } = await worker.ready;
process.stderr.write(`worker of ${agent} ready on ${url}\n`);
