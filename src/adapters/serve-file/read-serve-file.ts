import { readFile, stat } from 'node:fs/promises';
import { formatProblems } from '../../../machines/language/problem.ts';
import { loadServeFile } from '../../../machines/serve-file/load-serve-file.ts';
import type { Served } from '../../../machines/serve-file/served.ts';
import { serveFileName } from '../../ports/serve-file.ts';

const bytesMax = 1024 * 1024;

/** serve.yaml is there and cannot be used. The reaction: what it said before counts. The message has all problems. */
class ServeFileInvalid extends Error {
  override readonly name = 'ServeFileInvalid';
  readonly code = 'serve.invalid';

  constructor(problems: string) {
    super(`${serveFileName} cannot be used:\n${problems}`);
  }
}

/** What the file declares. Rejects with ServeFileInvalid for problems, and as the file system does. */
export async function readServeFile(path: string): Promise<Served> {
  const found = await stat(path);
  // Opening a pipe would wait for somebody who writes into it.
  if (!found.isFile()) throw new ServeFileInvalid('it is no file');
  if (found.size > bytesMax)
    throw new ServeFileInvalid(`it has ${found.size} bytes, more than the ${bytesMax} that are read`);
  const loaded = loadServeFile({ file: serveFileName, content: await readFile(path) });
  if (!loaded.ok) throw new ServeFileInvalid(formatProblems(loaded.problems));

  return { hooks: loaded.hooks, alerts: loaded.alerts };
}
