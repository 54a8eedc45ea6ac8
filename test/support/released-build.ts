// The release before this one, built from the history of the repository: what has to work beside this one.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The last commit before the first one of what makes a journal last for years (decisions 0061 to 0070). */
const releasedCommit = '89ce7c87802cb0d54d8ec55479259f8ff8701425';

const run = promisify(execFile);

/**
 * The folder of the released build, with `dist/` in it. Built once, in a quarter of a minute, beside the packages that
 * both use. Rejects where the history does not reach back so far.
 */
export async function releasedBuild(root: string): Promise<string> {
  const cache = join(root, 'node_modules', '.cache');
  const folder = join(cache, `released-${releasedCommit.slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  await refuseWithoutHistory(root);
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, 'released-'));
  try {
    const archive = join(making, 'sources.tar');
    await run('git', ['archive', '--output', archive, releasedCommit], { cwd: root });
    await run('tar', ['-xf', archive, '-C', making]);
    // What is installed for this release is found from here as well: the folder is in it.
    await installOthers(root, making);
    const compiler = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
    await run(process.execPath, [compiler, '--singleThreaded', '-p', 'tsconfig.build.json'], { cwd: making });
    // Of two that build at once the second one finds it there.
    await rename(making, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }

  return folder;
}

async function refuseWithoutHistory(root: string): Promise<void> {
  try {
    await run('git', ['cat-file', '-e', `${releasedCommit}^{commit}`], { cwd: root });
  } catch (cause) {
    const message = `the released version, commit ${releasedCommit.slice(0, 12)}, is not in this clone: fetch the whole history, \`git fetch --unshallow\``;
    throw new Error(message, { cause });
  }
}

/** Packages of the released version that are not installed for this one, or in another version. */
async function installOthers(root: string, released: string): Promise<void> {
  const { dependencies } = JSON.parse(await readFile(join(released, 'package.json'), 'utf8'));
  const others: string[] = [];
  for (const [name, version] of Object.entries(dependencies as Readonly<Record<string, string>>)) {
    const installed = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8').catch(
      () => '{}',
    );
    const isThere = version.replace('^', '') === JSON.parse(installed).version;
    if (!isThere) others.push(`${name}@${version}`);
  }
  if (others.length === 0) return;
  const apart = join(released, 'packages');
  await mkdir(apart);
  await run('npm', ['install', '--prefix', apart, '--no-save', '--ignore-scripts', ...others]);
  await rename(join(apart, 'node_modules'), join(released, 'node_modules'));
}
