// A program with an engine of its own: starts a run whose second task never ends, and says so when it is at work.
import { createEngine } from '../../dist/src/compose/embedding/create-engine.js';

const [url, dir, namespace, definition] = process.argv.slice(2);
const engine = await createEngine({
  ...{ url, dir, namespace },
  actions: {
    'orders.reserve': { run: () => ({ by: 'first' }) },
    'orders.ship': {
      run: (_input, { run, idempotencyKey }) => {
        process.send({ run, idempotencyKey });
        return new Promise(() => {});
      },
    },
  },
});
await engine.start(definition, { order: 'A-1' });
