// A `workflow serve` of the measurement of what users run: its own actions do nothing but return what workers do.
import { serve } from '../src/compose/serve.ts';
import { result } from './drive-engine.ts';

const stop = new AbortController();
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => stop.abort());
const performers = { find: () => ({ worker: 'noop', handler: () => Promise.resolve(result) }) };
await serve(
  { projectDir: process.env['PROJECT'] ?? '', signal: stop.signal, drainMs: 1_000 },
  (message) => {
    if (message.startsWith('engine ready')) process.send?.('ready');
  },
  (deps) => ({ ...deps, performers }),
);
process.exit();
