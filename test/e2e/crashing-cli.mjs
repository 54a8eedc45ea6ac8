// The built command line with a hand on the plug: CRASH says when it is pulled (failpoints.mjs).
import { createNodeIo } from '../../dist/src/cli/node-io.js';
import { runCli } from '../../dist/src/cli/program/program.js';
import { createApp } from '../../dist/src/compose/app.js';
import { systemClock } from '../../dist/src/compose/system-clock.js';
import { onThePlug } from './failpoints.mjs';

process.exitCode = await runCli(process.argv.slice(2), createApp(onThePlug), createNodeIo(systemClock));
