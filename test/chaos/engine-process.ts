// `workflow serve` as a process that may be killed, and comes back.
import { fileURLToPath } from 'node:url';
import { createMortalProcess, type MortalProcess } from '../support/mortal-process.ts';

export type EngineProcess = Pick<MortalProcess, 'kill9' | 'start'>;

const notingCli = fileURLToPath(new URL('./noting-cli.mjs', import.meta.url));

/** `release`: the folder of a built release; this one without. */
export function createEngineProcess(
  cwd: string,
  env: Readonly<Record<string, string>>,
  release?: string,
): MortalProcess {
  return createMortalProcess({
    command: process.execPath,
    args: [notingCli, 'serve'],
    cwd,
    env: release === undefined ? env : { ...env, RELEASE: release },
    ready: 'engine ready',
  });
}
