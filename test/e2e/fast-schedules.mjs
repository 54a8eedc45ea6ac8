// The built command line with a clock for schedules that goes many times as fast as the others, from the same moment on
// in every process.
import { createNodeIo } from '../../dist/src/cli/node-io.js';
import { runCli } from '../../dist/src/cli/program/program.js';
import { createApp } from '../../dist/src/compose/app.js';
import { systemClock } from '../../dist/src/compose/system-clock.js';

const sinceMs = Number(process.env.FAST_SINCE_MS);
const times = Number(process.env.FAST_TIMES);
const scheduleClock = {
  now: () => sinceMs + Math.floor((Date.now() - sinceMs) * times),
  after: (delayMs, callback) => systemClock.after(Math.ceil(delayMs / times), callback),
};
const app = createApp((deps) => ({ ...deps, scheduleClock }));
process.exit(await runCli(process.argv.slice(2), app, createNodeIo(systemClock)));
