import type { RunCommand } from '../../machines/task.ts';
import { createCommandHandler } from '../../src/subprocess/command-handler.ts';
import { testAttempt } from '../support/attempt.ts';

// The stand-in for an engine that a test can kill: carries one command out in a process of its own.
const [projectDir = '', run = ''] = process.argv.slice(2);
await createCommandHandler(JSON.parse(run) as RunCommand)(testAttempt({ projectDir }));
