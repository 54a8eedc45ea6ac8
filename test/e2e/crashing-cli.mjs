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

const decorate = (deps) => ({
  ...deps,
  journal: {
    ...deps.journal,
    append: async (append) => {
      const position = await deps.journal.append(append);
      tick('append');
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
    const result = handler(attempt);
    tick('effect');
    return result;
  };
}

process.exitCode = await runCli(process.argv.slice(2), createApp(decorate), createNodeIo(systemClock));
