// Does what a page says, as a reader would: a shell in a folder, the built command line as `workflow` on the PATH, and
// no NATS_URL, so that a real server is found and brought up for the folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { type PageBlock, scriptOf } from '../support/page-script.ts';
import { builtCli, runProgram } from './station.ts';

export type PageShell = {
  /** Does what the blocks say in a folder, and resolves with all that was printed. */
  readonly run: (
    blocks: readonly PageBlock[],
    folder: string,
  ) => Promise<{ readonly code: number | null; readonly printed: string }>;
  readonly close: () => Promise<void>;
};

/** `programs` are further ones on the PATH: their names and what a shell does for each. */
export async function openPageShell(programs: Readonly<Record<string, string>> = {}): Promise<PageShell> {
  const bin = await mkdtemp(join(tmpdir(), 'workflow-page-bin-'));
  const all = { workflow: `exec '${process.execPath}' '${builtCli}' "$@"`, ...programs };
  for (const [name, script] of Object.entries(all))
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  return {
    run: async (blocks, folder) => {
      await mkdir(folder, { recursive: true });
      const shell = spawn('bash', ['-c', scriptOf(blocks)], {
        cwd: folder,
        env: { ...process.env, NATS_URL: '', NO_COLOR: '1', PATH: `${bin}:${process.env['PATH'] ?? ''}` },
        stdio: ['ignore', 'pipe', 'ignore'],
        detached: true,
      });
      const ended = once(shell, 'exit').then(([code]) => {
        // What a page left running in the background keeps the output open.
        if (code !== 0) process.kill(-(shell.pid ?? 0), 'SIGKILL');
        return code as number | null;
      });
      const printed = await textOf(shell.stdout);
      const code = await ended;
      await runProgram(builtCli, ['down'], { cwd: folder, env: { NATS_URL: '' } });

      return { code, printed };
    },
    close: () => rm(bin, { recursive: true, force: true }),
  };
}
