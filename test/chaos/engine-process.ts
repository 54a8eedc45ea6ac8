// `workflow serve` as a process that may be killed, and comes back.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMortalProcess, type MortalProcess } from '../support/mortal-process.ts';

export type EngineProcess = Pick<MortalProcess, 'kill9' | 'start'>;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `release`: the folder of a built release; this one without. */
export function createEngineProcess(
  cwd: string,
  env: Readonly<Record<string, string>>,
  release = root,
): MortalProcess {
  return createMortalProcess({
    command: process.execPath,
    args: [join(release, 'test', 'chaos', 'noting-cli.mjs'), 'serve'],
    cwd,
    env,
    ready: 'engine ready',
  });
}
