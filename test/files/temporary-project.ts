import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A project folder of its own for one test, removed after it. Open to all, so that a test may drop its privileges. */
export async function temporaryProject(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), '3ox-files-')));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const project = join(parent, 'project');
  await mkdir(project);
  await chmod(parent, 0o777);
  await chmod(project, 0o777);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }

  return project;
}

/** Runs something as a user whom permissions apply to: root would be let through everywhere. */
export async function withoutPrivileges<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return work();

  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
