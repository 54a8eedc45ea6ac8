#!/usr/bin/env node
import { createNodeIo } from './adapters/cli/node-io.ts';
import { runCli } from './adapters/cli/program.ts';
import { createApp } from './compose/app.ts';
import { systemClock } from './compose/system-clock.ts';

process.exitCode = await runCli(process.argv.slice(2), createApp(), createNodeIo(systemClock));
