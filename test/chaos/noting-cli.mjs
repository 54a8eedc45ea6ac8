// The built command line, which notes every append that was acknowledged to its engine in the file ACKED, as
// `<position> <id> <hash>`, before the engine goes on with it.
import { appendFileSync } from 'node:fs';
import { createNodeIo } from '../../dist/src/cli/node-io.js';
import { runCli } from '../../dist/src/cli/program/program.js';
import { createApp } from '../../dist/src/compose/app.js';
import { systemClock } from '../../dist/src/compose/system-clock.js';

const noting = (deps) => ({
  ...deps,
  journal: {
    ...deps.journal,
    append: async (append) => {
      const position = await deps.journal.append(append);
      appendFileSync(process.env.ACKED, `${position} ${append.id} ${JSON.parse(append.body).hash}\n`);
      return position;
    },
  },
});

process.exitCode = await runCli(process.argv.slice(2), createApp(noting), createNodeIo(systemClock));
