// The built command line, which notes every append that was acknowledged to its engine in the file ACKED, as
// `<position> <id> <hash>`, before the engine goes on with it. RELEASE names the folder of another built release.
import { appendFileSync } from 'node:fs';

const root = process.env.RELEASE ?? new URL('../../', import.meta.url).pathname;
const load = (file) => import(`file://${root}/dist/src/${file}.js`);
const [{ createNodeIo }, { runCli }, { createApp }, { systemClock }] = await Promise.all(
  ['cli/node-io', 'cli/program/program', 'compose/app', 'compose/system-clock'].map(load),
);

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

// Ended here as the command line ends itself: what still waits for something would keep the process alive.
process.exit(await runCli(process.argv.slice(2), createApp(noting), createNodeIo(systemClock)));
