// A project in a temporary folder, and the command line in it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CliIo } from '../../src/cli/app.ts';
import { runCli } from '../../src/cli/program/program.ts';
import { createMemoryApp, type MemoryApp } from './memory-app.ts';
import { createTestIo } from './test-io.ts';

export type Ran = { readonly exit: number; readonly out: string; readonly err: string };

export type Project = {
  readonly dir: string;
  readonly app: MemoryApp;
  /** Runs the command with this line, split at spaces. */
  readonly cli: (line: string, io?: Partial<CliIo> & { readonly input?: string }) => Promise<Ran>;
};

/** A project with these files, by path. It goes when the test is over. */
export async function createProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const dir = await mkdtemp(join(tmpdir(), 'workflow-cli-'));
  // An engine that is about to end may still write there.
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 10 }));
  await mkdir(join(dir, 'definitions'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const app = createMemoryApp();

  return {
    dir,
    app,
    cli: async (line, given = {}) => {
      const io = createTestIo({ cwd: dir, ...given });
      const exit = await runCli(line.split(' ').filter(Boolean), app, io);
      return { exit, out: io.out(), err: io.err() };
    },
  };
}
