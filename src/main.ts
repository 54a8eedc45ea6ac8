#!/usr/bin/env node
import { createNodeIo } from './cli/node-io.ts';
import { runCli } from './cli/program/program.ts';
import { createApp } from './compose/app.ts';
import { systemClock } from './compose/system-clock.ts';

const exit = await runCli(process.argv.slice(2), createApp(), createNodeIo(systemClock));
await Promise.all([written(process.stdout), written(process.stderr)]);
// Ended here, because a socket to something that never answers would keep the process alive.
process.exit(exit);

/** Resolves when everything said so far has been handed over, or nobody reads any more. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writable) stream.write('', () => resolve());
    else resolve();
  });
}
