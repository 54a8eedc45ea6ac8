import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { DoctorLine } from '../../cli/app.ts';
import type { StoredDefinition } from '../../ports/definitions/definition-store.ts';

/** Whether the definitions of the project can be read. */
export async function checkDefinitions(folder: string): Promise<readonly DoctorLine[]> {
  const read = await readAll(folder);
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

async function readAll(folder: string): Promise<readonly ReadFile[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(folder, name));

  return Promise.all(
    files.map(async (file) => ({ file, result: loadDefinition({ file, content: await readFile(file) }) })),
  );
}

function checkFile({ file, result }: ReadFile): readonly DoctorLine[] {
  if (result.ok) return [];
  const [first] = result.problems;
  const detail = `${file}: ${first?.message ?? ''} (${result.problems.length} problems)`;

  return [{ name: 'definitions', status: 'fail', detail, fix: `workflow check ${file}` }];
}
