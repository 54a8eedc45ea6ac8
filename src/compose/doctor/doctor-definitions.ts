import { readFile } from 'node:fs/promises';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { KnownWorld } from '../../../machines/language/world/world.ts';
import type { DoctorLine } from '../../cli/app.ts';
import { looksLikeDefinition, projectFiles } from '../../files/local-definitions.ts';
import type { StoredDefinition } from '../../ports/definitions/definition-store.ts';
import { schemaFiles } from '../../project/schema-files.ts';
import { projectWorld } from '../local-world.ts';

/** Whether the definitions of the project are valid, and fit in their world as `workflow check` sees it. */
export async function checkDefinitions(projectDir: string): Promise<readonly DoctorLine[]> {
  const read = await readAll(projectDir, await projectWorld(projectDir));
  const broken = read.flatMap(checkFile);
  if (broken.length > 0) return broken;

  return [{ name: 'definitions', status: 'ok', detail: `${read.length} in the project, all valid` }];
}

/** The definition of the project that has this hash: what a run was started from, to the byte. */
export async function definitionOfHash(
  projectDir: string,
  hash: string,
): Promise<StoredDefinition | undefined> {
  for (const { file, result } of await readAll(projectDir)) {
    if (result.ok && result.loaded.ref.hash === hash) {
      const { ref, text } = result.loaded;
      return { ref, text, file };
    }
  }

  return undefined;
}

type ReadFile = { readonly file: string; readonly result: ReturnType<typeof loadDefinition> };

async function readAll(projectDir: string, world?: KnownWorld): Promise<readonly ReadFile[]> {
  const read = await Promise.all(
    (await projectFiles(projectDir)).map(async (file): Promise<readonly ReadFile[]> => {
      const content = await readFile(file);
      if (!looksLikeDefinition(content.toString('utf8'))) return [];
      const schemas = await schemaFiles(projectDir, content);
      return [{ file, result: loadDefinition({ file, content, world, schemas }) }];
    }),
  );

  return read.flat();
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
