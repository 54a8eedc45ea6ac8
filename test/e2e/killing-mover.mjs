// `node --import ./killing-mover.mjs main.js ...` kills itself before or after (KILL) the first move of a file or folder
// to a place that KILL_AT, a regular expression, fits.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';

const { rename } = fs.promises;
const at = new RegExp(process.env['KILL_AT'] ?? '$.');

fs.promises.rename = async (from, to) => {
  // Folders that are held on to have names of another kind on Linux.
  const isPoint = at.test(join(fs.realpathSync(dirname(to)), basename(to)));
  if (isPoint && process.env['KILL'] === 'before') process.kill(process.pid, 'SIGKILL');
  await rename(from, to);
  if (isPoint) process.kill(process.pid, 'SIGKILL');
};
syncBuiltinESMExports();
