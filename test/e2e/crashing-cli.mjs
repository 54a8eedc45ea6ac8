// The built command line with a hand on the plug: CRASH=append:3 ends the process with SIGKILL right after the third
// append was acknowledged, CRASH=effect:2 right after the second attempt began. EFFECTS names a file that every
// attempt is noted in before it begins.
import { appendFileSync } from 'node:fs';
import { createNodeIo } from '../../dist/src/adapters/cli/node-io.js';
import { runCli } from '../../dist/src/adapters/cli/program.js';
import { createApp } from '../../dist/src/compose/app.js';
import { systemClock } from '../../dist/src/compose/system-clock.js';

const [kind, index] = (process.env.CRASH ?? 'never:0').split(':');
const counts = { append: 0, effect: 0 };

function tick(which) {
  counts[which] += 1;
  if (which === kind && counts[which] === Number(index)) process.kill(process.pid, 'SIGKILL');
}

// Attempts of the built-in actions are quick, so whether their start is recorded is a matter of luck. STARTS=always
// lets each attempt wait until it is, STARTS=never never records it: the events of a run can be counted either way.
const always = process.env.STARTS === 'always';
const started = new Map();

function startOf(task) {
  if (!started.has(task)) started.set(task, withResolvers());
  return started.get(task);
}

function withResolvers() {
  const parts = {};
  parts.promise = new Promise((resolve) => {
    parts.resolve = resolve;
  });
  return parts;
}

const decorate = (deps) => ({
  ...deps,
  startNoticeMs: always ? 0 : 1_000_000,
  journal: {
    ...deps.journal,
    append: async (append) => {
      const position = await deps.journal.append(append);
      tick('append');
      const { type, subject } = JSON.parse(append.body);
      if (type === 'task.started') startOf(subject).resolve();
      return position;
    },
  },
  performers: {
    find: (task) => {
      const performer = deps.performers.find(task);
      return performer && { ...performer, handler: noted(performer.handler) };
    },
  },
});

function noted(handler) {
  return (attempt) => {
    appendFileSync(process.env.EFFECTS, `${attempt.task}#${attempt.attempt}\n`);
    const result = always ? startOf(attempt.task).promise.then(() => handler(attempt)) : handler(attempt);
    tick('effect');
    return result;
  };
}

process.exitCode = await runCli(process.argv.slice(2), createApp(decorate), createNodeIo(systemClock));
