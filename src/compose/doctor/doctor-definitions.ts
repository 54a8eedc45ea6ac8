import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { KnownWorld } from '../../../machines/language/world/world.ts';
import type { DoctorLine } from '../../cli/app.ts';
import { contractOfFile } from '../../cli/check/file-worlds.ts';
import { definitionsFolder } from '../../files/local-definitions.ts';
import type { StoredDefinition } from '../../ports/definitions/definition-store.ts';
import { createProjectDefinitions } from '../../project/project-definitions.ts';
import { localWorld } from '../local-world.ts';

/** Whether the definitions of the project are valid, and fit in their world as `workflow check` sees it. */
export async function checkDefinitions(projectDir: string): Promise<readonly DoctorLine[]> {
  const known = await createProjectDefinitions({ projectDir }).list();
  const world = { ...(await localWorld(projectDir)), definitions: known.flatMap(contractOfFile) };
  const read = await readAll(join(projectDir, definitionsFolder), world);
  const broken = read.flatMap(checkFile);
  if (broken.length > 0) return broken;

  return [{ name: 'definitions', status: 'ok', detail: `${read.length} in definitions/, all valid` }];
}

/** The definition of the project that has this hash: what a run was started from, to the byte. */
export async function definitionOfHash(folder: string, hash: string): Promise<StoredDefinition | undefined> {
  for (const { file, result } of await readAll(folder)) {
    if (result.ok && result.loaded.ref.hash === hash) {
      const { ref, text } = result.loaded;
      return { ref, text, file };
    }
  }

  return undefined;
}

type ReadFile = { readonly file: string; readonly result: ReturnType<typeof loadDefinition> };

async function readAll(folder: string, world?: KnownWorld): Promise<readonly ReadFile[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(folder, name));

  return Promise.all(
    files.map(async (file) => {
      const content = await readFile(file);
      return { file, result: loadDefinition({ file, content, world }) };
    }),
  );
}

function checkFile({ file, result }: ReadFile): readonly DoctorLine[] {
  const problems = result.ok
    ? result.misfits.filter(({ severity }) => severity === 'error')
    : result.problems;
  const [first] = problems;
  if (first === undefined) return [];
  const detail = `${file}: ${first.code}: ${first.message} (${problems.length} problems)`;

  return [{ name: 'definitions', status: 'fail', detail, fix: `workflow check ${file}` }];
}
