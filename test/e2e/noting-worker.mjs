// Workers of the agents in AGENTS that add a line to the file EFFECTS for each attempt that they begin, `<key> <process>
// <time in ms>`, then take WORK_MS for it, and longer where its input names a gate: until the file of that name is there.
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createWorker } from '../../dist/src/compose/create-worker.js';

const say = (text) => process.stderr.write(`${text}\n`);

async function handle({ attemptKey: key, input, signal }) {
  appendFileSync(process.env.EFFECTS, `${key} ${process.pid} ${Date.now()}\n`);
  await delay(Number(process.env.WORK_MS), undefined, { signal });
  while (input.gate !== undefined && !existsSync(input.gate)) await delay(50, undefined, { signal });

  return { by: process.pid };
}

const workers = JSON.parse(process.env.AGENTS).map(({ agent, skills, capacity }) =>
  createWorker({
    agent,
    skills,
    capacity,
    handlers: handle,
    onProgress: (message) => say(`${agent}: ${message}`),
  }),
);
try {
  await Promise.all(workers.map(({ ready }) => ready));
  say('workers ready');
} catch (error) {
  say(error);
  // As the command line says that no server answers.
  process.exit(3);
}
