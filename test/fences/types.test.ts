// Pins down that `npm run check` looks at the types of every file. Method: ask the compiler, for each of the projects
// that the script names, which files it reads, and compare with the files of the repository.
import { execFile } from 'node:child_process';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { repositoryFiles, root, textOf } from './repository-files.ts';

const { scripts } = z
  .object({ scripts: z.object({ check: z.string() }) })
  .parse(JSON.parse(textOf('package.json')));

test('npm run check reads every TypeScript file of the repository', async () => {
  const read = new Set((await Promise.all(compilations(scripts.check).map(filesOf))).flat());
  const sources = repositoryFiles().filter((path) => /\.[cm]?tsx?$/.test(path));

  expect(sources.filter((path) => !read.has(path))).toEqual([]);
  // Three compilations, which a loaded machine takes its time for.
}, 180_000);

test('the projects are those that the script compiles', () => {
  expect(
    compilations('biome check . && node some/bin/tsc --a && node some/bin/tsc -p src/web && knip'),
  ).toEqual([
    ['some/bin/tsc', '--a'],
    ['some/bin/tsc', '-p', 'src/web'],
  ]);
});

/** The calls of the compiler in a script, each as its arguments to node. */
function compilations(script: string): readonly (readonly string[])[] {
  return script
    .split('&&')
    .map((command) => command.trim().split(/\s+/))
    .filter(([program, file = '']) => program === 'node' && file.endsWith('/tsc'))
    .map((words) => words.slice(1));
}

async function filesOf(compilation: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [...compilation, '--listFilesOnly'], {
    cwd: root,
    maxBuffer: 1 << 26,
  });

  return stdout.split('\n').map((path) => relative(root, path.trim()));
}
