// The files of the repository, read from disk and not from git: the fences must also stand in a copy without it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import picomatch from 'picomatch';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every file that is not ignored by .gitignore: paths relative to the root, with `/`, sorted. */
export function repositoryFiles(): readonly string[] {
  const ignored = ignoredPaths();

  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => !ignored(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(entry.name, ignored) : [entry.name]))
    .sort();
}

/** The TypeScript files under the five folders that hold code. */
export function sourceFiles(): readonly string[] {
  return repositoryFiles().filter((path) => /^(events|machines|src|bench|test)\/.*\.tsx?$/.test(path));
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function filesUnder(folder: string, ignored: (path: string) => boolean): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (ignored(path)) return [];

    return entry.isDirectory() ? filesUnder(path, ignored) : [path];
  });
}

function ignoredPaths(): (path: string) => boolean {
  const lines = textOf('.gitignore')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  // A pattern without a slash in front means any depth, as git reads it.
  const patterns = lines
    .map((line) => line.replace(/\/$/, ''))
    .map((line) => (line.startsWith('/') ? line.slice(1) : `**/${line}`));

  return picomatch(['.git', ...patterns], { dot: true });
}
